"""Tables to read: CSV from a file or a pipe, Parquet from a file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from api.tables.arrays import from_numbers
from api.tables.base import Column, Fault, Piece, Rows, Source, Wanted
from api.tables.csv_rows import Block, Head, read_blocks, read_head
from api.tables.csv_values import parse
from cim.arrays import Bool, Int64
from cim.errors import SourceDataError

PARQUET_SUFFIXES = (".parquet", ".pq")
_BATCH = 1 << 17


@dataclass(frozen=True, slots=True)
class CsvPiece:
    """A block of CSV."""

    names: tuple[str, ...]
    block: Block

    @property
    def size(self) -> int:
        """Bytes."""
        return self.block.read

    def parse(self, wanted: Sequence[Wanted]) -> Rows:
        """Its rows."""
        return parse(self.names, self.block, wanted)


@dataclass(frozen=True, slots=True)
class CsvSource:
    """CSV from a stream."""

    label: str
    head: Head
    stream: BinaryIO
    size: int | None
    unit: str = "line"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return self.head.names

    @property
    def header(self) -> bytes:
        """The header as it is."""
        return self.head.text

    @property
    def schema(self) -> pa.Schema:
        """The columns, all of them texts."""
        return pa.schema([pa.field(name, pa.string()) for name in self.names])

    def pieces(self) -> Iterator[Piece]:
        """The blocks."""
        for block in read_blocks(self.stream, self.head, self.label):
            yield CsvPiece(self.names, block)


@dataclass(frozen=True, slots=True)
class TableBody:
    """Rows of a table in memory."""

    rows: pa.RecordBatch

    def take(self, rows: Int64) -> "TableBody":
        """The rows of these numbers."""
        return TableBody(self.rows.take(from_numbers(rows)))

    def texts(self) -> list[bytes]:
        """Each row as a line of CSV."""
        return joined_rows(self.rows.to_pylist(), self.rows.schema.names)

    def with_columns(self, columns: Mapping[str, Column]) -> bytes:
        """The rows as CSV, each behind a line feed."""
        sink = io.BytesIO()
        options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
        pacsv.write_csv(self.table(columns), sink, options)
        return b"\n" * bool(len(self.rows)) + sink.getvalue().removesuffix(b"\n")

    def table(self, columns: Mapping[str, Column]) -> pa.Table:
        """The rows with these columns after their own."""
        own = pa.Table.from_batches([self.rows])
        for name, column in columns.items():
            own = own.append_column(name, column)
        return own


def joined_rows(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> list[bytes]:
    """Rows as lines of CSV."""
    lines = []
    for row in rows:
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow([row[name] for name in names])
        lines.append(text.getvalue().encode())
    return lines


@dataclass(frozen=True, slots=True)
class ParquetPiece:
    """A batch of Parquet rows."""

    rows: pa.RecordBatch
    first: int
    """Number of the first row, from 1."""

    @property
    def size(self) -> int:
        """Rows."""
        return int(self.rows.num_rows)

    def parse(self, wanted: Sequence[Wanted]) -> Rows:
        """Its rows; those where a value is missing are faults."""
        values = {column.role: self._column(column) for column in wanted}
        good = np.ones(self.rows.num_rows, np.bool_)
        faults: list[Fault] = []
        for column in wanted:
            if column.required:
                faults += self._missing(column, values[column.role], good)
        chosen = np.flatnonzero(good)
        if len(chosen) < len(good):
            values = {role: array.take(from_numbers(chosen)) for role, array in values.items()}
        body = (
            TableBody(self.rows).take(chosen) if len(chosen) < len(good) else TableBody(self.rows)
        )
        return Rows(values, chosen + self.first, body, tuple(faults))

    def _column(self, column: Wanted) -> Column:
        """A column as numbers or texts."""
        kind = pa.float64() if column.number else pa.string()
        try:
            return pc.cast(self.rows[column.name], kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            have = self.rows.schema.field(column.name).type
            want = "numbers" if column.number else "texts"
            raise SourceDataError(
                f"is {have}, want {want}", where=f"column {column.name!r}"
            ) from error

    def _missing(self, column: Wanted, values: Column, good: Bool) -> Iterator[Fault]:
        """Faults of the rows without a value, which are struck off `good`."""
        for row in np.flatnonzero(values.is_null()).tolist():
            if good[row]:
                good[row] = False
                (text,) = TableBody(self.rows.slice(row, 1)).texts()
                yield Fault(self.first + row, column.name, "", "is empty", text)


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """A Parquet file."""

    label: str
    file: pq.ParquetFile
    unit: str = "row"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.file.schema_arrow.names)

    @property
    def header(self) -> bytes:
        """The columns as a line of CSV."""
        names = self.names
        return joined_rows([dict(zip(names, names, strict=True))], names)[0]

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        return self.file.schema_arrow

    @property
    def size(self) -> int:
        """Rows."""
        return int(self.file.metadata.num_rows)

    def pieces(self) -> Iterator[Piece]:
        """Batches of rows."""
        first = 1
        for rows in self.file.iter_batches(_BATCH):
            yield ParquetPiece(rows, first)
            first += rows.num_rows


def open_csv(stream: BinaryIO, label: str, size: int | None) -> Source:
    """CSV from a stream.

    Raises:
        SourceDataError: There is nothing to read.
    """
    return CsvSource(label, read_head(stream, label), stream, size)


def open_parquet(path: Path) -> Source:
    """A Parquet file.

    Raises:
        SourceDataError: It is not one.
    """
    try:
        return ParquetSource(path.name, pq.ParquetFile(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceDataError(f"no Parquet file: {error}", where=path.name) from error
