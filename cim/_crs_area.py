"""Where the coordinates of a CRS may lie."""

from dataclasses import dataclass

import numpy as np
from pyproj import CRS, Transformer

from cim._crs_names import is_cgcs2000
from cim.arrays import Bool, Float64
from cim.warned import silenced

type Bounds = tuple[float, float, float, float]
"""West, south, east, north; west > east across the antimeridian."""

WORLD: Bounds = (-180.0, -90.0, 180.0, 90.0)
_UNLIMITED: Bounds = (-np.inf, -np.inf, np.inf, np.inf)

EXACT_MARGIN_DEG = 0.01
"""Areas of use are published to 0.01 degrees."""

_CHINA_LATITUDES = (16.7, 53.56)
"""South and north of the area of use of EPSG:4490."""

TOLERANT_MARGIN_DEG = 1.5
"""Half the width of a 3-degree zone: a city that lies across a zone's edge keeps one zone."""


@dataclass(frozen=True, slots=True)
class Area:
    """A box in the units of a CRS, x east or longitude first."""

    bounds: Bounds

    def holds(self, x: Float64, y: Float64) -> Bool:
        """Whether each position lies in the box; NaN lies in none."""
        west, south, east, north = self.bounds
        after, before = x >= west, x <= east
        in_width = after & before if west <= east else after | before
        return np.asarray(in_width & (y >= south) & (y <= north), np.bool_)

    def __str__(self) -> str:
        """The box as a message shows it."""
        west, south, east, north = (f"{value:.10g}" for value in self.bounds)
        return f"x {west} to {east}, y {south} to {north}"


def area_of(crs: CRS, margin_deg: float) -> Area:
    """Area of use of a horizontal CRS in its own units.

    Args:
        crs: A geographic or projected CRS.
        margin_deg: Degrees added on each side, at most half the area's width or height: a small
            area, such as one city's, tolerates less than a country's.
    """
    counts_degrees = crs.is_geographic and _is_plain(crs)
    home = home_of(crs)
    if home is None:
        return Area(WORLD if counts_degrees else _UNLIMITED)
    degrees = grown(home, margin_deg)
    return Area(degrees if counts_degrees else _projected(degrees, crs))


def home_of(crs: CRS) -> Bounds | None:
    """Longitude/latitude area of use of a CRS, None when no registry holds it.

    The registry bounds a CGCS2000 zone by the land inside it; a zone's own limits are meridians,
    so its latitudes are those of the whole of CGCS2000 (islands count too).
    """
    own: Bounds | None = getattr(crs.area_of_use, "bounds", None)
    if own is None or not is_cgcs2000(crs):
        return own
    return (own[0], _CHINA_LATITUDES[0], own[2], _CHINA_LATITUDES[1])


def grown(bounds: Bounds, margin_deg: float) -> Bounds:
    """A longitude/latitude box with a margin of at most half its width, on the globe."""
    west, south, east, north = bounds
    width = (east - west) % 360.0 or 360.0
    wide, high = min(margin_deg, width / 2), min(margin_deg, (north - south) / 2)
    west_east = (west - wide, east + wide)
    if west <= east:
        west_east = (max(-180.0, west - wide), min(180.0, east + wide))
    return (west_east[0], max(-90.0, south - high), west_east[1], min(90.0, north + high))


def covers(outer: Bounds, inner: Bounds) -> bool:
    """Whether one longitude/latitude box holds another, both on one side of the antimeridian."""
    west, south, east, north = grown(outer, EXACT_MARGIN_DEG)
    return outer == WORLD or (
        west <= inner[0] and south <= inner[1] and east >= inner[2] and north >= inner[3]
    )


def _projected(degrees: Bounds, crs: CRS) -> Bounds:
    """The box around a longitude/latitude box in the units of `crs`.

    It serves as a gate, so a datum shift that PROJ may leave out here does not matter: it is far
    below the margin.
    """
    with silenced(UserWarning):
        to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    bounds = to_crs.transform_bounds(*degrees, densify_pts=41)
    pairs = zip(bounds, _UNLIMITED, strict=True)
    west, south, east, north = (v if np.isfinite(v) else limit for v, limit in pairs)
    return (west, south, east, north)


def _is_plain(crs: CRS) -> bool:
    """Whether a geographic CRS counts in degrees from Greenwich."""
    meridian = crs.prime_meridian
    in_degrees = all(axis.unit_name == "degree" for axis in crs.axis_info)
    return in_degrees and (meridian is None or meridian.longitude == 0)
