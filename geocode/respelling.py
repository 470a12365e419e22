"""Readings of a text in which a known name stands where another one is written.

Each takes a stretch of the text for a name that is nearly so, and reads what stands before and
behind it by itself. It counts only when the gazetteer has what it says: a correction contradicts
nothing that was given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from rapidfuzz.distance import OSA

from addressing.parse import Address, Parser
from addressing.templates import REPEATED
from addressing.text import normal_name
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.base import Collector
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.gazetteer import IndexGazetteer
from geocode.keys import NUMBERED
from geocode.model import Asked, Candidate
from geocode.rereading import DEAREST, Reading, Readings
from geocode.sides import Sides
from geocode.slips import is_alike, is_slip
from geocode.windows import Hit, Window, hits_everywhere, windows_of

_FEW, _MANY = 1, 2
"""Edits that are tried first, and those that are tried when nothing was found."""

_LONG_ENOUGH: Final = 3
"""Characters from which on a name may have two edits."""

_MOST: Final = 160
"""Readings that are looked up."""


@dataclass(frozen=True, slots=True)
class Respeller:
    """Reads misspelt texts of one city."""

    gazetteer: IndexGazetteer
    sides: Sides

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
        return _once((*found, *self._found(text, more)))

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
        readings = Readings(self.sides, text, hits)
        found: list[tuple[int, Candidate]] = []
        looked: set[frozenset[tuple[str, str]]] = set()
        most = DEAREST
        for cost in range(DEAREST + 1):
            if cost > most:
                break
            level: list[tuple[int, Candidate]] = []
            for place, reading in readings.of_cost(cost):
                key = frozenset(reading.values.items())
                if key in looked or len(looked) == _MOST:
                    continue
                looked.add(key)
                several = self._look(text, reading)
                if several:
                    most = min(most, cost + 1)
                    readings.found(reading.hit)
                    level += [(place, one) for one in several]
            found += sorted(level, key=itemgetter(0))
        return _once(one for _, one in found)

    def _look(self, text: str, reading: Reading) -> list[Candidate]:
        """What the gazetteer has of a reading."""
        hit = reading.hit
        asked = Asked(text, reading.values)
        collector: Collector = AREAS if NUMBERED.isdisjoint(reading.values) else DOORS
        several = collector.collect(asked, self.gazetteer)
        if not several:
            return []
        typed = text[slice(*reading.typed)]
        torn = len(typed) - (hit.window.end - hit.window.start)
        edits = OSA.distance(typed, hit.value) if torn else hit.edits
        changed: dict[str, Any] = {
            "given": reading.values,
            "corrections": {hit.kind: hit.value} if edits else {},
            "edits": edits,
            "unread": reading.unread - torn,
            "typed": typed,
            "alike": is_alike(typed, hit.value),
            "slip": not edits or is_slip(typed, hit.value),
        }
        return [one._replace(**changed) for one in several]


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates without those that are the place of one before them."""
    found: dict[tuple[object, ...], Candidate] = {}
    for one in candidates:
        found.setdefault((frozenset(one.values.items()), one.lon, one.lat), one)
    return list(found.values())


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
