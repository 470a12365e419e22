"""Lots with names, buildings and lanes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

import shapely
from shapely import LineString, Polygon

from assets.samples import names
from assets.samples.frame import grid_point, rng_for
from assets.samples.layouts.catalog import build_up
from assets.samples.model import LANE, Division, Layout, Lot, Parcel, Street
from assets.samples.waters import river_polygon

_REACH_M: Final = 40.0
_ESTATE_USES: Final = frozenset(names.ESTATE_ENDS)


def _stem(community: str) -> str:
    return community.removesuffix("社区")


_PLACE_NAMES: Final[dict[str, str]] = {
    "kindergarten": "{place}幼儿园",
    "school_primary": "{place}小学",
    "clinic": "{place}社区卫生服务中心",
    "market": "{place}农贸市场",
    "fire": "{place}消防救援站",
    "power": "110千伏{place}变电站",
    "bus": "{place}公交首末站",
    "site": "{place}社区服务中心",
}
_SINGLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "hospital": ("云杉区人民医院", "云杉区中医医院"),
    "government": ("云杉区政务中心",),
    "culture": ("云杉文化中心",),
    "sports": ("云杉体育中心",),
    "college": ("示例职业技术学院",),
    "water_works": ("云杉水厂",),
    "hotel": names.HOTELS,
    "mall": names.MALLS,
    "office": names.OFFICES,
    "works": names.WORKS,
    "warehouse": tuple(
        f"{name}仓储中心" for name in ("云帆", "启航", "长风", "腾飞", "丰泽", "瑞祥")
    ),
    "school_middle": tuple(f"云杉区第{n}中学" for n in "一二三四五"),
    "old_town": ("古渡老街",),
}


def _village(parcel: Parcel) -> str:
    u, v = grid_point(parcel.shape)
    return names.VILLAGES[0 if u > 0 else 1 if v > 0 else 2]


def _park_name(parcel: Parcel, place: str) -> str:
    if parcel.name:
        return parcel.name
    if parcel.shape.distance(river_polygon()) < 5.0:
        return f"{names.RIVER}滨江公园"
    return f"{place}公园" if parcel.shape.area > 9000.0 else f"{place}街头绿地"


def _name(parcel: Parcel, index: int, place: str) -> str:
    """Name of the index-th lot of its use, near a place."""
    if parcel.use in _ESTATE_USES:
        return names.estate_name(parcel.use, index)
    if parcel.use == "village":
        return _village(parcel)
    if parcel.use == "park":
        return _park_name(parcel, place)
    if parcel.use in _PLACE_NAMES:
        return _PLACE_NAMES[parcel.use].format(place=place)
    pool = _SINGLE_NAMES[parcel.use]
    return pool[0] if parcel.use == "old_town" else names.take(pool, index)


def _unique(names_given: Iterable[str], shared: frozenset[str]) -> Iterator[str]:
    """Names, a second bearer of a name being called 第二, and so on."""
    seen: Counter[str] = Counter()
    for name in names_given:
        seen[name] += 1
        again = seen[name] > 1 and name not in shared
        yield f"{name}（{names.chinese_number(seen[name])}）" if again else name


def _community_of(divisions: tuple[Division, ...]) -> Callable[[Polygon], int]:
    tree = shapely.STRtree([division.shape for division in divisions])

    def find(shape: Polygon) -> int:
        return int(tree.query_nearest(shape.representative_point())[0])

    return find


def _named(
    parcels: tuple[Parcel, ...], communities: tuple[Division, ...]
) -> list[tuple[Parcel, int]]:
    find = _community_of(communities)
    count: Counter[str] = Counter()
    found = [find(parcel.shape) for parcel in parcels]
    given = []
    for parcel, community in zip(parcels, found, strict=True):
        kind = "estate" if parcel.use in _ESTATE_USES else parcel.use
        given.append(_name(parcel, count[kind], _stem(communities[community].name)))
        count[kind] += 1
    shared = frozenset((*names.VILLAGES, "古渡老街", f"{names.RIVER}滨江公园"))
    unique = _unique(given, shared)
    return [
        (replace(parcel, name=name), community)
        for parcel, name, community in zip(parcels, unique, found, strict=True)
    ]


def _reach_out(lane: LineString, layout: Layout, cell: Polygon) -> LineString:
    """The lane led on to the streets around its cell where no house stands in the way."""
    (x0, y0), (x1, y1) = lane.coords[0], lane.coords[-1]
    dx, dy = (x1 - x0) / lane.length * _REACH_M, (y1 - y0) / lane.length * _REACH_M
    head = LineString([(x0 - dx, y0 - dy), (x0, y0)]).intersection(cell)
    tail = LineString([(x1, y1), (x1 + dx, y1 + dy)]).intersection(cell)
    houses = shapely.STRtree([draft.shape for draft in layout.drafts])
    coords = list(lane.coords)
    if _free(head, houses):
        coords = [head.coords[0], *coords]
    if _free(tail, houses):
        coords = [*coords, tail.coords[-1]]
    return LineString(coords)


def _free(extra: LineString, houses: shapely.STRtree) -> bool:
    """Whether a way ends on a street within reach and crosses no house."""
    whole = isinstance(extra, LineString) and 0.0 < extra.length < _REACH_M - 0.1
    return whole and len(houses.query(extra.buffer(1.0), predicate="intersects")) == 0


def build_lots(parcels: tuple[Parcel, ...], communities: tuple[Division, ...]) -> tuple[Lot, ...]:
    """All lots, built up and named."""
    lots = []
    for index, (parcel, community) in enumerate(_named(parcels, communities)):
        layout, year = build_up(parcel, rng_for("lot", index))
        lanes = tuple(_reach_out(lane, layout, parcel.cell) for lane in layout.lanes)
        lots.append(Lot(parcel, replace(layout, lanes=lanes), year, community))
    return tuple(lots)


def name_lanes(lots: tuple[Lot, ...]) -> tuple[tuple[Street, ...], ...]:
    """The lanes of each lot as streets; old lanes have names, those of villages numbers."""
    old, numbers = 0, Counter[str]()
    result = []
    for lot in lots:
        lanes = []
        for line in lot.layout.lanes:
            if lot.parcel.use == "old_town":
                name, old = names.lane_name(old), old + 1
            else:
                numbers[lot.parcel.name] += 1
                name = f"{lot.parcel.name}{names.chinese_number(numbers[lot.parcel.name])}巷"
            lanes.append(Street(name, LANE, line))
        result.append(tuple(lanes))
    return tuple(result)
