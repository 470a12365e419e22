"""A layer of a GDAL source: what is known of it, and its records as GDAL gives them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyogrio.raw import open_arrow

from cim.readers._encoding import UTF8
from cim.readers._gdal import gdal_errors
from cim.readers._ids import RULE_DIGEST
from cim.readers._tables import as_utf8

FID = ""
"""As id column: the row number GDAL gives, which no column can be named like."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """A layer and how to read it."""

    path: Path
    dataset: str
    """GDAL's address of the file."""

    layer: str
    layers: tuple[str, ...]
    driver: str
    count: int | None
    crs: str | None
    names: tuple[str, ...]
    """Columns, geometry and row number not among them; the second `a` of a file is `a_2`."""

    is_renamed: bool
    """Whether some of `names` are not those of the file."""

    has_geometry: bool
    file_encoding: str = UTF8
    """Of the file, where it is turned into UTF-8 before GDAL sees it."""

    text_encoding: str = UTF8
    """Of the text GDAL gives."""

    open_options: tuple[tuple[str, str], ...] = ()
    positions: tuple[str, str] | None = None
    """Columns of a table that hold easting and northing."""

    types: dict[str, pa.DataType] = field(default_factory=dict)
    """Types of a text table's columns that hold numbers."""

    id_column: str | None = None
    """Column of the source ids; `FID` for GDAL's row number, None for digests."""

    id_rule: str = RULE_DIGEST
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some records as GDAL gives them."""

    fids: pa.Array
    columns: dict[str, pa.Array]
    wkb: pa.Array | None


def raw_batches(
    source: LayerSource, dataset: str, batch_size: int, *, columns: list[str] | None = None
) -> Iterator[RawBatch]:
    """Records batch by batch, text as bytes; with `columns`, at least these and no geometry.

    Raises:
        SourceDataError: GDAL cannot read on.
    """
    where = str(source.path)
    whole = columns is None or source.is_renamed
    names = [name for name in source.names if whole or name in (columns or ())]
    with ExitStack() as stack:
        with gdal_errors(where):
            _, reader = stack.enter_context(
                open_arrow(
                    dataset,
                    layer=source.layer,
                    columns=None if whole else _names_in_file(source, names),
                    read_geometry=source.has_geometry and whole,
                    return_fids=True,
                    batch_size=batch_size,
                    use_pyarrow=True,
                    **dict(source.open_options),
                )
            )
        while True:
            with gdal_errors(where):
                batch = next(reader, None)
            if batch is None:
                return
            yield _raw(batch, names)


def _names_in_file(source: LayerSource, names: list[str]) -> list[str]:
    """Column names as GDAL reads them when it is told to leave bytes as they are."""
    if source.text_encoding == UTF8:
        return names
    return [name.encode(source.text_encoding).decode("latin-1") for name in names]


def _raw(batch: pa.RecordBatch, names: list[str]) -> RawBatch:
    """Columns by place: their names may be bytes in an encoding pyarrow does not read."""
    fids, *columns = batch.to_struct_array().flatten()
    wkb = columns.pop() if len(columns) > len(names) else None
    return RawBatch(fids, dict(zip(names, columns, strict=True)), wkb)


@contextmanager
def opened(source: LayerSource) -> Iterator[str]:
    """GDAL's address of a source, for as long as the context lasts."""
    if source.file_encoding == UTF8:
        yield source.dataset
        return
    with as_utf8(source.path, source.file_encoding) as copy:
        yield str(copy)
