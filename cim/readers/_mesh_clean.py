"""Meshes fit to be drawn, from parts as files state them."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float32, Float64
from cim.bodies import Mesh
from cim.readers._mesh_scene import Part

OUT_OF_RANGE = "triangles name a vertex that is not there, left out"
NOT_FINITE = "triangles have a vertex that is not a finite number, left out"
FLAT = "triangles without area, left out"

_THIN = 1e-12
"""A triangle whose doubled area is below this share of its longest side squared is a line."""

_LONGEST = 1e15
"""Coordinates beyond this are no lengths: their squares would not be finite."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A part after the check."""

    mesh: Mesh | None
    """None when no triangle is left."""

    dropped: Counter[str]
    """Triangles left out, by why."""


def clean(part: Part) -> Cleaned:
    """The triangles of a part that can be drawn, with the vertices they use."""
    keep, dropped = np.ones(len(part.triangles), np.bool_), Counter[str]()
    count = len(part.positions)
    outside = ((part.triangles < 0) | (part.triangles >= count)).any(axis=1)
    keep &= ~outside
    with np.errstate(invalid="ignore"):
        endless = ~(np.abs(part.positions) < _LONGEST).all(axis=1)
    broken = keep.copy()
    broken[keep] = endless[part.triangles[keep]].any(axis=1)
    keep &= ~broken
    flat = keep.copy()
    flat[keep] = _without_area(part.positions[part.triangles[keep]])
    keep &= ~flat
    for reason, rows in ((OUT_OF_RANGE, outside), (NOT_FINITE, broken), (FLAT, flat)):
        if rows.any():
            dropped[reason] = int(rows.sum())
    return Cleaned(_compact(part, keep) if keep.any() else None, dropped)


def _without_area(corners: Float64) -> Bool:
    """(t,) whether triangles (t, 3, 3) are points or lines."""
    sides = np.roll(corners, -1, axis=1) - corners
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    longest = (sides**2).sum(axis=2).max(axis=1, initial=0.0)
    return np.asarray(doubled <= _THIN * longest)


def _compact(part: Part, keep: Bool) -> Mesh:
    """The kept triangles and the vertices they use."""
    triangles = part.triangles[keep]
    used = np.zeros(len(part.positions), np.bool_)
    used[triangles] = True
    return Mesh(
        positions=part.positions[used],
        triangles=triangles if used.all() else (np.cumsum(used) - 1)[triangles],
        materials=part.materials[keep],
        normals=None if part.normals is None else _unit(part.normals[used]),
        uv=None if part.uv is None else np.nan_to_num(part.uv[used]),
        colours=None if part.colours is None else part.colours[used],
    )


def _unit(normals: Float64) -> Float32 | None:
    """Normals of length 1; None when one has no direction, so that all triangles are flat."""
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.linalg.norm(normals, axis=1, keepdims=True)
    if not (np.isfinite(length) & (length > 0)).all():
        return None
    return (normals / length).astype(np.float32)
