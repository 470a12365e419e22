"""Bodies: triangle meshes as they come, smooth where they state normals and flat elsewhere."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Float32, Float64, Int64, Uint8
from tiles.meshing.mesh import TriangleMesh, facet, facing_of


@dataclass(frozen=True, slots=True)
class BodySet:
    """Bodies of some features, laid end to end, in the frame of a tile."""

    points: Float64
    """(p, 3) metres."""

    features: Int64
    """(p,) feature of each point."""

    triangles: Int64
    """(t, 3) rows of `points`, counter-clockwise seen from outside."""

    classes: Uint8
    """(t,)."""

    materials: Int64 | None
    """(t,) numbers, or None."""

    normals: Float64 | None
    """(p, 3) unit vectors, 0 where triangles are flat; None: everywhere."""

    uv: Float32 | None
    """(p, 2)."""

    colours: Uint8 | None
    """(p, 4)."""


def mesh(bodies: BodySet) -> TriangleMesh:
    """Triangles of bodies: a triangle is flat when one of its points has no normal."""
    count = len(bodies.points)
    places = np.arange(count)
    normals = np.zeros((count, 3)) if bodies.normals is None else bodies.normals
    smooth = TriangleMesh(
        bodies.points,
        normals,
        places,
        places,
        bodies.features,
        bodies.triangles,
        bodies.classes,
        bodies.materials,
        bodies.uv,
        bodies.colours,
    )
    bare = ~normals.any(axis=1)
    flat = bare[bodies.triangles].any(axis=1)
    flat &= facing_of(smooth).any(axis=1)
    return facet(smooth, flat)
