"""Elements without what they must lie in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from addressing.checks.base import (
    DEPTH,
    AddressTable,
    Check,
    ElementTable,
    Evidence,
    Findings,
    Need,
    Subject,
    findings,
)
from cim.arrays import Bool, Int64

_INSIDE = (
    ("alley", ("lane", "road", "community", "natural_village", "group"), "road"),
    ("unit", ("building", "number", "poi", "compound", "estate"), "building"),
    ("floor", ("building", "number", "poi", "compound", "estate"), "building"),
    ("room", ("building", "number", "unit", "poi", "compound", "estate"), "building"),
)
"""Type, those of which it needs one, and the type that a message names."""


@dataclass(frozen=True, slots=True)
class MissingParent:
    """An address one of whose elements lies in nothing, or in what is no more."""

    name: str = "missing_parent"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "上级要素缺失",
            "en": "An element lacks the one it lies in",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """One finding an address; the first reason that holds."""
        told: dict[int, dict[str, str]] = {}
        for found, detail in (
            *_broken_chains(evidence.addresses, evidence.elements),
            *_loose(evidence.addresses),
        ):
            for row in np.flatnonzero(found).tolist():
                told.setdefault(row, detail)
        rows = sorted(told)
        return findings(rows, [told[row] for row in rows])


def _broken_chains(
    addresses: AddressTable, elements: ElementTable
) -> Iterator[tuple[Bool, dict[str, str]]]:
    """Addresses by the broken element of their chain, and what is broken."""
    broken = _broken(elements)
    for kind, ids in addresses.named.items():
        rows = elements.rows(ids)
        yield (ids > 0) & (rows < 0), {"element": kind, "reason": "missing"}
        at = np.where(rows >= 0, broken[rows] if len(broken) else -1, -1)
        for row in np.unique(at[at >= 0]).tolist():
            reason = "lies in nothing" if elements.valid[row] else "retired"
            detail = {
                "element": elements.kinds[row],
                "code": elements.codes[row],
                "name": elements.names[row],
                "reason": reason,
            }
            yield at == row, detail


def _broken(elements: ElementTable) -> Int64:
    """Row of the element at which the way upward from each breaks, -1 where it does not."""
    count = len(elements.ids)
    up = elements.rows(elements.parents)
    fault = ~elements.valid | ((elements.parents != 0) & (up < 0))
    broken, here = np.full(count, -1, np.int64), np.arange(count)
    for _ in range(DEPTH):
        new = (here >= 0) & (broken < 0) & fault[here]
        broken[new] = here[new]
        here = np.where(here >= 0, up[here], -1)
    return broken


def _loose(addresses: AddressTable) -> Iterator[tuple[Bool, dict[str, str]]]:
    """Addresses with a small element and none of those that could hold it."""
    for kind, holders, wanted in _INSIDE:
        held = np.zeros(len(addresses.codes), bool)
        for holder in holders:
            if holder in addresses.present:
                held |= addresses.present[holder]
            elif holder in addresses.named:
                held |= addresses.named[holder] > 0
            else:
                held |= addresses.named["division"] > 0 if kind == "alley" else False
        yield addresses.present[kind] & ~held, {"element": kind, "reason": f"no {wanted}"}


PLUGIN: Check = MissingParent()
