"""Factories, warehouses, utilities and depots."""

from typing import Final

import numpy as np
from shapely import Polygon, box

from assets.samples.layouts.packing import Item, pack
from assets.samples.layouts.rows import RowRule, fits, row_slots, setback
from assets.samples.model import Draft, Green, Layout
from assets.samples.shapes import ellipse, l_shape, rect, rounded, slab

_SHEDS: Final = RowRule((96.0, 72.0, 54.0), 34.0, 16.0, 50.0)
_STORES: Final = RowRule((110.0, 84.0, 60.0), 42.0, 22.0, 68.0)


def _sheds(ground: Polygon, rng: np.random.Generator, rule: RowRule, usage: str) -> list[Draft]:
    eaves = float(rng.choice((8.4, 9.6, 10.8, 12.6)))
    two = rng.random() < 0.3
    shapes = [rect(x, y, width, rule.depth) for x, y, width in row_slots(ground, rule, rng)]
    return [
        Draft(shape, usage, 2 if two else 1, eaves * (0.65 if two else 1.0), numbered=True)
        for shape in shapes
        if fits(shape, ground, Polygon())
    ]


def works(ground: Polygon, rng: np.random.Generator) -> Layout:
    """Sheds in rows behind an office block and a dormitory."""
    inner = setback(ground, 10.0)
    west, south, east, north = inner.bounds
    front = south + 42.0
    rear = setback(inner.intersection(box(west, front, east, north)), 0.0)
    items = (
        Item(Draft(l_shape(0, 0, 46, 26, 13), "办公", 5, 3.8, "办公楼"), (0.1, 0.5)),
        Item(Draft(slab(0, 0, 3, 15, 13), "宿舍", 6, 3.1, "员工宿舍"), (0.9, 0.5)),
        Item(Draft(ellipse(0, 0, 16, 16), "工业", 1, 18.0, "1号储罐"), (0.5, 0.2)),
        Item(Draft(ellipse(0, 0, 16, 16), "工业", 1, 18.0, "2号储罐"), (0.55, 0.2)),
    )
    yard = setback(inner.intersection(box(west, south, east, front - 10.0)), 0.0)
    front_layout = pack(yard, items[: 2 + 2 * int(rng.random() < 0.4)], 0.0, 6.0)
    return Layout((*front_layout.drafts, *_sheds(rear, rng, _SHEDS, "工业")))


def warehouse(ground: Polygon, rng: np.random.Generator) -> Layout:
    """Large stores with yards for lorries."""
    return Layout(tuple(_sheds(setback(ground, 14.0), rng, _STORES, "仓储")))


def water_works(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A water works: round settling tanks and pump houses."""
    tanks = [
        Item(Draft(ellipse(0, 0, 34, 34), "公用设施", 1, 5.0, f"沉淀池{n}"), (0.2 * n, 0.9))
        for n in range(1, 5)
    ]
    items = (
        *tanks,
        Item(Draft(rect(0, 0, 60, 24), "公用设施", 1, 7.5, "滤池车间"), (0.4, 0.3)),
        Item(Draft(rect(0, 0, 30, 14), "公用设施", 1, 6.5, "送水泵房"), (0.9, 0.1)),
        Item(Draft(rect(0, 0, 36, 14), "办公", 3, 3.6, "调度楼"), (0.1, 0.0)),
    )
    return pack(ground, items, 9.0, 8.0)


def power(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A transformer station."""
    items = (
        Item(Draft(rect(0, 0, 42, 20), "公用设施", 2, 5.5, "主变楼"), (0.5, 0.6)),
        Item(Draft(rect(0, 0, 16, 10), "公用设施", 1, 4.0, "消防泵房"), (0.0, 0.0)),
    )
    return pack(ground, items, 6.0, 6.0)


def fire(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A fire station with its drill tower."""
    items = (
        Item(Draft(rect(0, 0, 46, 16), "公用设施", 4, 4.0, "执勤楼"), (0.5, 0.3)),
        Item(Draft(rect(0, 0, 8, 8), "公用设施", 7, 3.5, "训练塔"), (0.0, 1.0)),
    )
    return pack(ground, items, 6.0, 8.0)


def bus(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A bus depot."""
    items = (
        Item(Draft(rounded(0, 0, 70, 26, 5), "交通", 2, 6.0, "候车大厅"), (0.5, 0.0)),
        Item(Draft(rect(0, 0, 60, 30), "交通", 1, 8.0, "维修车间"), (0.5, 1.0)),
    )
    return pack(ground, items, 8.0, 14.0)


def park(ground: Polygon, rng: np.random.Generator) -> Layout:
    """A park: the green itself, with a pavilion or two."""
    count = int(rng.integers(1, 4)) if ground.area > 9000 else 0
    items = [
        Item(
            Draft(ellipse(0, 0, 9, 9), "文化", 1, 5.5, ("观景亭", "茶室", "管理房")[n]),
            (float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.1, 0.9))),
        )
        for n in range(count)
    ]
    pavilions = pack(ground, items, 12.0, 20.0)
    return Layout(pavilions.drafts, greens=(Green("", "公园绿地", ground),))


def belt(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A belt of trees."""
    return Layout(greens=(Green("", "防护绿地", ground),))


def empty(_ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A lot left free."""
    return Layout()
