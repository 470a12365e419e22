"""What kind of code a text looks like, for the messages about texts of the wrong kind."""

import re

BEIDOU = "BeiDou code"
BEIDOU_3D = "BeiDou 3D code"
BEIDOU_REFERENCE = "BeiDou reference code"
GEOSOT = "GeoSOT code"
GEOSOT_3D = "GeoSOT 3D code"
GEOSOT_MORTON = "GeoSOT integer (value-level)"
H3 = "H3 index"

_SOLID = r"[NS][01](000|\d\d[A-V])\d\d[0-9A-F]{,25}"
_FORMS = (
    (BEIDOU, r"[NS](000|\d\d[A-V])[0-9A-F]{,16}", {4, 6, 7, 9, 11, 12, 14, 16, 18, 20}),
    (BEIDOU_3D, _SOLID, {7, 10, 12, 15, 18, 20, 23, 26, 29, 32}),
    (BEIDOU_REFERENCE, r"[NS]\d\d[A-V][0-9A-F]{7,16}(-[0-7A-G]{2})+", range(14, 60)),
    (GEOSOT, r"G[0-3][0-3.\-]*", range(2, 37)),
    (GEOSOT_3D, r"G[0-3]+[01]+", range(37, 66)),
    (GEOSOT_MORTON, r"\d{1,20}-\d{1,2}", range(3, 24)),
    (H3, r"8[0-9A-Fa-f]{14}", {15}),
)
"""Kind, form and legal lengths."""


def hint(text: str, but: str) -> str:
    """`; looks like a …` if the text has the form of another kind of code than `but`."""
    for kind, form, lengths in _FORMS:
        if kind != but and len(text) in lengths and re.fullmatch(form, text):
            return f"; looks like {'an' if kind == H3 else 'a'} {kind}"
    return ""
