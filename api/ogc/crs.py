"""Coordinate reference systems at the OGC edge: URIs, axis order and transformation.

Inside, x is always east or longitude. A URI of an EPSG code promises the axis order of its
register, so northing-first systems are swapped here, at the edge, and nowhere else.
Source: OGC 18-058r1 (Features Part 2), clauses 6.2-6.4.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from api.errors import ParameterError
from cim.arrays import Objects
from cim.catalog import Bounds, Layer

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_URI = "http://www.opengis.net/def/crs/EPSG/0/"
COMMON = ("OGC:CRS84", "EPSG:4326", "EPSG:4490", "EPSG:3857")
"""Systems that every layer is offered in."""

GEOGRAPHIC_DECIMALS = 8
"""About 1 mm."""
PROJECTED_DECIMALS = 3

ZONE_WIDTH_DEG = 3
FIRST_ZONE_MERIDIAN, LAST_ZONE_MERIDIAN = 75, 135
FIRST_ZONE_EPSG = 4534
"""CGCS2000 / 3-degree Gauss-Kruger CM 75E; one code for each following zone."""


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate reference system that clients may ask for."""

    code: str
    """`OGC:CRS84` or `EPSG:<code>`."""

    uri: str
    north_first: bool
    """Whether coordinates go out northing or latitude first."""

    decimals: int

    def __str__(self) -> str:
        """The code."""
        return self.code


@functools.lru_cache(maxsize=256)
def crs_of(code: str) -> Crs:
    """The system of an authority code."""
    system = pyproj.CRS.from_user_input(code)
    uri = CRS84_URI if code == COMMON[0] else f"{EPSG_URI}{code.removeprefix('EPSG:')}"
    north_first = system.axis_info[0].direction.lower() in {"north", "south"}
    decimals = GEOGRAPHIC_DECIMALS if system.is_geographic else PROJECTED_DECIMALS
    return Crs(code, uri, north_first, decimals)


CRS84 = "OGC:CRS84"


def local_zone(bounds: Bounds | None) -> str | None:
    """Code of the CGCS2000 3-degree zone around the middle of the bounds, None outside China."""
    if bounds is None:
        return None
    meridian = round((bounds[0] + bounds[2]) / 2 / ZONE_WIDTH_DEG) * ZONE_WIDTH_DEG
    if not FIRST_ZONE_MERIDIAN <= meridian <= LAST_ZONE_MERIDIAN or bounds[1] < 0:
        return None
    return f"EPSG:{FIRST_ZONE_EPSG + (meridian - FIRST_ZONE_MERIDIAN) // ZONE_WIDTH_DEG}"


def supported(layer: Layer) -> tuple[Crs, ...]:
    """The systems a layer is offered in, CRS84 first."""
    zone = local_zone(layer.bounds)
    codes = (*COMMON, layer.crs, *([zone] if zone else []))
    return tuple(crs_of(code) for code in dict.fromkeys(codes))


def find(layer: Layer, field: str, text: str) -> Crs:
    """The offered system that a parameter names by URI.

    Raises:
        ParameterError: The layer is not offered in it.
    """
    systems = supported(layer)
    for system in systems:
        if system.uri == text:
            return system
    legal = ", ".join(system.uri for system in systems)
    raise ParameterError(field, f"{text!r} is not offered; legal: {legal}")


@functools.lru_cache(maxsize=256)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def is_same_ground(source: str, target: str) -> bool:
    """Whether x, y are equal numbers in both: the same system, or lon/lat on WGS 84 and CGCS2000.

    The two datums agree to centimetres, and no published transformation between them exists.
    """
    lon_lat = {"OGC:CRS84", "EPSG:4326", "EPSG:4490"}
    return source == target or {source, target} <= lon_lat


def transform(geometry: Objects, source: str, target: Crs) -> Objects:
    """Geometries of storage CRS `source` in the axis order and precision of `target`."""
    moved = shapely.transform(geometry, _mover(source, target), include_z=None)
    return np.asarray(moved, dtype=object)


def _mover(source: str, target: Crs) -> Callable[[np.ndarray], np.ndarray]:
    same = is_same_ground(source, target.code)
    transformer = None if same else _transformer(source, target.code)

    def move(coordinates: np.ndarray) -> np.ndarray:
        x, y = coordinates[:, 0], coordinates[:, 1]
        if transformer is not None:
            x, y = transformer.transform(x, y)
        first, second = (y, x) if target.north_first else (x, y)
        plane = np.column_stack([first, second]).round(target.decimals)
        heights = coordinates[:, 2:].round(PROJECTED_DECIMALS)
        return np.hstack([plane, heights])

    return move


def bounds_to(corners: Bounds, source: Crs, target: str) -> Bounds:
    """Bounds given in the axis order of `source` as x-first bounds in CRS `target`.

    The sides are densified, so that a box that bends in the target is covered whole.

    Raises:
        ValueError: The box cannot be expressed in the target.
    """
    a, b, c, d = corners
    west, south, east, north = (b, a, d, c) if source.north_first else (a, b, c, d)
    if is_same_ground(source.code, target):
        return west, south, east, north
    moved = _transformer(source.code, target).transform_bounds(west, south, east, north)
    if not np.isfinite(moved).all():
        raise ValueError(f"the box lies outside the area of {target}")
    return moved
