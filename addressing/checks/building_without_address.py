"""Buildings that no address names and in which no door stands."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from addressing.checks._near import degrees, placed_points
from addressing.checks.base import Check, Evidence, Findings, Need, Subject, findings


@dataclass(frozen=True, slots=True)
class BuildingWithoutAddress:
    """A building without an address by link and without a door on or near its footprint."""

    name: str = "building_without_address"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "建筑无地址",
            "en": "A building has no address",
        }
    )
    needs: tuple[Need, ...] = ("buildings",)
    about: Subject = "buildings"

    def find(self, evidence: Evidence) -> Findings:
        """Buildings with no door within `limits.near_m`."""
        buildings = evidence.buildings
        if buildings is None:
            return findings([], [])
        _, points = placed_points(evidence.addresses)
        bare = np.flatnonzero(~buildings.linked)
        near = degrees(evidence.limits.near_m, points)
        tree = shapely.STRtree(points)
        hit = tree.query(buildings.polygons[bare], predicate="dwithin", distance=near)[0]
        rows = np.delete(bare, np.unique(hit))
        return findings(rows, [{"entity": buildings.entities[row]} for row in rows.tolist()])


PLUGIN: Check = BuildingWithoutAddress()
