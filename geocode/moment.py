"""The geocoder of a city at one place of the journal, and what is read off it directly."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from addressing.registry.doors import AreaName
from geocode.comparing import contradicts
from geocode.index.read import Index
from geocode.keys import estate_anchor, street_anchor
from geocode.language import Engine, Language, Telling
from geocode.model import Door
from geocode.suggest import Suggestion, numbered, ranges_of, read_begun

_PER_NUMBER: Final = 3
"""Doors that are looked at for each number that is suggested."""


class Suggested(NamedTuple):
    """A name and how the city writes it."""

    place: Suggestion
    name: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The geocoder at one place of the journal."""

    head: int
    index: Index
    names: list[AreaName]
    geocoder: Engine
    teller: Telling


def moment_of(index: Index, head: int, names: list[AreaName], language: Language) -> Moment:
    """A geocoder with the names the city has now."""
    return Moment(head, index, names, language.engine(index, names), language.teller(names))


def numbered_names(now: Moment, text: str, limit: int) -> list[Suggested]:
    """Doors whose number begins as was typed behind the name of a street or an estate."""
    begun = read_begun(text)
    if begun is None:
        return []
    values = now.geocoder.values_of(begun.name)
    anchor = street_anchor(values) or estate_anchor(values)
    doors: list[Door] = []
    for first, last in ranges_of(begun.digits):
        if anchor and len(doors) < limit * _PER_NUMBER:
            doors += now.index.numbered(anchor, first, last, limit * _PER_NUMBER - len(doors))
    kept = (door for door in doors if not contradicts(door.values, values))
    return [Suggested(one, now.teller.text(shown)) for shown, one in numbered(kept, limit)]
