"""Tables to read, row by row: CSV, NDJSON, Parquet and XLSX. A row that is broken is kept."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched, chain, islice
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.batch.base import CHUNK, SUFFIXES, Chunk, Table
from cim.errors import SourceDataError
from cim.tables.base import TableOptions
from cim.tables.files import open_table

LONGEST_LINE: Final = 1 << 20
"""Characters of a row; a quote that is never closed would swallow the file."""

_SAMPLE: Final = 1 << 16
_MARK: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = ",\t;|"
_FALLBACK: Final = "gb18030"
_LOOKED_AT: Final = 1_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def open_rows(path: Path, kind: str = "", encoding: str = "", label: str = "") -> Table:
    """The table in a file.

    Args:
        path: The file.
        kind: `csv`, `ndjson`, `parquet` or `xlsx`; told by the name's ending when empty.
        encoding: Of a CSV file; told row by row, UTF-8 or GBK, when empty.
        label: Names it in messages; the file's name when empty.

    Raises:
        SourceDataError: It is empty, or no table of the kind.
    """
    label = label or path.name
    if not path.exists():
        raise SourceDataError("no such file", where=label)
    if path.is_file() and not path.stat().st_size:
        raise SourceDataError("the table is empty (0 bytes)", where=label)
    match kind or SUFFIXES.get(path.suffix.lower(), "csv"):
        case "ndjson":
            return _open_ndjson(path, label)
        case "parquet":
            return _open_parquet(path, label)
        case "xlsx":
            return _open_xlsx(path, label)
        case _:
            return _open_csv(path, label, encoding)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Text with delimiters; cells that are no UTF-8 are read as GBK."""

    path: Path
    label: str
    names: tuple[str, ...]
    delimiter: str
    encoding: str
    """Empty: told cell by cell."""

    is_marked: bool
    """Whether the result begins with a byte order mark: so does this, or it is no UTF-8."""

    size: int | None = None

    def chunks(self) -> Iterator[Chunk]:
        """See `Table.chunks`."""
        with _lines(self.path, self.encoding) as lines:
            rows = csv.reader(_bounded(lines, self.label), delimiter=self.delimiter)
            try:
                next(rows, None)
                filled = (row for row in rows if row)
                for part in batched(filled, CHUNK):
                    yield self._chunk(part)
            except csv.Error as error:
                where = f"{self.label}, line {rows.line_num + 1}"
                raise SourceDataError(str(error), where=where) from error

    def _chunk(self, part: tuple[list[str], ...]) -> Chunk:
        faults: dict[int, str] = {}
        count, rows = len(self.names), []
        for place, cells in enumerate(part):
            try:
                row = cells if _is_sound(cells) else [self._decoded(cell) for cell in cells]
            except UnicodeDecodeError:
                row = [_legible(cell) for cell in cells]
                faults[place] = "the row is text in neither UTF-8 nor GBK"
            if len(row) != count:
                faults[place] = f"{len(row)} fields, the header has {count}"
                row = [*row[:count], *[""] * (count - len(row))]
            rows.append(row)
        return Chunk(rows, faults)

    def _decoded(self, cell: str) -> str:
        return cell if _is_sound((cell,)) else _plain_bytes(cell).decode(_FALLBACK)


@dataclass(frozen=True, slots=True)
class NdjsonTable:
    """A JSON object a line."""

    path: Path
    label: str
    names: tuple[str, ...]
    size: int | None = None

    def chunks(self) -> Iterator[Chunk]:
        """See `Table.chunks`."""
        with self.path.open("rb") as lines:
            filled = (line for line in lines if line.strip())
            for part in batched(filled, CHUNK):
                faults: dict[int, str] = {}
                records = [_record(line, place, faults) for place, line in enumerate(part)]
                rows = [[record.get(name) for name in self.names] for record in records]
                yield Chunk(rows, faults, records)


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file."""

    label: str
    file: pq.ParquetFile

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.file.schema_arrow.names)

    @property
    def size(self) -> int | None:
        """Rows."""
        return int(self.file.metadata.num_rows)

    def chunks(self) -> Iterator[Chunk]:
        """See `Table.chunks`."""
        for batch in self.file.iter_batches(CHUNK):
            yield _columns(batch)


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet of a workbook, all of it in memory: there are at most a million rows."""

    label: str
    batches: list[pa.RecordBatch]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.batches[0].schema.names) if self.batches else ()

    @property
    def size(self) -> int | None:
        """Rows."""
        return sum(int(batch.num_rows) for batch in self.batches)

    def chunks(self) -> Iterator[Chunk]:
        """See `Table.chunks`."""
        for batch in self.batches:
            for first in range(0, batch.num_rows, CHUNK):
                yield _columns(batch.slice(first, CHUNK))


