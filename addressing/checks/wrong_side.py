"""Odd numbers among the even ones, and the other way round."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks._streets import Doors, Windows, doors_of, windows
from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings
from cim.arrays import Bool, Float64, Int64

_REACH = 8
"""Neighbours in number on each side that tell where the street runs."""

_LEAST = 3
"""Odd and even neighbours needed each."""

_AGREED = 0.8
"""Share of a street's doors that must agree before it has sides at all."""

_LEAST_VOTES = 6


@dataclass(frozen=True, slots=True)
class WrongSide:
    """A door beyond the middle of its street, where numbers of the other kind stand.

    The middle and the direction come from the doors around it, so no map of streets is needed.
    Odd numbers are on the side that the city's profile says; where it says `majority`, on the
    side where most odd numbers of the street stand. A street as a whole on the side that the
    profile does not say is one finding, at its first door.
    """

    name: str = "wrong_side"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "门牌号单双号错侧",
            "en": "The number stands on the wrong side of the street",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Doors more than `limits.aside_m` on the wrong side."""
        doors = doors_of(evidence.addresses)
        left, aside = _odd_left(doors, _neighbours(doors))
        habit = _habit(doors.streets, left)
        wrong = (habit != 0) & (left == -habit) & (aside >= evidence.limits.aside_m)
        wrong &= _among_others(doors)
        told = [
            (int(row), {"odd_side": _word(side), "beyond_m": round(float(off), 1)})
            for row, side, off in zip(doors.rows[wrong], habit[wrong], aside[wrong], strict=True)
        ]
        rule = {"left": 1, "right": -1}.get(evidence.odd_side, 0)
        told += _reversed(doors, habit, rule)
        told.sort(key=lambda pair: pair[0])
        return findings([row for row, _ in told], [detail for _, detail in told])


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """What the doors around each door say of the street there."""

    direction: Float64
    """(d, 2) unit vector toward the larger numbers, zero where unknown."""

    across: Float64
    """(d,) metres from the even side to the odd side, positive when odd is on the left."""

    middle: Float64
    """(d, 2) between both sides."""

    known: Bool


def _neighbours(doors: Doors) -> _Neighbours:
    around = windows(doors.streets, _REACH)
    odd = (doors.numbers % 2 == 1).astype(np.float64)
    odd_count, odd_mean = _mean(doors.points, odd, around)
    even_count, even_mean = _mean(doors.points, 1 - odd, around)
    direction, steady = _direction(doors.points, around)
    across = _cross(direction, odd_mean - even_mean)
    known = (odd_count >= _LEAST) & (even_count >= _LEAST) & steady
    return _Neighbours(direction, across, (odd_mean + even_mean) / 2, known)


def _mean(points: Float64, chosen: Float64, around: Windows) -> tuple[Float64, Float64]:
    """Count and middle of the chosen neighbours, the door itself not among them."""
    count = around.total(chosen) - chosen
    total = around.total(points * chosen[:, None]) - points * chosen[:, None]
    return count, total / np.maximum(count, 1)[:, None]


def _direction(points: Float64, around: Windows) -> tuple[Float64, Bool]:
    """Unit vector along which places move as numbers grow, and whether there is one."""
    place = np.arange(len(points), dtype=np.float64)
    count = (around.end - around.start).astype(np.float64)
    middle = around.total(place) / count
    slope = around.total(points * place[:, None]) - around.total(points) * middle[:, None]
    length = np.hypot(*slope.T)
    steady = length > 0
    return slope / np.where(steady, length, 1)[:, None], steady


def _cross(one: Float64, other: Float64) -> Float64:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], np.float64)


def _odd_left(doors: Doors, around: _Neighbours) -> tuple[Int64, Float64]:
    """Which side each door says odd numbers are on: 1 left, -1 right, 0 none; and how far off."""
    off = _cross(around.direction, doors.points - around.middle)
    own = np.where(doors.numbers % 2 == 1, off, -off)
    said = np.where(around.known & (np.abs(off) > 0), np.sign(own), 0)
    return said.astype(np.int64), np.abs(off)


def _among_others(doors: Doors) -> Bool:
    """Whether each door is nearer to the line of the other side than to that of its own.

    Around a sharp corner the middle of many neighbours deceives; the next ones do not.
    """
    odd = doors.numbers % 2 == 1
    own = np.where(odd, _off_line(doors, odd), _off_line(doors, ~odd))
    other = np.where(odd, _off_line(doors, ~odd), _off_line(doors, odd))
    return np.asarray(np.isfinite(other) & (other < own), bool)


def _off_line(doors: Doors, chosen: Bool) -> Float64:
    """Metres from each door to the line between the chosen ones before and behind it.

    To the one that there is at the end of a street; infinite where there is none.
    """
    count = len(chosen)
    place = np.arange(count)
    before, behind = np.full(count, -1), np.full(count, count)
    before[1:] = np.maximum.accumulate(np.where(chosen, place, -1))[:-1]
    behind[:-1] = np.minimum.accumulate(np.where(chosen, place, count)[::-1])[::-1][1:]
    first = _in_street(doors, before, place)
    last = _in_street(doors, behind, place)
    start = doors.points[np.where(first, before, np.where(last, behind, 0))]
    end = doors.points[np.where(last, behind, np.where(first, before, 0))]
    along = end - start
    length = np.maximum((along**2).sum(axis=1), 1e-9)
    part = (((doors.points - start) * along).sum(axis=1) / length).clip(0, 1)
    distance = np.hypot(*(doors.points - start - part[:, None] * along).T)
    return np.asarray(np.where(first | last, distance, np.inf), np.float64)


def _in_street(doors: Doors, other: Int64, place: Int64) -> Bool:
    """Whether a place in the order is one, and of a door of the same street."""
    there = (other >= 0) & (other < len(place))
    same = doors.streets[np.where(there, other, 0)] == doors.streets
    return np.asarray(there & same, bool)


def _habit(streets: Int64, left: Int64) -> Int64:
    """Side of the odd numbers of each door's street: 1 left, -1 right, 0 when it has none."""
    if not len(streets):
        return np.zeros(0, np.int64)
    _, group = np.unique(streets, return_inverse=True)
    votes = np.bincount(group, np.abs(left))
    balance = np.bincount(group, left)
    clear = (votes >= _LEAST_VOTES) & (np.abs(balance) >= (2 * _AGREED - 1) * votes)
    side = np.where(clear, np.sign(balance), 0).astype(np.int64)
    return np.asarray(side[group], np.int64)


def _reversed(doors: Doors, habit: Int64, rule: int) -> list[tuple[int, dict[str, object]]]:
    """Streets whose odd numbers stand on the side that the city's rule gives to even ones."""
    first = np.ones(len(doors.streets), bool)
    first[1:] = doors.streets[1:] != doors.streets[:-1]
    against = np.flatnonzero(first & (habit == -rule)) if rule else np.zeros(0, np.int64)
    return [
        (int(doors.rows[place]), {"street": "reversed", "odd_side": _word(int(habit[place]))})
        for place in against.tolist()
    ]


def _word(side: int) -> str:
    return "left" if side > 0 else "right"


PLUGIN: Check = WrongSide()
