"""Geometry as files hold it: in the CRS that was asked for, always east first."""

from dataclasses import replace

import numpy as np
import shapely

from api.ogc.encoding import Representation
from api.ogc.shaping import shaped
from cim.arrays import Bool, Objects
from cim.features import FeatureBatch

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
    """Geometry of a batch in the CRS of the answer, east first.

    Coordinates are those of the store, unrounded, where they need not be transformed.
    """
    wish = representation
    is_plain = wish.decimals is None and not wish.offset_m
    if is_plain and wish.crs.is_same_ground(batch.crs):
        return batch.geometry
    present = placed(batch.geometry)
    shapes = batch.geometry.copy()
    target = replace(wish.crs, north_first=False)
    shapes[present] = shaped(shapes[present], batch.crs, target, wish.decimals, wish.offset_m)
    return shapes


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
