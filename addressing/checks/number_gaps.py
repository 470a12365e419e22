"""Numbers missing in a row on one side of a street."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks._streets import doors_of, same_side
from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class NumberGaps:
    """The door behind a gap, and how many numbers it lacks before it."""

    name: str = "number_gaps"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "同侧门牌号缺号",
            "en": "Numbers are missing in a row on one side of the street",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Doors before which at least `limits.gap` numbers of their side are missing."""
        doors = doors_of(evidence.addresses)
        order, follows = same_side(doors)
        numbers = doors.numbers[order]
        missing = np.zeros(len(order), np.int64)
        missing[1:] = np.where(follows[1:], (numbers[1:] - numbers[:-1]) // 2 - 1, 0)
        found = np.flatnonzero(missing >= evidence.limits.gap)
        rows = doors.rows[order[found]]
        kept = np.argsort(rows, kind="stable")
        details = [
            {"after": int(numbers[place - 1]), "missing": int(missing[place])}
            for place in found[kept].tolist()
        ]
        return findings(rows[kept], details)


PLUGIN: Check = NumberGaps()
