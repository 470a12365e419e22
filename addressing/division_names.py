"""Ways to write a division: whole, short, as its own city does, as it was called before."""

import re
from collections.abc import Collection, Iterator

from addressing.division import Division
from addressing.lexicon import Name
from addressing.model import Validity

_PEOPLES = (
    "柯尔克孜|乌孜别克|维吾尔|哈萨克|塔吉克|俄罗斯|塔塔尔|达斡尔|鄂温克|鄂伦春|蒙古|"
    "锡伯|布依|朝鲜|土家|哈尼|傈僳|高山|拉祜|东乡|纳西|景颇|仫佬|布朗|撒拉|毛南|仡佬|"
    "阿昌|普米|德昂|保安|裕固|独龙|门巴|珞巴|基诺"
)
_SHORT_PEOPLES = "回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京各"
_AUTONOMOUS = re.compile(
    rf"(?:(?:{_PEOPLES})族?|[{_SHORT_PEOPLES}]族)+(?:自治[区州县旗]|(?<=族)[区县])$"
)
"""Last words that name peoples; a people of one character has 族, or 陵水 would lose its 水."""
_SELF_GOVERNED = re.compile("自治[州县旗]$")
_SHORT_PROVINCES = {"15": "内蒙古", "45": "广西", "54": "西藏", "64": "宁夏", "65": "新疆"}
_LAST = {
    "province": re.compile("(?:省|市|特别行政区)$"),
    "city": re.compile("(?:市|地区|盟)$"),
    "county": re.compile("(?:自治县|自治旗|新区|区|县|市|旗)$"),
    "township": re.compile("(?:街道|镇|乡|苏木)$"),
    "community": re.compile(
        "(?:社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|委会|社区|村)$"
    ),
}
_COMMITTEE = re.compile("(?:居民委员会|居委会|(?<=.村)村民委员会|(?<=.村)村委会|民委员会|委会)$")
_SHORTEST = 2
_TOWNSHIP = 4
"""Level of townships."""

_ZONES = (
    ("净月高新技术产业开发区", ("净月区", "净月开发区")),
    ("高新技术产业开发区", ("高新区", "高新开发区", "高新技术产业开发区", "高新技术开发区")),
    ("高新技术开发区", ("高新区", "高新开发区", "高新技术开发区")),
    ("经济技术开发区", ("经开区", "经济开发区", "经济技术开发区", "开发区")),
    ("经济开发区", ("经开区", "经济开发区", "开发区")),
    ("航空港经济综合实验区", ("航空港区", "航空港实验区", "港区")),
)
"""Last words of development zones, and what those are called inside their city."""

_GENERIC = re.compile(".{0,2}(?:园区|新区|开发区|高新区|管理区|农场|林场)")
"""Names of townships that could be anywhere; no name to tell a place by."""


def short_name(division: Division) -> str:
    """The name without its last word, empty when what is left could be anything.

    浙江省 浙江, 恩施土家族苗族自治州 恩施, 西湖区 西湖, but 东区 nothing.
    """
    if division.code in _SHORT_PROVINCES:
        return _SHORT_PROVINCES[division.code]
    return _short(division.name, division)


def _short(name: str, division: Division) -> str:
    """A name of a division without its last word, empty when what is left could be anything."""
    stem = _AUTONOMOUS.sub("", name)
    if stem == name:
        stem = _LAST[division.kind].sub("", name)
    return stem if len(stem) >= _SHORTEST and stem != name else ""


def spellings(division: Division) -> Iterator[tuple[str, Validity]]:
    """Ways to write a division with the time each was in use."""
    if not division.is_stand_in:
        yield division.name, division.validity
        if short := short_name(division):
            yield short, division.validity
    for alias in division.aliases:
        yield alias.name, alias.validity


def all_names(division: Division, taken: Collection[tuple[str, str]]) -> Iterator[Name]:
    """Ways to write a division, as names of a lexicon.

    Args:
        division: One of today or of the past.
        taken: Names with the first four digits of their codes, and short names with nothing, that
            an old name is not taken for.
    """
    if division.level == _TOWNSHIP and _GENERIC.fullmatch(division.name):
        return
    if not division.is_stand_in and len(division.successors) != 1:
        yield from _names_today(division)
    kind, code, official = division.kind, division.code, _usual(division)
    for alias in division.aliases:
        if (alias.name, code[:4]) not in taken:
            yield Name(alias.name, kind, code, official)
            short = _short(alias.name, division) if alias.reason != "local" else ""
            if short and (short, "") not in taken:
                yield Name(short, kind, code, official, short=True)


def _names_today(division: Division) -> Iterator[Name]:
    """Its own name in all forms."""
    kind, code, official = division.kind, division.code, _usual(division)
    stem = _AUTONOMOUS.sub("", division.name)
    forms = [division.name, official]
    if stem and stem != division.name:
        forms.append(stem + division.name[-1])
        if found := _SELF_GOVERNED.search(division.name):
            forms.append(stem + found.group())
    if official != division.name and division.name.endswith(("村村民委员会", "村村委会")):
        forms.append(f"{official}村")
    if division.name.endswith("街道"):
        bare = division.name.removesuffix("道")
        forms += [f"{division.name}办事处", f"{division.name}办", f"{bare}办"]
    if division.level == _TOWNSHIP and division.name.endswith("街"):
        forms.append(f"{division.name}道")
    for form in dict.fromkeys(forms):
        yield Name(form, kind, code, official)
    if division.level < _TOWNSHIP and (short := short_name(division)):
        yield Name(short, kind, code, official, short=True)
    for zone in _zone_names(division):
        yield Name(zone, kind, code, official, local=True)


def street_name(division: Division) -> Name:
    """A sub-district as cities write it that leave out its last character: 大石街."""
    text = division.name.removesuffix("道")
    return Name(text, division.kind, division.code, division.name, short=True, local=True)


def _zone_names(division: Division) -> tuple[str, ...]:
    """What a development zone is called inside its city: 高新区 for 合肥高新技术产业开发区."""
    if division.level != _TOWNSHIP - 1:
        return ()
    return next((names for end, names in _ZONES if division.name.endswith(end)), ())


def _usual(division: Division) -> str:
    """The name people write: 多福巷社区 for 多福巷社区居委会."""
    if division.level <= _TOWNSHIP:
        return division.name
    name = _COMMITTEE.sub("", division.name)
    return name if len(name) >= _SHORTEST else division.name
