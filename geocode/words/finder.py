"""From a query of words to the streets, places and towns that it may mean.

A street of one name is in many towns. Each is weighed by all that the query says: how well its
name fits, whether its town and postcode are named, whether it has the number, and how much of the
query would say nothing. What costs least is meant.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from geocode.candidates.parents import PLUGIN as PARENTS
from geocode.comparing import grouped
from geocode.gazetteer import IndexGazetteer
from geocode.keys import area_anchor, split_number
from geocode.model import Area, Asked, Candidate, Door
from geocode.words.costs import (
    IDLE,
    NO_DOOR,
    NO_TOWN,
    OTHER_SUFFIX,
    OTHER_TYPE,
    idle_cost,
    named_towns,
    other_type,
    postcode_cost,
    type_cost,
)
from geocode.words.matching import Match, fit
from geocode.words.names import Name, Names
from geocode.words.query import Query

_NAMES: Final = 80
"""Names that are compared with a query."""

_WORSE: Final = 2.5
"""Names that cost so much more than the best are left out."""

_PLACES: Final = 4000
"""Areas that are weighed."""

_TOLD: Final = 60
"""Places that are told."""

_BETWEEN: Final = 8
"""Of those, how many are looked at for a place between two doors."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A place that a query may mean, and what speaks against it."""

    candidate: Candidate
    cost: float


@dataclass(frozen=True, slots=True)
class _Option:
    """An area under one reading of the query."""

    area: Area
    match: Match
    town: Match | None
    cost: float
    given: Mapping[str, str]
    doors: tuple[Door, ...] = field(default=())


