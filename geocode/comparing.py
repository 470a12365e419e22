"""What a query gave, beside what a candidate is."""

from collections.abc import Iterable, Mapping
from typing import Final

from geocode.keys import LEAVES, NUMBERED, UPPER
from geocode.model import LEVEL_OF_KIND, LEVELS, Candidate, Door, Level, Verdict

_FINENESS: Final = {level: number for number, level in enumerate(reversed(LEVELS))}
_FINENESS_OF_KIND: Final = {kind: _FINENESS[level] for kind, level in LEVEL_OF_KIND.items()}


def verdicts(candidate: Candidate, given: Mapping[str, str]) -> dict[str, Verdict]:
    """What became of each element that a query gave."""
    given = given if candidate.given is None else candidate.given
    values, corrections = candidate.values, candidate.corrections
    found: dict[str, Verdict] = {}
    for kind, value in given.items():
        if kind in corrections:
            found[kind] = "corrected"
        elif kind in values:
            found[kind] = "matched" if values[kind] == value else "contradicted"
        else:
            found[kind] = "missing"
    return found


def contradicts(values: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether a place is another one than a query says, in any element both have."""
    for kind, value in given.items():  # noqa: SIM110 - a third of the cost, for every door
        if values.get(kind, value) != value:
            return True
    return False


def grouped(doors: Iterable[Door], given: Mapping[str, str]) -> list[Candidate]:
    """Doors as candidates: those that differ only in what the query does not give are one."""
    doors = list(doors)
    if len(doors) == 1:
        return [_alone(doors[0], given)]
    asked = [kind for kind in LEAVES if kind in given and kind != "group"]
    groups: dict[tuple[str | None, ...], list[Door]] = {}
    for door in doors:
        where = [door.values.get(kind) for kind in UPPER]
        street = [value for kind, value in door.values.items() if kind not in _LOOSE]
        own = [door.values.get(kind) for kind in asked]
        groups.setdefault((*where, *street, *own), []).append(door)
    return [_one(group, asked) for group in groups.values()]


_LOOSE: Final = frozenset((*LEAVES, *UPPER))


def _alone(door: Door, given: Mapping[str, str]) -> Candidate:
    """What `_one` makes of a single door."""
    values = door.values
    for kind in values:
        if kind in NUMBERED and kind not in given:
            return _one([door], [kind for kind in LEAVES if kind in NUMBERED and kind in given])
    return Candidate(values, door.lon, door.lat, (door,))


def _one(doors: list[Door], asked: list[str]) -> Candidate:
    """A candidate of doors that are one to the query; the door without more, if there is one."""
    others = NUMBERED.difference(asked)
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


def finest(kinds: Iterable[str]) -> Level | None:
    """The finest level of elements of some types."""
    return level_of(fineness(kinds))


def fineness(kinds: Iterable[str]) -> int:
    """How fine the finest of some types is, more where it is finer; -1 where none has a level.

    A village's group tells no more than the village.
    """
    best = -1
    for kind in kinds:
        own = _FINENESS_OF_KIND.get(kind, -1)
        if own > best:  # noqa: PLR1730 - max() costs more than the rest
            best = own
    return best


def level_of(fineness: int) -> Level | None:
    """The level that is so fine."""
    return LEVELS[-1 - fineness] if fineness >= 0 else None


def is_finer(one: Level, other: Level) -> bool:
    """Whether a level is finer than another."""
    return _FINENESS[one] > _FINENESS[other]
