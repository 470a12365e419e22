"""Schools, hospitals and other public lots: few buildings, each with its own plan."""

from typing import Final

import numpy as np
from shapely import Polygon

from assets.samples.layouts.packing import Item, pack
from assets.samples.model import Draft, Green, Layout
from assets.samples.shapes import (
    comb,
    court,
    ellipse,
    h_shape,
    l_shape,
    rect,
    rounded,
    slab,
    track,
    u_shape,
)

_EDU: Final = "教育"
_MED: Final = "医疗"
_GOV: Final = "办公"


def _draft(shape: Polygon, usage: str, floors: int, storey_m: float, label: str) -> Draft:
    return Draft(shape, usage, floors, storey_m, label)


def _track(width: float, length: float) -> Item:
    return Item(Green("运动场", "体育场地", track(0, 0, width, length)), (1.0, 0.0))


def school_middle(ground: Polygon, rng: np.random.Generator) -> Layout:
    """A middle school: track, class rooms in U and L shape, laboratory, gymnasium, dormitory."""
    west, south, east, north = ground.bounds
    large = east - west > 190 and north - south > 175
    items = (
        _track(84, 160) if large else _track(58, 108),
        Item(_draft(u_shape(0, 0, 66, 46, 11), _EDU, 5, 3.8, "教学楼"), (0.1, 0.8)),
        Item(_draft(l_shape(0, 0, 50, 34, 12), _EDU, 4, 3.9, "实验楼"), (0.0, 0.35)),
        Item(_draft(rect(0, 0, 46, 16), _GOV, 5, 3.7, "行政楼"), (0.3, 0.0)),
        Item(_draft(rounded(0, 0, 44, 34, 6), "体育", 2, 7.0, "体育馆"), (0.9, 1.0)),
        Item(_draft(slab(0, 0, 3, 16, 14), "宿舍", 6, 3.3, "学生宿舍"), (0.0, 0.0)),
        Item(_draft(rect(0, 0, 36, 22), "餐饮", 2, 4.5, "食堂"), (0.5, 0.5)),
    )
    return pack(ground, items[: 5 + int(rng.integers(0, 3))], 9.0, 12.0)


def school_primary(ground: Polygon, rng: np.random.Generator) -> Layout:
    """A primary school: short track, class rooms in comb or U shape, hall."""
    rooms = comb(0, 0, 64, 44, 3) if rng.random() < 0.5 else u_shape(0, 0, 58, 42, 10)
    items = (
        _track(46, 92),
        Item(_draft(rooms, _EDU, 4, 3.7, "教学楼"), (0.0, 0.8)),
        Item(_draft(l_shape(0, 0, 38, 26, 10), _EDU, 4, 3.7, "综合楼"), (0.0, 0.1)),
        Item(_draft(rect(0, 0, 32, 22), "体育", 2, 6.0, "风雨操场"), (0.6, 1.0)),
    )
    return pack(ground, items, 8.0, 10.0)


