"""Streets and the cells of ground between them.

Arterial roads follow the bent grid, a ring road, the two river banks and four diagonals. The cells
between them are divided again along finer grid lines until they fit their zone; as all cells use
the same finer lines, local streets run on across the arterials.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import split

from assets.samples.frame import grid_point, plan_line
from assets.samples.landuse import CELL_TARGETS, zone_at
from assets.samples.model import (
    ARTERIAL,
    EXPRESSWAY,
    MINOR,
    SECONDARY,
    Cell,
    RoadClass,
    Street,
)
from assets.samples.names import DIAGONALS, EAST_WEST, NORTH_SOUTH, RING, RIVER, street_name
from assets.samples.waters import EAST_EDGE, NORTH_EDGE, river_line
from cim.arrays import Float64

U_LINES: Final = (-EAST_EDGE, -920.0, -330.0, 300.0, 900.0, EAST_EDGE)
V_LINES: Final = (-NORTH_EDGE, -640.0, 560.0, NORTH_EDGE)
RING_HALF: Final = (1480.0, 1080.0)
RING_RADIUS: Final = 430.0
BANK_M: Final = 118.0
"""From the middle of the river to the middle of the road along its bank."""

NO_BRIDGE_U: Final = -330.0
_REACH: Final = 160.0
"""How far lines are drawn beyond the district before they are cut off."""

_SHORTEST_M: Final = 40.0
_MIN_SIDE: Final = 75.0
_FINE_U: Final = (-EAST_EDGE, -1480.0, -920.0, -330.0, 300.0, 900.0, 1480.0, EAST_EDGE)
_FINE_V: Final = (-NORTH_EDGE, -1080.0, -640.0, -60.0, 560.0, 1080.0, NORTH_EDGE)


@dataclass(frozen=True, slots=True)
class Network:
    """The streets of the city and what lies between them."""

    streets: tuple[Street, ...]
    cells: tuple[Cell, ...]
    blocks: tuple[Polygon, ...]
    """Cells of the arterial roads alone; the river lies on block borders with its middle."""

    district: Polygon


def ring_line() -> LineString:
    """The ring road: a rectangle of the grid with round corners, closed."""
    (half_u, half_v), radius = RING_HALF, RING_RADIUS
    turn = np.linspace(0.0, np.pi / 2, 12)
    arc = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
    corners = []
    for quarter, (sign_u, sign_v) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        cos, sin = np.cos(quarter * np.pi / 2), np.sin(quarter * np.pi / 2)
        turned = arc @ np.array([[cos, sin], [-sin, cos]])
        middle = np.array([sign_u * (half_u - radius), sign_v * (half_v - radius)])
        corners.append(turned + middle)
    ring = np.concatenate(corners)
    return plan_line(np.concatenate([ring, ring[:1]]))


def _straight(u0: float, v0: float, u1: float, v1: float) -> LineString:
    return plan_line(np.array([[u0, v0], [u1, v1]]))


def _upright(u: float) -> LineString:
    """A north-south road; the outermost ones follow the lie of the land."""
    v = np.arange(-NORTH_EDGE - _REACH, NORTH_EDGE + _REACH + 1, 30.0)
    sway = (abs(u) == EAST_EDGE) * (70 * np.sin(v / 520 + u) + 25 * np.sin(v / 210))
    return plan_line(np.column_stack([u + sway, v]))


def _level(v: float) -> LineString:
    """An east-west road; the outermost ones follow the lie of the land."""
    u = np.arange(-EAST_EDGE - _REACH, EAST_EDGE + _REACH + 1, 30.0)
    sway = (abs(v) == NORTH_EDGE) * (60 * np.sin(u / 610 + v) + 25 * np.sin(u / 260))
    return plan_line(np.column_stack([u, v + sway]))


def _grid_roads() -> list[Street]:
    upright = zip(NORTH_SOUTH, map(_upright, U_LINES), strict=True)
    level = zip(EAST_WEST, map(_level, V_LINES), strict=True)
    return [Street(name, ARTERIAL, line) for name, line in (*upright, *level)]


def _diagonals() -> list[Street]:
    """Roads from the round corners of the ring to the corners of the district."""
    inside = Polygon(ring_line())
    signs = ((-1, 1), (1, 1), (1, -1), (-1, -1))
    return [
        Street(
            name,
            ARTERIAL,
            _straight(su * 1100, sv * 780, su * 2200, sv * 1650).difference(inside),
        )
        for name, (su, sv) in zip(DIAGONALS, signs, strict=True)
    ]


def _banks() -> list[Street]:
    return [
        Street(f"{RIVER}北路", SECONDARY, river_line(BANK_M, EAST_EDGE + _REACH)),
        Street(f"{RIVER}南路", SECONDARY, river_line(-BANK_M, EAST_EDGE + _REACH)),
    ]


def district_polygon() -> Polygon:
    """The district: everything within the outermost roads."""
    roads = [s.line for s in _grid_roads() if s.name in (*NORTH_SOUTH[::5], *EAST_WEST[::3])]
    return max(shapely.polygonize([shapely.union_all(roads)]).geoms, key=lambda face: face.area)


def _without_bridge(street: Street, gap: Polygon) -> list[Street]:
    """The street ends on either bank and is called 北 and 南."""
    parts = sorted(street.line.difference(gap).geoms, key=lambda part: part.centroid.y)
    stem = street.name.removesuffix("路")
    return [
        Street(f"{stem}{side}路", street.road_class, part)
        for side, part in zip(("南", "北"), parts, strict=True)
    ]


def arterial_streets(district: Polygon) -> tuple[Street, ...]:
    """The main roads, cut off at the district's border."""
    gap = _between_banks(district)
    streets = [*_grid_roads(), Street(RING, EXPRESSWAY, ring_line()), *_diagonals(), *_banks()]
    short = NORTH_SOUTH[U_LINES.index(NO_BRIDGE_U)]
    streets = [
        part for s in streets for part in (_without_bridge(s, gap) if s.name == short else [s])
    ]
    return tuple(Street(s.name, s.road_class, _clip(s.line, district)) for s in streets)


