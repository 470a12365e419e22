"""The very door, by its keys."""

from dataclasses import dataclass

from geocode.candidates.base import Collector, Gazetteer
from geocode.comparing import contradicts, grouped
from geocode.keys import LEAVES, NUMBERED, Key, keys_of
from geocode.model import Asked, Candidate, Door


@dataclass(frozen=True, slots=True)
class Doors:
    """Doors that have all the query gives; where a street names none, those of the estate."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """Doors of the first key that leads to any."""
        if NUMBERED.isdisjoint(asked.values):
            return []
        for key in keys_of(asked.values):
            found = _of_key(key, asked, gazetteer)
            if found:
                return grouped(found, asked.values)
        whole = _named_whole(asked)
        return self.collect(whole, gazetteer) if whole else []


def _named_whole(asked: Asked) -> Asked | None:
    """The query with a building called by its whole name: 汇通大厦 and 主楼 as 汇通大厦主楼.

    Which it is depends on whether 汇通大厦 was known when the register was read.
    """
    place, building = asked.values.get("poi"), asked.values.get("building", "0")
    if place is None or building.isascii():
        return None
    values = {kind: value for kind, value in asked.values.items() if kind != "poi"}
    return asked._replace(values={**values, "building": place + building})


def _of_key(key: Key, asked: Asked, gazetteer: Gazetteer) -> list[Door]:
    """Doors of a key that do not contradict; else those behind its number that have all given."""
    if not key.number and not key.tail:
        return []
    found = [one for one in gazetteer.doors(key) if not contradicts(one.values, asked.values)]
    if found:
        return found
    return [one for one in gazetteer.behind(key.anchor, key.number) if _has_all(one, asked)]


def _has_all(door: Door, asked: Asked) -> bool:
    """Whether a door has every numbered element that was given, and contradicts none."""
    given = asked.values
    if contradicts(door.values, given):
        return False
    return all(kind in door.values for kind in LEAVES if kind in given and kind != "group")


PLUGIN: Collector = Doors()
