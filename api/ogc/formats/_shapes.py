"""Geometry as files hold it: in the CRS that was asked for, always east first."""

from dataclasses import replace
from typing import Final

import numpy as np
import pyproj
import shapely

from api.ogc.crs import Crs
from api.ogc.encoding import Representation
from api.ogc.shaping import shaped
from cim.arrays import Bool, Objects
from cim.features import FeatureBatch

SHIFTED: Final = (
    'GEOGCRS["{0} (shifted map of China)",DATUM["{0}",ELLIPSOID["WGS 84",6378137,298.257223563]],'
    'CS[ellipsoidal,2],AXIS["longitude",east],AXIS["latitude",north],'
    'ANGLEUNIT["degree",0.0174532925199433]]'
)
"""WKT of the systems of Chinese web maps, which have a name and no definition."""

GDAL_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
"""Names of geometry types as GDAL and GeoParquet write them."""


def moved(batch: FeatureBatch, representation: Representation) -> Objects:
    """Geometry of a batch as the answer wants it, east first.

    Coordinates are those of the store, unrounded, where nothing is to be done to them.
    """
    wish = representation
    if wish.decimals is None and not wish.offset_m and wish.crs.is_same_ground(batch.crs):
        return batch.geometry
    there = placed(batch.geometry)
    shapes = batch.geometry.copy()
    east_first = replace(wish.crs, north_first=False)
    shapes[there] = shaped(shapes[there], batch.crs, east_first, wish.decimals, wish.offset_m)
    return shapes


def system_of(crs: Crs) -> pyproj.CRS:
    """The CRS that a file states; one of its own where the map is shifted, as no register has it.

    Naming WGS 84 there would set the features hundreds of metres off without a word.
    """
    if not crs.coordsys:
        return pyproj.CRS.from_user_input(crs.code)
    return pyproj.CRS.from_wkt(SHIFTED.format(crs.coordsys.upper()))


def placed(geometry: Objects) -> Bool:
    """Which features have a geometry that is somewhere."""
    there: Bool = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    return there


def wkb(geometry: Objects) -> list[bytes | None]:
    """Well-known binary, ISO, little-endian; None where there is no geometry."""
    texts: list[bytes | None] = np.asarray(
        shapely.to_wkb(geometry, flavor="iso", byte_order=1), dtype=object
    ).tolist()
    return texts