def _between_banks(district: Polygon) -> Polygon:
    faces = split_all(district, [s.line for s in _banks()])
    middle = river_line(0.0)
    return max(faces, key=lambda face: face.intersection(middle).length)


def _clip(line: LineString, district: Polygon) -> LineString:
    inside = line.intersection(district.buffer(0.01))
    if isinstance(inside, LineString):
        return inside
    merged = shapely.line_merge(inside)
    return merged if isinstance(merged, LineString) else max(merged.geoms, key=lambda g: g.length)


def split_all(area: Polygon, lines: list[LineString]) -> list[Polygon]:
    """The faces of an area between lines, from south-west to north-east."""
    noded = shapely.union_all([area.boundary, *lines])
    faces = [
        face
        for face in shapely.polygonize([noded]).geoms
        if area.contains(face.representative_point())
    ]
    return sorted(faces, key=lambda face: (round(face.centroid.y), round(face.centroid.x)))


def fine_lines() -> tuple[LineString, ...]:
    """Candidates for local streets, in the order in which they are tried."""
    lines: list[LineString] = []
    for part in (0.5, 0.25, 0.75):
        lines += [_upright(float(u)) for u in _between(_FINE_U, part)]
        lines += [_level(float(v)) for v in _between(_FINE_V, part)]
    return tuple(lines)


def _between(values: tuple[float, ...], part: float) -> Float64:
    low, high = np.array(values[:-1]), np.array(values[1:])
    return np.asarray(low + part * (high - low))


def _narrow(face: Polygon) -> bool:
    return bool(face.buffer(-_MIN_SIDE / 2).is_empty)


def _best_cut(cell: Polygon, lines: tuple[LineString, ...]) -> int | None:
    """The line that halves the cell best, leaving no narrow strip."""
    best, best_score = None, 0.0
    for index, line in enumerate(lines):
        if not line.crosses(cell):
            continue
        parts = list(split(cell, line).geoms)
        if len(parts) < 2 or any(_narrow(part) for part in parts):
            continue
        smaller = min(part.area for part in parts) / cell.area
        score = smaller - line.intersection(cell).length / cell.length
        if best is None or score > best_score:
            best, best_score = index, score
    return best


def _zone(cell: Polygon) -> str:
    wet = cell.intersection(river_line(0.0)).length * BANK_M > 0.3 * cell.area
    return "river" if wet else zone_at(*grid_point(cell))


def subdivide(
    cell: Polygon, lines: tuple[LineString, ...]
) -> tuple[list[Cell], list[tuple[int, LineString]]]:
    """The cells into which local streets divide a cell, and those streets.

    Returns:
        Cells, and pieces of street with the index of the line they are cut from.
    """
    zone = _zone(cell)
    cut = _best_cut(cell, lines) if cell.area > CELL_TARGETS[zone] else None
    if cut is None:
        return [Cell(cell, zone)], []
    cells: list[Cell] = []
    pieces = [(cut, piece) for piece in shapely.get_parts(lines[cut].intersection(cell))]
    for part in split(cell, lines[cut]).geoms:
        more_cells, more_pieces = subdivide(part, lines)
        cells += more_cells
        pieces += more_pieces
    return cells, pieces


def _join(pieces: list[tuple[int, LineString]]) -> list[LineString]:
    """Pieces of the same line joined end to end, the longest first."""
    by_line: dict[int, list[LineString]] = {}
    for index, piece in pieces:
        by_line.setdefault(index, []).append(piece)
    whole = [
        line
        for own in by_line.values()
        for line in shapely.get_parts(shapely.line_merge(shapely.union_all(own, grid_size=0.001)))
        if line.length > _SHORTEST_M
    ]
    return sorted(whole, key=lambda line: (-round(line.length), line.centroid.x))


def _local_class(line: LineString) -> RoadClass:
    return SECONDARY if line.length > 1000.0 else MINOR


def build_network() -> Network:
    """All streets but the lanes, and the cells between them."""
    district = district_polygon()
    main = arterial_streets(district)
    lines = fine_lines()
    cells: list[Cell] = []
    pieces: list[tuple[int, LineString]] = []
    for face in split_all(district, [s.line for s in main]):
        new_cells, new_pieces = subdivide(face, lines)
        cells += new_cells
        pieces += new_pieces
    local = tuple(
        Street(street_name(i), _local_class(line), line) for i, line in enumerate(_join(pieces))
    )
    blocks = split_all(district, [*(s.line for s in main), river_line(0.0)])
    return Network((*main, *local), tuple(cells), tuple(blocks), district)