def _columns(batch: pa.RecordBatch) -> Chunk:
    cells = [column.to_pylist() for column in batch.columns]
    return Chunk(list(zip(*cells, strict=True)), batch=batch)


def _open_csv(path: Path, label: str, encoding: str) -> CsvTable:
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = encoding or "utf-16"
    elif b"\0" in sample and not encoding:
        raise SourceDataError("no text table: there are NUL bytes in it", where=label)
    try:
        codecs.lookup(encoding or "utf-8")
        with _lines(path, encoding) as lines:
            head = next(_bounded(lines, label), "")
            delimiter = max(_DELIMITERS, key=head.count)
            names = next(csv.reader(chain([head], lines), delimiter=delimiter), [])
    except (UnicodeError, LookupError) as error:
        raise SourceDataError(f"no text in {encoding}: {error}", where=label) from error
    except csv.Error as error:
        raise SourceDataError(f"the header is no CSV: {error}", where=label) from error
    plain = _is_sound(names)
    try:
        names = [name if plain else _plain_bytes(name).decode(_FALLBACK) for name in names]
    except UnicodeDecodeError as error:
        raise SourceDataError(
            "the header is text in neither UTF-8 nor GBK; name its encoding", where=label
        ) from error
    if not any(name.strip() for name in names):
        raise SourceDataError("its first line names no column", where=label)
    marked = sample.startswith(_MARK) or not plain or not _is_utf8(sample)
    stripped = tuple(name.strip() for name in names)
    return CsvTable(path, label, stripped, delimiter, encoding, marked)


def _open_ndjson(path: Path, label: str) -> NdjsonTable:
    with path.open("rb") as lines:
        faults: dict[int, str] = {}
        several = islice((line for line in lines if line.strip()), _LOOKED_AT)
        records = [_record(line, place, faults) for place, line in enumerate(several)]
    names = tuple(dict.fromkeys(name for record in records for name in record))
    if not names:
        raise SourceDataError(
            f"no NDJSON: {faults.get(0, 'no object in it')}; want a JSON object a line",
            where=label,
        )
    return NdjsonTable(path, label, names)


def _open_parquet(path: Path, label: str) -> ParquetTable:
    try:
        return ParquetTable(label, pq.ParquetFile(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceDataError(f"no Parquet file: {error}", where=label) from error


def _open_xlsx(path: Path, label: str) -> SheetTable:
    found = open_table(path, TableOptions(batch_size=50_000))
    batches = [
        pa.RecordBatch.from_arrays(list(one.columns.values()), names=list(one.columns))
        for one in found.batches()
    ]
    if not batches or not batches[0].num_columns:
        raise SourceDataError("the first sheet has no row below its header", where=label)
    return SheetTable(label, batches)


def _record(line: bytes, place: int, faults: dict[int, str]) -> dict[str, Any]:
    """The object of a line; an empty one, and a fault, when there is none."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        faults[place] = f"the line is no JSON: {error}"
        return {}
    if not isinstance(found, dict):
        faults[place] = "the line is no JSON object"
        return {}
    return found


def _lines(path: Path, encoding: str) -> io.TextIOWrapper:
    """Lines of text; bytes that are no UTF-8 come through as they are when none is named."""
    return io.TextIOWrapper(
        path.open("rb"),
        encoding or "utf-8-sig",
        errors="strict" if encoding else "surrogateescape",
        newline="",
    )


def _bounded(lines: io.TextIOWrapper, label: str) -> Iterator[str]:
    """Lines that end.

    Raises:
        SourceDataError: One does not.
    """
    for number in range(1, 1 << 62):
        line = lines.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE:
            raise SourceDataError(
                f"longer than {LONGEST_LINE} characters", where=f"{label}, line {number}"
            )
        yield line.replace("\0", "")


def _is_sound(cells: "list[str] | tuple[str, ...]") -> bool:
    """Whether all bytes of the cells were UTF-8."""
    text = "".join(cells)
    return text.isascii() or _SURROGATE.search(text) is None


def _plain_bytes(cell: str) -> bytes:
    return cell.encode("utf-8", "surrogateescape")


def _legible(cell: str) -> str:
    return _plain_bytes(cell).decode("utf-8", "replace")


def _is_utf8(sample: bytes) -> bool:
    """Whether a sample is UTF-8 but for a character that is cut at its end."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return len(sample) - error.start < 4 and len(sample) == _SAMPLE  # noqa: PLR2004 - bytes of a character
    return True
