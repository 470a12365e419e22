"""Rows of buildings that face south, as sunlight rules make them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from assets.samples.ground import spans

type Plan = Callable[[float, float, float], Polygon]
"""Ground plan for x, y and width."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """How buildings stand in rows."""

    widths: tuple[float, ...]
    """Widths that may be built, the preferred ones first."""

    depth: float
    gap: float
    pitch: float
    """From one row to the next."""

    shift: float = 0.0
    """How far every second row is moved sideways, as a share of width and gap."""


def _fill(width: float, gap: float, low: float, high: float) -> list[float]:
    """South-west corners of equal buildings spread over a range."""
    count = int((high - low + gap) // (width + gap))
    if count <= 1:
        return [low + (high - low - width) / 2] * count
    spread = min((high - low - count * width) / (count - 1), gap * 1.8)
    start = low + (high - low - count * width - (count - 1) * spread) / 2
    return [start + i * (width + spread) for i in range(count)]


def _places(rule: RowRule, low: float, high: float, first: int) -> tuple[float, list[float]]:
    """The width that fits best and where its buildings stand."""
    turned = rule.widths[first:] + rule.widths[:first]
    choices = [(width, _fill(width, rule.gap, low, high)) for width in turned]
    filled = [(width * len(xs), width, xs) for width, xs in choices if xs]
    if not filled:
        return 0.0, []
    _, width, xs = max(filled[:2], key=lambda choice: choice[0])
    return width, xs


def usable(ground: Polygon, share: float) -> tuple[float, float]:
    """South and north end of the part that is at least `share` of the full width."""
    west, south, east, north = ground.bounds
    ys = np.arange(south + 0.2, north, 1.0)
    lines = [LineString([(west - 1, y), (east + 1, y)]) for y in ys]
    wide = ys[shapely.length(shapely.intersection(ground, lines)) >= share * (east - west)]
    return (float(wide[0]), float(wide[-1])) if len(wide) else (south, north)


def row_slots(
    ground: Polygon, rule: RowRule, rng: np.random.Generator
) -> Iterator[tuple[float, float, float]]:
    """x, y and width of each place in the rows, from south to north and west to east."""
    if ground.is_empty:
        return
    south, north = usable(ground, 0.3)
    rows = max(int((north - south - rule.depth) // rule.pitch) + 1, 0)
    slack = (north - south - rule.depth) - (rows - 1) * rule.pitch
    for row in range(rows):
        y = south + slack / 2 + row * rule.pitch
        move = rule.shift * (row % 2) * (rule.widths[0] + rule.gap)
        for low, high in spans(ground, y, y + rule.depth):
            width, xs = _places(rule, low + move, high, int(rng.integers(len(rule.widths))))
            yield from ((x, y, width) for x in xs)


def fits(shape: BaseGeometry, ground: Polygon, taken: BaseGeometry) -> bool:
    """Whether a shape lies on the ground (to a millimetre) and clear of what is taken."""
    inside = ground.covers(shape) or ground.buffer(0.001).covers(shape)
    return bool(inside) and not bool(taken.intersects(shape))


def setback(ground: Polygon, distance_m: float) -> Polygon:
    """The ground that may be built on: the largest part away from the lot's border."""
    inner = ground.buffer(-distance_m, join_style="mitre")
    parts = [part for part in shapely.get_parts(inner) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area, default=Polygon())
