"""Real property unit codes (不动产单元代码), 28 characters.

The layers are county 6, cadastral area 3, sub-area 3, parcel feature 2, parcel sequence 5, fixture
feature 1, fixture unit 8. There is no check digit.

Source: GB/T 37346-2019. The list of second letters of the parcel feature may be longer there
than here; a letter that is not known is legal, with a note.
"""

from dataclasses import dataclass, field

from cim.codes._divisions import PROVINCES, require_division
from cim.codes._texts import CAPITALS, DIGITS, compact, require_length, require_letters
from cim.codes.base import CheckedCode, Scheme

LENGTH = 28
_TITLE = "real property unit code"

OWNERSHIP = {"G": "国家所有", "J": "集体所有", "Z": "所有权未确定或有争议"}
"""First letter of the parcel feature: who owns the land."""

RIGHTS = {
    "A": "集体土地所有权宗地",
    "B": "建设用地使用权宗地（地表）",
    "S": "建设用地使用权宗地（地上）",
    "X": "建设用地使用权宗地（地下）",
    "C": "宅基地使用权宗地",
    "D": "土地承包经营权宗地（耕地）",
    "E": "林地使用权宗地",
    "F": "草原使用权宗地",
    "G": "无居民海岛使用权",
    "H": "海域使用权宗海",
    "W": "使用权未确定或有争议的土地",
    "Y": "其他",
}
"""Second letter of the parcel feature: the right in the land or sea."""

FIXTURES = {"F": "房屋等建筑物、构筑物", "L": "森林或林木", "Q": "其他定着物", "W": "无定着物"}
"""What stands on the parcel."""

_PARCEL, _FIXTURE = 12, 19


@dataclass(frozen=True, slots=True)
class RealPropertyScheme:
    """The 28 characters of GB/T 37346."""

    name: str = "real_property"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "不动产单元代码", "en": "Real property unit code"}
    )
    source: str = "GB/T 37346-2019"
    distinctive: bool = True

    def check(self, text: str) -> CheckedCode:
        """The code, with the meaning of its letters.

        Raises:
            CodeError: Length, a character or the province is wrong.
        """
        code = compact(text)
        require_length(_TITLE, code, LENGTH)
        require_letters(_TITLE, code, 0, _PARCEL, DIGITS)
        require_letters(_TITLE, code, _PARCEL, _PARCEL + 1, "".join(OWNERSHIP))
        require_letters(_TITLE, code, _PARCEL + 1, _PARCEL + 2, CAPITALS)
        require_letters(_TITLE, code, _PARCEL + 2, _FIXTURE, DIGITS)
        require_letters(_TITLE, code, _FIXTURE, _FIXTURE + 1, "".join(FIXTURES))
        require_letters(_TITLE, code, _FIXTURE + 1, LENGTH, DIGITS)
        require_division(_TITLE, code)
        right = code[_PARCEL + 1]
        known = right in RIGHTS
        notes = () if known else (f"right {right!r} is not among {', '.join(RIGHTS)}",)
        return CheckedCode(code, _parts(code), notes)


def _parts(code: str) -> dict[str, str]:
    """What a code says."""
    parts = {
        "division_code": code[:6],
        "province_zh": PROVINCES[code[:2]],
        "cadastral_area": code[6:9],
        "cadastral_subarea": code[9:_PARCEL],
        "parcel_feature": code[_PARCEL : _PARCEL + 2],
        "ownership_zh": OWNERSHIP[code[_PARCEL]],
        "right_zh": RIGHTS.get(code[_PARCEL + 1], ""),
        "parcel": code[:_FIXTURE],
        "parcel_sequence": code[_PARCEL + 2 : _FIXTURE],
        "fixture_feature": code[_FIXTURE],
        "fixture_zh": FIXTURES[code[_FIXTURE]],
    }
    if code[_FIXTURE] == "F":
        return parts | {"building": code[20:24], "unit": code[24:]}
    return parts | {"fixture_unit": code[20:]}


PLUGIN: Scheme = RealPropertyScheme()
