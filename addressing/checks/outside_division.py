"""Doors that lie in another division than the address says."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class OutsideDivision:
    """A door whose place and text disagree about the division."""

    name: str = "outside_division"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "门址点不在所属区划内",
            "en": "The door lies outside its division",
        }
    )
    needs: tuple[Need, ...] = ("boundaries",)
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Doors in another division, or in none, than that of the address."""
        addresses, elements = evidence.addresses, evidence.elements
        if evidence.boundaries is None:
            return findings([], [])
        rows = elements.divisions(elements.rows(addresses.named["division"]))
        placed = np.flatnonzero(np.isfinite(addresses.lon_lat).all(axis=1) & (rows >= 0))
        told = [elements.codes[row] for row in rows[placed].tolist()]
        found = evidence.boundaries.disagreements(addresses.lon_lat[placed], told)
        return findings(
            placed[[one.row for one in found]],
            [{"told": one.told, "found": one.found} for one in found],
        )


PLUGIN: Check = OutsideDivision()
