"""Text of an address from its elements: canonical, as the city writes it, short, English."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from addressing.kinds import DIVISIONS, KINDS
from addressing.numerals import to_chinese
from addressing.profile import Profile

_NUMBER = re.compile(
    r"(?P<front>[临特附增新老]?)(?P<stem>[A-Z]*[0-9]+(?:[A-Z][0-9]+)?)(?P<letter>[甲乙丙丁戊己庚辛A-Z]*)(?P<subs>.*)"
)
_DEEP = "B"


class Written(Protocol):
    """What a text is written from."""

    @property
    def type(self) -> str:
        """Type of the element."""
        ...

    @property
    def value(self) -> str:
        """Its value without the unit word, or its name."""
        ...

    @property
    def name(self) -> str:
        """Its name in the city's own script."""
        ...


def canonical(elements: Iterable[Written]) -> str:
    """The canonical text: elements from large to small, one way to write each.

    Two addresses of one city are the same door when their canonical texts are equal. It is in
    simplified characters with Arabic numbers, whatever the city writes.
    """
    ranked = order(elements)
    return "".join([canonical_one(element.type, element.value) for element in ranked])


def order[W: Written](elements: Iterable[W]) -> list[W]:
    """Elements as they are written, from large to small."""
    return place_number(sorted(elements, key=_rank))


def place_number[W: Written](ranked: Sequence[W]) -> list[W]:
    """Elements from large to small; a number of an estate stands behind that: 人民广场1号.

    It is one of the estate where there is neither street nor village.

    Args:
        ranked: In the order of their types.
    """
    if is_numbered_estate([element.type for element in ranked]):
        return sorted(ranked, key=_rank_in_estate)
    return list(ranked)


def is_numbered_estate(kinds: Sequence[str]) -> bool:
    """Whether the number is one of the estate: no other element has numbers."""
    return "number" in kinds and "estate" in kinds and _NUMBERED.isdisjoint(kinds)


_NUMBERED = frozenset(
    {"community", "natural_village", "group", "road", "section", "lane", "alley", "sub_alley"}
)
"""Types whose elements have door numbers."""


def _rank(element: Written) -> int:
    return KINDS[element.type].rank


def _rank_in_estate(element: Written) -> float:
    return rank_in_estate(element.type)


def rank_in_estate(kind: str) -> float:
    """Place in the order from large to small where an estate has door numbers."""
    return _BEHIND_ZONE if kind == "number" else KINDS[kind].rank


_BEHIND_ZONE = KINDS["zone"].rank + 0.5


def canonical_one(kind: str, value: str) -> str:
    """One element in canonical text."""
    unit = KINDS[kind].unit
    return value + unit if unit and is_bare(value) and unit not in value else value


def is_bare(value: str) -> bool:
    """Whether a value is a number or letter that needs a unit word, not a name of its own."""
    if value[-1:].isascii():
        return len(value) <= _LETTERS or not value.isalpha()
    return value[-1:] in "甲乙丙丁戊己庚辛"


_LETTERS = 3
"""No label has more letters: III; TUCKSHOP is a name."""


@dataclass(frozen=True, slots=True)
class Form:
    """Which elements a text has."""

    divisions: tuple[str, ...] = DIVISIONS
    """Types of divisions that are written."""

    places: bool = True
    """Whether points of interest are."""


FULL = Form()
SHORT = Form(divisions=("county",))
WITHOUT_DIVISIONS = Form(divisions=())


def write(elements: Sequence[Written], profile: Profile, form: Form = FULL) -> str:
    """The text as the city writes it.

    Args:
        elements: In any order.
        profile: The city's way to write.
        form: Which elements are written.
    """
    ranked = order(elements)
    if profile.places_last:
        ranked.sort(key=lambda element: element.type == "poi")
    chosen = [
        element
        for element in ranked
        if (element.type not in DIVISIONS or element.type in form.divisions)
        and (element.type != "poi" or form.places)
    ]
    texts: list[str] = []
    before = ""
    for element in chosen:
        texts.append(write_one(element, profile, before))
        before = element.type
    return "".join(texts)


def write_one(element: Written, profile: Profile, before: str) -> str:
    """One element as the city writes it.

    Args:
        element: What is written.
        profile: The city's way to write.
        before: Type of the element written before it, empty at the beginning.
    """
    kind, value = element.type, element.value
    if not KINDS[kind].unit or not is_bare(value):
        return element.name or value
    if kind == "number":
        return _number(value, profile)
    if kind == "floor":
        return _floor(value, profile)
    if kind == "room" and before == "floor" and profile.room_after_floor != "{room}":
        return profile.room_after_floor.format(room=_marks(value, profile))
    unit = profile.units.get(kind, KINDS[kind].unit)
    if kind == "building" and profile.building_in_alley and before in {"alley", "sub_alley"}:
        unit = KINDS["number"].unit
    return _numeral(kind, value, profile) + unit


