"""Latitude, longitude, elevation and true north of a site.

Source: ISO 16739-1:2024, IfcSite and IfcCompoundPlaneAngleMeasure (all parts of one sign, the last
one millionths of a second), IfcGeometricRepresentationContext.TrueNorth.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.bim.model import GeoFacts, Point, SitePlace
from cim.placing import Confidence

_PARTS: Final = (1.0, 1 / 60, 1 / 3600, 1 / 3.6e9)
_MAX_LAT: Final = 90.0
_MAX_LON: Final = 180.0

_DEFAULTS: Final = (
    ("Revit's default place, Boston", -71.0565, 42.3585),
    ("ArchiCAD's default place in Germany, Berlin", 13.4, 52.5167),
)
"""Places that a program writes when nobody entered one."""

_DEFAULT_DEG: Final = 0.005


@dataclass(frozen=True, slots=True)
class SiteReading:
    """What a site says, in degrees and metres."""

    lon: float
    lat: float
    elevation_m: float | None
    origin: Point
    """The point of the model's frame that stands there."""

    heading_deg: float
    """Direction of the model's y axis, clockwise from north."""

    confidence: Confidence
    notes: tuple[str, ...]


def read_sites(facts: GeoFacts) -> tuple[SiteReading | None, tuple[str, ...]]:
    """The first site with a usable place, and what is wrong with the others."""
    faults: list[str] = []
    for site in facts.sites:
        if site.latitude is None or site.longitude is None:
            continue
        lat, lon = degrees(site.latitude), degrees(site.longitude)
        if lat == 0 and lon == 0:
            faults.append(f"site {site.name!r}: latitude and longitude are 0, which means unset")
        elif abs(lat) > _MAX_LAT or abs(lon) > _MAX_LON:
            faults.append(
                f"site {site.name!r}: latitude {lat:.7g}, longitude {lon:.7g}; legal: within 90 "
                "and 180 degrees"
            )
        else:
            return _reading(site, lon, lat, facts), tuple(faults)
    return None, tuple(faults)


def degrees(parts: tuple[int, ...]) -> float:
    """Degrees of an angle in parts; the first part that is not 0 gives the sign."""
    sign = next((-1.0 if part < 0 else 1.0 for part in parts if part), 1.0)
    return sign * sum(abs(part) * size for part, size in zip(parts, _PARTS, strict=False))


def heading_of(facts: GeoFacts) -> float:
    """Direction of the model's y axis, clockwise from true north."""
    if facts.true_north is None:
        return 0.0
    north = np.array(facts.true_north)
    if facts.world is not None:
        north = np.array(facts.world).reshape(4, 4)[:2, :2] @ north
    if not np.isfinite(north).all() or not north.any():
        return 0.0
    return float(-np.degrees(np.arctan2(north[0], north[1]))) + 0.0


def _reading(site: SitePlace, lon: float, lat: float, facts: GeoFacts) -> SiteReading:
    notes: tuple[str, ...] = ()
    confidence: Confidence = "medium"
    for name, default_lon, default_lat in _DEFAULTS:
        if abs(lon - default_lon) < _DEFAULT_DEG and abs(lat - default_lat) < _DEFAULT_DEG:
            notes += (f"latitude and longitude are {name}: perhaps nobody entered the true place",)
            confidence = "low"
    if not _seconds(site.latitude) and not _seconds(site.longitude):
        notes += ("latitude and longitude are given to whole minutes: a kilometre or two",)
        confidence = "low"
    if facts.true_north is None:
        notes += ("the file states no true north; its y axis is taken as north",)
    return SiteReading(
        lon, lat, site.elevation_m, site.origin, heading_of(facts), confidence, notes
    )


def _seconds(parts: tuple[int, ...] | None) -> bool:
    """Whether an angle has parts below a minute."""
    return any((parts or ())[2:])
