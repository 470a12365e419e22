"""Geometry columns of a GeoPackage: shapely geometries to blobs and back, many at once.

Source: OGC 12-128r18 (GeoPackage 1.3), clause 2.1.3, GeoPackageBinary.
"""

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from cim.arrays import Float64, Objects

_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64)
_EMPTY_FLAG: Final = 0b0001_0000
_LITTLE_ENDIAN: Final = 1
_ENVELOPE_XY: Final = 0b0010
_HEADER: Final = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4)]
)


def to_blobs(geometry: Objects, srs_id: int) -> list[bytes | None]:
    """GeoPackage blobs of geometries; points go without an envelope, None stays None."""
    wkb = shapely.to_wkb(geometry, flavor="iso", byte_order=1)
    bounds = shapely.bounds(geometry)
    headers = _headers(bounds, srs_id)
    points = (shapely.get_type_id(geometry) == 0).tolist()
    empty = shapely.is_empty(geometry).tolist()
    bare = _bare_header(srs_id, 0)
    blobs: list[bytes | None] = []
    for body, point, nothing, start in zip(
        wkb.tolist(), points, empty, range(0, len(headers), _HEADER.itemsize), strict=True
    ):
        if body is None:
            blobs.append(None)
        elif nothing:
            blobs.append(_bare_header(srs_id, _EMPTY_FLAG) + body)
        elif point:
            blobs.append(bare + body)
        else:
            blobs.append(headers[start : start + _HEADER.itemsize] + body)
    return blobs


def from_blobs(blobs: list[bytes | None]) -> Objects:
    """(n,) shapely geometries of GeoPackage blobs, None for NULL."""
    bodies = [None if blob is None else blob[_body_offset(blob) :] for blob in blobs]
    return np.asarray(shapely.from_wkb(np.array(bodies, dtype=object)), dtype=object)


def envelope(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Min x, min y, max x, max y of one blob; None when it is NULL or empty."""
    if blob is None or blob[3] & _EMPTY_FLAG:
        return None
    values = (
        np.frombuffer(blob, "<f8" if blob[3] & 1 else ">f8", count=4, offset=8)[[0, 2, 1, 3]]
        if blob[3] >> 1 & 0b111
        else shapely.bounds(shapely.from_wkb(blob[_body_offset(blob) :]))
    )
    west, south, east, north = (float(value) for value in values)
    return None if math.isnan(west) else (west, south, east, north)


def _headers(bounds: Float64, srs_id: int) -> bytes:
    """The headers of all geometries, one after the other, each with an x-y envelope."""
    headers = np.zeros(len(bounds), _HEADER)
    headers["magic"] = b"GP"
    headers["flags"] = _ENVELOPE_XY | _LITTLE_ENDIAN
    headers["srs"] = srs_id
    headers["envelope"] = bounds[:, [0, 2, 1, 3]]
    return headers.tobytes()


def _bare_header(srs_id: int, flags: int) -> bytes:
    header: NDArray[np.void] = np.zeros(1, _HEADER)
    header["magic"] = b"GP"
    header["flags"] = flags | _LITTLE_ENDIAN
    header["srs"] = srs_id
    return header.tobytes()[:8]


def _body_offset(blob: bytes) -> int:
    """Where the WKB begins."""
    return 8 + _ENVELOPE_BYTES[blob[3] >> 1 & 0b111]
