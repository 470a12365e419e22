"""What city objects look like: surfaces per level of detail, footprints, heights."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, pairwise
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects, Uint8
from cim.features import SURFACE_KINDS, Surfaces
from cim.readers._city_footprints import footprints_of
from cim.readers._city_rings import Shapes
from cim.readers._city_surfaces import (
    Faces,
    faces_of,
    heights_of,
    kinds_of,
    looks_of,
    polygons_of,
)

_CONSTRUCTIONS: Final = re.compile(r"Building|Bridge|Tunnel|OtherConstruction")
_LYING: Final = re.compile(
    r"LandUse|Road|Railway|Square|Waterway|WaterBody|TransportSquare|TINRelief"
)
_KIND_OF_TYPES: Final = {
    "water": re.compile(r"Water"),
    "traffic": re.compile(r"Road|Railway|Track|Square|Transport"),
    "plant": re.compile(r"Vegetation|PlantCover"),
    "land": re.compile(r"LandUse|Relief"),
}
"""Kinds of surfaces by the types of objects that are made of them."""

_FLAT: Final = "0"
"""First digit of the level of detail of outlines: a construction told by it alone has no body."""


@dataclass(frozen=True, slots=True)
class Models:
    """City objects with their parts."""

    footprints: Objects
    """(f,) polygons seen from above; points and lines where there are no surfaces, or None."""

    surfaces: Surfaces
    ground_elevation_m: Float64
    """(f,) lowest point of the finest level of detail; NaN where there is no geometry."""

    height_m: Float64
    """(f,) height of the finest level of detail; NaN for what lies on the ground."""

    collapsed: Int64
    """(f,) rings left out because they enclose nothing."""


def models_of(types: Sequence[str], shapes: Sequence[Sequence[Shapes]]) -> Models:
    """The models of some city objects.

    Args:
        types: Type of each object, such as `Building`.
        shapes: Shapes of each object and of its parts.
    """
    faces = faces_of([[one for part in parts for one in part.ring_sets] for parts in shapes])
    stands = np.array([_stands(kind) for kind in types], np.bool_)
    polygons = polygons_of(faces)
    usual = np.array([_usual_kind(kind) for kind in types], np.uint8)
    kinds = kinds_of(faces, stands[faces.feature], usual[faces.feature])
    footprints = footprints_of(faces, polygons, kinds, stands)
    has_surfaces = np.zeros(len(types), np.bool_)
    has_surfaces[faces.feature] = True
    others = [[one for part in parts for one in part.others] for parts in shapes]
    low, height = _extents(faces, types)
    for number in np.flatnonzero(~has_surfaces).tolist():
        footprints[number] = _collected(others[number])
        low[number] = _lowest(others[number])
    flat = stands & ~_has_body(faces, len(types))
    height[flat] = np.nan
    return Models(
        footprints=footprints,
        surfaces=_surfaces(faces, polygons, kinds, ~flat[faces.feature]),
        ground_elevation_m=low,
        height_m=height,
        collapsed=faces.collapsed,
    )


@lru_cache(maxsize=1024)
def _stands(kind: str) -> bool:
    """Whether a type is a construction, which stands on the ground."""
    return _CONSTRUCTIONS.search(kind) is not None


@lru_cache(maxsize=1024)
def _usual_kind(object_type: str) -> int:
    """Number of `SURFACE_KINDS` of the surfaces of an object that is not a construction."""
    found = (kind for kind, types in _KIND_OF_TYPES.items() if types.search(object_type))
    return SURFACE_KINDS.index(next(found, "unknown"))


def _has_body(faces: Faces, count: int) -> Bool:
    """(f,) whether each feature has a level of detail that is more than an outline."""
    bodies = np.array([not lod.startswith(_FLAT) for lod in faces.lod], np.bool_)
    found = np.zeros(count, np.bool_)
    found[faces.feature[bodies]] = True
    return found


def _extents(faces: Faces, types: Sequence[str]) -> tuple[Float64, Float64]:
    """(f,) lowest point, and (f,) height, of the finest level of detail of each feature."""
    low, high = heights_of(faces)
    lowest, height = np.full(len(types), np.nan), np.full(len(types), np.nan)
    lowest[faces.feature] = low
    height[faces.feature] = high - low
    height[[_LYING.search(kind) is not None for kind in types]] = np.nan
    return lowest, height


def _surfaces(faces: Faces, polygons: Objects, kinds: Uint8, keep: Bool) -> Surfaces:
    """The rows to keep as surfaces of features."""
    by_row = [kinds[first:end] for first, end in pairwise(faces.row_bounds.tolist())]
    geometry = np.zeros(0, object)
    if by_row:
        geometry = np.asarray(shapely.multipolygons(polygons, indices=faces.row), object)
    looks = tuple(compress(looks_of(faces), keep))
    return Surfaces(
        feature=faces.feature[keep],
        lod=tuple(compress(faces.lod, keep)),
        geometry=geometry[keep],
        kinds=tuple(compress(by_row, keep)),
        looks=looks if any(look is not None for look in looks) else (),
    )


def _collected(shapes: list[shapely.Geometry]) -> shapely.Geometry | None:
    """Points and lines of an object without surfaces, as one geometry."""
    if not shapes:
        return None
    return shapes[0] if len(shapes) == 1 else shapely.geometrycollections(shapes)


def _lowest(shapes: list[shapely.Geometry]) -> float:
    heights: Float64 = shapely.get_coordinates(shapes, include_z=True)[:, 2]
    return float(heights.min()) if len(heights) else np.nan
