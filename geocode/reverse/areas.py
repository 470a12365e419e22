"""Areas of divisions: large polygons, few of them, found by boxes and tested when prepared."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Int64, Objects

_POLYGONS: Final = (3, 6)
"""Shapely's numbers of polygon and multipolygon."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Polygons, each known by its place among those given."""

    owners: Int64
    """(n,) places of the polygons among the geometries given."""

    tree: shapely.STRtree

    @classmethod
    def of(cls, geometry: Objects) -> "Areas":
        """Areas of polygons in lon/lat degrees; what is no polygon is left out."""
        kept = np.isin(shapely.get_type_id(geometry), _POLYGONS) & ~shapely.is_empty(geometry)
        shapely.prepare(geometry[kept])
        return cls(np.flatnonzero(kept), shapely.STRtree(geometry[kept]))

    def holding(self, lon: float, lat: float) -> list[int]:
        """Places of the polygons that hold a point, their edges included."""
        here = shapely.Point(lon, lat)
        rows = self.tree.query(here)
        held = shapely.intersects_xy(self.tree.geometries[rows], lon, lat)
        return [int(place) for place in np.sort(self.owners[rows[held]])]