class Finder:
    """Finds what queries mean in one gazetteer.

    Args:
        names: Its names by their words.
        gazetteer: Its doors and areas.
    """

    def __init__(self, names: Names, gazetteer: IndexGazetteer) -> None:
        self._names = names
        self._gazetteer = gazetteer
        self._towns: dict[str, list[Name]] = {}
        for name in names.names:
            if name.kind == "city":
                self._towns.setdefault(name.value, []).append(name)
        self._postcodes: dict[str, list[str]] = {}
        for town, code in gazetteer.pairs("city", "county"):
            self._postcodes.setdefault(town, []).append(code)

    def find(self, query: Query) -> list[Meant]:
        """Places that a query may mean, what costs least first."""
        options = sorted(self._options(query), key=lambda one: one.cost)
        found: dict[tuple[object, ...], Meant] = {}
        for option in options:
            for one in self._told(query, option, len(found) < _BETWEEN):
                identity = (frozenset(one.candidate.values.items()),)
                found.setdefault(identity, one)
            if len(found) >= _TOLD and option.cost > options[0].cost:
                break
        return sorted(found.values(), key=lambda one: one.cost)

    def _options(self, query: Query) -> Iterator[_Option]:
        """Areas that may be meant."""
        matches = self._matches(query)
        query = replace(query, towns=named_towns(matches))
        doors: dict[tuple[str, int], list[Door]] = {}
        count = 0
        for match in matches:
            name = match.name
            areas = self._gazetteer.areas(area_anchor(name.kind, {name.kind: name.value}))
            for area in areas:
                if area.kind == name.kind:
                    count += 1
                    yield self._option(query, match, area, doors)
            if count > _PLACES:
                return
        yield from self._by_postcode(query)

    def _matches(self, query: Query) -> list[Match]:
        """Names that the query may have, the best first."""
        fits = (fit(name, query.offers) for name in self._names.with_any(query.words, _NAMES))
        found: dict[tuple[str, str], Match] = {}
        for one in sorted((one for one in fits if one is not None), key=_price(query)):
            found.setdefault((one.name.kind, one.name.value), one)
        price = _price(query)
        least = min(map(price, found.values()), default=0.0)
        return [one for one in found.values() if price(one) <= least + _WORSE]

    def _by_postcode(self, query: Query) -> Iterator[_Option]:
        """The area of a postcode, when nothing else is said of it."""
        if query.postcode < 0:
            return
        code = query.pieces[query.postcode].plain
        taken = frozenset((query.postcode,))
        name = Name("county", code, ((code,),), ())
        match = Match(name, 0.0, 0, 0, taken, query.postcode, query.postcode + 1)
        for area in self._gazetteer.areas(area_anchor("county", {"county": code})):
            cost = NO_TOWN + idle_cost(query, taken)
            yield _Option(area, match, None, cost, {"county": code})

    def _option(
        self, query: Query, match: Match, area: Area, doors: dict[tuple[str, int], list[Door]]
    ) -> _Option:
        """An area with what it costs."""
        name = match.name
        given, other = {name.kind: name.value}, other_type(query, match)
        cost, taken = match.cost + (OTHER_TYPE if other else 0.0), match.taken | other
        start, town = min(taken), None
        if name.kind == "city":
            area = self._with_postcode(query, area)
            cost += type_cost(query, name)
        if query.postcode >= 0:
            more, taken = postcode_cost(query, area), taken | {query.postcode}
            given |= {} if more else {"county": area.values["county"]}
            cost += more
        if name.kind != "city":
            town = self._town(query, area, taken)
            given |= {"city": town.name.value} if town else {}
            cost += town.cost if town else NO_TOWN
            taken |= town.taken if town else frozenset()
        at = -1 if name.kind == "city" else query.number_beside(start, match.end, taken)
        found: tuple[Door, ...] = ()
        if at >= 0:
            given["number"] = query.pieces[at].text + query.pieces[at].suffix
            found, more = self._doors(query, name, area, given["number"], doors)
            cost, taken = cost + more, taken | {at}
        cost += idle_cost(query, taken, in_town="city" in area.values)
        return _Option(area, match, town, cost, given, found)

    def _with_postcode(self, query: Query, area: Area) -> Area:
        """A town with the postcode that is asked for or is its only one."""
        several = self._postcodes.get(area.values["city"], ())
        asked = query.pieces[query.postcode].plain if query.postcode >= 0 else ""
        code = asked if asked in several else several[0] if len(several) == 1 else ""
        return area._replace(values={**area.values, "county": code}) if code else area

    def _town(self, query: Query, area: Area, taken: frozenset[int]) -> Match | None:
        """The town of an area, when the query names it."""
        fits = (
            fit(name, query.offers, taken)
            for name in self._towns.get(area.values.get("city", ""), ())
        )
        best = min(
            (one for one in fits if one is not None), key=lambda one: one.cost, default=None
        )
        if best is None:
            return None
        return best if best.cost <= IDLE * len(best.taken) + NO_TOWN else None

    def _doors(
        self,
        query: Query,
        name: Name,
        area: Area,
        number: str,
        known: dict[tuple[str, int], list[Door]],
    ) -> tuple[tuple[Door, ...], float]:
        """The doors of a number in an area, and what it costs when they are others."""
        whole, suffix = split_number(number)
        key = (name.value, whole)
        if key not in known:
            anchor = area_anchor(name.kind, {name.kind: name.value})
            known[key] = self._gazetteer.behind(anchor, whole)
        inside = [one for one in known[key] if _is_in(one, area)]
        exact = tuple(one for one in inside if one.values.get("number") == number)
        if exact:
            return exact, 0.0
        short = {one.upper(): other.upper() for one, other in query.profile.short_suffixes.items()}
        for door in inside:
            own = split_number(door.values.get("number", ""))[1]
            if short.get(own, own) == short.get(suffix, suffix):
                return (door,), OTHER_SUFFIX
        return (), NO_DOOR

    def _told(self, query: Query, option: _Option, may_lie_between: bool) -> list[Meant]:  # noqa: FBT001 - one of two kinds
        """The candidates of an area: its doors, a place between two, or itself."""
        asked = Asked(query.text, {**option.area.values, **option.given})
        if option.doors:
            found = grouped(option.doors, asked.values)
        elif "number" in option.given and may_lie_between:
            between = PARENTS.collect(asked, self._gazetteer)[:1]
            inside = [one for one in between if option.area.values.items() <= one.values.items()]
            found = inside or [_as_candidate(option.area)]
        else:
            found = [_as_candidate(option.area)]
        wrong = {
            match.name.kind: match.name.value
            for match in (option.match, option.town)
            if match is not None and (match.edits or match.lacking)
        }
        given = {**option.given, **wrong}
        edits = option.match.edits + (option.town.edits if option.town else 0)
        told = (
            one._replace(given=given, corrections=wrong, edits=edits)
            if wrong
            else one._replace(given=given)
            for one in found
        )
        return [Meant(one, option.cost) for one in told]


def _price(query: Query) -> Callable[[Match], float]:
    """What a name costs, less what its words would cost if they said nothing."""

    def price(one: Match) -> float:
        strong = sum(not query.pieces[at].is_weak for at in one.taken)
        return one.cost - IDLE * strong

    return price


def _is_in(door: Door, area: Area) -> bool:
    return area.values.items() <= door.values.items()


def _as_candidate(area: Area) -> Candidate:
    return Candidate(values=dict(area.values), lon=area.lon, lat=area.lat)
