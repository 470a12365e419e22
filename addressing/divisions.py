"""Administrative divisions from province to village, with their names over time.

Names of development zones and stand-ins of statistics (市辖区) are kept as the source has
them, but a stand-in is never a name in a text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from addressing.kinds import DIVISIONS
from addressing.lexicon import Name
from addressing.model import ALWAYS, Alias, Validity
from cim.errors import NotFoundError, SourceDataError

STAND_INS = frozenset(
    {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县级行政单位"}
)
"""Names of statistics for levels that a place does not have."""

_PEOPLES = (
    "柯尔克孜|乌孜别克|维吾尔|哈萨克|塔吉克|俄罗斯|塔塔尔|达斡尔|鄂温克|鄂伦春|蒙古|"
    "锡伯|布依|朝鲜|土家|哈尼|傈僳|高山|拉祜|东乡|纳西|景颇|仫佬|布朗|撒拉|毛南|仡佬|"
    "阿昌|普米|德昂|保安|裕固|独龙|门巴|珞巴|基诺|回|藏|苗|彝|壮|满|侗|瑶|白|傣|黎|"
    "佤|畲|水|土|羌|怒|京|各"
)
_AUTONOMOUS = re.compile(rf"(?:(?:{_PEOPLES})族?)+(?:自治[区州县旗])$")
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
_COMMITTEE = re.compile("(?:居民委员会|居委会|民委员会|委会)$")
_MOST_PARTS = 2
_GENERIC = re.compile(".{0,2}(?:园区|新区|开发区|高新区|管理区|农场|林场)")
"""Names of townships that could be anywhere; no name to tell a place by."""


@dataclass(frozen=True, slots=True)
class Division:
    """One division."""

    code: str
    """2, 4, 6, 9 or 12 digits; of places without codes in the source, a path of names."""

    name: str
    level: int
    """1 province, 2 prefecture, 3 county, 4 township, 5 community or village."""

    parent: str = ""
    aliases: tuple[Alias, ...] = ()
    validity: Validity = ALWAYS
    successors: tuple[str, ...] = ()
    """Codes of the divisions that took its place."""

    @property
    def kind(self) -> str:
        """Type of the element that it is."""
        return DIVISIONS[self.level - 1]

    @property
    def is_stand_in(self) -> bool:
        """Whether the name is none that people use."""
        return self.name in STAND_INS


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a division on a day."""

    day: date
    code: str
    """Code before."""

    name: str
    """Name before."""

    successors: tuple[str, ...]
    """Codes after; one for a new name or a merger, several for a split."""

    reason: str
    """`renamed`, `merged`, `split` or `recoded`."""

    level: int = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """Two editions beside each other."""

    changes: tuple[Change, ...]
    """What the data tell: new names, and new codes of the same name."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    """Codes without a successor that the data could tell; a person must say."""


@dataclass(frozen=True)
class Divisions:
    """Divisions by code, those of the past among them."""

    by_code: Mapping[str, Division]
    source: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, divisions: Iterable[Division]) -> "Divisions":
        """A collection; every parent must be in it.

        Raises:
            SourceDataError: A code is there twice or a parent is missing.
        """
        by_code: dict[str, Division] = {}
        for division in divisions:
            if division.code in by_code:
                raise SourceDataError(f"code {division.code} is there twice", where="divisions")
            by_code[division.code] = division
        for division in by_code.values():
            if division.parent and division.parent not in by_code:
                reason = f"{division.code} {division.name}: parent {division.parent} is missing"
                raise SourceDataError(reason, where="divisions")
        return cls(by_code)

    def __len__(self) -> int:
        return len(self.by_code)

    def __or__(self, other: "Divisions") -> "Divisions":
        """The divisions of both; of one code that of the other."""
        return Divisions.of({**self.by_code, **other.by_code}.values())

    def get(self, code: str) -> Division:
        """The division of a code; zeros at the end of a longer code do not matter.

        Raises:
            NotFoundError: There is none.
        """
        found = self.by_code.get(code)
        for length in (9, 6, 4, 2):
            if found is None and len(code) > length and not code[length:].strip("0"):
                found = self.by_code.get(code[:length])
        if found is None:
            raise NotFoundError(f"division {code!r} is unknown; {len(self)} divisions are loaded")
        return found

    def path(self, code: str) -> tuple[Division, ...]:
        """The division and those it lies in, from the province down, without stand-ins."""
        found: list[Division] = []
        here: Division | None = self.get(code)
        while here is not None:
            if not here.is_stand_in:
                found.append(here)
            here = self.by_code.get(here.parent)
        return tuple(reversed(found))

    def children(self, code: str) -> tuple[Division, ...]:
        """The divisions that lie directly in one, in the order of their codes."""
        return self._children.get(code, ())

    @cached_property
    def _children(self) -> Mapping[str, tuple[Division, ...]]:
        groups: dict[str, list[Division]] = {}
        for division in self.by_code.values():
            groups.setdefault(division.parent, []).append(division)
        return {parent: tuple(group) for parent, group in groups.items()}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[tuple[Division, Validity], ...]]:
        groups: dict[str, list[tuple[Division, Validity]]] = {}
        for division in self.by_code.values():
            for text, validity in _spellings(division):
                groups.setdefault(text, []).append((division, validity))
        return {text: tuple(group) for text, group in groups.items()}

    def find(self, name: str, *, within: str = "", on: date | None = None) -> tuple[Division, ...]:
        """The divisions of a name, short form or old name.

        Args:
            name: As written; simplified.
            within: Beginning of the codes that count.
            on: The day the name was in use; None finds names of all times.
        """
        found = (
            division
            for division, validity in self._by_name.get(name, ())
            if division.code.startswith(within) and (on is None or validity.holds(on))
        )
        return tuple(dict.fromkeys(found))

    def current(self, code: str) -> tuple[Division, ...]:
        """What a division is today: itself, or what took its place.

        Raises:
            NotFoundError: There is no such code.
        """
        division = self.get(code)
        if not division.successors:
            return (division,)
        found = (one for successor in division.successors for one in self.current(successor))
        return tuple(dict.fromkeys(found))

    def with_changes(self, changes: Iterable[Change]) -> "Divisions":
        """The divisions with what became of some of them.

        A division that is no more stays, retired, with its successors; a single successor gets
        its name as alias.

        Raises:
            SourceDataError: A successor is unknown.
        """
        by_code = dict(self.by_code)
        for change in changes:
            for successor in change.successors:
                if successor not in by_code:
                    reason = f"{change.code} {change.name}: successor {successor} is unknown"
                    raise SourceDataError(reason, where="changes of divisions")
            _apply(by_code, change)
        return Divisions(by_code, self.source)

    def compared(self, newer: "Divisions", day: date) -> Difference:
        """What a newer edition changes.

        Args:
            newer: The newer edition.
            day: When its state began.
        """
        gone = [code for code in self.by_code if code not in newer.by_code]
        added = [code for code in newer.by_code if code not in self.by_code]
        changes = [
            Change(day, code, old.name, (code,), "renamed", old.level)
            for code, old in self.by_code.items()
            if code in newer.by_code and newer.by_code[code].name != old.name
        ]
        by_path = {newer.names_of(code): code for code in added}
        recoded = {code: by_path.get(self.names_of(code)) for code in gone}
        changes += [
            Change(day, code, self.by_code[code].name, (new,), "recoded", self.by_code[code].level)
            for code, new in recoded.items()
            if new
        ]
        return Difference(
            tuple(changes),
            tuple(added),
            tuple(code for code, new in recoded.items() if not new),
        )

    def names_of(self, code: str) -> tuple[str, ...]:
        """Names from the province down to a division."""
        return tuple(division.name for division in self.path(code))

    def names(self, within: Sequence[str] = ("",), levels: range = range(1, 6)) -> Iterator[Name]:
        """All ways to write the divisions of some regions, for a lexicon.

        Args:
            within: Beginnings of codes; the divisions above them are given too.
            levels: Levels that are given.
        """
        for division in self.by_code.values():
            inside = division.code.startswith(tuple(within))
            above = any(one.startswith(division.code) for one in within)
            if (inside or above) and division.level in levels:
                yield from _names(division)


def short_name(division: Division) -> str:
    """The name without its last word, empty when what is left could be anything.

    浙江省 浙江, 恩施土家族苗族自治州 恩施, 西湖区 西湖, but 东区 nothing.
    """
    if division.code in _SHORT_PROVINCES:
        return _SHORT_PROVINCES[division.code]
    name = _AUTONOMOUS.sub("", division.name)
    stem = name if name != division.name else _LAST[division.kind].sub("", name)
    return stem if len(stem) >= _MOST_PARTS and stem != division.name else ""


def _spellings(division: Division) -> Iterator[tuple[str, Validity]]:
    """Ways to write a division with the time each was in use."""
    if not division.is_stand_in:
        yield division.name, division.validity
        if short := short_name(division):
            yield short, division.validity
    for alias in division.aliases:
        yield alias.name, alias.validity


def _names(division: Division) -> Iterator[Name]:
    """Ways to write a division, as names of a lexicon."""
    kind, code, official = division.kind, division.code, _usual(division)
    if division.level == 4 and _GENERIC.fullmatch(division.name):  # noqa: PLR2004 - townships
        return
    if not division.is_stand_in and len(division.successors) != 1:
        yield Name(division.name, kind, code, official)
        if official != division.name:
            yield Name(official, kind, code, official)
        if division.level <= 3 and (short := short_name(division)):  # noqa: PLR2004 - to counties
            yield Name(short, kind, code, official, short=True)
        if _AUTONOMOUS.search(division.name) and (stem := _AUTONOMOUS.sub("", division.name)):
            yield Name(stem + division.name[-1], kind, code, official)
        if division.name.endswith("街道"):
            yield Name(f"{division.name}办事处", kind, code, official)
            yield Name(f"{division.name.removesuffix('道')}办", kind, code, official)
    for alias in division.aliases:
        yield Name(alias.name, kind, code, official)


def _usual(division: Division) -> str:
    """The name people write: 多福巷社区 for 多福巷社区居委会."""
    if division.level < 5:  # noqa: PLR2004 - committees are level 5
        return division.name
    name = _COMMITTEE.sub("", division.name)
    return name if len(name) >= _MOST_PARTS else division.name


def _apply(by_code: dict[str, Division], change: Change) -> None:
    """Write one change into the divisions."""
    until = Validity(None, change.day)
    alias = Alias(change.name, until, change.reason)
    if change.successors == (change.code,):
        division = by_code[change.code]
        by_code[change.code] = replace(division, aliases=(*division.aliases, alias))
        return
    first = by_code[change.successors[0]]
    old = by_code.get(change.code) or Division(
        change.code, change.name, change.level, first.parent
    )
    by_code[change.code] = replace(old, validity=until, successors=change.successors)
    if len(change.successors) == 1:
        by_code[first.code] = replace(first, aliases=(*first.aliases, alias))
