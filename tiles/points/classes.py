"""Classes of points after the ASPRS LAS specification: names in two languages, and colours.

Source: ASPRS LAS 1.4 R15, tables 9 and 17 (standard point classes); the Chinese names follow the
usage of CH/T 8024 where it has the class.
"""

from typing import Any

import numpy as np

from cim.arrays import Uint8

NAMES = (
    ("未处理", "Created, never classified"),
    ("未分类", "Unclassified"),
    ("地面", "Ground"),
    ("低矮植被", "Low vegetation"),
    ("中等植被", "Medium vegetation"),
    ("高植被", "High vegetation"),
    ("建筑物", "Building"),
    ("低点噪声", "Low point (noise)"),
    ("模型关键点", "Model key-point"),
    ("水体", "Water"),
    ("铁路", "Rail"),
    ("道路路面", "Road surface"),
    ("重叠点", "Overlap"),
    ("架空地线", "Wire, guard"),
    ("输电导线", "Wire, conductor"),
    ("输电杆塔", "Transmission tower"),
    ("绝缘子", "Wire-structure connector"),
    ("桥面", "Bridge deck"),
    ("高点噪声", "High noise"),
    ("架空结构", "Overhead structure"),
    ("忽略的地面", "Ignored ground"),
    ("积雪", "Snow"),
    ("时相排除", "Temporal exclusion"),
)
"""Chinese and English, by code; 8 and 12 as LAS 1.1-1.3 have them."""

FIRST_OF_USER = 64
"""Codes below it without a name are reserved; from it on users define their own."""

NEUTRAL = (200, 200, 200)
"""Colour of points that have neither a colour nor a class; sRGB."""

_COLOURS = {
    0: NEUTRAL, 1: (170, 170, 170), 2: (161, 130, 92), 3: (164, 196, 104), 4: (104, 168, 72),
    5: (46, 125, 50), 6: (214, 110, 84), 7: (220, 40, 160), 8: (190, 150, 110), 9: (66, 134, 214),
    10: (130, 100, 160), 11: (96, 104, 114), 12: (210, 190, 120), 13: (230, 210, 60),
    14: (240, 170, 40), 15: (90, 90, 200), 16: (150, 220, 220), 17: (150, 140, 130),
    18: (255, 60, 60), 19: (180, 120, 190), 20: (140, 115, 90), 21: (240, 246, 252),
    22: (120, 120, 120),
}  # fmt: skip


def name(code: int) -> tuple[str, str]:
    """Chinese and English name of a class."""
    if code < len(NAMES):
        return NAMES[code]
    if code < FIRST_OF_USER:
        return f"保留 {code}", f"Reserved {code}"
    return f"自定义 {code}", f"User defined {code}"


def colour_table() -> Uint8:
    """(256, 3) sRGB colour of each code; neutral where no class is meant."""
    return np.array([_COLOURS.get(code, NEUTRAL) for code in range(256)], np.uint8)


def enumeration() -> dict[str, Any]:
    """The classes as an enum of a metadata schema."""
    values = [{"name": " / ".join(name(code)), "value": code} for code in range(256)]
    return {"name": "点类别 / Point class", "valueType": "UINT8", "values": values}
