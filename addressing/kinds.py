"""Types of address elements, in the order of an address written from the large to the small.

Source: GA/T 2000.32-2014 for the two digits of `ga_code`, as far as a public table gives them. A
type without a digit pair is one this program needs and that table does not list; nothing is
claimed for it. GB/T 23705-2009 divides the same order into three parts, `part`.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

type Part = Literal["division", "area", "point"]
"""Division names, limiter of the basic area, local point: the three parts of GB/T 23705."""


@dataclass(frozen=True, slots=True)
class ElementKind:
    """A type of address elements."""

    name: str
    rank: int
    """Place in the order from large to small; two types may share one."""

    part: Part
    zh: str
    en: str
    ga_code: str = ""
    """Two digits of GA/T 2000.32, empty where no code is known."""

    unit: str = ""
    """Word behind a value that is only a number or a letter, in the canonical text."""


_DIVISION: Part = "division"
_AREA: Part = "area"
_POINT: Part = "point"

_ALL = (
    ElementKind("country", 0, _DIVISION, "国家", "country"),
    ElementKind("province", 1, _DIVISION, "省级行政区", "province", "11"),
    ElementKind("city", 2, _DIVISION, "地级行政区", "prefecture or city", "12"),
    ElementKind("county", 3, _DIVISION, "县级行政区", "county or district", "13"),
    ElementKind("township", 4, _DIVISION, "乡、镇、街道", "township or sub-district", "20"),
    ElementKind("community", 5, _DIVISION, "社区、村", "community or village", "30"),
    ElementKind("natural_village", 6, _AREA, "自然村", "natural village", "44"),
    ElementKind("group", 7, _DIVISION, "组、邻", "group or neighbourhood", "34", "组"),
    ElementKind("road", 8, _AREA, "街、路、巷", "street", "41"),
    ElementKind("section", 9, _AREA, "段", "section of a street", "", "段"),
    ElementKind("lane", 10, _AREA, "巷", "lane", "41", "巷"),
    ElementKind("alley", 11, _AREA, "弄", "alley", "41", "弄"),
    ElementKind("sub_alley", 12, _AREA, "支弄、衖", "branch alley", "41", "支弄"),
    ElementKind("number", 13, _POINT, "门牌号", "door number", "", "号"),
    ElementKind("compound", 14, _AREA, "号院", "numbered compound", "43", "号院"),
    ElementKind("estate", 15, _AREA, "小区", "estate", "42"),
    ElementKind("zone", 16, _AREA, "分区、分期", "zone or phase of an estate", "", "区"),
    ElementKind("poi", 17, _POINT, "兴趣点", "point of interest"),
    ElementKind("building", 18, _POINT, "楼栋", "building", "50", "栋"),
    ElementKind("unit", 19, _POINT, "单元", "unit (entrance)", "61", "单元"),
    ElementKind("floor", 20, _POINT, "楼层", "floor", "", "层"),
    ElementKind("room", 21, _POINT, "户室", "room", "62", "室"),
)

KINDS = MappingProxyType({kind.name: kind for kind in _ALL})
"""Types by name, from large to small."""

DIVISIONS = ("province", "city", "county", "township", "community")
"""Types of the levels 1 to 5 of administrative divisions."""

_ENDS = (
    ("township", "街道", "23"),
    ("township", "镇", "22"),
    ("township", "乡", "21"),
    ("community", "村委会", "33"),
    ("community", "村民委员会", "33"),
    ("community", "村", "33"),
    ("community", "居委会", "32"),
    ("community", "居民委员会", "32"),
    ("community", "社区", "31"),
)


def ga_code(kind: str, name: str) -> str:
    """The code of GA/T 2000.32 for an element, the finest its name tells; else empty.

    Args:
        kind: Name of an element type.
        name: The element's name in simplified characters.
    """
    if kind == "community" and name.endswith(("社区居委会", "社区居民委员会")):
        return "31"
    return next(
        (code for own, end, code in _ENDS if own == kind and name.endswith(end)),
        KINDS[kind].ga_code,
    )
