"""What tables, the work done on them and the writers of results agree on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pyarrow as pa

CHUNK: Final = 2_000
"""Rows that are worked on at once; what is in memory at a time is a few of these."""

KINDS: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of tables with their media types."""

SUFFIXES: Final[Mapping[str, str]] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".geojsonl": "ndjson", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx",
}  # fmt: skip
"""Kind of a file by the ending of its name."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table as they came."""

    rows: Sequence[Sequence[Any]]
    """Cells in the order of the table's columns."""

    faults: Mapping[int, str] = field(default_factory=dict)
    """Why a row cannot be read, by its place here."""

    records: Sequence[Mapping[str, Any]] | None = None
    """The same rows where each names its own columns."""

    batch: pa.RecordBatch | None = None
    """The same rows where columns have types."""


class Table(Protocol):
    """A table to read."""

    @property
    def label(self) -> str:
        """Names the table in messages."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        ...

    @property
    def size(self) -> int | None:
        """Rows, None when the format does not tell cheaply."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """All rows, `CHUNK` at a time."""
        ...


class Work(Protocol):
    """What is found out about each row."""

    @property
    def adds(self) -> Mapping[str, pa.DataType]:
        """The columns it adds, with their types."""
        ...

    def places(self, names: Sequence[str], where: str) -> tuple[int, ...]:
        """Places of the columns that it reads.

        Raises:
            SourceDataError: The table lacks one; the message says what it has and what is legal.
        """
        ...

    def answers(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The added columns of rows of which only the columns it reads are given."""
        ...

    def nothing(self, reason: str) -> tuple[Any, ...]:
        """The added columns of a row that cannot be read."""
        ...
