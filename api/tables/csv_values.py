"""From rows of CSV to columns of values: all at once where all is sound, else row by row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from api.tables.arrays import from_numbers, text_scalar
from api.tables.base import Column, Fault, Rows, Wanted
from api.tables.csv_rows import Block, split_row
from cim.arrays import Int64

_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_SHOWN = 60
_COMMA = text_scalar(b",", pa.binary())
_EMPTY = text_scalar(b"", pa.string())


@dataclass(frozen=True, slots=True)
class CsvBody:
    """Rows as they came, each behind its line end."""

    names: tuple[str, ...]
    rows: pa.BinaryArray

    def take(self, rows: Int64) -> "CsvBody":
        """The rows of these numbers."""
        return CsvBody(self.names, self.rows.take(from_numbers(rows)))

    def texts(self) -> list[bytes]:
        """Each row without its line end."""
        return [row.lstrip(b"\r\n") for row in self.rows.to_pylist()]

    def with_columns(self, columns: Mapping[str, Column]) -> bytes:
        """The rows with these columns after their own."""
        parts = [_as_bytes(column) for column in columns.values()]
        joined = pc.binary_join_element_wise(
            self.rows, *parts, _COMMA, null_handling="replace", null_replacement=b""
        )
        return joined_bytes(joined)

    def table(self, columns: Mapping[str, Column]) -> pa.Table:
        """The rows as texts, with these columns after their own."""
        own = _read_csv(
            joined_bytes(self.rows), self.names, dict.fromkeys(self.names, pa.string())
        )
        for name, column in columns.items():
            own = own.append_column(name, column)
        return own


def joined_bytes(array: pa.BinaryArray) -> bytes:
    """All values of an array, one after the other."""
    if not len(array):
        return b""
    ends = np.frombuffer(array.buffers()[1], np.int32)[[array.offset, array.offset + len(array)]]
    data = array.buffers()[2]
    return b"" if data is None else bytes(memoryview(data)[ends[0] : ends[1]])


def _as_bytes(column: Column) -> pa.BinaryArray:
    """A column as CSV fields; the texts of codes need no quotes."""
    if pa.types.is_string(column.type):
        return column.view(pa.binary())
    return pc.cast(column, pa.string()).view(pa.binary())


def parse(names: tuple[str, ...], block: Block, wanted: Sequence[Wanted]) -> Rows:
    """The rows of a block, taken apart."""
    values = None if block.blank.any() else _parse_at_once(names, block, wanted)
    if values is None:
        return _parse_one_by_one(names, block, wanted)
    return Rows(values, block.lines(), CsvBody(names, _rows(block)))


def _rows(block: Block) -> pa.BinaryArray:
    """The rows of a block as an array over its bytes."""
    starts = pa.py_buffer(block.starts.astype(np.int32))
    buffers = [None, starts, pa.py_buffer(block.data)]
    return pa.Array.from_buffers(pa.binary(), len(block.blank), buffers)


def _parse_at_once(
    names: tuple[str, ...], block: Block, wanted: Sequence[Wanted]
) -> dict[str, Column] | None:
    """Columns by role; None where a row needs a closer look."""
    types = {column.name: pa.float64() if column.number else pa.string() for column in wanted}
    try:
        table = _read_csv(block.data, names, types)
    except pa.ArrowInvalid:
        return None
    values = {column.role: table[column.name].combine_chunks() for column in wanted}
    lacking = any(_lacks(values[column.role], column) for column in wanted if column.required)
    return None if lacking or table.num_rows != len(block.blank) else values


def _lacks(values: Column, column: Wanted) -> bool:
    """Whether a value that must be there is not."""
    if column.number:
        return bool(values.null_count)
    return bool(pc.any(pc.equal(values, _EMPTY)).as_py())


def _read_csv(data: bytes, names: tuple[str, ...], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Columns of CSV without a header, in one piece and one thread."""
    plain = [f"c{number}" for number in range(len(names))]
    renamed = {name: plain[names.index(name)] for name in types}
    table = csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(
            use_threads=False, column_names=plain, block_size=max(len(data) + 1, 1 << 16)
        ),
        parse_options=csv.ParseOptions(newlines_in_values=b'"' in data),
        convert_options=csv.ConvertOptions(
            include_columns=list(renamed.values()),
            column_types={renamed[name]: kind for name, kind in types.items()},
            null_values=[""],
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    return table.rename_columns(list(types))


def _parse_one_by_one(names: tuple[str, ...], block: Block, wanted: Sequence[Wanted]) -> Rows:
    """The rows of a block, each looked at alone; blank lines are left out."""
    rows, lines = _rows(block), block.lines()
    good: list[int] = []
    faults: list[Fault] = []
    values: dict[str, list[float | str | None]] = {column.role: [] for column in wanted}
    for number in np.flatnonzero(~block.blank).tolist():
        row = rows[number].as_py().lstrip(b"\r\n")
        found = _read_row(names, row, wanted)
        if isinstance(found, tuple):
            faults.append(Fault(int(lines[number]), *found, row))
            continue
        good.append(number)
        for role, value in found.items():
            values[role].append(value)
    arrays = {
        column.role: pa.array(values[column.role], pa.float64() if column.number else pa.string())
        for column in wanted
    }
    chosen = np.array(good, np.int64)
    body = CsvBody(names, rows).take(chosen)
    return Rows(arrays, lines[chosen], body, tuple(faults))


type _Blame = tuple[str, str, str]
"""Field, value, reason."""


def _read_row(
    names: tuple[str, ...], row: bytes, wanted: Sequence[Wanted]
) -> dict[str, float | str | None] | _Blame:
    """Values of a row by role, or what is wrong with it."""
    fields = split_row(row)
    if len(fields) != len(names):
        return "", "", f"{len(fields)} fields, the header has {len(names)}"
    values: dict[str, float | str | None] = {}
    for column in wanted:
        text = fields[names.index(column.name)]
        if not text.strip():
            if column.required:
                return column.name, text, f"is empty, want {_kind(column)}"
            values[column.role] = None
        elif column.number and not _NUMBER.fullmatch(text):
            return column.name, text[:_SHOWN], "is no number; legal are such as 116.3126, -8, 1e-3"
        else:
            values[column.role] = float(text) if column.number else text
    return values


def _kind(column: Wanted) -> str:
    return "a number" if column.number else "a text"
