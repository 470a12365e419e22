"""Statistical division codes of twelve digits: county 6, township 3, committee 3.

The codes change every year, so a stored one needs its year beside it. Higher divisions end in
zeros.

Source: GB/T 2260 for the county, GB/T 10114 for the township; the ranges of the committees are
usage, so a number outside them is legal with a note.
"""

from dataclasses import dataclass, field

from cim.codes._divisions import PROVINCES, require_division
from cim.codes._texts import DIGITS, compact, quoted, require_length, require_letters
from cim.codes.base import CheckedCode, CodeError, Scheme

LENGTH = 12
_TITLE = "division code"
_NONE = "000"

_TOWNSHIPS = (
    (range(1, 100), "sub-district", "街道"),
    (range(100, 200), "town", "镇"),
    (range(200, 400), "township", "乡"),
    (range(400, 600), "enterprise-run unit", "政企合一单位"),
)
_COMMITTEES = (
    (range(1, 200), "residents' committee", "居民委员会"),
    (range(200, 400), "villagers' committee", "村民委员会"),
    (range(400, 600), "unit like a committee", "类似居民委员会或村民委员会"),
)


@dataclass(frozen=True, slots=True)
class DivisionScheme:
    """The twelve digits of 统计用区划代码."""

    name: str = "division"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "统计用区划代码", "en": "Statistical division code"}
    )
    source: str = "GB/T 2260, GB/T 10114"
    distinctive: bool = True

    def check(self, text: str) -> CheckedCode:
        """The code, with the kinds of its township and committee.

        Raises:
            CodeError: Length, a character, the province or the township is wrong.
        """
        code = compact(text)
        require_length(_TITLE, code, LENGTH)
        require_letters(_TITLE, code, 0, LENGTH, DIGITS)
        require_division(_TITLE, code)
        township, committee = code[6:9], code[9:]
        _require_order(code, township, committee)
        parts = {
            "division_code": code[:6],
            "province_zh": PROVINCES[code[:2]],
            "level": _level(code),
        }
        notes: tuple[str, ...] = ()
        if township != _NONE:
            en, zh = _kind(_TOWNSHIPS, township) or ("", "")
            parts |= {"township": township, "township_en": en, "township_zh": zh}
        if committee != _NONE:
            found = _kind(_COMMITTEES, committee)
            en, zh = found or ("", "")
            parts |= {"committee": committee, "committee_en": en, "committee_zh": zh}
            notes = () if found else (f"committee {committee} is outside the usual 001 to 599",)
        return CheckedCode(code, parts, notes)


def _require_order(code: str, township: str, committee: str) -> None:
    """Refuse a township number out of range, and a part below one that is zero."""
    if township != _NONE and _kind(_TOWNSHIPS, township) is None:
        raise CodeError(
            f"{_TITLE} {quoted(code)}: characters 7 to 9 are {township!r}; legal: 000 to 599"
        )
    if township == _NONE != committee:
        raise CodeError(
            f"{_TITLE} {quoted(code)}: committee {committee!r} without a township; "
            f"legal: 000 at the end, or 001 to 599 in characters 7 to 9"
        )
    if code[2:4] == "00" and township != _NONE:
        raise CodeError(
            f"{_TITLE} {quoted(code)}: township {township!r} under a whole province; legal: 000"
        )


def _kind(kinds: tuple[tuple[range, str, str], ...], number: str) -> tuple[str, str] | None:
    """English and Chinese name of the kind of a number."""
    return next(((en, zh) for span, en, zh in kinds if int(number) in span), None)


def _level(code: str) -> str:
    """The level of the division: that of the last part that is not zero."""
    cuts = ((9, "committee"), (6, "township"), (4, "county"), (2, "prefecture"))
    return next((name for cut, name in cuts if code[cut:].strip("0")), "province")


PLUGIN: Scheme = DivisionScheme()
