"""Housing estates of four decades."""

from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

from assets.samples.layouts.rows import RowRule, fits, row_slots, setback, usable
from assets.samples.model import Draft, Green, Layout
from assets.samples.shapes import butterfly_tower, cross_tower, rect, slab, twin_slab

_OLD: Final = RowRule((60.0, 45.0, 75.0, 30.0), 11.4, 7.0, 27.5)
_MID: Final = RowRule((51.0, 34.0, 68.0, 17.0), 13.2, 9.0, 33.0)
_HIGH: Final = RowRule((34.0, 38.0), 20.0, 18.0, 50.0, 0.35)
_VILLA: Final = RowRule((13.0, 26.0), 12.0, 9.0, 27.0)
_SHOP_M: Final = 11.0
_GARDEN_FROM_M2: Final = 27_000.0


class Fronts(NamedTuple):
    """Whether a lot's south and north edge lie on a street."""

    south: bool
    north: bool


def _garden(ground: Polygon, share: float) -> Polygon:
    """The garden in the middle of a large estate; empty on a small one."""
    if ground.area < _GARDEN_FROM_M2:
        return Polygon()
    west, south, east, north = ground.bounds
    x, y = ground.centroid.x, ground.centroid.y
    half_w, half_d = share * (east - west) / 2, share * (north - south) / 2
    return box(x - half_w, y - half_d, x + half_w, y + half_d).buffer(-9).buffer(9, quad_segs=5)


def _greens(garden: Polygon) -> tuple[Green, ...]:
    return () if garden.is_empty else (Green("中心花园", "附属绿地", garden.buffer(-4.0)),)


def _shops(
    ground: Polygon, rng: np.random.Generator, fronts: Fronts, chance: float
) -> list[Draft]:
    """A strip of shops along an edge that lies on a street; on some lots only."""
    deep = setback(ground, 4.0)
    if not any(fronts) or rng.random() > chance or deep.is_empty:
        return []
    south, north = usable(deep, 0.5)
    y = south + 0.6 if fronts.south else north - 0.6 - _SHOP_M
    rule = RowRule((44.0, 30.0), _SHOP_M, 9.0, 1e6)
    strip = deep.intersection(box(-1e5, y - 0.5, 1e5, y + _SHOP_M + 0.5))
    if not isinstance(strip, Polygon) or strip.is_empty:
        return []
    floors = int(rng.integers(1, 4))
    shapes = [rect(x, at, width, _SHOP_M) for x, at, width in row_slots(strip, rule, rng)]
    return [
        Draft(shape, "商业", floors, 4.2, own_number=True)
        for shape in shapes
        if fits(shape, deep, Polygon())
    ]


def _kept(drafts: list[Draft], clear_m: float) -> BaseGeometry:
    return shapely.union_all([draft.shape for draft in drafts]).buffer(clear_m)


def _slabs(
    ground: Polygon, rng: np.random.Generator, fronts: Fronts, rule: RowRule, unit_m: float
) -> Layout:
    """Parallel slabs of stairwell units."""
    shops = _shops(ground, rng, fronts, 0.6)
    garden, inner = _garden(ground, 0.24), setback(ground, 6.5)
    taken = _kept(shops, 9.0).union(garden)
    high = rng.random() < 0.3 and rule is _MID
    drafts = []
    for x, y, width in row_slots(inner, rule, rng):
        shape = slab(x, y, round(width / unit_m), unit_m, rule.depth)
        if fits(shape, inner, taken):
            floors = 11 if high and y > inner.centroid.y else int(rng.choice((6, 6, 6, 7)))
            drafts.append(Draft(shape, "住宅", floors, 2.9, numbered=True))
    return Layout((*drafts, *shops), greens=_greens(garden))


def estate_old(ground: Polygon, rng: np.random.Generator, fronts: Fronts) -> Layout:
    """Brick slabs of the eighties and nineties, close together."""
    return _slabs(ground, rng, fronts, _OLD, 15.0)


def estate_mid(ground: Polygon, rng: np.random.Generator, fronts: Fronts) -> Layout:
    """Slabs of the two thousands, wider apart, some with a lift."""
    return _slabs(ground, rng, fronts, _MID, 17.0)


def estate_high(ground: Polygon, rng: np.random.Generator, fronts: Fronts) -> Layout:
    """Towers of the last fifteen years around a garden, lower ones in the south."""
    shops = _shops(ground, rng, fronts, 0.5)
    garden, inner = _garden(ground, 0.26), setback(ground, 9.0)
    taken = _kept(shops, 9.0).union(garden)
    plan = (cross_tower, butterfly_tower, twin_slab)[int(rng.integers(3))]
    top = int(rng.choice((18, 26, 30, 33)))
    drafts = []
    for x, y, width in row_slots(inner, _HIGH, rng):
        shape = plan(x, y, width, 18.5)
        if fits(shape, inner, taken):
            floors = top - (7 if y < inner.centroid.y and top > 18 else 0) - int(rng.integers(2))
            drafts.append(Draft(shape, "住宅", floors, 3.0, numbered=True))
    return Layout((*drafts, *shops), greens=_greens(garden))


def villa(ground: Polygon, rng: np.random.Generator, _fronts: Fronts) -> Layout:
    """Detached and semi-detached houses among trees."""
    garden, inner = _garden(ground, 0.25), setback(ground, 9.0)
    drafts = []
    for x, y, width in row_slots(inner, _VILLA, rng):
        shape = slab(x, y + float(rng.uniform(0, 3)), round(width / 13.0), 13.0, 11.0)
        if fits(shape, inner, garden):
            drafts.append(Draft(shape, "住宅", int(rng.integers(2, 4)), 3.2, numbered=True))
    return Layout(tuple(drafts), greens=_greens(garden))
