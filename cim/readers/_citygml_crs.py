"""The CRS of a CityGML file: how files name it, and which axis their coordinates state first."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from pyproj import CRS

from cim._crs_area import TOLERANT_MARGIN_DEG, area_of
from cim.arrays import Float64
from cim.crs import parse_crs
from cim.errors import SourceDataError

_ADV: Final = re.compile(r"urn:adv:crs:([\w-]+)(?:\*([\w-]+))?")
_ADV_PLANE: Final = {
    "ETRS89_UTM31": 25831,
    "ETRS89_UTM32": 25832,
    "ETRS89_UTM33": 25833,
    "DHDN_3GK2": 31466,
    "DHDN_3GK3": 31467,
    "DHDN_3GK4": 31468,
    "DHDN_3GK5": 31469,
}
_ADV_HEIGHT: Final = {
    "DE_DHHN12_NOH": 7699,
    "DE_DHHN85_NOH": 5784,
    "DE_DHHN92_NH": 5783,
    "DE_DHHN2016_NH": 7837,
}
"""CRS names of the German survey administrations (AdV), with the EPSG codes of the same CRS."""

_NAMED_CRS: Final = "name that of its coordinates with --crs, such as EPSG:25832+7837"


@dataclass(frozen=True, slots=True)
class Sample:
    """Where some objects lie, in the order of axes of the file."""

    low: Float64
    """(2,) least first and second coordinate."""

    high: Float64
    """(2,) greatest of them."""

    outward: int
    """Objects whose surfaces face outward when x comes first, less those that face inward."""


@dataclass(frozen=True, slots=True)
class Axes:
    """How the numbers of a file become x, y, z."""

    swapped: bool
    """North or latitude comes first."""

    in_degrees: bool


def crs_of(name: str, where: str) -> CRS:
    """The CRS of an srsName.

    Raises:
        SourceDataError: It is a local one, or not known.
    """
    adv = _ADV.fullmatch(name.strip())
    if adv:
        return parse_crs(_from_adv(adv[1], adv[2], where), where)
    if is_local(name):
        reason = (
            f"srsName {name!r} is a local engineering CRS, other objects name one on the Earth"
        )
        raise SourceDataError(f"{reason}; {_NAMED_CRS}", where=where)
    return parse_crs(name, where)


def is_local(name: str) -> bool:
    """Whether an srsName is that of a local engineering CRS."""
    return name.startswith("#") or ":local:" in name.lower() or "engineering" in name.lower()


def _from_adv(plane: str, height: str | None, where: str) -> str:
    known = ", ".join([*_ADV_PLANE, *_ADV_HEIGHT])
    if plane not in _ADV_PLANE or (height is not None and height not in _ADV_HEIGHT):
        shown = plane if height is None else f"{plane}*{height}"
        reason = f"AdV name {shown!r} is not known; known: {known}; {_NAMED_CRS}"
        raise SourceDataError(reason, where=where)
    code = f"EPSG:{_ADV_PLANE[plane]}"
    return code if height is None else f"{code}+{_ADV_HEIGHT[height]}"


def plane_of(crs: CRS) -> CRS:
    """The horizontal part of a CRS."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def axes_of(crs: CRS, sample: Sample | None) -> tuple[Axes, str | None]:
    """The order of axes of a file's coordinates, and a note where it must be told.

    GML states coordinates in the order of the CRS. Many files in CRSs with the northing first
    hold the easting first all the same, so for these the coordinates themselves decide: first by
    the area of use, then, since exchanged axes turn solids inside out, by the sense of their
    surfaces.
    """
    plane = plane_of(crs)
    degrees = bool(plane.is_geographic)
    if not _is_north_first(plane):
        return Axes(swapped=False, in_degrees=degrees), None
    swapped = sample is None or _is_swapped(plane, sample)
    order = "latitude, longitude" if degrees else "northing, easting"
    if swapped:
        note = f"coordinates are read as {order}, as {crs.name} states them"
        return Axes(swapped=True, in_degrees=degrees), note
    note = f"{crs.name} states {order}, but the coordinates hold x first and are read so"
    return Axes(swapped=False, in_degrees=degrees), note


def _is_north_first(plane: CRS) -> bool:
    directions = [axis.direction for axis in plane.axis_info[:2]]
    return directions in (["north", "east"], ["south", "west"], ["north", "west"])


def _is_swapped(plane: CRS, sample: Sample) -> bool:
    area = area_of(plane, TOLERANT_MARGIN_DEG)
    first, second = np.stack((sample.low, sample.high)).T
    as_stated = bool(area.holds(second, first).all())
    as_read = bool(area.holds(first, second).all())
    if as_stated != as_read or plane.is_geographic:
        return as_stated or not as_read
    return sample.outward <= 0
