"""Surfaces of city objects as arrays of rings, whatever format they come from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float64, Int64, Objects, Uint8

NO_KIND: Final = 255
"""In kinds: the source says nothing of the surface."""


class BrokenGeometryError(ValueError):
    """A geometry breaks the rules; the message says which."""


@dataclass(frozen=True, slots=True)
class RingSet:
    """Surfaces of one level of detail as rings, the outer ring of each surface first."""

    lod: str
    xyz: Float64
    """(n, 3) corners of all rings, without a repeated last corner."""

    sizes: Int64
    """(r,) corners of each ring."""

    surfaces: Int64
    """(r,) surface of each ring, ascending from 0."""

    kinds: Uint8
    """(s,) number of `SURFACE_KINDS` of each surface, or `NO_KIND`."""

    collapsed: int
    """Rings left out because they enclose nothing: fewer than three corners differ."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the geometries of a feature hold."""

    ring_sets: tuple[RingSet, ...] = ()
    others: tuple[shapely.Geometry, ...] = ()
    """Points and lines."""


def polygons_of(rings: RingSet) -> Objects:
    """(s,) shapely Polygon Z of each surface."""
    if not len(rings.sizes):
        return np.zeros(0, object)
    ring_numbers = np.repeat(np.arange(len(rings.sizes)), rings.sizes)
    linear = shapely.linearrings(rings.xyz, indices=ring_numbers)
    return np.asarray(shapely.polygons(linear, indices=rings.surfaces), object)


def normals_of(rings: RingSet) -> Float64:
    """(s, 3) normal of each surface's outer ring, twice its area long (Newell's method)."""
    if not len(rings.sizes):
        return np.zeros((0, 3))
    starts = np.concatenate(([0], np.cumsum(rings.sizes)[:-1])).astype(np.int64)
    here = rings.xyz - np.repeat(rings.xyz[starts], rings.sizes, axis=0)
    following = np.arange(1, len(here) + 1)
    following[starts + rings.sizes - 1] = starts
    crosses = np.cross(here, here[following])
    ring_normals = np.add.reduceat(crosses, starts, axis=0)
    outer = np.flatnonzero(np.diff(rings.surfaces, prepend=-1))
    return np.asarray(ring_normals[outer], np.float64)
