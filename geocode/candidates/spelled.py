"""Names that are nearly written so, where the gazetteer has none that is written so.

A correction never contradicts another element that was given: a street counts only when the door
asked for is on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from geocode.asking import corrected, without
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.areas import areas_of
from geocode.candidates.base import Collector, Gazetteer
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.keys import LEAVES
from geocode.model import Asked, Candidate
from geocode.slips import is_slip

_NAMED: Final = ("road", "estate", "poi", "lane", "natural_village", "community")
"""Types whose names are corrected, the first that was given first."""

_MOST: Final = 400
"""Names that are tried."""


class _Name(NamedTuple):
    """A name that may be misspelt."""

    base: Asked
    """The query without it."""

    kind: str
    """Its type, empty where it was not read."""

    text: str


type Look = Callable[[Asked, Gazetteer], list[Candidate]]


@dataclass(frozen=True, slots=True)
class Spelled:
    """Doors under names that are nearly the one given, the nearest spellings alone."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """Candidates under the nearest spellings that lead to any."""
        if any(kind in asked.values for kind in LEAVES if kind != "group"):
            return under_near_names(asked, gazetteer, DOORS.collect)
        return under_near_names(asked, gazetteer, AREAS.collect)


def under_near_names(asked: Asked, gazetteer: Gazetteer, look: Look) -> list[Candidate]:
    """What is found when an unknown name is taken to be one that is nearly written so.

    Names that can hardly be meant by a slip do not count, but leave no other one alone.
    """
    for name in _unknown(asked, gazetteer):
        found = _under(name, gazetteer, look)
        meant = (value for one in found for value in one.corrections.values())
        if any(is_slip(name.text, value) for value in meant):
            return found
    return []


def under_other_names(asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
    """What is found when a name that was typed on purpose, it seems, is taken to be another."""
    for kind in _NAMED:
        if kind in asked.values and not asked.values[kind].isdecimal():
            name = _Name(without(asked, (kind,)), kind, asked.values[kind])
            return _under(name, gazetteer, DOORS.collect)
    return []


def _under(name: _Name, gazetteer: Gazetteer, look: Look) -> list[Candidate]:
    """What is found under the nearest names that lead to anything."""
    found: list[Candidate] = []
    for one in gazetteer.near(name.text)[:_MOST]:
        if found and one.edits > found[0].edits:
            break
        if one.kind in name.base.values or (one.kind, one.value) == (name.kind, name.text):
            continue
        told = {name.kind or one.kind: one.value}
        found += [
            replace(place, corrections=told, edits=one.edits, alike=one.alike)
            for place in look(corrected(name.base, one.kind, one.value), gazetteer)
        ]
    return found


def _unknown(asked: Asked, gazetteer: Gazetteer) -> Iterator[_Name]:
    """Names that nothing in the city has."""
    for text in asked.rest:
        if len(text) > 1:
            yield _Name(asked, "", text)
    for kind in _NAMED:
        text = asked.values.get(kind, "")
        if text and not text.isdecimal() and not gazetteer.knows(text):
            base = without(asked, (kind,))
            yield _Name(base, kind, text)
            yield from _parted(base, kind, text, gazetteer)


def _parted(base: Asked, kind: str, text: str, gazetteer: Gazetteer) -> Iterator[_Name]:
    """A name that begins with that of a district, as 东区东路 does, apart from it."""
    if "county" in base.values:
        return
    for end in range(2, len(text) - 1):
        county = {"county": text[:end]}
        if areas_of("county", county, gazetteer):
            yield _Name(corrected(base, "county", text[:end]), kind, text[end:])


PLUGIN: Collector = Spelled()
