"""The tree of a building model: outline, replaced by the shell, to which what is inside is added.

    root      outlines of all buildings           REPLACE
      shell   of one building                     ADD     further shell, where it is large
        storey or storey and trade                ADD     further interior, where it is large
        spaces of a storey                        ADD

Geometric errors are distances: how far what only the tiles below show lies from what the tile and
those above it draw (`tiles.bim.voxels`). None is above its parent's.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from cim import frames
from cim.arrays import Float64, Int64
from tiles import content
from tiles.bim import properties as model_properties
from tiles.bim.parts import INTERIOR, OUTLINE, SHELL, SPACE, trade_of
from tiles.bim.voxels import Grid, cells_of, grid_over, reach_m
from tiles.meshing.distance import soup_of
from tiles.meshing.shapes import METRES_PER_DEGREE
from tiles.options import Modelling
from tiles.properties import PREFIX
from tiles.property_types import NO_TEXT
from tiles.running.first_pass import FirstPass
from tiles.running.state import Nodes
from tiles.running.tree import Grown, Plane
from tiles.settling import sharing, table
from tiles.tiles3d.tileset import Tile
from tiles.tiling import octree
from tiles.tiling.octree import Things
from tiles.tiling.quadtree import Square

_SMALL_STOREY: Final = 20_000
"""Triangles of a storey's interior up to which its trades share a tile."""

_ROWS_AT_ONCE: Final = 512


@dataclass(frozen=True, slots=True)
class _Table:
    """What settled rows tell of elements."""

    part: list[str]
    building: list[str]
    storey: list[str]
    number: list[int]
    ifc_class: list[str]
    things: Things
    low: Float64
    """(3,) lowest corner of all, metres about the frame."""

    high: Float64


@dataclass(slots=True)
class _Planted:
    """Tiles as they are made, parents before children."""

    parents: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rows: list[Int64] = field(default_factory=list)

    def add(self, parent: int, name: str, rows: Int64) -> int:
        """A further tile; its number."""
        self.parents.append(parent)
        self.names.append(f"{name}-{len(self.names)}")
        self.rows.append(rows)
        return len(self.names) - 1

    def add_branches(
        self, parent: int, name: str, rows: Int64, things: Things, modelling: Modelling
    ) -> int:
        """Tiles of some elements, an octree where they are many; number of the first."""
        first = len(self.names)
        for branch in octree.branches(things, rows, modelling.limits):
            above = parent if branch.parent < 0 else first + branch.parent
            self.add(above, name, branch.rows)
        return first


def grow_model(settled: FirstPass, modelling: Modelling) -> tuple[Grown, list[Tile]]:
    """The tree of one or several building models, and its tiles before they have contents."""
    bounds = settled.measures.bounds
    lon, lat = ((bounds[:, :2].min(axis=0) + bounds[:, 2:].max(axis=0)) / 2).tolist()
    frame = content.frame_of(lon, lat)
    elements = _table(settled, lon, lat)
    planted = _plant(elements, modelling)
    tile_of = np.zeros(len(elements.part), np.int64)
    for number, rows in enumerate(planted.rows):
        tile_of[rows] = number
    replaces = _replaces(elements, planted)
    errors = _errors(settled, tile_of, planted, frame, elements, replaces=replaces)
    parents = np.array(planted.parents)
    nodes = _nodes(parents, errors, lon, lat)
    plane = Plane(METRES_PER_DEGREE, Square(lon, lat, 1.0))
    tiles = [
        Tile(parent, name, frame, None, None, error_m)
        for parent, name, error_m in zip(
            planted.parents, planted.names, errors.tolist(), strict=True
        )
    ]
    if replaces:
        tiles[0] = replace(tiles[0], refine="REPLACE")
    return Grown(nodes, tile_of, plane), tiles


def _plant(elements: _Table, modelling: Modelling) -> _Planted:
    """Tiles and their rows."""
    planted = _Planted()
    part = np.array(elements.part)
    buildings = np.array(elements.building)
    known = {*elements.building} - {NO_TEXT}
    outlines = np.flatnonzero(part == OUTLINE)
    if len(known) == 1 or not len(outlines):
        buildings = np.full(len(part), "")
    root = planted.add(-1, OUTLINE, outlines) if len(outlines) else -1
    for building in dict.fromkeys(buildings.tolist()):
        mine = np.flatnonzero((buildings == building) & (part != OUTLINE))
        if len(mine):
            _plant_building(planted, root, mine, elements, modelling)
    return planted


def _plant_building(
    planted: _Planted, root: int, mine: Int64, elements: _Table, modelling: Modelling
) -> None:
    """Shell, interior and spaces of one building."""
    part = np.array(elements.part)[mine]
    shell = mine[part == SHELL]
    above = root
    if len(shell):
        above = planted.add_branches(root, SHELL, shell, elements.things, modelling)
    for name, rows in _groups(elements, mine[part == INTERIOR], mine[part == SPACE]):
        first = planted.add_branches(above, name, rows, elements.things, modelling)
        above = first if above < 0 else above


def _groups(elements: _Table, interior: Int64, spaces: Int64) -> Iterator[tuple[str, Int64]]:
    """What is inside, by storey, from the lowest; large storeys by trade too."""
    for label, rows in _by_storey(elements, interior):
        if elements.things.triangles[rows].sum() <= _SMALL_STOREY:
            yield f"{label}-interior", rows
            continue
        trades = np.array([trade_of(elements.ifc_class[row]) for row in rows.tolist()])
        for trade in np.unique(trades).tolist():
            yield f"{label}-{trade}", rows[trades == trade]
    for label, rows in _by_storey(elements, spaces):
        yield f"{label}-spaces", rows


