"""What a door lies in or beside, when the door itself is not known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import h3

from geocode.candidates.areas import area_kinds, areas_of
from geocode.candidates.base import Collector, Gazetteer
from geocode.comparing import contradicts, grouped
from geocode.keys import LEAVES, Key, keys_of, split_number
from geocode.model import Asked, Candidate, Door

WIDEST: Final = 60
"""Numbers between two doors that a third may be placed between."""


@dataclass(frozen=True, slots=True)
class Parents:
    """The building, the door plate, the place between two plates, the street."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """The finest that is known of what the door lies in."""
        for key in keys_of(asked.values):
            found = _above(key, asked, gazetteer) or _between(key, asked, gazetteer)
            if found:
                return found
        return _around(asked, gazetteer)


def _around(asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
    """The street, estate, village or division, the finest that is known."""
    for kind in area_kinds(asked.values):
        found = areas_of(kind, asked.values, gazetteer)
        if found:
            return found
    return []


def _above(key: Key, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
    """Buildings or plates that the door lies in: those with most of what is given."""
    if not key.number:
        return []
    given = [kind for kind in LEAVES if kind in asked.values and kind != "group"]
    behind = gazetteer.behind(key.anchor, key.number)
    while len(given) > 1:
        given = given[:-1]
        upper = _upper(asked, given)
        inside = [
            one
            for one in behind
            if not contradicts(one.values, upper)
            and all(one.values.get(kind) == upper[kind] for kind in given)
        ]
        if inside:
            return grouped(inside, upper)
    return []


def _upper(asked: Asked, leaves: list[str]) -> dict[str, str]:
    """What is given without all leaves but some."""
    return {k: v for k, v in asked.values.items() if k not in LEAVES or k in leaves}


def _between(key: Key, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
    """A place between the next plates on the same side of the street."""
    if not key.number or "number" not in asked.values:
        return []
    areas = {k: v for k, v in asked.values.items() if k not in LEAVES}
    below, above = gazetteer.beside(key.anchor, key.number)
    low = _nearest(below, key.number, areas)
    high = _nearest(above, key.number, areas)
    if low is None or high is None or high[0] - low[0] > WIDEST:
        return []
    if not low[0] < key.number < high[0]:  # the key is one of buildings, these are doors
        return []
    share = (key.number - low[0]) / (high[0] - low[0])
    one, other = low[1], high[1]
    apart = h3.great_circle_distance((one.lat, one.lon), (other.lat, other.lon), unit="m")
    values = {k: v for k, v in one.values.items() if k not in LEAVES}
    return [
        Candidate(
            values={**values, "number": asked.values["number"]},
            lon=one.lon + share * (other.lon - one.lon),
            lat=one.lat + share * (other.lat - one.lat),
            interpolated=True,
            accuracy_m=max(apart / 2, 10.0),
        )
    ]


def _nearest(
    doors: Iterable[Door], number: int, areas: Mapping[str, str]
) -> tuple[int, Door] | None:
    """The first door on the same side of the street that contradicts nothing given."""
    for door in doors:
        own, rest = split_number(door.values.get("number", ""))
        if own % 2 == number % 2 and not rest and not contradicts(door.values, areas):
            return own, door
    return None


PLUGIN: Collector = Parents()
