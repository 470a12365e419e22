"""Coordinate reference systems at the OGC edge: URIs, axis order and transformation.

Inside, x is always east or longitude. A URI of an EPSG code promises the axis order of its
register, so northing-first systems are swapped here, at the edge, and nowhere else.
Source: OGC 18-058r1 (Features Part 2), clauses 6.2-6.4.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from api.errors import ParameterError
from cim.arrays import Objects
from cim.catalog import Bounds, Layer
from cim.coordsys import convert

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


WORLD: Bounds = (-180.0, -90.0, 180.0, 90.0)
AREA_MARGIN_DEG = 3.0
"""How far from the area of a projected CRS its coordinates are still trusted."""

POINTS_ON_SIDE = 32
STRAIGHT = 1e-9
"""Share of its area by which the outline of a box may fall short of its bounds."""


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate reference system that clients may ask for."""

    code: str
    """`OGC:CRS84` or `EPSG:<code>`."""

    uri: str
    north_first: bool
    """Whether coordinates go out northing or latitude first."""

    decimals: int

    coordsys: str = ""
    """`gcj02` or `bd09` for the systems of Chinese web maps: longitude and latitude, shifted."""

    def __str__(self) -> str:
        """The code."""
        return self.code

    def is_same_ground(self, target: str) -> bool:
        """Whether x and y are equal numbers here and in CRS `target`."""
        return not self.coordsys and is_same_ground(self.code, target)


@functools.lru_cache(maxsize=256)
def crs_of(code: str) -> Crs:
    """The system of an authority code."""
    system = pyproj.CRS.from_user_input(code)
    uri = CRS84_URI if code == COMMON[0] else f"{EPSG_URI}{code.removeprefix('EPSG:')}"
    north_first = system.axis_info[0].direction.lower() in {"north", "south"}
    decimals = GEOGRAPHIC_DECIMALS if system.is_geographic else PROJECTED_DECIMALS
    return Crs(code, uri, north_first, decimals)


CRS84 = "OGC:CRS84"
PLAIN = crs_of(CRS84)
"""What is meant where a request does not say."""

WEB_MAPS: Mapping[str, Crs] = {
    "wgs84": PLAIN,
    "cgcs2000": PLAIN,
    **{
        name: Crs(CRS84, f"urn:cim:coordsys:{name}", False, GEOGRAPHIC_DECIMALS, name)  # noqa: FBT003 - as above
        for name in ("gcj02", "bd09")
    },
}
"""Values of `coordsys`: an extension for web maps whose positions are shifted by law."""


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


def transform(geometry: Objects, source: str, target: Crs, decimals: int | None = None) -> Objects:
    """Geometries of storage CRS `source` in the axis order of `target`, rounded.

    To `decimals` of its unit if they are given, to those of the target otherwise.
    """
    moved = shapely.transform(geometry, _writer(source, target, decimals), include_z=None)
    return np.asarray(moved, dtype=object)


def from_client(geometry: Objects, source: Crs, target: str) -> Objects:
    """Geometries in the axis order of `source` in storage CRS `target`, x east; heights stay.

    Positions outside of the area of the target come out as infinite.
    """
    go = _mover(source.code, target)

    def move(coordinates: np.ndarray) -> np.ndarray:
        first, second = coordinates[:, 0], coordinates[:, 1]
        x, y = go(second, first) if source.north_first else go(first, second)
        return np.hstack([np.column_stack([x, y]), coordinates[:, 2:]])

    if is_same_ground(source.code, target) and not source.north_first:
        return geometry
    return np.asarray(shapely.transform(geometry, move, include_z=None), dtype=object)


def area_in(source: Crs, target: str) -> Bounds:
    """Bounds in `target`, east first, of the area for which `source` is made, with a margin."""
    return _area_of(source.code, target)


type _Move = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def mover(source: Crs, target: str) -> _Move:
    """What takes x and y, east first, from a system of a client to a CRS."""
    onward = _mover(source.code, target)
    if not source.coordsys:
        return onward

    def move(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return onward(*convert(np.column_stack([x, y]), source.coordsys, "wgs84").T)

    return move


def _mover(source: str, target: str) -> _Move:
    """What takes x and y, east first, from one CRS to another."""
    if is_same_ground(source, target):
        return lambda x, y: (x, y)
    return _transformer(source, target).transform


def _writer(source: str, target: Crs, decimals: int | None) -> Callable[[np.ndarray], np.ndarray]:
    go = _mover(source, target.code)
    digits = target.decimals if decimals is None else decimals

    def move(coordinates: np.ndarray) -> np.ndarray:
        x, y = go(coordinates[:, 0], coordinates[:, 1])
        if target.coordsys:
            x, y = convert(np.column_stack([x, y]), "wgs84", target.coordsys).T
        first, second = (y, x) if target.north_first else (x, y)
        plane = np.column_stack([first, second]).round(digits)
        heights = coordinates[:, 2:].round(PROJECTED_DECIMALS)
        return np.hstack([plane, heights])

    return move


@dataclass(frozen=True, slots=True)
class Box:
    """A box that a client gave, in another CRS."""

    bounds: Bounds
    """West, south, east, north around it."""

    shape: shapely.Polygon | None = None
    """Its outline, where its sides bend or turn; None where `bounds` is all of it."""


def box_to(corners: Bounds, source: Crs, target: str) -> Box | None:
    """A box in the axis order of `source` as the area it covers in CRS `target`, east first.

    None when it lies outside the area for which the target is made.
    """
    west, south, east, north = _east_first(corners, source)
    if source.is_same_ground(target):
        return Box((west, south, east, north))
    area = area_of(target, source)
    west, south = max(west, area[0]), max(south, area[1])
    east, north = min(east, area[2]), min(north, area[3])
    if west > east or south > north:
        return None
    x, y = mover(source, target)(*_ring(west, south, east, north))
    outline = shapely.Polygon(np.column_stack([x, y]))
    bounds: Bounds = tuple(float(value) for value in outline.bounds)  # type: ignore[assignment]
    is_straight = outline.area >= shapely.box(*bounds).area * (1 - STRAIGHT)
    return Box(bounds, None if is_straight else outline)


def _ring(west: float, south: float, east: float, north: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of points along the sides of a box, counter-clockwise."""
    along = np.linspace(0, 1, POINTS_ON_SIDE)
    zero, one = np.zeros(POINTS_ON_SIDE), np.ones(POINTS_ON_SIDE)
    right = np.concatenate([along, one, along[::-1], zero])
    up = np.concatenate([zero, along, one, along[::-1]])
    return west + right * (east - west), south + up * (north - south)


def _east_first(corners: Bounds, source: Crs) -> Bounds:
    a, b, c, d = corners
    return (b, a, d, c) if source.north_first else (a, b, c, d)


def area_of(target: str, source: Crs) -> Bounds:
    """Bounds in `source` of the area for which `target` is made, with a margin; east first."""
    return _area_of(target, source.code)


@functools.lru_cache(maxsize=256)
def _area_of(target: str, source: str) -> Bounds:
    """Bounds in `source` of the area for which `target` is made, with a margin; east first."""
    area = pyproj.CRS.from_user_input(target).area_of_use
    west, south, east, north = area.bounds if area else WORLD
    wide = (
        max(west - AREA_MARGIN_DEG, -180.0),
        max(south - AREA_MARGIN_DEG, -90.0),
        min(east + AREA_MARGIN_DEG, 180.0),
        min(north + AREA_MARGIN_DEG, 90.0),
    )
    if is_same_ground(CRS84, source):
        return wide
    bounds: Bounds = _transformer(CRS84, source).transform_bounds(*wide)
    return bounds
