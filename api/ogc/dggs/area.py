"""The area that `bbox` or `subset` names, in degrees of CGCS2000, longitude first.

Source: OGC 21-038r1, /req/zone-query/bbox, bbox-crs, subset, subset-crs.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from api.errors import ParameterError
from api.ogc import crs as systems
from api.ogc import parameters as params
from api.ogc.crs import Crs
from cim.catalog import Bounds, Layer
from cim.crs import CITY_CRS

ROOT_SYSTEMS = ("OGC:CRS84", "EPSG:4326", "EPSG:4490")
"""Systems of boxes where no layer offers more."""

AXES: Mapping[str, str] = {
    "lat": "Lat",
    "latitude": "Lat",
    "lon": "Lon",
    "long": "Lon",
    "longitude": "Lon",
    "e": "E",
    "x": "E",
    "easting": "E",
    "n": "N",
    "y": "N",
    "northing": "N",
    "time": "time",
}
PART = re.compile(r'\s*([A-Za-z]\w*)\(\s*("[^"]*"|[^":()]+?)\s*(?::\s*("[^"]*"|[^":()]+?)\s*)?\)')
GRAMMAR = 'legal: axis(low:high) or axis(point), joined by commas, times in ""'


@dataclass(frozen=True, slots=True)
class Subset:
    """What the `subset` parameter says."""

    axes: Mapping[str, tuple[str, str]]
    """Low and high text of each axis, by its name in `AXES`."""

    @property
    def time(self) -> str | None:
        """The interval of the time axis as a `datetime` parameter."""
        ends = self.axes.get("time")
        if ends is None:
            return None
        low, high = (".." if end == "*" else end.strip('"') for end in ends)
        return low if low == high and low != ".." else f"{low}/{high}"

    @property
    def is_spatial(self) -> bool:
        """Whether an axis of space is named."""
        return bool(self.axes.keys() - {"time"})


def parse_subset(text: str | None) -> Subset:
    """The axes and ends of a `subset` parameter.

    Raises:
        ParameterError: It is not of the grammar, or names an axis twice or an unknown one.
    """
    axes: dict[str, tuple[str, str]] = {}
    rest = text
    while rest is not None:
        found = PART.match(rest)
        if found is None or (found.end() < len(rest) and rest[found.end()] != ","):
            raise ParameterError("subset", f"{text!r} is not understood; {GRAMMAR}")
        axis = AXES.get(found[1].lower())
        if axis is None or axis in axes:
            fault = "is not an axis" if axis is None else "is named twice"
            raise ParameterError("subset", f"{found[1]!r} {fault}; legal: Lat, Lon, E, N, time")
        axes[axis] = (found[2], found[2] if found[3] is None else found[3])
        rest = rest[found.end() + 1 :] if found.end() < len(rest) else None
    return Subset(axes)


def parse_area(
    values: Mapping[str, str], subset: Subset, layer: Layer | None
) -> BaseGeometry | None:
    """The area asked for, None when no area is.

    Raises:
        ParameterError: A parameter is malformed, off the globe or at odds with another.
    """
    text = values.get("bbox")
    box_system = _system("bbox-crs", values.get("bbox-crs"), layer)
    subset_system = _system("subset-crs", values.get("subset-crs"), layer)
    if text is not None and subset.is_spatial:
        raise ParameterError("subset", "names axes of space together with bbox; give one of them")
    if text is not None:
        try:
            return _area(params.corners(text), box_system)
        except ValueError as error:
            raise ParameterError("bbox", f"{text!r}: {error}") from error
    if not subset.is_spatial:
        return None
    try:
        return _area(_subset_corners(subset, subset_system), subset_system)
    except ValueError as error:
        raise ParameterError("subset", str(error)) from error


def _system(field: str, text: str | None, layer: Layer | None) -> Crs:
    """The CRS that a parameter names by URI or safe CURIE; CRS84 when absent."""
    offered = (
        tuple(systems.crs_of(code) for code in ROOT_SYSTEMS)
        if layer is None
        else systems.supported(layer)
    )
    if text is None:
        return offered[0]
    plain = text.replace("https://", "http://", 1)
    for system in offered:
        if plain == system.uri or text == f"[{system.code}]":
            return system
    legal = ", ".join(system.uri for system in offered)
    raise ParameterError(field, f"{text[:80]!r} is not offered; legal: {legal}, or as [EPSG:4326]")


def _area(corners: Bounds, source: Crs) -> BaseGeometry:
    """The area of a box in the axis order of its CRS; empty outside the area of the CRS."""
    boxes = [systems.box_to(part, source, CITY_CRS) for part in params.unwrapped(corners, source)]
    shapes = [
        box.shape if box.shape is not None else _plain(box.bounds)
        for box in boxes
        if box is not None
    ]
    if len(shapes) == 1:
        return shapes[0]
    whole: BaseGeometry = shapely.union_all(shapes)
    return whole


def _plain(bounds: Bounds) -> BaseGeometry:
    """A box; a line or a point where it has no width or no height."""
    west, south, east, north = bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        raise ValueError(
            f"from {west}, {south} to {east}, {north} (longitude first) is not on the globe"
        )
    if west == east or south == north:
        ends = {(west, south), (east, north)}
        return shapely.LineString(sorted(ends)) if len(ends) > 1 else shapely.Point(west, south)
    return shapely.box(west, south, east, north)


def _subset_corners(subset: Subset, source: Crs) -> Bounds:
    """The box of the named axes, in the axis order of the CRS."""
    degrees = source.decimals == systems.GEOGRAPHIC_DECIMALS
    across, up = ("Lon", "Lat") if degrees else ("E", "N")
    wrong = subset.axes.keys() - {across, up, "time"}
    if wrong:
        raise ValueError(
            f"axis {min(wrong)} is not one of {source.code}; legal: {across}, {up}, time"
        )
    west, east = _ends(subset, across, 180.0 if degrees else math.inf)
    south, north = _ends(subset, up, 90.0 if degrees else math.inf)
    if degrees:
        south, north = max(south, -90.0), min(north, 90.0)
    return (south, west, north, east) if source.north_first else (west, south, east, north)


def _ends(subset: Subset, axis: str, most: float) -> tuple[float, float]:
    """Low and high number of an axis."""
    low, high = subset.axes.get(axis, ("*", "*"))
    return (
        -most if low == "*" else params.number(low),
        most if high == "*" else params.number(high),
    )
