"""Results to write: the rows of a table with more columns, as CSV, NDJSON, Parquet or XLSX."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from api.batch.base import Chunk, Table
from api.batch.reading import CsvTable
from cim.errors import InputError, SourceDataError

_BLOCK: Final = 1 << 20
MOST_SHEET_ROWS: Final = 1_048_575

type Answers = Sequence[tuple[Any, ...]]


class Writer(Protocol):
    """Makes the bytes of a result, piece by piece."""

    def begin(self) -> bytes:
        """What comes before the rows."""
        ...

    def piece(self, chunk: Chunk, answers: Answers) -> bytes:
        """Some rows with their answers."""
        ...

    def end(self) -> Iterator[bytes]:
        """What comes behind the rows."""
        ...


def writer_of(kind: str, table: Table, adds: Mapping[str, pa.DataType]) -> Writer:
    """A writer.

    Raises:
        InputError: There is none of the kind.
        SourceDataError: The table has one of the new columns already.
    """
    there = [name for name in adds if name in table.names]
    if there:
        raise SourceDataError(
            f"has a column {there[0]!r} already, which this would add; rename it",
            where=table.label,
        )
    match kind:
        case "csv":
            return CsvWriter(table, tuple(adds))
        case "ndjson":
            return NdjsonWriter(table.names, tuple(adds))
        case "parquet":
            return ParquetWriter(table.names, adds)
        case "xlsx":
            return XlsxWriter((*table.names, *adds))
    raise InputError(f"result {kind!r}; legal: csv, ndjson, parquet, xlsx")


@dataclass(frozen=True, slots=True)
class CsvWriter:
    """CSV in UTF-8, with a byte order mark where the table had one or was no UTF-8."""

    table: Table
    adds: tuple[str, ...]

    def begin(self) -> bytes:
        """The header."""
        marked = isinstance(self.table, CsvTable) and self.table.is_marked
        return b"\xef\xbb\xbf" * marked + self._text([(*self.table.names, *self.adds)])

    def piece(self, chunk: Chunk, answers: Answers) -> bytes:
        """Rows."""
        return self._text([*row, *more] for row, more in zip(chunk.rows, answers, strict=True))

    def end(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())

    def _text(self, rows: Iterable[Sequence[Any]]) -> bytes:
        delimiter = self.table.delimiter if isinstance(self.table, CsvTable) else ","
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class NdjsonWriter:
    """A JSON object a line; members of the row first, as they came."""

    names: tuple[str, ...]
    adds: tuple[str, ...]

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def piece(self, chunk: Chunk, answers: Answers) -> bytes:
        """Lines."""
        records = chunk.records or [dict(zip(self.names, row, strict=True)) for row in chunk.rows]
        told = (
            {**record, **dict(zip(self.adds, more, strict=True))}
            for record, more in zip(records, answers, strict=True)
        )
        options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
        return b"".join(orjson.dumps(one, default=str, option=options) for one in told)

    def end(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())


class _Taken(io.RawIOBase):
    """Bytes as they are written, to be taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever is a buffer
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        """What was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


@dataclass(slots=True)
class ParquetWriter:
    """Parquet; columns of a Parquet table keep their types, others are texts."""

    names: tuple[str, ...]
    adds: Mapping[str, pa.DataType]
    _sink: _Taken = field(default_factory=_Taken)
    _writer: pq.ParquetWriter | None = None

    def begin(self) -> bytes:
        """Nothing yet: the first rows tell the types."""
        return b""

    def piece(self, chunk: Chunk, answers: Answers) -> bytes:
        """A row group."""
        batch = chunk.batch
        if batch is None:
            columns = zip(*chunk.rows, strict=True)
            texts = [pa.array([_as_text(cell) for cell in one], pa.string()) for one in columns]
            batch = pa.RecordBatch.from_arrays(texts, names=list(self.names))
        table = pa.Table.from_batches([batch])
        for (name, kind), values in zip(
            self.adds.items(), zip(*answers, strict=True), strict=True
        ):
            table = table.append_column(name, pa.array(values, kind))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, table.schema, compression="zstd")
        self._writer.write_table(table)
        return self._sink.take()

    def end(self) -> Iterator[bytes]:
        """The footer."""
        if self._writer is not None:
            self._writer.close()
        yield self._sink.take()


class XlsxWriter:
    """An Excel workbook, made in a temporary file; texts are always texts."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cim-batch-")
        options = {
            "constant_memory": True,
            "tmpdir": self._folder.name,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        self._path = Path(self._folder.name) / "result.xlsx"
        self._book = Workbook(str(self._path), options)
        self._sheet = self._book.add_worksheet("result")
        self._sheet.write_row(0, 0, names)
        self._rows = 0

    def begin(self) -> bytes:
        """Nothing: a workbook is written last."""
        return b""

    def piece(self, chunk: Chunk, answers: Answers) -> bytes:
        """Nothing yet.

        Raises:
            SourceDataError: A sheet holds no more rows.
        """
        for row, more in zip(chunk.rows, answers, strict=True):
            self._rows += 1
            if self._rows > MOST_SHEET_ROWS:
                raise SourceDataError(
                    f"more than {MOST_SHEET_ROWS} rows do not fit on a sheet; legal: f=csv, "
                    "f=ndjson, f=parquet", where="result",
                )  # fmt: skip
            cells = [one if isinstance(one, int | float) else _as_text(one) for one in row]
            self._sheet.write_row(self._rows, 0, [*cells, *more])
        return b""

    def end(self) -> Iterator[bytes]:
        """The workbook."""
        with self._folder:
            self._book.close()
            with self._path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    yield block


def _as_text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return orjson.dumps(cell, default=str).decode() if isinstance(cell, dict | list) else str(cell)
