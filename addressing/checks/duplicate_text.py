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
        rows = np.arange(len(addresses.codes))
        order = np.lexsort((rows, addresses.drafts, addresses.turns, addresses.keys))
        keys, turns = addresses.keys[order], addresses.turns[order]
        starts = np.ones(len(order), bool)
        starts[1:] = (keys[1:] != keys[:-1]) | (turns[1:] != turns[:-1])
        first = order[np.maximum.accumulate(np.where(starts, rows, 0))]
        found, same = order[~starts], first[~starts]
        kept = np.argsort(found)
        codes = [addresses.codes[row] for row in same[kept].tolist()]
        return findings(found[kept], [{"same_as": code} for code in codes])


PLUGIN: Check = DuplicateText()
