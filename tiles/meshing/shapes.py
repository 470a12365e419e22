"""Features whose polygons are settled: cleaned, oriented and cut into triangles."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64, Uint8
from tiles.meshing import polygons as rings
from tiles.meshing import ragged
from tiles.meshing.polygons import Polygons

METRES_PER_DEGREE = 6_371_008.8 * np.pi / 180
"""On a sphere of the Earth's mean radius: close enough to see which way corners turn."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Settled features, in no particular order, with the rows of the input they come from."""

    rows: Int64
    """(n,) row of the input that each feature comes from; rows left out were not usable."""

    polygons: Polygons
    """n features; longitudes may pass 180 degrees where a feature crosses the antimeridian."""

    classes: Uint8
    """(q,) surface class of each polygon."""

    triangles: Int64
    """(t, 3) rows of the polygons' positions, sorted by feature."""

    triangle_offsets: Int64
    """(n + 1,) features as rows of `triangles`."""

    changed: Bool
    """(n,) a fault was mended or is shown as it is: a ring crosses itself."""

    materials: Int64 | None = None
    """(q,) number of each polygon's material, None where all are plain."""

    dropped: Bool | None = None
    """(n,) a surface without area was left out; None: nowhere."""


def empty(dimension: int) -> Shapes:
    """No features, their positions with so many coordinates."""
    none, one = np.zeros(0, np.int64), np.zeros(1, np.int64)
    polygons = Polygons(np.zeros((0, dimension)), one, one, one)
    return Shapes(none, polygons, np.zeros(0, np.uint8), none.reshape(0, 3), one, none == 1)


def join(parts: tuple[Shapes, ...]) -> Shapes:
    """The plain features of all parts, part after part; there is at least one part."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(part.polygons.positions) for part in parts[:-1])])
    return Shapes(
        np.concatenate([part.rows for part in parts]),
        rings.join(tuple(part.polygons for part in parts)),
        np.concatenate([part.classes for part in parts]),
        np.concatenate([part.triangles + at for part, at in zip(parts, starts, strict=True)]),
        ragged.offsets_of(np.concatenate([np.diff(part.triangle_offsets) for part in parts])),
        np.concatenate([part.changed for part in parts]),
    )


def without_wraps(polygons: Polygons) -> Polygons:
    """The same with the longitudes of a feature within 180 degrees of its first one."""
    first, positions = _anchors(polygons), polygons.positions
    turns = np.round((positions[:, 0] - first[:, 0]) / 360)
    if not turns.any():
        return polygons
    unwrapped = np.column_stack((positions[:, 0] - 360 * turns, positions[:, 1:]))
    return Polygons(
        unwrapped, polygons.ring_offsets, polygons.polygon_offsets, polygons.feature_offsets
    )


def local_metres(polygons: Polygons) -> Float64:
    """(p, 2 or 3) positions in metres about the first point of their feature."""
    first = _anchors(polygons)
    away = polygons.positions - first
    return np.column_stack(
        (
            away[:, 0] * (METRES_PER_DEGREE * np.cos(np.radians(first[:, 1]))),
            away[:, 1] * METRES_PER_DEGREE,
            away[:, 2:3],
        )
    )


def _anchors(polygons: Polygons) -> Float64:
    """(p, …) first point of the feature that owns each point."""
    starts = polygons.feature_points
    filled = starts[:-1] < starts[1:]
    return polygons.positions[starts[:-1][filled]].repeat(np.diff(starts)[filled], axis=0)
