"""Neighbours in number that are far apart on the ground."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks._streets import doors_of, same_side
from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings
from cim.arrays import Bool, Float64, Int64

_LEAST = 4
"""Distances from which a side has a usual one."""


@dataclass(frozen=True, slots=True)
class NumberJumps:
    """A door that lies far from the one before it in number, against the habit of its side."""

    name: str = "number_jumps"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "门牌号空间跳跃",
            "en": "A door lies far from its neighbour in number",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Doors at least `limits.jump_m` and `limits.jump_times` the usual distance away.

        The distance is counted for each number that lies between the two.
        """
        doors, limits = doors_of(evidence.addresses), evidence.limits
        order, follows = same_side(doors)
        points, numbers = doors.points[order], doors.numbers[order]
        apart = np.zeros(len(order))
        apart[1:] = np.hypot(*(points[1:] - points[:-1]).T)
        steps = np.ones(len(order))
        steps[1:] = np.maximum((numbers[1:] - numbers[:-1]) / 2, 1)
        usual = _usual(apart / steps, follows)
        far = follows & (apart >= limits.jump_m) & (apart >= limits.jump_times * usual * steps)
        found = np.flatnonzero(far)
        rows = doors.rows[order[found]]
        kept = np.argsort(rows, kind="stable")
        details = [
            {"after": int(numbers[place - 1]), "distance_m": round(float(apart[place]), 1)}
            for place in found[kept].tolist()
        ]
        return findings(rows[kept], details)


def _usual(values: Float64, follows: Bool) -> Float64:
    """Median of each side's distances; infinite where there are too few."""
    sides: Int64 = np.cumsum(~follows)
    usual = np.full(len(values), np.inf)
    ordered = np.lexsort((values, sides))
    ordered = ordered[follows[ordered]]
    first = np.searchsorted(sides[ordered], sides, "left")
    last = np.searchsorted(sides[ordered], sides, "right")
    many = last - first >= _LEAST
    usual[many] = values[ordered][((first + last) // 2)[many]]
    return usual


PLUGIN: Check = NumberJumps()
