"""Readings of a text in which a known name stands where another one is written.

Each takes a stretch of the text for a name that is nearly so, and reads what stands before and
behind it by itself. It counts only when the gazetteer has what it says: a correction contradicts
nothing that was given.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from addressing.parse import Address, Parser
from addressing.templates import REPEATED
from addressing.text import normal_name
from geocode.asking import asked_of
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.base import Collector
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.gazetteer import IndexGazetteer
from geocode.keys import LEAVES
from geocode.model import Asked, Candidate
from geocode.slips import is_alike, is_slip
from geocode.windows import Hit, Window, hits_everywhere, windows_of

_FEW, _MANY = 1, 2
"""Edits that are tried first, and those that are tried when nothing was found."""

_LONG_ENOUGH: Final = 3
"""Characters from which on a name may have two edits."""

_MOST: Final = 160
"""Readings that are looked up."""

_UNREAD: Final = 3
"""Characters that may be left unread."""


class _Side(NamedTuple):
    """What stands before or behind a name."""

    values: Mapping[str, str]
    unread: int
    """Characters that say nothing the gazetteer knows."""

    beside: int = 0
    """Those of them that touch the name and are no word of their own: part of how it is typed."""


class _Reading(NamedTuple):
    """One way to read a text."""

    hit: Hit
    values: Mapping[str, str]
    unread: int
    typed: Window
    """The name's window with the characters that touch it and are not read."""

    @property
    def cost(self) -> int:
        """Characters that are wrong or idle."""
        return self.hit.edits + self.unread


@dataclass(frozen=True, slots=True)
class Respeller:
    """Reads misspelt texts of one city."""

    parser: Parser
    gazetteer: IndexGazetteer

    def candidates(self, address: Address, text: str) -> list[Candidate]:
        """What a text may mean when a name in it is misspelt, the least changed first."""
        divisions = self.gazetteer.divisions_in(text)
        read = {element.value for element in address.elements}
        found = self._within(text, divisions)
        if found or all(value in read for _, _, value in divisions):
            return found
        return self._within(text, [one for one in divisions if one[2] in read])

    def _within(self, text: str, divisions: list[tuple[Window, str, str]]) -> list[Candidate]:
        """What is found in some divisions that the text has."""
        inside = {kind: value for _, kind, value in divisions}
        windows = windows_of(text, [window for window, _, _ in divisions])
        found = self._found(text, self._hits(text, windows, inside, _FEW))
        if found and min(one.edits + one.unread for one in found) <= _FEW:
            return found
        more = (
            hit
            for hit in self._hits(text, windows, inside, _MANY)
            if hit.edits == _MANY and len(hit.value) >= _LONG_ENOUGH
        )
        return found + self._found(text, more)

    def _hits(
        self, text: str, windows: list[Window], inside: Mapping[str, str], most: int
    ) -> list[Hit]:
        """Names that may stand in the text, those of its district when it has one."""
        if "county" in inside:
            return self.gazetteer.names_of(inside["county"]).hits(text, windows, most)
        divisions = self.gazetteer.divisions.hits(text, windows, most)
        return divisions + hits_everywhere(text, windows, self.gazetteer.near, most)

    def _found(self, text: str, hits: Iterable[Hit]) -> list[Candidate]:
        """The doors or areas that readings lead to, each by its least changed reading."""
        found: dict[tuple[object, ...], Candidate] = {}
        least = _UNREAD + _MANY
        readings = sorted(self._readings(text, hits), key=lambda one: one.cost)[:_MOST]
        for reading in readings:
            if reading.cost > least + 1:
                break
            for candidate in self._look(text, reading):
                least = min(least, reading.cost)
                identity = (frozenset(candidate.values.items()), candidate.lon, candidate.lat)
                found.setdefault(identity, candidate)
        return list(found.values())

    def _readings(self, text: str, hits: Iterable[Hit]) -> Iterator[_Reading]:
        """The text read with each name in its place."""
        heads: dict[int, _Side] = {}
        tails: dict[tuple[int, str], _Side] = {}
        for hit in hits:
            start, end = hit.window
            if start not in heads:
                heads[start] = self._side(text[:start], "")
            behind = tails.get((end, hit.kind))
            if behind is None:
                behind = tails[end, hit.kind] = self._side(text[end:], hit.kind)
            before = heads[start]
            unread = before.unread + behind.unread
            values = {**behind.values, **before.values}
            told_twice = len(values) < len(behind.values) + len(before.values)
            if unread <= _UNREAD and not told_twice and hit.kind not in values:
                typed = Window(start - before.beside, end + behind.beside)
                yield _Reading(hit, {**values, hit.kind: hit.value}, unread, typed)

    def _side(self, text: str, kind: str) -> _Side:
        """A part of the text, read behind some name of a type or at the beginning."""
        name = self.gazetteer.sample(kind) if kind else ""
        address = self.parser.parse(name + text)
        asked = asked_of(address, self.parser)
        values = dict(asked.values)
        if kind and values.pop(kind, "") != name:
            return _Side({}, _UNREAD + 1)
        guessed = [one for one in asked.doubtful if one in values and one not in LEAVES]
        unread = sum(map(len, asked.rest)) + sum(len(values.pop(one)) for one in guessed)
        edge = len(name) if kind else len(text)
        beside = (
            one.end - one.start for one in address.rest if edge == (one.start if kind else one.end)
        )
        return _Side(values, unread, sum(beside))

    def _look(self, text: str, reading: _Reading) -> list[Candidate]:
        """What the gazetteer has of a reading."""
        hit = reading.hit
        asked = Asked(text, reading.values, plain=False)
        numbered = any(kind in reading.values for kind in LEAVES if kind != "group")
        collector: Collector = DOORS if numbered else AREAS
        typed = text[slice(*reading.typed)]
        torn = len(typed) - (hit.window.end - hit.window.start)
        edits = OSA.distance(typed, hit.value) if torn else hit.edits
        corrections = {hit.kind: hit.value} if edits else {}
        return [
            replace(
                one,
                given=reading.values,
                corrections=corrections,
                edits=edits,
                unread=reading.unread - torn,
                typed=typed,
                alike=is_alike(typed, hit.value),
                slip=not edits or is_slip(typed, hit.value),
            )
            for one in collector.collect(asked, self.gazetteer)
        ]


def bare_text(address: Address, parser: Parser) -> str:
    """The normal text of an address without what is no part of it, in one piece.

    A name that is there twice stays: the second may be a street's that lacks a character
    (内湖区内湖一段 for 内湖区内湖路一段).
    """
    parts, at = [], 0
    noises = (one for one in address.noise if one.rule != REPEATED)
    for noise in sorted(noises, key=lambda one: one.start):
        parts.append(address.original[at : noise.start])
        at = max(at, noise.end)
    return normal_name(parser.grammar, "".join((*parts, address.original[at:])))
