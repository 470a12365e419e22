"""What a plate says: the name of street or estate, its Pinyin, the number, and the link."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from addressing.format import WITHOUT_DIVISIONS, Written, write
from addressing.kinds import DIVISIONS, KINDS
from addressing.plate.link import plate_link
from addressing.profile import Profile
from cim.errors import InputError

_LEAD = 3
"""Ranks up to this one are province, city and county, which no plate repeats."""


@dataclass(frozen=True, slots=True)
class PlateText:
    """What stands on one plate."""

    name: str
    """Street with section, lane and alley, estate, or village; as the city writes it."""

    pinyin: str
    """The name in Hanyu Pinyin, in capitals."""

    number: str
    """What the door is known by: 28, 3甲, 501, or a name."""

    unit: str
    """Word behind the number, empty where it has none."""

    code: str
    """Address code."""

    link: str
    """What the QR code holds."""


def plate_text(
    elements: Sequence[Written], profile: Profile, *, code: str, host: str
) -> PlateText:
    """What a plate of an address says.

    The smallest element is the number; what is between it and the divisions is the name. An
    address without a street or estate takes its village or sub-district for the name.

    Args:
        elements: Of the address, in any order.
        profile: How the city writes.
        code: Address code.
        host: Public name of the server, perhaps with port and path.

    Raises:
        InputError: The address has divisions only, or the host is not one.
    """
    ranked = sorted(elements, key=lambda element: KINDS[element.type].rank)
    if not ranked or ranked[-1].type in DIVISIONS:
        raise InputError(f"address {code} ends with a division; legal: a street, number or more")
    own = _own(ranked, profile)
    name, leaf = _name(ranked[:-own], profile), write(ranked[-own:], profile)
    number, unit = _split(leaf, ranked[-1])
    if not name:
        name, number, unit = leaf, leaf, ""
    return PlateText(name, road_pinyin(name).upper(), number, unit, code, plate_link(host, code))


def _own(ranked: Sequence[Written], profile: Profile) -> int:
    """How many elements are the number: two where the city writes a room behind its floor."""
    kinds = [element.type for element in ranked[-2:]]
    together = kinds == ["floor", "room"] and profile.room_after_floor != "{room}"
    return 2 if together else 1


def _name(above: Sequence[Written], profile: Profile) -> str:
    """Text above the number: the area if there is one, else the smallest division."""
    if any(KINDS[element.type].rank > KINDS["group"].rank for element in above) or any(
        element.type == "natural_village" for element in above
    ):
        shown = [element for element in above if element.type not in {*DIVISIONS, "group"}]
        return write(shown, profile, WITHOUT_DIVISIONS)
    local = [element for element in above if KINDS[element.type].rank > _LEAD]
    divisions = [element for element in local if element.type in DIVISIONS][-1:]
    groups = [element for element in local if element.type == "group"]
    return "".join(element.name for element in divisions) + write(groups, profile)


def _split(text: str, leaf: Written) -> tuple[str, str]:
    """The number and the unit word behind it."""
    if leaf.value[-1:].isascii() and leaf.value != text:
        found = re.fullmatch(r"(.*[0-9A-Z])([^0-9A-Z]{1,2})", text)
        if found:
            return found[1], found[2]
    return text, ""


_DIRECTIONS = "东南西北中上下内外前后東內後"
_TAILS = (
    "大道", "大街", "公路", "胡同", "社区", "社區", "街道", "小区", "小區", "新村", "花园", "花園",
    "路", "街", "道", "巷", "弄", "里", "村", "镇", "鎮", "乡", "鄉", "区", "區",
)  # fmt: skip
_PARTS = re.compile(r"[0-9A-Za-z-]+|[^0-9A-Za-z-]+")
_SECTION = re.compile(r"(?P<before>.+?[路街道])(?P<number>[一二三四五六七八九十]{1,3})段")
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def road_pinyin(name: str) -> str:
    """A street's name in Hanyu Pinyin by words: 中正南路二段 Zhongzheng Nanlu 2 Duan.

    The generic word stands apart; a word of direction is one with it, where at least two
    characters of the proper name remain (海南路 Hainan Lu). Numbers stay numbers.

    Source: the rules of 1984 for Chinese place names in Pinyin, from memory; the text of
    GB/T 28039 was not at hand.
    """
    found = _SECTION.match(name)
    if found:
        number, rest = _value(found["number"]), name[found.end() :]
        parts = (road_pinyin(found["before"]), str(number), "Duan", road_pinyin(rest))
        return " ".join(part for part in parts if part)
    return " ".join(word for part in _PARTS.findall(name) for word in _words(part))


def _value(text: str) -> int:
    tens, mark, ones = text.rpartition("十")
    if not mark:
        return _DIGITS.get(text, 0)
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _words(part: str) -> list[str]:
    """Words of a stretch without digits, or the digits themselves."""
    if part[0].isascii():
        return [part]
    tail = next((end for end in _TAILS if part.endswith(end) and part != end), "")
    stem = part[: len(part) - len(tail)] if tail else part
    if tail and len(stem) > 2 and stem[-1] in _DIRECTIONS:  # noqa: PLR2004 - see the docstring
        stem, tail = stem[:-1], stem[-1] + tail
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 50 MB, used seldom

    syllables = lazy_pinyin(part, style=Style.NORMAL, v_to_u=True)
    cut = len(stem) if len(syllables) == len(part) else len(syllables)
    return [_joined(word) for word in (syllables[:cut], syllables[cut:]) if word]


def _joined(syllables: Sequence[str]) -> str:
    """One word, an apostrophe before a vowel inside it."""
    text = "".join(
        f"'{one}" if place and one[:1] in "aoe" else one for place, one in enumerate(syllables)
    )
    return text[:1].upper() + text[1:]
