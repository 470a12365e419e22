"""Everything GDAL reads, streamed as Arrow, and tables with positions in two columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cim.arrays import Objects
from cim.errors import SourceDataError
from cim.features import FeatureBatch, Reject, select
from cim.readers._encoding import decode_columns
from cim.readers._ids import Digests, texts_of
from cim.readers._layer_source import FID, LayerSource, RawBatch, opened, raw_batches
from cim.readers._layers import inspect
from cim.readers._tables import points_of, typed
from cim.readers.base import Reader, ReadOptions, SourceInfo, no_crs

_WKB_TYPES: Final = {
    8: "CIRCULARSTRING", 9: "COMPOUNDCURVE", 10: "CURVEPOLYGON", 11: "MULTICURVE",
    12: "MULTISURFACE", 15: "POLYHEDRALSURFACE", 16: "TIN", 17: "TRIANGLE",
}  # fmt: skip
"""Geometry types beyond simple features. Source: OGC 06-103r4, table 7."""

_WITHOUT_FLAGS: Final = 0x0FFFFFFF
"""The bits of a WKB type code that PostGIS does not use for dimensions."""


@dataclass(frozen=True, slots=True)
class VectorReader:
    """The reader of last resort: it takes what no other reader claims."""

    suffixes: tuple[str, ...] = ()

    def claims(self, path: Path) -> bool:
        """Always: whether GDAL reads the file shows when it is opened."""
        return path.exists()

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """Layers, count, CRS, encoding and id rule of a source.

        Raises:
            SourceDataError: See `cim.readers._layers.inspect`.
            InputError: The options name a layer, column or encoding that does not exist.
        """
        source = inspect(path, options)
        return SourceInfo(
            layer=source.layer,
            layers=source.layers,
            count=source.count,
            crs=source.crs,
            id_rule=source.id_rule,
            notes=source.notes,
        )

    def read(self, path: Path, options: ReadOptions) -> Iterator[FeatureBatch]:
        """The features of the layer; the records are numbered as GDAL gives them.

        Raises:
            SourceDataError: As in `describe`; or no CRS is known, or the file breaks off.
            InputError: As in `describe`.
        """
        source = inspect(path, options)
        if source.crs is None:
            raise no_crs(path, "EPSG:4490")
        digests = Digests()
        record = 1
        with opened(source) as dataset:
            for raw in raw_batches(source, dataset, options.batch_size):
                yield _features(source, source.crs, raw, record, digests)
                record += len(raw.fids)
        if source.count is not None and record <= source.count:
            reason = f"cut off or damaged: {record - 1} of {source.count} records could be read"
            raise SourceDataError(reason, where=str(path))


def _features(
    source: LayerSource, crs: str, raw: RawBatch, record: int, digests: Digests
) -> FeatureBatch:
    """Features of some records, of which `record` is the number of the first."""
    columns, broken = decode_columns(raw.columns, source.text_encoding, record)
    geometry, misplaced = _geometry(source, raw, columns, record)
    attributes = {name: _plain(c) for name, c in typed(columns, source.types).items()}
    rejects = broken + misplaced
    batch = FeatureBatch(
        crs=crs,
        geometry=geometry,
        attributes=pa.table(attributes) if attributes else _no_columns(len(geometry)),
        source_ids=_ids(source, raw, columns, digests),
        records=np.arange(record, record + len(geometry)),
        rejects=_one_each(rejects),
    )
    keep = ~np.isin(batch.records, [reject.record for reject in rejects])
    return select(batch, keep)


def _one_each(rejects: tuple[Reject, ...]) -> tuple[Reject, ...]:
    """The first reject of each record, by record."""
    first: dict[int, Reject] = {}
    for reject in rejects:
        first.setdefault(reject.record, reject)
    return tuple(first[record] for record in sorted(first))


def _no_columns(rows: int) -> pa.Table:
    """A table of rows without columns."""
    return pa.table({"": pa.nulls(rows)}).select([])


def _geometry(
    source: LayerSource, raw: RawBatch, columns: dict[str, pa.Array], record: int
) -> tuple[Objects, tuple[Reject, ...]]:
    """Geometry of each record and the records whose geometry cannot be read."""
    if source.positions is not None:
        lon, lat = (columns[name] for name in source.positions)
        return points_of(lon, lat, source.positions, record)
    if raw.wkb is None:
        return np.full(len(raw.fids), None, object), ()
    wkb = raw.wkb.to_numpy(zero_copy_only=False)
    try:
        return _flattened(np.asarray(shapely.from_wkb(wkb), object)), ()
    except (NotImplementedError, shapely.GEOSException):
        return _geometry_one_by_one(wkb, record)


def _geometry_one_by_one(wkb: Objects, record: int) -> tuple[Objects, tuple[Reject, ...]]:
    """Geometry of records of which some have a type beyond simple features."""
    geometry, rejects = np.full(len(wkb), None, object), []
    for row, value in enumerate(wkb):
        try:
            geometry[row] = shapely.from_wkb(value)
        except (NotImplementedError, shapely.GEOSException) as error:
            name = _WKB_TYPES.get(_wkb_type(value), "")
            reason = f"{name or 'unreadable geometry'} ({error}); legal: point, line, polygon"
            rejects.append(Reject(record + row, "geometry", name, reason))
    return _flattened(geometry), tuple(rejects)


def _wkb_type(wkb: bytes) -> int:
    """Geometry type of a WKB value without its dimensions."""
    order: Literal["little", "big"] = "little" if wkb[:1] == b"\x01" else "big"
    code = int.from_bytes(wkb[1:5], order) & _WITHOUT_FLAGS
    return code % 1000


def _flattened(geometry: Objects) -> Objects:
    """Geometries without measures (M), which no layer keeps."""
    measured = shapely.has_m(geometry)
    if not measured.any():
        return geometry
    result = geometry.copy()
    for row in np.flatnonzero(measured).tolist():
        tall = bool(shapely.has_z(geometry[row]))
        plain = shapely.force_2d(geometry[row])
        places = shapely.get_coordinates(geometry[row], include_z=tall)
        result[row] = shapely.set_coordinates(shapely.force_3d(plain) if tall else plain, places)
    return result


def _ids(
    source: LayerSource, raw: RawBatch, columns: dict[str, pa.Array], digests: Digests
) -> tuple[str | None, ...]:
    if source.id_column is None:
        geometry = [] if raw.wkb is None else [raw.wkb]
        return digests.of([*map(_plain, columns.values()), *geometry])
    return texts_of(raw.fids if source.id_column == FID else columns[source.id_column])


def _plain(column: pa.Array) -> pa.Array:
    """A column of a type every store has: lists and JSON as text, times of day as text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(column.storage)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        texts = [
            None if value is None else orjson.dumps(value).decode() for value in column.to_pylist()
        ]
        return pa.array(texts, pa.string())
    if pa.types.is_dictionary(kind):
        return column.dictionary_decode()
    return column.cast(pa.string()) if pa.types.is_time(kind) else column


PLUGIN: Reader = VectorReader()
