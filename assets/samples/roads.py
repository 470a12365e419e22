"""Streets as a bureau keeps them: stretches from junction to junction."""

from typing import Final

import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from assets.samples.model import LANE, WALK, Street, Stretch

_GRID_M: Final = 0.001
_LEAST_M: Final = 0.5
"""Shorter stretches are no road: streets that end on another overshoot it by a millimetre."""
_STEP_M: Final = 0.05
"""Corners nearer to each other are one."""


def _noded(streets: tuple[Street, ...]) -> list[LineString]:
    noded = shapely.union_all([street.line for street in streets], grid_size=_GRID_M)
    parts = [part for part in shapely.get_parts(noded) if part.length > _LEAST_M]
    return list(shapely.remove_repeated_points(parts, tolerance=_STEP_M))


def _owner(line: LineString, tree: shapely.STRtree) -> int:
    """Index of the street a stretch belongs to."""
    middle = line.interpolate(0.5, normalized=True)
    return min(int(i) for i in tree.query_nearest(middle, max_distance=1.0))


def _along(line: LineString, street: LineString) -> LineString:
    """The stretch with the direction of its street."""
    near, far = (street.project(line.interpolate(at, normalized=True)) for at in (0.25, 0.75))
    return line if near <= far else LineString(line.coords[::-1])


def build_stretches(
    streets: tuple[Street, ...], lanes: tuple[Street, ...], water: BaseGeometry
) -> tuple[Stretch, ...]:
    """Streets from junction to junction, each in its own direction, then the lanes as they are."""
    tree = shapely.STRtree([street.line for street in streets])
    pairs = [(_owner(line, tree), line) for line in _noded(streets)]
    pairs.sort(key=lambda pair: (pair[0], streets[pair[0]].line.project(pair[1].centroid)))
    parts = [(streets[i], _along(line, streets[i].line)) for i, line in pairs]
    parts += [(lane, lane.line) for lane in lanes]
    return tuple(
        Stretch(f"R{i:05d}", street, line, _is_bridge(line, street, water))
        for i, (street, line) in enumerate(parts, start=1)
    )


def _is_bridge(line: LineString, street: Street, water: BaseGeometry) -> bool:
    return street.road_class not in {LANE, WALK} and bool(line.intersection(water).length > 5.0)
