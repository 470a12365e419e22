"""Addresses that nobody has looked at for long, or that name what is no more."""

from dataclasses import dataclass, field

import numpy as np

from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class Stale:
    """An address of an entity that is retired, or that nobody has made or changed for long."""

    name: str = "stale"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "地址久未更新",
            "en": "Nobody has touched the address for long",
        }
    )
    needs: tuple[Need, ...] = ()
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Addresses untouched for `limits.stale_days`, or whose entity is retired."""
        addresses = evidence.addresses
        days = (np.datetime64(evidence.today) - addresses.touched).astype(np.int64)
        rows = np.flatnonzero((days >= evidence.limits.stale_days) | addresses.retired_links)
        details = [
            {"reason": "entity retired"}
            if addresses.retired_links[row]
            else {"reason": "not touched", "days": int(days[row])}
            for row in rows.tolist()
        ]
        return findings(rows, details)


PLUGIN: Check = Stale()
