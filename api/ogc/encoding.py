"""GeoJSON texts of whole batches of features (RFC 7946, and its axis order under other CRSs)."""

import base64
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
import shapely

from api.ogc.crs import CRS84, Crs, crs_of
from api.ogc.shaping import shaped
from cim.arrays import Objects
from cim.features import FeatureBatch

OPTIONS = orjson.OPT_UTC_Z


@dataclass(frozen=True, slots=True)
class Representation:
    """How features are written."""

    crs: Crs
    properties: tuple[str, ...] | None = None
    """Fields to write, None for all of them."""

    geometry: bool = True
    """Whether geometry is written; `null` stands in its place otherwise."""

    decimals: int | None = None
    """Decimals of coordinates, None for those of the CRS."""

    offset_m: float = 0.0
    """How far a simplified outline may lie from the true one."""


PLAIN = Representation(crs_of(CRS84))
"""What is asked for nearly always, and therefore kept ready."""


def encode(batch: FeatureBatch, representation: Representation) -> list[bytes]:
    """One GeoJSON feature text, UTF-8, for each feature of the batch; ids are row numbers."""
    geometries = geometry_texts(batch, representation)
    properties = property_texts(batch, representation)
    rows = zip(batch.records.tolist(), geometries, properties, strict=True)
    return [
        b'{"type":"Feature","id":%d,"geometry":%b,"properties":%b}' % (fid, geometry, attributes)
        for fid, geometry, attributes in rows
    ]


def geometry_texts(batch: FeatureBatch, representation: Representation) -> list[bytes]:
    """GeoJSON geometry of each feature, `null` where there is none or none is wanted."""
    if not representation.geometry:
        return [b"null"] * len(batch)
    present = ~(shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry))
    texts = np.full(len(batch), b"null", dtype=object)
    texts[present] = _encode_geometry(batch.geometry[present], batch.crs, representation)
    return list(texts)


def _encode_geometry(
    geometry: Objects, source: str, representation: Representation
) -> list[bytes]:
    wish = representation
    moved = shaped(geometry, source, wish.crs, wish.decimals, wish.offset_m)
    return [text.encode() for text in shapely.to_geojson(moved)]


def _chosen(table: pa.Table, names: Sequence[str] | None) -> pa.Table:
    return table if names is None else table.select(list(names))


def property_texts(batch: FeatureBatch, representation: Representation) -> Iterable[bytes]:
    """JSON object of each feature's attributes, of those that are wanted."""
    table = _chosen(batch.attributes, representation.properties)
    names = table.column_names
    if not names:
        return itertools.repeat(b"{}", table.num_rows)
    columns = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [_dump(dict(zip(names, row, strict=True))) for row in columns]


def _dump(properties: dict[str, object]) -> bytes:
    return orjson.dumps(properties, _plain, OPTIONS)


def _plain(value: object) -> object:
    """What JSON has no form for: bytes become base64, anything else its text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
