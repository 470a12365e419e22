"""Values of numbered elements: the number, letter or name without its unit word."""

import re

from addressing.numerals import LETTERS, to_digits
from addressing.profile import Profile

_SHOPS = "商铺|店铺|店面|铺面|铺位|铺|档口|档|摊位|寝室|教室|柜台|柜|卡位|卡"
_UNIT_WORDS = {
    "group": "村民小组|居民小组|村民组|居民组|小组|组|邻|队|社",
    "section": "段",
    "lane": "巷|胡同",
    "alley": "弄",
    "sub_alley": "支弄|衖",
    "compound": "号大院|号小院|号院",
    "zone": "期|部位|区|组团|地块|坊",
    "building": "(?:栋|幢|座|号楼)厂房|号楼|号栋|号幢|号座|号塔楼|号塔|#楼|#栋|#|栋楼|栋|幢|座|"
    "塔楼|塔|楼|号",
    "unit": "单元|号门|门|梯",
    "floor": "楼层|层|楼|F",
    "room": f"号?(?:室|房|单元|座|{_SHOPS})|户|号",
}
_LAST = {kind: re.compile(f"(?:{words})$") for kind, words in _UNIT_WORDS.items()}
_STEM = "甲乙丙丁戊己庚辛"
_NUMBER = re.compile(
    rf"(?P<front>(?:临时|[{_STEM}临特附增新老])?)(?P<first>[A-Z]*[0-9]+(?:[A-Z][0-9]+)?|[{LETTERS}]+)"
    rf"(?P<subs>(?:[-之附增](?:[A-Z]*[0-9]+(?:[A-Z][0-9]*)?|[{LETTERS}]+))*)(?P<stem>[{_STEM}A-Z]?)(?P<word>号?)"
    rf"(?P<after>(?:[-之附增](?:[A-Z]*[0-9]+(?:[A-Z][0-9]*)?|[{LETTERS}]+))*)号?(?P<last>[{_STEM}]?)$"
)
_POST = re.compile(r"(?:K(?=.*[+])|(?=.*(?:公里|KM)))([0-9]+)(?:公里|KM|[+])([0-9]*)米?处?")
"""A place on a highway: 1254公里300米, K1254+300. K12 alone is a shop as well."""

_DEEP = re.compile(r"(?:(?:建筑物)?地下(?:室|层)?|负|B|-)底?")
_LABEL = re.compile(rf"[0-9A-Z&甲乙丙丁戊己庚辛东南西北中{LETTERS}-]+")
"""What a building may be called in short."""

_LOW = re.compile(r"底层?")
_PLAIN = re.compile(rf"[0-9{LETTERS}]+")
_WHOLE_FLOORS = {
    "地下楼": "地下层",
    "建筑物地下室": "地下室",
    "底楼": "底层",
    "顶楼": "顶层",
    "首层": "1层",
}
_RANGE = re.compile("(?<=[0-9])(?:层?[至到]|-)(?=[0-9])")
"""Between the first and the last of several floors: 1至2层."""

_SHOP_FIRST = re.compile("^(?:商铺|铺面|店面)第?")
_ROOM_SUB = re.compile(f"号?(?:室|房|单元|户|{_SHOPS})[之-](?=.)")
_COUNTED_COMMUNITY = re.compile(f"[0-9{LETTERS}]+[委连]")
"""A committee or company that has a number for a name: 三委, 6连."""


def value_of(kind: str, text: str, profile: Profile) -> str:
    """The value of an element of normal text.

    Args:
        kind: Type of the element.
        text: Normal text of the element with its unit word: 甲28号, 三单元, 负一层.
        profile: Switches of the city.
    """
    if kind == "number":
        return _number(text, profile)
    if kind == "floor":
        return _floor(text)
    last = _LAST.get(kind)
    if last is None:
        counted = kind == "community" and _COUNTED_COMMUNITY.fullmatch(text)
        return to_digits(text) if counted else text
    if kind == "room":
        text = _ROOM_SUB.sub("-", _SHOP_FIRST.sub("", text))
    bare = last.sub("", text.removeprefix("第"))
    if not bare or (kind == "building" and (bare == text or not _LABEL.fullmatch(bare))):
        return to_digits(text)
    if kind == "zone":
        return _zone(text, bare)
    value = _merge(to_digits(bare.lstrip("-之附")), profile)
    return value if kind == "room" else _strip_zeros(value)


def _number(text: str, profile: Profile) -> str:
    """A door number: first number, stem, sub-numbers; 临 and 特 stay in front.

    Sub-numbers behind 号 stay behind it where they make another door: 99号-5 is not 99-5.
    """
    if post := _POST.fullmatch(text):
        metres = f"{_strip_zeros(post[2])}米" if post[2] else ""
        return f"{_strip_zeros(post[1])}公里{metres}"
    found = _NUMBER.match(text.replace("#", "号"))
    if found is None:
        return text
    front = found["front"].removesuffix("时")
    stem = found["stem"] + found["last"] + (front if front in _STEM else "")
    word = found["word"] if found["after"] and profile.sub_behind else ""
    marks = _merge(to_digits(found["subs"] + word + found["after"]), profile)
    first = _strip_zeros(to_digits(found["first"]))
    return ("" if front in _STEM else front) + first + stem + marks


def _merge(text: str, profile: Profile) -> str:
    """Marks of sub-numbers that mean the same become a hyphen."""
    for mark in profile.sub_marks:
        if mark != "-":
            text = text.replace(mark, "-")
    return text


def _strip_zeros(value: str) -> str:
    """A number without zeros in front."""
    return value.lstrip("0") or "0" if value[:1] == "0" else value


def _floor(text: str) -> str:
    """A floor: 4, B1, 底1, or a word for one such as 地下室."""
    text = text.removeprefix("之")
    text = _WHOLE_FLOORS.get(text, text)
    if span := _RANGE.search(text):
        return f"{_floor(text[: span.start()] + '层')}-{_floor(text[span.end() :])}"
    bare = _LAST["floor"].sub("", text)
    deep = _DEEP.match(bare)
    rest = bare[deep.end() :] if deep else ""
    if deep and rest and _PLAIN.fullmatch(rest):
        mark = "地下室" if deep.group().startswith(("地下室", "建筑物地下室")) else "B"
        return mark + _strip_zeros(to_digits(rest))
    low = _LOW.match(bare)
    if low and bare[low.end() :]:
        return low.group() + _strip_zeros(to_digits(bare[low.end() :]))
    bare = bare.removeprefix("第")
    return _strip_zeros(to_digits(bare)) if _PLAIN.search(bare) else text


def _zone(text: str, bare: str) -> str:
    """A zone or phase; the word is part of what it is: 2期 is not 2区."""
    value = _strip_zeros(to_digits(bare))
    if text.endswith("区") and _PLAIN.fullmatch(bare):
        return value
    return value + text[len(bare) :] if text.endswith("部位") else value + text[-1]