def _by_storey(elements: _Table, rows: Int64) -> Iterator[tuple[str, Int64]]:
    """Rows of each storey, the lowest first; those of none come first."""
    of_storey: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in rows.tolist():
        of_storey[elements.number[row], elements.storey[row]].append(row)
    for number, name in sorted(of_storey):
        known = name != NO_TEXT and number != model_properties.NO_NUMBER
        yield f"storey{number}" if known else "storey", np.array(of_storey[number, name])


def _replaces(elements: _Table, planted: _Planted) -> bool:
    """Whether the root is an outline that the tiles below take the place of."""
    return len(planted.rows) > 1 and elements.part[int(planted.rows[0][0])] == OUTLINE


def _errors(
    settled: FirstPass, tile_of: Int64, planted: _Planted, frame: Float64, elements: _Table,
    *, replaces: bool,
) -> Float64:  # fmt: skip
    """(t,) geometric errors."""
    grid = grid_over(elements.low, elements.high)
    drawn = _cells(settled.paths, tile_of, len(planted.names), frame, grid)
    parents = planted.parents
    hidden: list[list[Int64]] = [[] for _ in parents]
    for number in range(len(parents) - 1, 0, -1):
        hidden[parents[number]] += [drawn[number], *hidden[number]]
    shown: list[Int64] = []
    errors = np.zeros(len(parents))
    for number, above in enumerate(parents):
        inherits = above >= 0 and not (replaces and above == 0)
        shown.append(np.union1d(drawn[number], shown[above]) if inherits else drawn[number])
        if hidden[number]:
            below = np.unique(np.concatenate(hidden[number]))
            errors[number] = reach_m(grid, below, shown[number])
            if replaces and number == 0:
                errors[0] = max(errors[0], reach_m(grid, shown[0], below))
    return _rising(errors, parents)


def _rising(errors: Float64, parents: Sequence[int]) -> Float64:
    """Errors, none above its parent's: those of parents are raised."""
    raised = errors.copy()
    for number in range(len(parents) - 1, 0, -1):
        above = parents[number]
        raised[above] = max(raised[above], raised[number])
    return raised


def _cells(
    paths: Sequence[Path], tile_of: Int64, count: int, frame: Float64, grid: Grid
) -> list[Int64]:
    """Cells of the grid that each tile draws in."""
    found: list[list[Int64]] = [[np.zeros(0, np.int64)] for _ in range(count)]
    first = 0
    for rows in _stretches(paths):
        soup = soup_of(content.mesh_of(rows, frame, floors=True))
        owner = tile_of[first + soup.feature]
        for tile in np.unique(owner).tolist():
            found[tile].append(cells_of(grid, soup.corners[owner == tile]))
        first += rows.num_rows
    return [np.unique(np.concatenate(cells)) for cells in found]


def _stretches(paths: Sequence[Path]) -> Iterator[pa.Table]:
    """Settled rows, some at a time, each with its shape."""
    for whole in table.files_of(paths):
        for first in range(0, whole.num_rows, _ROWS_AT_ONCE):
            end = min(first + _ROWS_AT_ONCE, whole.num_rows)
            yield sharing.taken(whole, np.arange(first, end))


def _table(settled: FirstPass, lon: float, lat: float) -> _Table:
    """What settled rows tell of elements, in the order of the measures."""
    names = ("part", "building", "storey", "storey_number", "ifc_class")
    columns: dict[str, list[object]] = {name: [] for name in names}
    heights: list[Float64] = [np.zeros((0, 2))]
    for rows in table.files_of(settled.paths):
        for name in names:
            columns[name] += rows[PREFIX + name].to_pylist()
        low = rows["base_m"].to_numpy()
        heights.append(np.column_stack((low, low + rows["height_m"].to_numpy())))
    up = np.concatenate(heights)
    bounds = settled.measures.bounds
    corners = [
        _local(bounds[:, 2 * side : 2 * side + 2], up[:, side], lon, lat) for side in (0, 1)
    ]
    low, high = np.minimum(*corners), np.maximum(*corners)
    things = Things((low + high) / 2, settled.measures.size_m, settled.measures.triangles)
    texts = ([str(value) for value in columns[name]] for name in ("part", "building", "storey"))
    part, building, storey = texts
    numbers = [int(str(value)) for value in columns["storey_number"]]
    classes = [str(value) for value in columns["ifc_class"]]
    plain = [_plain(name) for name in classes]
    return _Table(
        part, building, storey, numbers, plain, things, low.min(axis=0), high.max(axis=0)
    )


def _plain(ifc_class: str) -> str:
    return ifc_class.removesuffix("StandardCase").removesuffix("ElementedCase")


def _local(lon_lat: Float64, up: Float64, lon: float, lat: float) -> Float64:
    """(n, 3) east, north, up about a point of the ground."""
    frame = content.frame_of(lon, lat)
    ecef = frames.ecef_from_geodetic(np.column_stack((lon_lat, up)))
    return np.asarray((ecef - frame[:3, 3]) @ frame[:3, :3])


def _nodes(parents: Int64, errors: Float64, lon: float, lat: float) -> Nodes:
    """The tiles as builds keep them."""
    level = np.zeros(len(parents), np.int64)
    for number, above in enumerate(parents.tolist()):
        level[number] = level[above] + 1 if above >= 0 else 0
    places = np.tile([lon, lat], (len(parents), 1))
    return Nodes(parents, level, np.arange(len(parents)), np.zeros_like(level), errors, places)
