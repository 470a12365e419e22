"""The plan of the sample city: metres from its centre, the bent street grid, and the true CRS.

Three frames are used. *Grid* `(u, v)`: metres along a perfect street grid, in which the city is
designed. *Plan* `(x, y)`: the grid bent and turned, metres east and north of the centre, in which
everything is drawn. *Map*: EPSG:4547 (CGCS2000, 3-degree zone on 114° E), or longitude and
latitude CGCS2000 (EPSG:4490); only the writer leaves the plan.
"""

from hashlib import blake2b
from typing import Final

import numpy as np
import pyproj
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from cim.arrays import Float64

SEED: Final = 20_240_601
PLANE_CRS: Final = "EPSG:4547"
LON_LAT_CRS: Final = "EPSG:4490"
ORIGIN: Final = np.array([528_800.0, 3_380_900.0])
"""Easting and northing of the city's centre in `PLANE_CRS`."""

TURN_RAD: Final = float(np.radians(8.0))
_BEND_M: Final = (70.0, 55.0)
_STEP_M: Final = 25.0


def rng_for(*key: object) -> np.random.Generator:
    """Random numbers that depend on the seed and the key alone, not on what was drawn before."""
    digest = blake2b(repr((SEED, *key)).encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _bend(grid: Float64) -> Float64:
    u, v = grid[:, 0], grid[:, 1]
    return np.column_stack(
        [_BEND_M[0] * np.sin(v / 1150.0 + 0.4), _BEND_M[1] * np.sin(u / 1300.0 - 0.7)]
    )


def to_plan(grid: Float64) -> Float64:
    """(n, 2) plan metres of (n, 2) grid metres."""
    bent = grid + _bend(grid)
    cos, sin = np.cos(TURN_RAD), np.sin(TURN_RAD)
    return np.column_stack(
        [cos * bent[:, 0] - sin * bent[:, 1], sin * bent[:, 0] + cos * bent[:, 1]]
    )


def to_grid(plan: Float64) -> Float64:
    """(n, 2) grid metres of (n, 2) plan metres; the bend is undone by iteration."""
    cos, sin = np.cos(TURN_RAD), np.sin(TURN_RAD)
    bent = np.column_stack(
        [cos * plan[:, 0] + sin * plan[:, 1], cos * plan[:, 1] - sin * plan[:, 0]]
    )
    grid = bent
    for _ in range(8):
        grid = bent - _bend(grid)
    return grid


def grid_point(geometry: BaseGeometry) -> tuple[float, float]:
    """Grid metres of a plan geometry's centroid."""
    centre = geometry.centroid
    u, v = to_grid(np.array([[centre.x, centre.y]]))[0]
    return float(u), float(v)


def plan_line(grid: Float64) -> LineString:
    """A grid polyline in the plan, bent with the grid."""
    line = shapely.segmentize(LineString(grid), _STEP_M)
    return LineString(to_plan(shapely.get_coordinates(line))).simplify(0.2)


def plan_polygon(grid: Float64) -> Polygon:
    """A grid ring in the plan, bent with the grid."""
    ring = shapely.segmentize(Polygon(grid), _STEP_M)
    return Polygon(to_plan(shapely.get_coordinates(ring))).simplify(0.2)


def to_plane(geometries: list[BaseGeometry]) -> list[BaseGeometry]:
    """Plan geometries in `PLANE_CRS`, easting first, to the millimetre."""
    moved = shapely.transform(
        np.array(geometries, dtype=object), lambda xy: np.round(xy + ORIGIN, 3)
    )
    return list(moved)


def to_lon_lat(geometries: list[BaseGeometry]) -> list[BaseGeometry]:
    """Plan geometries in degrees CGCS2000, longitude first, to 1e-9 degree (0.1 mm)."""
    transform = pyproj.Transformer.from_crs(PLANE_CRS, LON_LAT_CRS, always_xy=True).transform

    def convert(xy: Float64) -> Float64:
        east, north = (xy + ORIGIN).T
        return np.round(np.column_stack(transform(east, north)), 9)

    return list(shapely.transform(np.array(geometries, dtype=object), convert))
