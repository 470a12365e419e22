"""House numbers: every gate, shop and house fronts a street and counts along it.

Numbers grow along the street's line, odd on the left and even on the right; on long streets they
also grow with the distance, so that numbers opposite each other are alike and gaps stay free.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon

from assets.samples.model import EXPRESSWAY, LANE, Lot, Street

_PER_NUMBER_M: Final = 24.0
_ENDS_SHORT_M: Final = 60.0
"""How much nearer a street must be that ends before a lot, to be preferred all the same."""

LANE_USES: Final = frozenset({"village", "old_town"})
"""Uses of land whose houses are numbered along lanes and which have no gate."""


@dataclass(frozen=True, slots=True)
class Front:
    """Where a lot or a building meets its street."""

    lot: int
    draft: int | None
    """Index of the draft in the lot's layout, None for the lot's gate."""

    street: Street
    point: Point
    """Place of the plate: on the border of the lot or on the wall of the house."""

    along_m: float
    left: bool


@dataclass(frozen=True, slots=True)
class Numbered:
    """A front with its number."""

    front: Front
    number: int


def is_left(line: LineString, point: Point) -> bool:
    """Whether a point lies left of a line, seen in the line's direction."""
    along = min(max(line.project(point), 0.05), line.length - 0.05)
    back, ahead = line.interpolate(along - 0.05), line.interpolate(along + 0.05)
    cross = (ahead.x - back.x) * (point.y - back.y) - (ahead.y - back.y) * (point.x - back.x)
    return bool(cross > 0)


def _front(shape: Polygon | MultiPolygon, street: Street, lot: int, draft: int | None) -> Front:
    line = street.line
    foot = line.interpolate(line.project(shape.centroid))
    wall = shapely.shortest_line(foot, shape.boundary)
    point = Point(wall.coords[-1])
    return Front(lot, draft, street, point, float(line.project(point)), is_left(line, point))


def _nearest(shape: Polygon | MultiPolygon, streets: tuple[Street, ...]) -> Street:
    """The street a shape faces: the nearest, but not one that ends before it."""
    lines = np.array([street.line for street in streets])
    along = shapely.line_locate_point(lines, shape.centroid, normalized=True)
    beyond = (along <= 0.0) | (along >= 1.0)
    away = shapely.distance(shape, lines) + _ENDS_SHORT_M * beyond
    return streets[int(np.argmin(away))]


def _lot_fronts(
    index: int, lot: Lot, streets: tuple[Street, ...], lanes: tuple[Street, ...]
) -> list[Front]:
    """The gate of a lot, and its shops and houses with numbers of their own."""
    gate = _front(lot.parcel.shape, _nearest(lot.parcel.shape, streets), index, None)
    choice = lanes if lot.parcel.use in LANE_USES and lanes else streets
    own = [
        _front(draft.shape, _nearest(draft.shape, choice), index, i)
        for i, draft in enumerate(lot.layout.drafts)
        if draft.own_number
    ]
    return own if lot.parcel.use in LANE_USES else [gate, *own]


def _count(fronts: list[Front]) -> list[Numbered]:
    """Numbers of the fronts on one side of a street."""
    fronts = sorted(fronts, key=lambda front: front.along_m)
    result, last = [], -1 if fronts[0].left else 0
    for front in fronts:
        step = np.inf if front.street.road_class is LANE else _PER_NUMBER_M
        due = 2 * int(front.along_m / step) + (1 if front.left else 2)
        last = max(last + 2, due)
        result.append(Numbered(front, last))
    return result


def number_fronts(
    lots: tuple[Lot, ...], streets: tuple[Street, ...], lanes: tuple[tuple[Street, ...], ...]
) -> tuple[Numbered, ...]:
    """All fronts with their numbers, street by street."""
    open_streets = tuple(street for street in streets if street.road_class is not EXPRESSWAY)
    fronts = [
        front
        for i, lot in enumerate(lots)
        for front in _lot_fronts(i, lot, open_streets, lanes[i])
    ]

    def side(front: Front) -> tuple[str, bool]:
        return front.street.name, front.left

    groups = groupby(sorted(fronts, key=side), key=side)
    return tuple(numbered for _, group in groups for numbered in _count(list(group)))
