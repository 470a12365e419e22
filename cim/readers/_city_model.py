"""What a city object looks like: its surfaces per level of detail, its footprint, its height."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Objects, Uint8
from cim.features import SURFACE_KINDS
from cim.geometry import sound
from cim.readers._city_rings import NO_KIND, RingSet, Shapes, normals_of, polygons_of

_CONSTRUCTIONS: Final = re.compile(r"Building|Bridge|Tunnel|OtherConstruction")
_LYING: Final = re.compile(
    r"LandUse|Road|Railway|Square|Waterway|WaterBody|TransportSquare|TINRelief"
)
_GROUND, _WALL, _ROOF = (SURFACE_KINDS.index(kind) for kind in ("ground", "wall", "roof"))

_FLAT: Final = "0"
"""First digit of the level of detail of outlines: a construction told by it alone has no body."""

_STEEP: Final = np.cos(np.radians(75.0))
"""Vertical share of the normal below which a surface is a wall: steeper than 75 degrees."""

_GROUND_SHARE: Final = 0.25
_GROUND_M: Final = 1.0
"""A downward surface is ground up to this height above the lowest point, or that share of all."""


@dataclass(frozen=True, slots=True)
class Model:
    """A city object with its parts."""

    footprint: shapely.Geometry | None
    lods: tuple[str, ...]
    """Levels of detail with surfaces, coarsest first."""

    surfaces: tuple[shapely.Geometry, ...]
    """A MultiPolygon Z for each of `lods`."""

    kinds: tuple[Uint8, ...]
    ground_elevation_m: float | None
    height_m: float | None
    """Height of the finest level of detail; None for what lies on the ground."""

    collapsed: int
    """Rings left out because they enclose nothing."""


def model_of(object_type: str, shapes: Iterable[Shapes]) -> Model:
    """The model of a city object, from its own shapes and those of its parts."""
    parts = list(shapes)
    sets = _by_lod([ring_set for part in parts for ring_set in part.ring_sets])
    others = [shape for part in parts for shape in part.others]
    collapsed = sum(rings.collapsed for part in parts for rings in part.ring_sets)
    if not sets:
        return Model(_collected(others), (), (), (), _lowest(others), None, collapsed)
    stands = _CONSTRUCTIONS.search(object_type) is not None
    polygons = [polygons_of(rings) for rings in sets]
    kinds = [_kinds(rings, by_normal=stands) for rings in sets]
    if stands and all(rings.lod.startswith(_FLAT) for rings in sets):
        footprint = _footprint(polygons, kinds, stands=stands)
        return Model(footprint, (), (), (), float(sets[-1].xyz[:, 2].min()), None, collapsed)
    low, high = sets[-1].xyz[:, 2].min(), sets[-1].xyz[:, 2].max()
    return Model(
        footprint=_footprint(polygons, kinds, stands=stands),
        lods=tuple(rings.lod for rings in sets),
        surfaces=tuple(shapely.multipolygons(some) for some in polygons),
        kinds=tuple(kinds),
        ground_elevation_m=float(low),
        height_m=None if _LYING.search(object_type) else float(high - low),
        collapsed=collapsed,
    )


def _by_lod(sets: list[RingSet]) -> list[RingSet]:
    """One set for each level of detail, coarsest first; a building's own and its parts' joined."""
    filled = [rings for rings in sets if len(rings.sizes)]
    lods = sorted({rings.lod for rings in filled})
    return [_joined([rings for rings in filled if rings.lod == lod]) for lod in lods]


def _joined(sets: list[RingSet]) -> RingSet:
    if len(sets) == 1:
        return sets[0]
    counts = [len(rings.kinds) for rings in sets]
    firsts = np.cumsum([0, *counts[:-1]])
    shifted = [rings.surfaces + first for rings, first in zip(sets, firsts, strict=True)]
    return RingSet(
        lod=sets[0].lod,
        xyz=np.concatenate([rings.xyz for rings in sets]),
        sizes=np.concatenate([rings.sizes for rings in sets]),
        surfaces=np.concatenate(shifted),
        kinds=np.concatenate([rings.kinds for rings in sets]),
        collapsed=sum(rings.collapsed for rings in sets),
    )


def _kinds(rings: RingSet, *, by_normal: bool) -> Uint8:
    """Kinds the source states, and for a construction those that its normals suggest."""
    untold = rings.kinds == NO_KIND
    if not untold.any():
        return rings.kinds
    guessed = _kinds_by_normal(rings) if by_normal else np.zeros_like(rings.kinds)
    return np.where(untold, guessed, rings.kinds)


def _kinds_by_normal(rings: RingSet) -> Uint8:
    """Ground below, roof above, walls between, from the direction of outward normals."""
    normals = normals_of(rings)
    length = np.linalg.norm(normals, axis=1)
    upward = np.divide(normals[:, 2], length, out=np.zeros_like(length), where=length > 0)
    kinds = np.full(len(upward), _WALL, np.uint8)
    kinds[upward > _STEEP] = _ROOF
    kinds[(upward < -_STEEP) & _is_low(rings)] = _GROUND
    return kinds


def _is_low(rings: RingSet) -> Bool:
    """Whether each surface lies wholly near the lowest point."""
    z = rings.xyz[:, 2]
    outer = np.flatnonzero(np.diff(rings.surfaces, prepend=-1))
    starts = np.cumsum(rings.sizes) - rings.sizes
    tops = np.maximum.reduceat(z, starts[outer])
    limit = z.min() + max(_GROUND_M, _GROUND_SHARE * (z.max() - z.min()))
    return np.asarray(tops <= limit, np.bool_)


def _footprint(
    polygons: list[Objects], kinds: list[Uint8], *, stands: bool
) -> shapely.Geometry | None:
    """Where the object meets the ground: its ground surfaces, finest first, else its outline."""
    if stands:
        for some, kind in zip(reversed(polygons), reversed(kinds), strict=True):
            ground = _union(some[kind == _GROUND])
            if ground is not None:
                return ground
    outline = _union(polygons[-1])
    return polygons[-1][0] if outline is None else outline


def _union(polygons: Objects) -> shapely.Geometry | None:
    """Polygons seen from above as one valid MultiPolygon; None when they have no area."""
    flat = shapely.force_2d(polygons)
    flat = flat[shapely.area(flat) > 0]
    if not len(flat):
        return None
    union = sound(flat[0]) if len(flat) == 1 else shapely.union_all(shapely.make_valid(flat))
    parts = [part for part in shapely.get_parts(union) if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts) if parts else None


def _collected(shapes: list[shapely.Geometry]) -> shapely.Geometry | None:
    """Points and lines of an object without surfaces, as one geometry."""
    if not shapes:
        return None
    return shapes[0] if len(shapes) == 1 else shapely.geometrycollections(shapes)


def _lowest(shapes: list[shapely.Geometry]) -> float | None:
    heights: Float64 = shapely.get_coordinates(shapes, include_z=True)[:, 2]
    return float(heights.min()) if len(heights) else None
