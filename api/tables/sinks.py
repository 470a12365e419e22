"""Tables to write: CSV to a stream, Parquet to a file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from api.tables.base import Body, Column, Source
from cim.errors import BackendError


@dataclass(frozen=True, slots=True)
class CsvSink:
    """CSV to a stream."""

    stream: BinaryIO

    def render(self, body: Body, columns: Mapping[str, Column]) -> bytes:
        """The rows as bytes."""
        return body.with_columns(columns)

    def write(self, rendered: bytes) -> None:
        """Write bytes."""
        self.stream.write(rendered)


@dataclass(frozen=True, slots=True)
class ParquetSink:
    """Parquet to a file."""

    writer: pq.ParquetWriter

    def render(self, body: Body, columns: Mapping[str, Column]) -> pa.Table:
        """The rows as a table."""
        return body.table(columns)

    def write(self, rendered: pa.Table) -> None:
        """Write a table."""
        self.writer.write_table(rendered)


@contextmanager
def csv_sink(
    stream: BinaryIO, source: Source, added: Mapping[str, pa.DataType]
) -> Iterator[CsvSink]:
    """A sink for the rows of a source with added columns; the header is written first."""
    stream.write(b",".join([source.header, *(name.encode() for name in added)]))
    yield CsvSink(stream)
    stream.write(b"\n")
    stream.flush()


@contextmanager
def parquet_sink(
    path: Path, source: Source, added: Mapping[str, pa.DataType]
) -> Iterator[ParquetSink]:
    """A sink for the rows of a source with added columns."""
    schema = source.schema
    for name, kind in added.items():
        schema = schema.append(pa.field(name, kind))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield ParquetSink(writer)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it takes the name of `path` when the work succeeds.

    Devices and pipes are written to as they are.

    Raises:
        BackendError: The folder does not exist or cannot be written.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch()
    except OSError as error:
        raise BackendError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