def kindergarten(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A nursery school: one L-shaped house and a play ground."""
    large = ground.area > 4500.0
    house = l_shape(0, 0, 42, 30, 12) if large else l_shape(0, 0, 30, 22, 10)
    items = (
        Item(_draft(house, _EDU, 3, 3.6, "园舍"), (0.1, 0.9)),
        Item(Green("活动场地", "体育场地", rounded(0, 0, 26, 18, 5)), (0.8, 0.1)),
    )
    return pack(ground, items, 5.0, 4.0)


def hospital(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A hospital: comb of out-patient wards, H-shaped ward tower, technical block."""
    items = (
        Item(_draft(comb(0, 0, 92, 56, 4), _MED, 5, 4.5, "门诊楼"), (0.5, 0.1)),
        Item(_draft(h_shape(0, 0, 72, 46, 17), _MED, 19, 4.0, "住院楼"), (0.5, 0.9)),
        Item(_draft(rect(0, 0, 54, 30), _MED, 6, 4.5, "医技楼"), (0.1, 0.6)),
        Item(_draft(rect(0, 0, 44, 20), _MED, 3, 4.2, "感染楼"), (1.0, 1.0)),
        Item(_draft(rect(0, 0, 48, 15), _GOV, 8, 3.6, "行政综合楼"), (0.95, 0.3)),
        Item(_draft(slab(0, 0, 3, 15, 13), "宿舍", 7, 3.0, "职工宿舍"), (0.0, 1.0)),
        Item(Green("康复花园", "附属绿地", ellipse(0, 0, 46, 30)), (0.9, 0.6)),
    )
    return pack(ground, items, 9.0, 14.0)


def clinic(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A community health centre."""
    return pack(
        ground,
        (Item(_draft(l_shape(0, 0, 38, 28, 13), _MED, 4, 3.9, "综合楼"), (0.5, 0.5)),),
        5,
        4,
    )


def government(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """Offices of the district: symmetric, with a square before them."""
    items = (
        Item(_draft(h_shape(0, 0, 96, 50, 18), _GOV, 9, 4.0, "办公主楼"), (0.5, 0.85)),
        Item(Green("市民广场", "广场", rounded(0, 0, 80, 40, 4)), (0.5, 0.05)),
        Item(_draft(rect(0, 0, 22, 54), _GOV, 5, 3.8, "东配楼"), (1.0, 0.4)),
        Item(_draft(rect(0, 0, 22, 54), _GOV, 5, 3.8, "西配楼"), (0.0, 0.4)),
        Item(_draft(rounded(0, 0, 42, 28, 4), _GOV, 2, 6.0, "政务服务中心"), (0.0, 0.0)),
    )
    return pack(ground, items, 10.0, 14.0)


def culture(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """Library, museum and theatre."""
    items = (
        Item(_draft(court(0, 0, 62, 52, 17), "文化", 4, 5.0, "图书馆"), (0.1, 0.8)),
        Item(_draft(ellipse(0, 0, 70, 52), "文化", 3, 7.5, "大剧院"), (0.9, 0.5)),
        Item(_draft(rounded(0, 0, 56, 40, 9), "文化", 3, 6.0, "博物馆"), (0.1, 0.1)),
        Item(Green("文化广场", "广场", ellipse(0, 0, 50, 36)), (0.5, 0.1)),
    )
    return pack(ground, items, 9.0, 12.0)


def sports(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A stadium with its stands around the field, a hall and a pool."""
    stands = ellipse(0, 0, 140, 186) - ellipse(24, 24, 92, 138)
    items = (
        Item(_draft(stands, "体育", 3, 7.0, "体育场"), (0.3, 0.5)),
        Item(_draft(ellipse(0, 0, 78, 64), "体育", 2, 10.0, "体育馆"), (1.0, 0.9)),
        Item(_draft(rounded(0, 0, 66, 40, 10), "体育", 2, 8.0, "游泳馆"), (1.0, 0.1)),
    )
    return pack(ground, items, 8.0, 12.0)


def _college_items() -> tuple[Item, ...]:
    rooms = [
        Item(_draft(court(0, 0, 70, 46, 14), _EDU, 5, 4.0, f"教学{n}号楼"), (0.35, 0.55))
        for n in range(1, 5)
    ]
    labs = [
        Item(_draft(u_shape(0, 0, 64, 42, 13), _EDU, 5, 4.2, f"实训{n}号楼"), (0.0, 1.0))
        for n in range(1, 4)
    ]
    homes = [
        Item(_draft(slab(0, 0, 4, 15, 15), "宿舍", 6, 3.3, f"学生公寓{n}号楼"), (1.0, 1.0))
        for n in range(1, 13)
    ]
    return (*rooms, *labs, *homes)


def college(ground: Polygon, _rng: np.random.Generator) -> Layout:
    """A vocational college with library, halls, class rooms and dormitories."""
    items = (
        Item(_draft(rounded(0, 0, 72, 66, 8), _EDU, 8, 4.5, "图书馆"), (0.5, 0.5)),
        Item(Green("田径场", "体育场地", track(0, 0, 92, 176)), (1.0, 0.0)),
        Item(_draft(h_shape(0, 0, 80, 50, 17), _GOV, 7, 3.9, "行政楼"), (0.5, 0.0)),
        Item(_draft(ellipse(0, 0, 66, 56), "体育", 2, 9.0, "体育馆"), (0.8, 0.45)),
        Item(_draft(rounded(0, 0, 60, 38, 5), "餐饮", 3, 4.8, "第一食堂"), (0.9, 0.75)),
        Item(Green("静湖", "附属绿地", ellipse(0, 0, 80, 46)), (0.15, 0.2)),
        *_college_items(),
    )
    return pack(ground, items, 12.0, 16.0)
