"""Text tables: fields between commas, semicolons, tabs or bars, in any encoding.

Source: RFC 4180, with other delimiters than the comma.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from cim.arrays import Int64
from cim.errors import InputError, SourceDataError
from cim.features import Reject
from cim.readers._encoding import UTF8, decode_columns
from cim.readers._gdal import check_gzip
from cim.readers._layers import told_apart
from cim.readers._tables import as_utf8, check_last_line, delimiter_of, open_bytes, text_encoding
from cim.tables.base import TableBatch, TableOptions

_BLOCK = 1 << 22
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """A text table; all its columns are texts, an empty field is None."""

    path: Path
    names: tuple[str, ...]
    encoding: str
    delimiter: str
    notes: tuple[str, ...]
    crs: str | None = None
    count: int | None = None
    has_geometry: bool = False

    @property
    def label(self) -> str:
        """The file's name."""
        return self.path.name

    def batches(self, names: Iterable[str] | None = None) -> Iterator[TableBatch]:
        """See `Table.batches`."""
        asked = set(self.names if names is None else names)
        wanted = tuple(name for name in self.names if name in asked)
        with as_utf8(self.path, self.encoding) as text:
            odd = _OddRows()
            reader, row = _opened(text, self, wanted, odd), 0
            while (batch := _next(reader, self.label)) is not None:
                records = odd.records(row, batch.num_rows)
                row += batch.num_rows
                columns = dict(zip(wanted, batch.columns, strict=True))
                decoded, broken = _decoded(columns, records)
                yield TableBatch(decoded, records, rejects=(*odd.take(), *broken))
            if left := odd.take():
                none = {name: pa.array([], pa.string()) for name in wanted}
                yield TableBatch(none, np.zeros(0, np.int64), rejects=left)


def open_delimited(path: Path, options: TableOptions) -> DelimitedTable:
    """A text table, its header read.

    Raises:
        SourceDataError: See `cim.tables.files.open_table`.
        InputError: The encoding is unknown, or the delimiter is none.
    """
    if options.delimiter is not None and len(options.delimiter) != 1:
        raise InputError(f"delimiter {options.delimiter!r}; legal: one sign, such as , ; or tab")
    if path.suffix.lower() == ".gz":
        check_gzip(path)
    encoding, notes = text_encoding(path, options.encoding)
    with as_utf8(path, encoding) as text:
        check_last_line(text, path.name)
        with open_bytes(text) as stream:
            delimiter = options.delimiter or delimiter_of(stream.readline())
        names = _names(text, delimiter, path.name)
    return DelimitedTable(path, names, encoding, delimiter, notes)


def _names(text: Path, delimiter: str, where: str) -> tuple[str, ...]:
    """Names of the columns; those without one are numbered, those of one name told apart.

    Raises:
        SourceDataError: The header is not text in the encoding, or names nothing.
    """
    stream = io.TextIOWrapper(open_bytes(text), "utf-8-sig", errors="surrogateescape", newline="")
    with stream as lines:
        try:
            names = next(csv.reader(lines, delimiter=delimiter), [])
            "".join(names).encode()
        except (UnicodeEncodeError, csv.Error) as error:
            reason = "the header is no text in this encoding; name the right one with --encoding"
            raise SourceDataError(reason, where=where) from error
    plain = tuple(name.strip() or f"column_{place}" for place, name in enumerate(names, 1))
    if not any(name.strip() for name in names):
        raise SourceDataError("its first line names no column", where=where)
    return told_apart(plain)


def _opened(
    text: Path, table: DelimitedTable, wanted: tuple[str, ...], odd: "_OddRows"
) -> pacsv.CSVStreamingReader:
    """A reader of UTF-8 text.

    Columns are asked for by place, for the header may name two alike.

    Raises:
        SourceDataError: There is no row.
    """
    places = {name: str(place) for place, name in enumerate(table.names)}
    reading = pacsv.ReadOptions(
        use_threads=False,
        block_size=_BLOCK,
        column_names=list(places.values()),
        skip_rows_after_names=1,
    )
    parsing = pacsv.ParseOptions(
        delimiter=table.delimiter, newlines_in_values=True, invalid_row_handler=odd.see
    )
    converting = pacsv.ConvertOptions(
        check_utf8=False,
        column_types=dict.fromkeys(places.values(), pa.string()),
        include_columns=[places[name] for name in wanted],
        strings_can_be_null=True,
        null_values=[""],
    )
    try:
        return pacsv.open_csv(text, reading, parsing, converting)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceDataError(_one_line(error), where=table.label) from error


def _next(reader: pacsv.CSVStreamingReader, where: str) -> pa.RecordBatch | None:
    """The next rows.

    Raises:
        SourceDataError: They cannot be read.
    """
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceDataError(_one_line(error), where=where) from error


class _OddRows:
    """Rows whose number of fields is not that of the header; they are left out."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._new: list[Reject] = []

    def see(self, row: pacsv.InvalidRow) -> Literal["skip"]:
        """Take note of one, as pyarrow calls it; the header is its row 1."""
        record = row.number - 1
        self._numbers.append(record)
        shown = (row.text or "")[:_SHOWN]
        reason = f"has {row.actual_columns} fields, the header {row.expected_columns}"
        self._new.append(Reject(record, "row", shown, reason))
        return "skip"

    def take(self) -> tuple[Reject, ...]:
        """Those that came since the last call."""
        taken, self._new = tuple(self._new), []
        return taken

    def records(self, first: int, count: int) -> Int64:
        """Record numbers of some rows that were not left out.

        Args:
            first: How many such rows came before.
            count: How many these are.
        """
        left_out = np.array(self._numbers, np.int64)
        rows = np.arange(first, first + count, dtype=np.int64)
        before = np.searchsorted(left_out - np.arange(len(left_out)), rows + 1, side="right")
        numbers: Int64 = rows + 1 + before
        return numbers


def _decoded(
    columns: dict[str, pa.Array], records: Int64
) -> tuple[dict[str, pa.Array], tuple[Reject, ...]]:
    """Columns of sound text, and the values that are none."""
    decoded, broken = decode_columns(columns, UTF8, 0)
    named = (replace(one, record=int(records[one.record])) for one in broken)
    return decoded, tuple(named)


def _one_line(error: Exception) -> str:
    """What pyarrow says, short."""
    return f"cannot be read as a table: {' '.join(str(error).split())[:200]}"
