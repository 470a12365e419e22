"""Surfaces of city objects as arrays of rings, whatever format they come from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float32, Float64, Int32, Int64, Uint8

NO_KIND: Final = 255
"""In kinds: the source says nothing of the surface."""


class BrokenGeometryError(ValueError):
    """A geometry breaks the rules; the message says which."""


@dataclass(frozen=True, slots=True)
class Paint:
    """How the surfaces of a ring set look."""

    materials: Int32
    """(s,) row of the palette in the making, or `cim.appearance.PLAIN`."""

    uv: Float32 | None
    """(n, 2) texture coordinates of each corner, NaN where there is no texture."""


@dataclass(frozen=True, slots=True)
class RingSet:
    """Surfaces of one geometry as rings, the outer ring of each surface first."""

    lod: str
    xyz: Float64
    """(n, 3) finite corners of all rings; the last of a ring does not repeat the first."""

    sizes: Int64
    """(r,) corners of each ring, 0 or more."""

    counts: Int64
    """(s,) rings of each surface, 1 or more."""

    kinds: Uint8
    """(s,) number of `SURFACE_KINDS` of each surface, or `NO_KIND`."""

    paint: Paint | None = None
    """None: the source tells nothing, or is not asked."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the geometries of a feature hold."""

    ring_sets: tuple[RingSet, ...] = ()
    others: tuple[shapely.Geometry, ...] = ()
    """Points and lines."""

    @property
    def corners(self) -> int:
        """Corners of all rings."""
        return sum(len(rings.xyz) for rings in self.ring_sets)


def normals_of(xyz: Float64, sizes: Int64) -> Float64:
    """(r, 3) normal of each ring, twice its area long (Newell's method).

    Args:
        xyz: (n, 3) corners of all rings.
        sizes: (r,) corners of each ring, 1 or more.
    """
    if not len(sizes):
        return np.zeros((0, 3))
    starts = np.cumsum(sizes) - sizes
    x, y, z = (xyz - np.repeat(xyz[starts], sizes, axis=0)).T
    following = np.arange(1, len(xyz) + 1)
    following[starts + sizes - 1] = starts
    u, v, w = x[following], y[following], z[following]
    crosses = np.stack((y * w - z * v, z * u - x * w, x * v - y * u), axis=1)
    return np.asarray(np.add.reduceat(crosses, starts, axis=0), np.float64)
