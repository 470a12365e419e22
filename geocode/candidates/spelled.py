"""Names that are nearly written so, where the gazetteer has none that is written so.

A correction never contradicts another element that was given: a street counts only when the door
asked for is on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from geocode.asking import corrected, without
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.areas import areas_of
from geocode.candidates.base import Collector, Gazetteer
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.keys import LEAVES
from geocode.model import Asked, Candidate

_NAMED: Final = ("road", "estate", "poi", "lane", "natural_village", "community")
"""Types whose names are corrected, the first that was given first."""

_MOST: Final = 400
"""Names that are tried."""


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
    """What is found when an unknown name is taken to be one that is nearly written so."""
    for base, kind, text in _unknown(asked, gazetteer):
        found = _under(base, kind, text, gazetteer, look)
        if found:
            return found
    return []


def under_other_names(asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
    """What is found when a name, known as it is, is taken to be another one."""
    for kind in _NAMED:
        if kind in asked.values and not asked.values[kind].isdecimal():
            text = asked.values[kind]
            return _under(without(asked, (kind,)), kind, text, gazetteer, DOORS.collect)
    return []


def _under(base: Asked, kind: str, text: str, gazetteer: Gazetteer, look: Look) -> list[Candidate]:
    """What is found under the nearest names that lead to anything."""
    found: list[Candidate] = []
    for own, value, edits in gazetteer.near(text)[:_MOST]:
        if found and edits > found[0].edits:
            break
        if own in base.values or (own == kind and value == text):
            continue
        found += [
            replace(one, corrections={kind or own: value}, edits=edits)
            for one in look(corrected(base, own, value), gazetteer)
        ]
    return found


def _unknown(asked: Asked, gazetteer: Gazetteer) -> Iterator[tuple[Asked, str, str]]:
    """Names the city does not know: the query without it, its type if it was read, its text."""
    for text in asked.rest:
        if len(text) > 1:
            yield asked, "", text
    for kind in _NAMED:
        text = asked.values.get(kind, "")
        if not text or text.isdecimal() or areas_of(kind, asked.values, gazetteer):
            continue
        base = without(asked, (kind,))
        yield base, kind, text
        yield from _parted(base, kind, text, gazetteer)


def _parted(
    base: Asked, kind: str, text: str, gazetteer: Gazetteer
) -> Iterator[tuple[Asked, str, str]]:
    """A name that begins with that of a district, as 东区东路 does, apart from it."""
    if "county" in base.values:
        return
    for end in range(2, len(text) - 1):
        county = {"county": text[:end]}
        if areas_of("county", county, gazetteer):
            yield corrected(base, "county", text[:end]), kind, text[end:]


PLUGIN: Collector = Spelled()
