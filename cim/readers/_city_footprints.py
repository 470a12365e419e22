"""Where city objects meet the ground, as valid polygons seen from above."""

from typing import Final

import numpy as np
import shapely
from shapely.errors import GEOSException

from cim.arrays import Bool, Int64, Objects, Uint8
from cim.features import SURFACE_KINDS
from cim.geometry import sound
from cim.readers._city_surfaces import Faces

_GROUND: Final = SURFACE_KINDS.index("ground")
_AREA_SHARE: Final = 1e-6
"""By which the area of a union may differ from the sum of its parts, when none overlap."""


def footprints_of(faces: Faces, polygons: Objects, kinds: Uint8, stands: Bool) -> Objects:
    """(f,) footprint of each feature; None where it has no surfaces.

    A construction stands on its ground surfaces, those of the finest level of detail that has
    any; anything else, and a construction without ground, lies under the outline of its finest.

    Args:
        faces: Surfaces of the features.
        polygons: (s,) Polygon Z of each.
        kinds: (s,) numbers of `SURFACE_KINDS`.
        stands: (f,) whether each feature is a construction.
    """
    footprints = np.full(len(stands), None, object)
    owners = faces.feature[faces.row]
    ground = np.flatnonzero((kinds == _GROUND) & stands[owners])
    features, unions = _unions(faces, polygons, ground)
    footprints[features] = unions
    told = np.zeros(len(stands), np.bool_)
    told[features] = True
    rest = np.flatnonzero(~told[owners] & _is_finest(faces)[faces.row])
    alone, firsts = np.unique(owners[rest], return_index=True)
    footprints[alone] = polygons[rest[firsts]]
    features, unions = _unions(faces, polygons, rest)
    footprints[features] = unions
    return footprints


def _is_finest(faces: Faces) -> Bool:
    """(m,) whether each row is the finest level of detail of its feature."""
    return np.append(np.diff(faces.feature) > 0, True)[: len(faces.feature)]


def _unions(faces: Faces, polygons: Objects, surfaces: Int64) -> tuple[Int64, Objects]:
    """Features and, of the finest row of each that has area, the union of some surfaces."""
    flat = np.asarray(shapely.force_2d(polygons[surfaces]), object)
    has_area = shapely.area(flat) > 0
    flat, rows = flat[has_area], faces.row[surfaces[has_area]]
    owners = faces.feature[rows]
    _, firsts, counts = np.unique(owners, return_index=True, return_counts=True)
    finest = rows == np.repeat(rows[firsts + counts - 1], counts)
    flat, owners = flat[finest], owners[finest]
    features, firsts, counts = np.unique(owners, return_index=True, return_counts=True)
    unions = np.full(len(features), None, object)
    first = flat[firsts]
    plain = (counts == 1) & shapely.is_valid(first)
    unions[plain] = shapely.multipolygons(first[plain], indices=np.arange(np.sum(plain)))
    for number in np.flatnonzero(~plain).tolist():
        unions[number] = _union(flat[firsts[number] : firsts[number] + counts[number]])
    found = np.array([union is not None for union in unions.tolist()], np.bool_)
    return features[found], unions[found]


def _union(flat: Objects) -> shapely.Geometry | None:
    """Polygons as one valid MultiPolygon; None when no polygon is left."""
    union = _mended(flat[0]) if len(flat) == 1 else _joined(flat)
    parts = [part for part in shapely.get_parts(union).tolist() if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts) if parts else None


def _joined(flat: Objects) -> shapely.Geometry:
    """The union of some polygons; fast where they share their edges and nothing else."""
    total = shapely.area(flat).sum()
    try:
        union = shapely.coverage_union_all(flat)
    except GEOSException:
        union = None
    if union is not None and union.is_valid and abs(union.area - total) <= _AREA_SHARE * total:
        return union
    valid = shapely.is_valid(flat)
    sounds = [one if fine else _mended(one) for one, fine in zip(flat, valid, strict=True)]
    return shapely.union_all(sounds)


def _mended(polygon: shapely.Polygon) -> shapely.Geometry:
    """A polygon made valid; holes take away from it, wherever they lie."""
    if not len(polygon.interiors):
        return sound(polygon)
    outer = sound(shapely.Polygon(polygon.exterior))
    holes = [sound(shapely.Polygon(hole)) for hole in polygon.interiors]
    return outer.difference(shapely.union_all(holes))
