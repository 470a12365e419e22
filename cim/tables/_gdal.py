"""Layers of whatever GDAL reads, spreadsheets among it, as tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from cim.errors import SourceDataError
from cim.features import Reject
from cim.readers._encoding import decode_columns
from cim.readers._layer_source import LayerSource, opened, raw_batches
from cim.readers._layers import describe_layer
from cim.readers.base import ReadOptions
from cim.tables.base import TableBatch, TableOptions

_SHEETS = (".xlsx", ".xlsm", ".ods")
_SHEET_OPTIONS = (("HEADERS", "FORCE"), ("FIELD_TYPES", "STRING"))
"""The first row of a sheet names its columns, and 0012 stays 0012."""


@dataclass(frozen=True, slots=True)
class GdalTable:
    """A layer or sheet."""

    source: LayerSource
    batch_size: int

    @property
    def label(self) -> str:
        """The file's name."""
        return self.source.path.name

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return self.source.names

    @property
    def count(self) -> int | None:
        """Number of records."""
        return self.source.count

    @property
    def crs(self) -> str | None:
        """What the file says."""
        return self.source.crs

    @property
    def has_geometry(self) -> bool:
        """Whether GDAL sees a geometry."""
        return self.source.has_geometry

    @property
    def notes(self) -> tuple[str, ...]:
        """Such as a guessed encoding."""
        return self.source.notes

    def batches(self, names: Iterable[str] | None = None) -> Iterator[TableBatch]:
        """See `Table.batches`; geometries come when all columns are asked for."""
        wanted = None if names is None else list(names)
        record = 1
        with opened(self.source) as dataset:
            for raw in raw_batches(self.source, dataset, self.batch_size, columns=wanted):
                records = np.arange(record, record + len(raw.fids), dtype=np.int64)
                columns, rejects = decode_columns(raw.columns, self.source.text_encoding, record)
                geometry = None
                if raw.wkb is not None:
                    wkb = raw.wkb.to_numpy(zero_copy_only=False)
                    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), object)
                    rejects += _unreadable(wkb, geometry, record)
                yield TableBatch(columns, records, geometry, rejects)
                record += len(records)
        if self.count is not None and record <= self.count:
            reason = f"cut off or damaged: {record - 1} of {self.count} records could be read"
            raise SourceDataError(reason, where=self.label)


def open_layer(path: Path, options: TableOptions) -> GdalTable:
    """A layer or sheet, looked into.

    Raises:
        SourceDataError: See `cim.tables.files.open_table`.
        InputError: There is no such layer or encoding.
    """
    sheet = path.name.lower().endswith(_SHEETS)
    reading = ReadOptions(layer=options.layer, encoding=options.encoding)
    source = describe_layer(path, reading, _SHEET_OPTIONS if sheet else ())
    if not any(name.strip() for name in source.names) and not source.has_geometry:
        raise SourceDataError(f"layer {source.layer!r} holds no column", where=path.name)
    return GdalTable(replace(source, types={}), options.batch_size)


def _unreadable(wkb: np.ndarray, geometry: np.ndarray, record: int) -> tuple[Reject, ...]:
    """The records whose geometry is beyond simple features."""
    there = np.array([value is not None for value in wkb], np.bool_)
    rows = np.flatnonzero(there & np.array([one is None for one in geometry], np.bool_))
    reason = "unreadable geometry; legal: point, line, polygon"
    return tuple(Reject(record + int(row), "geometry", "", reason) for row in rows)
