"""Two addresses that say the same."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class DuplicateText:
    """An address whose text another one has; among them what waits in the queue."""

    name: str = "duplicate_text"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "地址文本重复",
            "en": "Another address has the same text",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """All but the first of the addresses with one text; valid ones come before drafts."""
        addresses = evidence.addresses
        _, group, counts = np.unique(addresses.keys, return_inverse=True, return_counts=True)
        rows = np.flatnonzero(counts[group] > 1)
        rows = rows[np.lexsort((rows, addresses.drafts[rows]))]
        first: dict[str, int] = {}
        told: list[tuple[int, dict[str, str]]] = []
        for row in rows.tolist():
            other = first.setdefault(addresses.texts[row], row)
            if other != row:
                told.append((row, {"same_as": addresses.codes[other]}))
        told.sort(key=lambda pair: pair[0])
        return findings([row for row, _ in told], [detail for _, detail in told])


PLUGIN: Check = DuplicateText()
