"""Dense low quarters: villages the city has grown around, and the old town."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from shapely import LineString, Polygon

from assets.samples.ground import divide, east_angle, spans, turn
from assets.samples.layouts.rows import fits, setback, usable
from assets.samples.model import Draft, Layout
from assets.samples.shapes import court, l_shape, rect, u_shape


@dataclass(frozen=True, slots=True)
class DenseRule:
    """How houses stand along lanes."""

    cluster_m2: float
    turn_deg: float
    """How far a cluster may be turned away from the streets."""

    lane_m: float
    back_m: float
    """Between the backs of two rows."""

    depth: tuple[float, float]
    width: tuple[float, float]
    gap: tuple[float, float]
    vacant: float
    """Share of places left open."""


VILLAGE = DenseRule(6500.0, 5.0, 4.2, 1.6, (10.5, 14.0), (9.5, 14.0), (0.9, 2.2), 0.07)
OLD_TOWN = DenseRule(9000.0, 3.0, 4.8, 1.2, (16.0, 20.0), (12.0, 20.0), (0.4, 1.2), 0.06)


def _row(
    ground: Polygon, rule: DenseRule, y: float, depth: float, rng: np.random.Generator
) -> Iterator[tuple[float, float, float, float]]:
    """x, y, width and depth of the houses of one row."""
    for low, high in spans(ground, y, y + depth):
        x = low
        while x + rule.width[0] <= high:
            width = min(float(rng.uniform(*rule.width)), high - x)
            if rng.random() >= rule.vacant:
                trim = float(rng.uniform(0.0, 1.0))
                yield x, y, width, depth - trim
            x += width + float(rng.uniform(*rule.gap))


def _row_ends(rule: DenseRule, south: float, north: float) -> list[tuple[float, float]]:
    """South and north ends of rows that fill the ground: back to back, then a lane."""
    pair = 2 * float(np.mean(rule.depth)) + rule.lane_m + rule.back_m
    rows = max(round(2 * (north - south + rule.back_m) / pair), 1)
    open_m = (rows // 2) * rule.lane_m + (rows - 1 - rows // 2) * rule.back_m
    depth = (north - south - open_m) / rows
    ends, y = [], south
    for row in range(rows):
        ends.append((y, y + depth))
        y += depth + (rule.back_m if row % 2 else rule.lane_m)
    return ends


def _cluster(
    ground: Polygon, rule: DenseRule, rng: np.random.Generator
) -> tuple[list[tuple[float, float, float, float]], list[LineString]]:
    """Houses in pairs of rows that face a lane, the pairs back to back."""
    west, _, east, _ = ground.bounds
    south, north = usable(ground, 0.55)
    houses: list[tuple[float, float, float, float]] = []
    lanes: list[LineString] = []
    ends = _row_ends(rule, south, north)
    for row, (low, high) in enumerate(ends):
        houses += _row(ground, rule, low, high - low, rng)
        if row % 2 == 0 and row + 1 < len(ends):
            middle = high + rule.lane_m / 2
            lanes.append(LineString([(west - 60.0, middle), (east + 60.0, middle)]))
    return houses, lanes


def _build(ground: Polygon, rule: DenseRule, rng: np.random.Generator, *, old: bool) -> Layout:
    drafts: list[Draft] = []
    lanes: list[LineString] = []
    for part in divide(ground, rule.cluster_m2, rng):
        angle = east_angle(part) + float(np.radians(rng.uniform(-1, 1) * rule.turn_deg))
        inner = setback(turn(part, -angle), 2.6)
        houses, cluster_lanes = _cluster(inner, rule, rng)
        for house in houses:
            draft = _courtyard(*house, rng) if old else _village_house(*house, rng)
            if fits(draft.shape, inner, Polygon()):
                drafts.append(_turned(draft, angle))
        lanes += [turn(lane, angle) for lane in _clip(cluster_lanes, turn(part, -angle))]
    return Layout(tuple(drafts), tuple(lanes))


def _clip(lanes: list[LineString], ground: Polygon) -> list[LineString]:
    """The lanes within their cluster, from edge to edge."""
    cut = [lane.intersection(ground) for lane in lanes]
    return [lane for lane in cut if isinstance(lane, LineString) and lane.length > 25.0]


def _turned(draft: Draft, angle: float) -> Draft:
    return Draft(
        turn(draft.shape, angle), draft.usage, draft.floors, draft.storey_m, own_number=True
    )


def _village_house(
    x: float, y: float, width: float, depth: float, rng: np.random.Generator
) -> Draft:
    """A house built up floor by floor to be let."""
    return Draft(rect(x, y, width, depth), "自建住宅", int(rng.integers(3, 8)), 3.1)


def _courtyard(x: float, y: float, width: float, depth: float, rng: np.random.Generator) -> Draft:
    """A house around a court, a house with a yard, or a plain row house."""
    pick, wing = rng.random(), float(rng.uniform(3.8, 4.8))
    usage = "商住" if rng.random() < 0.2 else "住宅"
    floors = int(rng.choice((1, 2, 2, 3), p=(0.4, 0.25, 0.25, 0.1)))
    if width < 12.5 or pick < 0.25:
        return Draft(rect(x, y, width, depth), usage, floors, 3.3)
    plan = court if pick < 0.65 else u_shape if pick < 0.85 else l_shape
    return Draft(plan(x, y, width, depth, wing), usage, min(floors, 2), 3.5)


def village(ground: Polygon, rng: np.random.Generator) -> Layout:
    """城中村: narrow houses of three to seven storeys a step apart."""
    return _build(ground, VILLAGE, rng, old=False)


def old_town(ground: Polygon, rng: np.random.Generator) -> Layout:
    """Court houses of one or two storeys along lanes."""
    return _build(ground, OLD_TOWN, rng, old=True)
