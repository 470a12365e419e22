"""Tileset documents: the tree of tiles as JSON, split where it grows large.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 7 (tileset and tile JSON).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from cim.arrays import Float64, Int64
from tiles.tiles3d import boxes


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of the tree."""

    parent: int
    """Number of the tile above, -1 for the root; it is less than the tile's own."""

    name: str
    """Unique in the tileset, fit for a file name."""

    frame: Float64
    """(4, 4) from the tile's east, north, up to Earth-centred coordinates."""

    bounds: Float64 | None
    """(2, 3) of the content in the tile's frame; None when it has none."""

    uri: str | None
    """Of the content, None when it has none."""

    geometric_error_m: float

    refine: str = "ADD"
    """`ADD`: the tiles below add to the content. `REPLACE`: they stand in its place."""


def documents(
    tiles: list[Tile],
    asset_extras: dict[str, Any],
    *,
    name_of: Callable[[str, bytes], str],
    tiles_per_document: int,
) -> dict[str, bytes]:
    """Tileset documents by file name, the root's `tileset.json` last.

    Args:
        tiles: Parents before children; at least one, and some with content below each.
        asset_extras: Of the root document's `asset`.
        name_of: File name of an external tileset by the name of its root tile and its bytes.
        tiles_per_document: A tree of more tiles than this is split into external tilesets.

    Returns:
        All documents lie in one folder, so that their relative addresses have one base.
    """
    volumes = volumes_of(tiles)
    cut = _cut(tiles, tiles_per_document)
    made: dict[str, bytes] = {}
    nodes: dict[int, dict[str, Any]] = {}
    for number in range(len(tiles) - 1, -1, -1):
        tile = tiles[number]
        error_m = min(tile.geometric_error_m, _diagonal(volumes[number]))
        node = _node(tile, error_m, volumes[number], nodes.pop(number, {}).get("children", []))
        if cut[number] and number > 0:
            external = document(node, error_m, {})
            name = name_of(tile.name, external)
            made[name] = external
            node = _reference(node, name)
        if number == 0:
            root = {**node, "transform": boxes.as_column_major(tile.frame)}
            made["tileset.json"] = document(root, _diagonal(volumes[0]), asset_extras)
            break
        placed = _placed(node, tiles[tile.parent].frame, tile.frame)
        nodes.setdefault(tile.parent, {"children": []})["children"].insert(0, placed)
    return made


def volumes_of(tiles: list[Tile]) -> list[Float64]:
    """(2, 3) bounds of each tile, in its own frame, that hold its content and all below it."""
    held: list[list[Float64]] = [[] if t.bounds is None else [t.bounds] for t in tiles]
    for number in range(len(tiles) - 1, 0, -1):
        parent = tiles[tiles[number].parent]
        below = boxes.union(held[number])
        grown = np.stack((below[0] - boxes.MARGIN_M, below[1] + boxes.MARGIN_M))
        into_parent = boxes.relative(parent.frame, tiles[number].frame)
        held[tiles[number].parent].append(boxes.transformed(grown, into_parent))
    return [boxes.union(parts) for parts in held]


def _cut(tiles: list[Tile], limit: int) -> list[bool]:
    """Which tiles become roots of external tilesets: subtrees of about a quarter of the limit."""
    if len(tiles) <= limit:
        return [False] * len(tiles)
    sizes: Int64 = np.ones(len(tiles), np.int64)
    cut = [False] * len(tiles)
    for number in range(len(tiles) - 1, 0, -1):
        cut[number] = bool(sizes[number] >= max(limit // 4, 2))
        sizes[tiles[number].parent] += 1 if cut[number] else sizes[number]
    return cut


def _diagonal(volume: Float64) -> float:
    """Diagonal of bounds (2, 3) with their margin: no error within is larger."""
    return float(np.linalg.norm(volume[1] - volume[0] + 2 * boxes.MARGIN_M))


def _node(
    tile: Tile, error_m: float, volume: Float64, children: list[dict[str, Any]]
) -> dict[str, Any]:
    """Tile JSON without its place in the parent."""
    return {
        "boundingVolume": {"box": boxes.as_box(volume)},
        "geometricError": error_m,
        "refine": tile.refine,
        **({"content": {"uri": tile.uri}} if tile.uri is not None else {}),
        **({"children": children} if children else {}),
    }


def _reference(node: dict[str, Any], name: str) -> dict[str, Any]:
    """Tile JSON that stands for an external tileset."""
    kept = {key: node[key] for key in ("boundingVolume", "geometricError", "refine")}
    return {**kept, "content": {"uri": name}}


def _placed(node: dict[str, Any], parent: Float64, child: Float64) -> dict[str, Any]:
    """Tile JSON with its place in the parent's frame, which may be its own too."""
    if np.array_equal(parent, child):
        return node
    return {"transform": boxes.as_column_major(boxes.relative(parent, child)), **node}


def document(
    root: dict[str, Any],
    error_m: float,
    extras: dict[str, Any],
    schema: dict[str, Any] | None = None,
) -> bytes:
    """A tileset document; `extras` are of its `asset`, `schema` is of metadata in subtrees."""
    asset = {"version": "1.1", "generator": "cim-server", **({"extras": extras} if extras else {})}
    described = {} if schema is None else {"schema": schema}
    return orjson.dumps({"asset": asset, **described, "geometricError": error_m, "root": root})
