"""Zones of the city, and the uses of land with their codes.

Codes and names of land uses: 国土空间调查、规划、用途管制用地用海分类指南 (2023), second and third
level, as known to the author; the document itself was not at hand.
"""

from dataclasses import dataclass
from typing import Final

CELL_TARGETS: Final = {
    "river": 1e9,
    "lake": 1e9,
    "park": 1e9,
    "campus": 1e9,
    "centre": 42_000.0,
    "old_town": 40_000.0,
    "village": 70_000.0,
    "works": 150_000.0,
    "estate": 95_000.0,
}
"""Zones, and the area in square metres above which a cell is divided by a street."""

_ZONES: Final = (
    ("lake", 300.0, 900.0, -1080.0, -640.0),
    ("centre", -330.0, 900.0, 60.0, 560.0),
    ("old_town", -920.0, -20.0, -640.0, 60.0),
    ("village", 1480.0, 1800.0, -640.0, -330.0),
    ("village", -2050.0, -1480.0, 560.0, 740.0),
    ("village", -920.0, -620.0, -1550.0, -1200.0),
    ("works", 1480.0, 2050.0, 150.0, 1550.0),
    ("works", 900.0, 1480.0, 1080.0, 1550.0),
    ("campus", -920.0, -330.0, 1080.0, 1550.0),
    ("park", -1480.0, -1180.0, -900.0, -640.0),
)
"""Name, and the range of grid u and v; the first that holds a point decides."""


def zone_at(u: float, v: float) -> str:
    """Zone of a grid point; `estate` where nothing else is laid down."""
    for name, west, east, south, north in _ZONES:
        if west <= u <= east and south <= v <= north:
            return name
    return "estate"


@dataclass(frozen=True, slots=True)
class LandUse:
    """A use of land."""

    code: str
    name: str
    ratio_scale: float = 1.0
    """Permitted over built floor area ratio, for uses that may still grow."""


USES: Final = {
    "estate_old": LandUse("070102", "二类城镇住宅用地"),
    "estate_mid": LandUse("070102", "二类城镇住宅用地"),
    "estate_high": LandUse("070102", "二类城镇住宅用地"),
    "villa": LandUse("070101", "一类城镇住宅用地"),
    "old_town": LandUse("070103", "三类城镇住宅用地"),
    "village": LandUse("0703", "农村宅基地"),
    "site": LandUse("0702", "城镇社区服务设施用地"),
    "government": LandUse("0801", "机关团体用地"),
    "culture": LandUse("0803", "文化用地"),
    "college": LandUse("080401", "高等教育用地"),
    "school_middle": LandUse("080403", "中小学用地"),
    "school_primary": LandUse("080403", "中小学用地"),
    "kindergarten": LandUse("080404", "幼儿园用地"),
    "sports": LandUse("0805", "体育用地"),
    "hospital": LandUse("080601", "医院用地"),
    "clinic": LandUse("080602", "基层医疗卫生设施用地"),
    "mall": LandUse("0901", "商业用地", 1.1),
    "market": LandUse("0901", "商业用地"),
    "hotel": LandUse("0901", "商业用地"),
    "office": LandUse("0902", "商务金融用地", 1.1),
    "works": LandUse("1001", "工业用地", 1.2),
    "warehouse": LandUse("1101", "物流仓储用地", 1.2),
    "bus": LandUse("1208", "交通场站用地"),
    "water_works": LandUse("1301", "供水用地"),
    "power": LandUse("1303", "供电用地"),
    "fire": LandUse("1310", "消防用地"),
    "park": LandUse("1401", "公园绿地"),
    "belt": LandUse("1402", "防护绿地"),
    "square": LandUse("1403", "广场用地"),
    "reserve": LandUse("16", "留白用地"),
}
"""Uses by the key the layouts know them by."""
