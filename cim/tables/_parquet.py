"""Parquet files, those with geometries (GeoParquet) among them.

Source: GeoParquet 1.1, "Metadata": file metadata `geo`, columns encoded as WKB; without `crs`
coordinates are OGC:CRS84.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from cim.crs import named_crs
from cim.errors import SourceDataError
from cim.readers._layers import told_apart
from cim.tables.base import TableBatch, TableOptions


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file."""

    path: Path
    names: tuple[str, ...]
    count: int
    crs: str | None
    shape: str
    """Column of the geometries, empty when there is none."""

    batch_size: int
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def has_geometry(self) -> bool:
        """Whether there is a column of geometries."""
        return bool(self.shape)

    def batches(self, names: Iterable[str] | None = None) -> Iterator[TableBatch]:
        """See `Table.batches`; geometries come when all columns are asked for."""
        asked = set(self.names if names is None else names)
        wanted = [name for name in self.names if name in asked]
        columns = [*wanted, self.shape] if names is None and self.shape else wanted
        record = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for rows in file.iter_batches(self.batch_size, columns=columns):
                    yield self._batch(rows, wanted, record)
                    record += rows.num_rows
        except (OSError, pa.ArrowException, shapely.GEOSException) as error:
            raise SourceDataError(_told(error), where=self.label) from error

    def _batch(self, rows: pa.RecordBatch, wanted: list[str], record: int) -> TableBatch:
        geometry = None
        if self.shape in rows.schema.names:
            wkb = rows[self.shape].to_numpy(zero_copy_only=False)
            geometry = np.asarray(shapely.from_wkb(wkb), object)
        records = np.arange(record, record + rows.num_rows, dtype=np.int64)
        return TableBatch({name: _plain(rows[name]) for name in wanted}, records, geometry)


def open_parquet(path: Path, options: TableOptions) -> ParquetTable:
    """A Parquet file, looked into.

    Raises:
        SourceDataError: It is none, or names two columns alike.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, count = file.schema_arrow, int(file.metadata.num_rows)
            geo = (file.metadata.metadata or {}).get(b"geo")
    except (OSError, pa.ArrowException) as error:
        raise SourceDataError(_told(error), where=path.name) from error
    shape, crs = _geometry(orjson.loads(geo)) if geo else ("", None)
    names = tuple(name for name in schema.names if name != shape)
    if told_apart(names) != names:
        raise SourceDataError("names two columns alike", where=path.name)
    return ParquetTable(path, names, count, crs, shape, options.batch_size)


def _geometry(geo: Mapping[str, Any]) -> tuple[str, str | None]:
    """Name and CRS of the first column of geometries."""
    name = geo["primary_column"]
    stated = geo["columns"][name].get("crs", "OGC:CRS84")
    if isinstance(stated, dict):
        stated = pyproj.CRS.from_json_dict(stated).to_wkt()
    return name, named_crs(stated) if stated else None


def _plain(column: pa.Array) -> pa.Array:
    """A column without dictionary."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _told(error: Exception) -> str:
    return f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}"
