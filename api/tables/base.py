"""What tables of rows and the work done on them agree on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from cim.arrays import Int64
from cim.errors import SourceDataError

type Column = pa.Array


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that some work reads."""

    role: str
    """What the column is to the work: `lon`."""

    name: str
    """Its name in the table."""

    number: bool
    """Whether its cells are numbers; else they are texts."""

    required: bool = True
    """Whether the table must have the column, and each row a value in it."""

    filled: bool = True
    """Whether each row of a required column must have a value."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be used."""

    place: int
    """Line of a CSV file, row of a Parquet file; the first is 1."""

    field: str
    """Column at fault, empty when it is the row as a whole."""

    value: str
    reason: str
    """What is wrong and what is legal."""

    row: bytes
    """The row as it came."""

    def __str__(self) -> str:
        """The fault without its place."""
        return f"{self.field} {self.value!r}: {self.reason}" if self.field else self.reason


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that can be read, and those that cannot."""

    values: Mapping[str, Column]
    """(n,) columns by role: `double`, or `string`; a column that may be missing has nulls."""

    places: Int64
    """(n,) line or row number of each."""

    body: "Body"
    """The n rows as they came."""

    faults: tuple[Fault, ...] = ()


class Body(Protocol):
    """Some rows of a table as they came."""

    def take(self, rows: Int64) -> "Body":
        """The rows of these numbers, which may come several times."""
        ...

    def texts(self) -> list[bytes]:
        """Each row as a line of CSV, without its end."""
        ...

    def with_columns(self, columns: Mapping[str, Column]) -> bytes:
        """The rows as CSV with these columns after their own, each row behind a line feed."""
        ...

    def table(self, columns: Mapping[str, Column]) -> pa.Table:
        """The rows as a table with these columns after their own."""
        ...


class Piece(Protocol):
    """A stretch of a table that is read but not yet taken apart; may be parsed in any thread."""

    @property
    def size(self) -> int:
        """Bytes or rows, in the unit of `Source.size`."""
        ...

    def parse(self, wanted: Sequence[Wanted]) -> Rows:
        """The rows of the stretch."""
        ...


class Source(Protocol):
    """A table to read."""

    @property
    def label(self) -> str:
        """Names the table in messages."""
        ...

    @property
    def unit(self) -> str:
        """What a place counts: `line` or `row`."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        ...

    @property
    def header(self) -> bytes:
        """The header as CSV, without its line end."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        ...

    @property
    def size(self) -> int | None:
        """Size of the whole in the unit of `Piece.size`, None when it is not known."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """The table, stretch by stretch."""
        ...


def find_columns(source: Source, wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """The columns that the table has, under the names it gives them; case does not matter.

    Raises:
        SourceDataError: A column is missing (the message lists those there are), there twice, or
            of a type that cannot be used.
    """
    found = []
    for column in wanted:
        matches = [name for name in source.names if name == column.name] or [
            name for name in source.names if name.strip().lower() == column.name.lower()
        ]
        if len(matches) > 1:
            raise SourceDataError(f"column {column.name!r} is there twice", where=source.label)
        if matches:
            _check_type(source, matches[0], column)
            filled = column.required and column.filled
            found.append(Wanted(column.role, matches[0], column.number, filled))
        elif column.required:
            known = ", ".join(repr(name) for name in source.names)
            raise SourceDataError(
                f"no column {column.name!r}; the header has {known}", where=source.label
            )
    return tuple(found)


def _check_type(source: Source, name: str, column: Wanted) -> None:
    """Refuse a column that can hold no numbers, or no texts."""
    kind = source.schema.field(name).type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (text or (number and column.number)):
        want = "numbers" if column.number else "texts"
        raise SourceDataError(f"column {name!r} is {kind}, want {want}", where=source.label)
