"""The geocoder of a city at one place of the journal, and what is read off it directly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from addressing.cities import profile_for
from addressing.lexicon import Name
from addressing.registry.doors import AreaName
from geocode.asking import asked_of
from geocode.comparing import contradicts
from geocode.gazetteer import IndexGazetteer
from geocode.geocoder import Geocoder
from geocode.index.read import Index
from geocode.keys import estate_anchor, street_anchor
from geocode.model import Door
from geocode.reading import city_parser
from geocode.result import Teller
from geocode.suggest import Suggestion, numbered, ranges_of, read_begun

_PER_NUMBER: Final = 3
"""Doors that are looked at for each number that is suggested."""

_DIVISIONS: Final = ("province", "city", "county", "township", "community")


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
    geocoder: Geocoder
    teller: Teller


def moment_of(index: Index, head: int, names: list[AreaName]) -> Moment:
    """A geocoder with the names the city has now."""
    within = _within(names)
    parser = city_parser(profile_for(within), within, map(_as_name, names))
    geocoder = Geocoder(parser, IndexGazetteer(index))
    return Moment(head, index, names, geocoder, Teller.of(parser.grammar.profile, names))


def numbered_names(now: Moment, text: str, limit: int) -> list[Suggested]:
    """Doors whose number begins as was typed behind the name of a street or an estate."""
    begun = read_begun(text)
    if begun is None:
        return []
    parser = now.geocoder.parser
    values = asked_of(parser.parse(begun.name), parser).values
    anchor = street_anchor(values) or estate_anchor(values)
    doors: list[Door] = []
    for first, last in ranges_of(begun.digits):
        if anchor and len(doors) < limit * _PER_NUMBER:
            doors += now.index.numbered(anchor, first, last, limit * _PER_NUMBER - len(doors))
    kept = (door for door in doors if not contradicts(door.values, values))
    return [Suggested(one, now.teller.text(shown)) for shown, one in numbered(kept, limit)]


def _within(names: list[AreaName]) -> tuple[str, ...]:
    """Codes of the counties, or what there is above them, that the city's addresses lie in."""
    by_kind: Mapping[str, set[str]] = {
        kind: {name.code for name in names if name.kind == kind} for kind in _DIVISIONS
    }
    for kind in ("county", "city", "province"):
        if by_kind[kind]:
            return tuple(sorted(by_kind[kind]))
    return ()


def _as_name(name: AreaName) -> Name:
    """A name as a parser takes it."""
    official = name.value if name.value != name.written else ""
    return Name(name.written, name.kind, name.code if name.kind in _DIVISIONS else "", official)
