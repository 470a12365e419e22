"""What a query gave, beside what a candidate is."""

from collections.abc import Iterable, Mapping
from typing import Final

from geocode.keys import LEAVES
from geocode.model import LEVEL_OF_KIND, LEVELS, Candidate, Door, Level, Verdict

_WITHIN: Final = ("province", "city", "county")
"""Types that say where a candidate is; those of one place agree."""

_FINENESS: Final = {level: number for number, level in enumerate(reversed(LEVELS))}
_FINENESS_OF_KIND: Final = {kind: _FINENESS[level] for kind, level in LEVEL_OF_KIND.items()}


def verdicts(candidate: Candidate, given: Mapping[str, str]) -> dict[str, Verdict]:
    """What became of each element that a query gave."""
    given = given if candidate.given is None else candidate.given
    found: dict[str, Verdict] = {}
    for kind, value in given.items():
        own = candidate.values.get(kind)
        if kind in candidate.corrections:
            found[kind] = "corrected"
        elif own is None:
            found[kind] = "missing"
        else:
            found[kind] = "matched" if own == value else "contradicted"
    return found


def contradicts(values: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether a place is another one than a query says, in any element both have."""
    for kind, value in given.items():  # noqa: SIM110 - a third of the cost, for every door
        if values.get(kind, value) != value:
            return True
    return False


def grouped(doors: Iterable[Door], given: Mapping[str, str]) -> list[Candidate]:
    """Doors as candidates: those that differ only in what the query does not give are one."""
    asked = [kind for kind in LEAVES if kind in given and kind != "group"]
    doors = list(doors)
    if len(doors) == 1:
        return [_one(doors, asked)]
    groups: dict[tuple[str | None, ...], list[Door]] = {}
    for door in doors:
        where = [door.values.get(kind) for kind in _WITHIN]
        street = [value for kind, value in door.values.items() if kind not in _LOOSE]
        own = [door.values.get(kind) for kind in asked]
        groups.setdefault((*where, *street, *own), []).append(door)
    return [_one(group, asked) for group in groups.values()]


_LOOSE: Final = frozenset((*LEAVES, *_WITHIN))


def _one(doors: list[Door], asked: list[str]) -> Candidate:
    """A candidate of doors that are one to the query; the door without more, if there is one."""
    others = frozenset(LEAVES).difference(asked, ("group",))
    plain = [door for door in doors if others.isdisjoint(door.values)]
    chosen = plain or doors
    first = chosen[0]
    values = first.values
    if not plain:
        gone = [kind for kind in LEAVES if kind not in asked]
        values = {kind: value for kind, value in values.items() if kind not in gone}
    return Candidate(
        values=values,
        lon=sum(door.lon for door in chosen) / len(chosen),
        lat=sum(door.lat for door in chosen) / len(chosen),
        doors=tuple(chosen),
    )


def finest(values: Mapping[str, str]) -> Level | None:
    """The finest level of some elements; a village's group tells no more than the village."""
    best = max([_FINENESS_OF_KIND.get(kind, -1) for kind in values], default=-1)
    return LEVELS[-1 - best] if best >= 0 else None


def is_finer(one: Level, other: Level) -> bool:
    """Whether a level is finer than another."""
    return _FINENESS[one] > _FINENESS[other]
