"""What the definitions of the known DGGRSs say, in Chinese and English (21-038r1, Annex B)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ORDER_TEXT = (
    "Sub-zones of a relative depth are ordered by ascending 64-bit integer identifier, which is "
    "the order of a walk down the hierarchy, children in the order of their identifiers."
)
HYBRID = "hierarchicalConcatenation"


@dataclass(frozen=True, slots=True)
class Facts:
    """One system."""

    id: str
    """DGGRS id."""

    zone_form: str
    """Regular expression that every textual zone id matches."""

    description: Mapping[str, str]
    dggh: Mapping[str, Any]
    """The hierarchy of grids."""

    text_ids: Mapping[str, str]
    """`textZIRS`."""

    integer_ids: str
    """Description of `uint64ZIRS`."""

    order: str = ORDER_TEXT
    order_type: str = "mortonCurve"


_RECTANGLES = {
    "spatialDimensions": 2,
    "temporalDimensions": 0,
    "crs": "https://www.opengis.net/def/crs/EPSG/0/4490",
    "zoneTypes": ["rectangle"],
    "refinementStrategy": ["nestedChildCell"],
    "constraints": {"cellAxisAligned": True},
}
_CGCS2000 = {"ellipsoid": "https://www.opengis.net/def/ellipsoid/EPSG/0/1024"}

H3 = Facts(
    id="H3",
    zone_form="[0-9A-Fa-f]{15}",
    description={
        "zh": (
            "H3 4.x 六边形网格，0 至 15 级。H3 未在 OGC 登记 URI，此处 uri 由本服务自行给出。"
            "H3 将纬度按球面纬度处理；子单元并不严格铺满父单元，层级关系以索引为准。"
        ),
        "en": (
            "The hexagonal grid of H3 4.x, levels 0 to 15. H3 has no URI in an OGC register: the "
            "uri here is this server's own. H3 takes latitude as spherical. Children do not tile "
            "their parent exactly: the hierarchy is that of the index."
        ),
    },
    dggh={
        "definition": {
            "spatialDimensions": 2,
            "temporalDimensions": 0,
            "crs": "https://www.opengis.net/def/crs/EPSG/0/4490",
            "basePolyhedron": "icosahedron",
            "refinementRatio": 7,
            "zoneTypes": ["hexagon", "pentagon"],
            "refinementStrategy": ["centredChildCell"],
            "constraints": {"cellAxisAligned": False, "cellEqualSized": False},
        },
        "parameters": {
            "description": (
                "Geodetic latitude and longitude are taken as they are, on a sphere; edges of "
                "zones are great circles there."
            )
        },
    },
    text_ids={"description": "The 15 hexadecimal digits of the H3 cell index, lower case."},
    integer_ids="The H3 cell index.",
    order_type="h3Index",
)
BEIDOU = Facts(
    id="BeiDou",
    zone_form=(
        "[NS](000([0-9A-F]{2})?|"
        "[0-9]{2}[A-V]([0-9A-B][0-7]([0-5]([0-9A-E][0-9]([0-9A-E]{2}([0-3]([0-7]{2}){0,4})?)?)?)?)?)"
    ),
    description={
        "zh": (
            "北斗网格位置码（GB/T 39409-2020），二维，1 至 10 级，2000 国家大地坐标系；"
            "88° 以上极区只有 1、2 级。未在 OGC 登记 URI，此处 uri 由本服务自行给出。"
        ),
        "en": (
            "The BeiDou grid location code (GB/T 39409-2020) in 2D, levels 1 to 10, CGCS2000; "
            "beyond 88° there are levels 1 and 2 only. It has no URI in an OGC register: the uri "
            "here is this server's own."
        ),
    },
    dggh={"definition": _RECTANGLES, "parameters": _CGCS2000},
    text_ids={
        "description": "The 2D code of GB/T 39409-2020, clause 5: 4 to 20 characters.",
        "type": HYBRID,
    },
    integer_ids=(
        "One 64-bit number a cell, numbered by a walk down the hierarchy, so that the cells "
        "below a cell are a range; made by this software, the standard has none."
    ),
)
GEOSOT = Facts(
    id="GeoSOT",
    zone_form="G[0-3]{0,32}",
    description={
        "zh": (
            "GeoSOT 地球空间网格编码（GB/T 40087-2021），二维，0 至 32 级，2000 国家大地坐标系；"
            "88° 以上极区只到 10 级。未在 OGC 登记 URI，此处 uri 由本服务自行给出。"
        ),
        "en": (
            "The GeoSOT geospatial grid code (GB/T 40087-2021) in 2D, levels 0 to 32, CGCS2000; "
            "beyond 88° there are levels up to 10 only. It has no URI in an OGC register: the "
            "uri here is this server's own."
        ),
    },
    dggh={"definition": {**_RECTANGLES, "refinementRatio": 4}, "parameters": _CGCS2000},
    text_ids={
        "description": "G and one quaternary digit a level (GB/T 40087-2021, clause 6.2).",
        "type": HYBRID,
    },
    integer_ids=(
        "Quadrant and Morton number, closed by one bit that marks the level, so that the cells "
        "below a cell are a range; made by this software."
    ),
)
FACTS: Mapping[str, Facts] = {"beidou": BEIDOU, "geosot": GEOSOT, "h3": H3}
"""By name of the grid plugin. A grid without an entry is served under its own name."""
