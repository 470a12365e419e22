"""Reading many rows, here or in other processes: columns in, columns out."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa

from addressing.importing.elements import Disagreement, Elements, Fault, ReadRows, RowReader
from addressing.importing.mapping import Preference
from addressing.kinds import KINDS
from addressing.lexicon import Name
from addressing.parse import Parser
from addressing.resources import make_parser

VALUE: Final = "value:"
NAME: Final = "name:"
DIVISION: Final = "division"
DOUBT: Final = "doubt"
"""Columns of what was read: value and name of each type of elements, division, doubt."""


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """What a process needs to read rows; kept in a file, for it may hold many names."""

    profile: str
    within: tuple[str, ...]
    names: tuple[Name, ...]
    prefer: Preference

    def keep(self, path: Path) -> Path:
        """Write it down."""
        path.write_bytes(pickle.dumps(self))
        return path


@dataclass(frozen=True, slots=True)
class Job:
    """Some rows to be read."""

    plan: Path
    texts: pa.Array | None
    parts: Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Answer:
    """Some rows that were read."""

    columns: pa.RecordBatch
    """(n,) values and names by type of elements, `division` and `doubt`."""

    disagreements: tuple[Disagreement, ...]
    faults: tuple[Fault, ...]


class Spread(Protocol):
    """Runs a function over jobs, perhaps in other processes; results come in their order."""

    def __call__(
        self, function: Callable[[Job], Answer], jobs: Iterable[Job], /
    ) -> Iterator[Answer]:
        """The results."""
        ...


def here(function: Callable[[Job], Answer], jobs: Iterable[Job]) -> Iterator[Answer]:
    """Every job in this process: a `Spread`."""
    return map(function, jobs)


def read_rows(job: Job) -> Answer:
    """The elements of the rows of a job."""
    reader = _reader(job.plan)
    texts = None if job.texts is None else job.texts.to_pylist()
    parts = {kind: column.to_pylist() for kind, column in job.parts.items()}
    return to_answer(reader.read(texts, parts))


@lru_cache(1)
def _reader(plan: Path) -> RowReader:
    """The reader of a plan, kept for the next job."""
    found: ReaderPlan = pickle.loads(plan.read_bytes())  # noqa: S301 - this program wrote it
    return RowReader(_parser(found.profile, found.within, found.names), found.prefer)


@lru_cache(2)
def _parser(profile: str, within: tuple[str, ...], names: tuple[Name, ...]) -> Parser:
    """A parser, kept for the next register of the same names."""
    return make_parser(profile, within, names)


def to_answer(read: ReadRows) -> Answer:
    """What was read, column by column."""
    kinds = {kind for row in read.elements for kind in row}
    columns: dict[str, pa.Array] = {}
    for kind in sorted(kinds, key=lambda one: KINDS[one].rank):
        columns[VALUE + kind] = _texts(read.elements, kind, 0)
        names = _texts(read.elements, kind, 1)
        if names.null_count < len(names):
            columns[NAME + kind] = names
    columns[DIVISION] = pa.array([code or None for code in read.divisions], pa.string())
    columns[DOUBT] = pa.array([doubt or None for doubt in read.doubts], pa.string())
    return Answer(pa.RecordBatch.from_pydict(columns), read.disagreements, read.faults)


def _texts(rows: Sequence[Elements], kind: str, place: int) -> pa.Array:
    """Values (0) or names (1) of a type; None where a row has none."""
    return pa.array(
        [(row[kind][place] or None) if kind in row else None for row in rows], pa.string()
    )
