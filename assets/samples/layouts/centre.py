"""The business district: towers on podiums, shopping centres, hotels."""

import numpy as np
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from assets.samples.ground import polygons
from assets.samples.layouts.packing import Item, pack
from assets.samples.layouts.rows import fits, setback
from assets.samples.model import Draft, Green, Layout
from assets.samples.shapes import blunt, cross_tower, ellipse, move, rect, rounded


def _tower_plan(width: float, depth: float, pick: int) -> Polygon:
    plans = (
        rounded(0, 0, width, depth, 5.0),
        blunt(0, 0, width, depth, 7.0),
        ellipse(0, 0, width, depth),
        cross_tower(0, 0, width, depth),
        rect(0, 0, width, depth),
    )
    return plans[pick % len(plans)]


def _middle(ground: Polygon, shape: BaseGeometry, share_x: float) -> tuple[float, float]:
    """Shift that puts a shape at a share of the ground's width, halfway up."""
    west, south, east, north = ground.bounds
    _, _, width, depth = shape.bounds
    return west + share_x * (east - west) - width / 2, (south + north) / 2 - depth / 2


def _on_podium(ground: Polygon, rng: np.random.Generator, storeys: int) -> Layout:
    """One tower rising through its podium, which so has a hole."""
    width, depth = rng.uniform(36.0, 46.0), rng.uniform(32.0, 40.0)
    plan = _tower_plan(float(width), float(depth), int(rng.integers(5)))
    tower = move(plan, *_middle(ground, plan, float(rng.choice((0.36, 0.64)))))
    west, south, east, north = ground.bounds
    inset = min(14.0, (north - south - depth) / 4)
    base = ground.intersection(box(west + 2, south + inset, east - 2, north - inset))
    podium = polygons(base.buffer(-6).buffer(6, quad_segs=4).difference(tower))
    drafts = [Draft(tower, "办公", storeys, 4.1, "主楼")]
    if podium and podium[0].interiors:
        drafts.append(Draft(podium[0], "商业", int(rng.integers(3, 6)), 5.0, "裙楼"))
    return Layout(tuple(draft for draft in drafts if fits(draft.shape, ground, Polygon())))


def _twins(ground: Polygon, rng: np.random.Generator, storeys: int) -> Layout:
    """Two towers that are one building, and a pavilion between them."""
    size = float(rng.uniform(28.0, 34.0))
    plan = _tower_plan(size, size, int(rng.integers(4)))
    pair = [move(plan, *_middle(ground, plan, share)) for share in (0.25, 0.75)]
    towers = Draft(MultiPolygon(pair), "办公", storeys, 4.0, "双子塔")
    plain = rounded(0, 0, 24.0, 18.0, 4.0)
    hall = Draft(move(plain, *_middle(ground, plain, 0.5)), "商业", 2, 6.0, "连廊大厅")
    if not fits(towers.shape, ground, Polygon()):
        return Layout()
    clear = fits(hall.shape, ground, towers.shape.buffer(2.0))
    return Layout((towers, hall) if clear else (towers,))


def _block(ground: Polygon, rng: np.random.Generator, storeys: int) -> Layout:
    """A tall slab and a lower annex."""
    wide = blunt(0, 0, 56, 24, 3.0)
    items = (
        Item(Draft(wide, "办公", max(storeys // 2, 12), 4.0, "A座"), (0.5, 0.85)),
        Item(Draft(rounded(0, 0, 34, 26, 4), "办公", 9, 4.0, "B座"), (0.1, 0.1)),
        Item(Draft(rect(0, 0, 30, 20), "商业", int(rng.integers(2, 5)), 4.8, "C座"), (0.9, 0.1)),
    )
    return pack(ground, items, 2.0, 12.0)


def office(ground: Polygon, rng: np.random.Generator) -> Layout:
    """An office tower in one of three manners."""
    inner = setback(ground, 9.0)
    storeys = int(rng.choice((22, 26, 30, 34, 38, 46, 55)))
    west, _, east, _ = inner.bounds
    manners = [_on_podium, _on_podium, _block, _twins if east - west > 95 else _block]
    layout = manners[int(rng.integers(len(manners)))](inner, rng, storeys)
    return layout if layout.drafts else _block(inner, rng, storeys)


def mall(ground: Polygon, rng: np.random.Generator) -> Layout:
    """A shopping centre with light courts, and an office tower beside it where there is room."""
    inner = setback(ground, 10.0)
    west, south, east, north = inner.bounds
    width, depth = min(150.0, (east - west) * 0.72), min(105.0, (north - south) * 0.84)
    shape = blunt(0, 0, width, depth, 9.0)
    for share in (0.3, 0.7):
        shape = shape - ellipse(width * share - 11, depth / 2 - 8, 22, 16)
    items = (
        Item(Draft(shape, "商业", int(rng.integers(4, 7)), 5.4, "商场主楼"), (0.1, 0.5)),
        Item(Draft(rounded(0, 0, 34, 34, 5), "办公", 28, 4.0, "写字楼"), (1.0, 0.9)),
        Item(Green("下沉广场", "广场", ellipse(0, 0, 30, 24)), (1.0, 0.0)),
    )
    return pack(inner, items, 0.0, 8.0)


def hotel(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A hotel slab over a hall."""
    items = (
        Item(Draft(blunt(0, 0, 62, 22, 3.0), "酒店", 21, 3.6, "客房楼"), (0.5, 0.9)),
        Item(Draft(rounded(0, 0, 50, 26, 5), "酒店", 3, 5.2, "宴会楼"), (0.3, 0.0)),
    )
    return pack(ground, items, 8.0, 8.0)


def market(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A covered market with a row of shops."""
    items = (
        Item(Draft(rect(0, 0, 54, 38), "商业", 2, 5.5, "农贸大厅"), (0.5, 0.6)),
        Item(Draft(rect(0, 0, 60, 10), "商业", 2, 3.9, "商铺"), (0.5, 0.0)),
    )
    return pack(ground, items, 5.0, 8.0)
