"""Addresses that belong to nothing in the city."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from addressing.checks._near import degrees, placed_points
from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class AddressWithoutEntity:
    """A valid address without a link to an entity and far from every building."""

    name: str = "address_without_entity"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "地址无关联实体",
            "en": "An address belongs to no entity",
        }
    )
    needs: tuple[Need, ...] = ("buildings",)
    about: Subject = "addresses"

    def find(self, evidence: Evidence) -> Findings:
        """Addresses without link, and with no building within `limits.near_m` of the door."""
        addresses, buildings = evidence.addresses, evidence.buildings
        if buildings is None:
            return findings([], [])
        rows, points = placed_points(addresses)
        near = degrees(evidence.limits.near_m, points)
        tree = shapely.STRtree(buildings.polygons)
        hit = tree.query(points, predicate="dwithin", distance=near)[0]
        bare = ~addresses.linked & ~addresses.drafts
        bare[rows[np.unique(hit)]] = False
        placed = np.isfinite(addresses.lon_lat).all(axis=1)
        found = np.flatnonzero(bare)
        reasons = {True: "no building near the door", False: "no door point"}
        return findings(found, [{"reason": reasons[bool(placed[row])]} for row in found.tolist()])


PLUGIN: Check = AddressWithoutEntity()
