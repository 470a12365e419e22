"""Streets, estates, villages and divisions, when nothing numbered was given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from addressing.kinds import KINDS
from geocode.candidates.base import Collector, Gazetteer
from geocode.comparing import contradicts
from geocode.keys import LEAVES, NUMBERED, area_anchor
from geocode.model import Area, Asked, Candidate

_VILLAGE: Final = KINDS["natural_village"].rank
_BETWEEN: Final = ("township", "community", "natural_village")
"""A street of one name in one county is one street, whatever villages it runs through."""


@dataclass(frozen=True, slots=True)
class Areas:
    """The finest area given."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """Areas that have all the query gives."""
        if not NUMBERED.isdisjoint(asked.values):
            return []
        kinds = area_kinds(asked.values)
        return areas_of(kinds[0], asked.values, gazetteer) if kinds else []


def area_kinds(values: Mapping[str, str]) -> list[str]:
    """The types of areas among some elements, the finest first."""
    kinds = [kind for kind in values if kind not in LEAVES]
    return sorted(kinds, key=lambda kind: -KINDS[kind].rank)


def areas_of(kind: str, values: Mapping[str, str], gazetteer: Gazetteer) -> list[Candidate]:
    """The areas of a name that contradict nothing given, those of a county as one.

    Args:
        kind: Type of the area; what is given of finer types does not count.
        values: What was given.
        gazetteer: Where to look.
    """
    rank = KINDS[kind].rank
    given = {
        one: value
        for one, value in values.items()
        if one not in LEAVES and KINDS[one].rank <= rank
    }
    found = gazetteer.areas(area_anchor(kind, given))
    kept = [area for area in found if area.kind == kind and not contradicts(area.values, given)]
    return merged(kept, kind)


def merged(areas: Iterable[Area], kind: str) -> list[Candidate]:
    """Areas as candidates, the parts of one street in one county together."""
    groups: dict[tuple[tuple[str, str], ...], list[Area]] = {}
    for area in areas:
        groups.setdefault(_identity(area, kind), []).append(area)
    return [_one(dict(identity), group) for identity, group in groups.items()]


def _identity(area: Area, kind: str) -> tuple[tuple[str, str], ...]:
    """What an area of a type is known by: its county, and itself."""
    rank = KINDS[kind].rank
    if rank <= _VILLAGE:
        return tuple(area.values.items())
    return tuple([one for one in area.values.items() if one[0] not in _BETWEEN])


def _one(values: dict[str, str], areas: list[Area]) -> Candidate:
    doors = sum([area.doors for area in areas])
    return Candidate(
        values=values,
        lon=sum([area.lon * area.doors for area in areas]) / doors,
        lat=sum([area.lat * area.doors for area in areas]) / doors,
    )


PLUGIN: Collector = Areas()