def _numeral(kind: str, value: str, profile: Profile) -> str:
    """The number of an element, in Chinese where the city does so."""
    if kind in profile.chinese_numerals and value.isdecimal() and len(value) < 4:  # noqa: PLR2004
        return to_chinese(int(value))
    return value


def _number(value: str, profile: Profile) -> str:
    """A door number with its stem and sub-numbers."""
    unit = profile.units.get("number", KINDS["number"].unit)
    front, behind, marks = value.partition(KINDS["number"].unit)
    found = _NUMBER.fullmatch(front)
    if found is None:
        return value + unit
    if behind:
        return f"{_numbered(found, '', profile)}{unit}{_marks(marks, profile)}"
    return _numbered(found, unit, profile)


def _numbered(found: re.Match[str], unit: str, profile: Profile) -> str:
    """A door number with its unit word; without one the stem stands before where it would be."""
    letter, stem = found["letter"], found["front"] + found["stem"]
    after = ""
    if letter and not letter.isascii():
        stem, after = (letter + stem, "") if profile.stems == "before" else (stem, letter)
    else:
        stem += letter
    subs = found["subs"]
    if not subs:
        return stem + unit + after
    if not subs.startswith("-"):
        marks = _marks(subs, profile)
        return f"{stem}{marks}{unit}{after}" if profile.sub_behind else stem + unit + after + marks
    text = profile.sub_format.format(stem=stem, unit=unit + after, sub=_marks(subs[1:], profile))
    return text if "{unit}" in profile.sub_format else text + unit + after


def _marks(value: str, profile: Profile) -> str:
    """Sub-numbers with the city's own mark between them."""
    own = next((mark for mark in "之附" if mark in profile.sub_format), "-")
    return value.replace("-", own)


def _floor(value: str, profile: Profile) -> str:
    """A floor; B1 is 地下1层, or 地下一層 where the city writes so."""
    unit = profile.units.get("floor", KINDS["floor"].unit)
    deep = value.rstrip("0123456789")
    number = value[len(deep) :]
    if not deep:
        return _numeral("floor", value, profile) + unit
    deep = "地下" if deep == _DEEP else deep
    if profile.script == "hant":
        return deep.replace("层", "層") + _numeral("floor", number, profile) + "層"
    return deep + number + "层"


_ENDS = (
    "特别行政区", "自治区", "自治州", "自治县", "街道", "大道", "大街", "胡同", "公路",
    "省", "市", "区", "县", "镇", "乡", "村", "路", "街", "巷", "道", "里", "社区", "小区",
)  # fmt: skip
_ENGLISH = {
    "group": "Group {}",
    "section": "Section {}",
    "lane": "Lane {}",
    "alley": "Alley {}",
    "sub_alley": "Sub-alley {}",
    "number": "No. {}",
    "compound": "Courtyard {}",
    "zone": "Zone {}",
    "building": "Building {}",
    "unit": "Unit {}",
    "floor": "{}F",
    "room": "Room {}",
}


def write_english(elements: Sequence[Written]) -> str:
    """The address in Latin letters, from small to large, names in Hanyu Pinyin.

    The generic word of a name stands apart from the rest (Wensan Lu), as on Chinese road signs.
    Not after the text of GB/T 28039, which was not at hand.
    """
    ranked = reversed(order(elements))
    return ", ".join([_english(element) for element in ranked])


def _english(element: Written) -> str:
    """One element in Latin letters."""
    pattern = _ENGLISH.get(element.type)
    if pattern and is_bare(element.value):
        latin = "".join(_syllables(element.value))
        return pattern.format(latin.replace("之", "-"))
    return pinyin(element.value)


def pinyin(name: str) -> str:
    """A name in Hanyu Pinyin without tones, its generic word apart: 文三路 Wensan Lu."""
    end = max((end for end in _ENDS if name.endswith(end) and name != end), key=len, default="")
    stem = name[: len(name) - len(end)] if end else name
    return " ".join(_word(part) for part in (stem, end) if part)


def _word(text: str) -> str:
    """One word; an apostrophe before a vowel inside it."""
    syllables = _syllables(text)
    joined = "".join(
        f"'{one}" if place and one[:1] in "aoe" else one for place, one in enumerate(syllables)
    )
    return joined[:1].upper() + joined[1:]


def _syllables(text: str) -> list[str]:
    """Pinyin without tones."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 50 MB, used seldom

    return list(lazy_pinyin(text, style=Style.NORMAL))
