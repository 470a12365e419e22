"""Implicit tiling of a quadtree: one root document and subtrees in place of a tree of JSON.

The root's volume is a region: its quarters are squares of longitude and latitude, as the tree
has them, with x eastward and y northward. Tiles are loose, so each subtree states the true box
and geometric error of its tiles and the box of their contents, in the frame of the root.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 8 (implicit tiling) and clause 9 (semantics).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cim import frames
from cim.arrays import Bool, Float64, Int64
from cim.errors import UnsupportedError
from tiles.tiles3d import boxes, subtree
from tiles.tiles3d.morton import level_start, node_numbers
from tiles.tiles3d.subtree import Nodes, Subtree
from tiles.tiles3d.tileset import Tile, document, volumes_of

SCHEME = "QUADTREE"
MOST_LEVELS = 6
"""Levels of a subtree: at most 1,365 tiles, some 300 KB of metadata."""

SCHEMA_ID = "cim_server_tiles"


@dataclass(frozen=True, slots=True)
class Implicit:
    """A tileset with implicit tiling."""

    root: bytes
    """`tileset.json`."""

    subtrees: dict[str, bytes]
    """By path under the folder of contents and subtrees: `subtrees/{level}/{x}/{y}.subtree`."""


@dataclass(frozen=True, slots=True)
class _Table:
    """What subtrees tell of tiles."""

    cells: Int64
    """(t, 3) level, x, y."""

    tile_boxes: Float64
    """(t, 12)."""

    content_boxes: Float64
    """(t, 12); of no meaning where there is no content."""

    errors_m: Float64
    filled: Bool
    """(t,) which tiles have a content."""


def subtree_levels(level: Int64) -> int:
    """Levels of each subtree, for tiles of these levels."""
    return min(int(level.max()) + 1, MOST_LEVELS)


def subtrees_of(tiles: Sequence[Tile], cells: Int64) -> dict[tuple[int, int, int], Subtree]:
    """Subtrees by level, x and y of their roots.

    Args:
        tiles: Parents before children.
        cells: (t, 3) level, x and y of each.
    """
    levels = subtree_levels(cells[:, 0])
    table = _table(tiles, cells)
    roots = cells[:, 0] // levels * levels
    down = cells[:, 0] - roots
    homes = np.column_stack((roots, cells[:, 1] >> down, cells[:, 2] >> down))
    unique, owner = np.unique(homes, axis=0, return_inverse=True)
    heads = {(int(level), int(x), int(y)) for level, x, y in unique.tolist()}
    return {
        home: _subtree(table, np.flatnonzero(owner == number), home, levels, heads)
        for number, home in enumerate(map(_as_key, unique.tolist()))
    }


def fits_globe(region_deg: tuple[float, float, float, float]) -> bool:
    """Whether a square of west, south, east, north can be a region."""
    west, south, east, north = region_deg
    return -180 <= west < east <= 180 and -90 <= south < north <= 90  # noqa: PLR2004 - degrees


def require_globe(region_deg: tuple[float, float, float, float]) -> None:
    """Check that a square can be a region.

    Raises:
        UnsupportedError: It leaves the globe.
    """
    west, south, east, north = region_deg
    if not fits_globe(region_deg):
        raise UnsupportedError(
            f"implicit tiling of {west:.4g} to {east:.4g} degrees east, {south:.4g} to "
            f"{north:.4g} north: the square of the tree leaves the globe; use --tiling explicit"
        )


def root_document(
    tiles: Sequence[Tile],
    cells: Int64,
    region_deg: tuple[float, float, float, float],
    folder: str,
    extras: dict[str, Any],
) -> bytes:
    """The root document.

    Args:
        tiles: As `subtrees_of` takes them.
        cells: The same.
        region_deg: West, south, east, north of the square that the tree quarters.
        folder: Of contents and subtrees, seen from the root document.
        extras: Of the document's `asset`.
    """
    west, south, east, north = region_deg
    low, high = _heights(tiles)
    region = [*np.radians([west, south, east, north]).tolist(), low, high]
    whole = volumes_of(list(tiles))[0]
    diagonal = float(np.linalg.norm(whole[1] - whole[0] + 2 * boxes.MARGIN_M))
    root = {
        "transform": boxes.as_column_major(tiles[0].frame),
        "boundingVolume": {"region": region},
        "geometricError": min(tiles[0].geometric_error_m, diagonal),
        "refine": "ADD",
        "content": {"uri": f"{folder}/{{level}}/{{x}}/{{y}}.glb"},
        "implicitTiling": {
            "subdivisionScheme": SCHEME,
            "subtreeLevels": subtree_levels(cells[:, 0]),
            "availableLevels": int(cells[:, 0].max()) + 1,
            "subtrees": {"uri": f"{folder}/subtrees/{{level}}/{{x}}/{{y}}.subtree"},
        },
    }
    return document(root, diagonal, extras, schema=_schema())


def files_of(subtrees: dict[tuple[int, int, int], Subtree]) -> dict[str, bytes]:
    """The files of subtrees, by path under the folder of contents and subtrees."""
    return {
        f"subtrees/{level}/{x}/{y}.subtree": subtree.pack(each)
        for (level, x, y), each in subtrees.items()
    }


def _table(tiles: Sequence[Tile], cells: Int64) -> _Table:
    """Boxes of tiles and contents in the frame of the root."""
    volumes = volumes_of(list(tiles))
    around = [boxes.relative(tiles[0].frame, tile.frame) for tile in tiles]
    filled = np.array([tile.bounds is not None for tile in tiles])
    own = [
        volume if tile.bounds is None else tile.bounds
        for tile, volume in zip(tiles, volumes, strict=True)
    ]
    errors = [
        min(tile.geometric_error_m, float(np.linalg.norm(volume[1] - volume[0])))
        for tile, volume in zip(tiles, volumes, strict=True)
    ]
    return _Table(
        cells,
        np.array([boxes.turned_box(*pair) for pair in zip(volumes, around, strict=True)]),
        np.array([boxes.turned_box(*pair) for pair in zip(own, around, strict=True)]),
        np.array(errors),
        filled,
    )


def _subtree(
    table: _Table,
    rows: Int64,
    home: tuple[int, int, int],
    levels: int,
    heads: set[tuple[int, int, int]],
) -> Subtree:
    """The subtree of some tiles.

    Args:
        table: All tiles.
        rows: Those of this subtree.
        home: Level, x and y of its root.
        levels: Of a subtree.
        heads: Roots of all subtrees.
    """
    level, x, y = home
    depth = table.cells[rows, 0] - level
    places = table.cells[rows, 1:] - (np.array([[x, y]]) << depth[:, None])
    numbers = node_numbers(SCHEME, depth, places)
    order = np.argsort(numbers)
    rows, numbers = rows[order], numbers[order]
    count = level_start(SCHEME, levels)
    tile_bits = np.zeros(count, np.bool_)
    tile_bits[numbers] = True
    content_bits = np.zeros(count, np.bool_)
    content_bits[numbers[table.filled[rows]]] = True
    tile_data = {
        "TILE_BOUNDING_BOX": table.tile_boxes[rows],
        "TILE_GEOMETRIC_ERROR": table.errors_m[rows],
    }
    content_data = {"CONTENT_BOUNDING_BOX": table.content_boxes[rows[table.filled[rows]]]}
    children = np.zeros(4**levels, np.bool_)
    for head in heads:
        if head[0] == level + levels and (head[1] >> levels, head[2] >> levels) == (x, y):
            cell = np.array([[head[1] - (x << levels), head[2] - (y << levels)]])
            children[node_numbers(SCHEME, np.array([levels]), cell) - count] = True
    return Subtree(
        SCHEME,
        levels,
        Nodes(tile_bits, tile_data),
        (Nodes(content_bits, content_data),),
        children,
    )


def _heights(tiles: Sequence[Tile]) -> tuple[float, float]:
    """Lowest and highest point of all contents above the ellipsoid, bounded from outside."""
    low, high = [], []
    for tile in tiles:
        if tile.bounds is not None:
            corners = boxes.corners(tile.bounds) @ tile.frame[:3, :3].T + tile.frame[:3, 3]
            heights = frames.geodetic_from_ecef(corners)[:, 2]
            low.append(min(float(heights.min()), float(tile.bounds[0, 2])))
            high.append(float(heights.max()))
    return min(low) - boxes.MARGIN_M, max(high) + boxes.MARGIN_M


def _schema() -> dict[str, Any]:
    """Schema of the metadata in subtrees."""
    example = Nodes(
        np.ones(1, np.bool_),
        {"TILE_BOUNDING_BOX": np.zeros((1, 12)), "TILE_GEOMETRIC_ERROR": np.zeros(1)},
    )
    content = Nodes(np.ones(1, np.bool_), {"CONTENT_BOUNDING_BOX": np.zeros((1, 12))})
    return subtree.schema(
        SCHEMA_ID, [Subtree(SCHEME, 1, example, (content,), np.zeros(4, np.bool_))]
    )


def _as_key(cell: Sequence[int]) -> tuple[int, int, int]:
    """Level, x, y."""
    level, x, y = cell
    return level, x, y
