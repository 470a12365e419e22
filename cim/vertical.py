"""Heights above the ellipsoid, from heights whose reference a user states."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from cim._crs_routes import find_route
from cim.arrays import Float64
from cim.crs import CITY_CRS, transform
from cim.errors import InputError

ELLIPSOIDAL: Final = "ellipsoidal"
ORTHOMETRIC: Final = "orthometric"
_GEOID: Final = "EPSG:3855"
"""EGM2008 height: what an orthometric height means when no vertical CRS is named."""

LEGAL: Final = (
    f"legal: {ELLIPSOIDAL}, {ORTHOMETRIC} (EGM2008), or a vertical CRS such as EPSG:5773"
)


@dataclass(frozen=True, slots=True)
class HeightReference:
    """What heights count from."""

    compound: str | None
    """CRS of longitude, latitude (WGS 84) and such heights; None: they are ellipsoidal."""

    text: str
    """In words, with what becomes of them."""


ABOVE_ELLIPSOID: Final = HeightReference(None, "heights above the ellipsoid, as stated")


def height_reference(text: str) -> HeightReference:
    """The reference a user names.

    Raises:
        InputError: The text names none.
    """
    word = text.strip().lower()
    if word == ELLIPSOIDAL:
        return ABOVE_ELLIPSOID
    code = _GEOID if word == ORTHOMETRIC else text.strip().upper()
    if not code.startswith("EPSG:"):
        raise InputError(f"height reference {text!r}; {LEGAL}")
    compound = f"EPSG:4326+{code.removeprefix('EPSG:')}"
    try:
        is_vertical = CRS.from_user_input(code).is_vertical
    except CRSError as error:
        raise InputError(f"height reference {text!r}; {LEGAL}") from error
    if not is_vertical:
        raise InputError(f"height reference {text!r} is no vertical CRS; {LEGAL}")
    return HeightReference(compound, "; ".join(find_route(compound, CITY_CRS, text).heights.notes))


def ellipsoidal(lon_lat_height: Float64, reference: HeightReference) -> Float64:
    """(n,) heights in metres above the ellipsoid.

    Where the geoid's grid is not installed the heights stay what they are, and the text of
    `reference` says so.

    Args:
        lon_lat_height: (n, 3) degrees in EPSG:4490 and heights in the reference.
        reference: What they count from.
    """
    if reference.compound is None:
        return lon_lat_height[:, 2]
    points = np.asarray(shapely.points(lon_lat_height), object)
    moved = transform(points, reference.compound, CITY_CRS)
    return np.asarray(shapely.get_coordinates(moved, include_z=True)[:, 2], np.float64)
