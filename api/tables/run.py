"""Work on every row of a table: read, compute in threads, write in order, in flat memory.

Rows that cannot be used stop the work at the first, or are kept in a file of their own.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from api.tables.arrays import from_numbers
from api.tables.base import Body, Column, Fault, Piece, Rows, Source, Wanted, find_columns
from cim.arrays import Int64
from cim.errors import InputError, SourceDataError
from cim.progress import Progress, silent

_PREFIX = re.compile(r"^(?:point|code|height|height code) \d+: ")
THREADS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What work adds to rows."""

    columns: Mapping[str, Column]
    """(m,) new columns by name."""

    owner: Int64 | None = None
    """(m,) row each line of the answer belongs to; None when there is one for each row."""


class Work(Protocol):
    """Something computed for every row from some of its columns."""

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The columns it reads."""
        ...

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """The columns it adds when the table has columns of these roles."""
        ...

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """The new columns of some rows; of no rows too.

        Raises:
            InputError: A row cannot be used; with no rows, the work as a whole is not legal.
        """
        ...

    def blame(self, values: Mapping[str, Column], error: InputError) -> str:
        """Role of the column at fault in the one row of `values`."""
        ...


class Sink[R](Protocol):
    """A table to write."""

    def render(self, body: Body, columns: Mapping[str, Column]) -> R:
        """Some rows made ready in any thread."""
        ...

    def write(self, rendered: R) -> None:
        """Write what was made ready."""
        ...


class Rejects:
    """Rows that could not be used; without a file the first one ends the work."""

    def __init__(self, source: Source, stream: BinaryIO | None) -> None:
        self.count = 0
        self._source = source
        self._stream = stream
        if stream is not None:
            stream.write(f"{source.unit},field,value,reason,".encode() + source.header + b"\n")

    def add(self, faults: Sequence[Fault]) -> None:
        """Keep rows.

        Raises:
            SourceDataError: There is no file to keep them in.
        """
        for fault in sorted(faults, key=lambda fault: fault.place):
            if self._stream is None:
                where = f"{self._source.label}, {self._source.unit} {fault.place}"
                raise SourceDataError(str(fault), where=where)
            why = io.StringIO()
            fields = [fault.place, fault.field, fault.value, fault.reason]
            csv.writer(why, lineterminator=",").writerow(fields)
            self._stream.write(why.getvalue().encode() + fault.row + b"\n")
            self.count += 1


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a table."""

    rows: int
    """Rows that could be used."""

    rejected: int


@dataclass(frozen=True, slots=True)
class _Done[R]:
    """A stretch of the table, worked on."""

    rendered: R
    rows: int
    faults: tuple[Fault, ...]
    size: int


def run[R](
    source: Source, work: Work, sink: Sink[R], rejects: Rejects, progress: Progress = silent
) -> Tally:
    """Do the work on every row of a table.

    Raises:
        InputError: The work is not legal, whatever the rows.
        SourceDataError: The table lacks a column, a row cannot be used and there is no file for
            rejects, or no row at all can be used.
    """
    wanted = find_columns(source, work.wanted)

    def step(piece: Piece) -> _Done[R]:
        rows = work_on(piece.parse(wanted), work, wanted)
        return _Done(
            sink.render(rows.body, rows.values), len(rows.places), rows.faults, piece.size
        )

    used = read = 0
    for done in _in_order(step, source.pieces()):
        rejects.add(done.faults)
        sink.write(done.rendered)
        used, read = used + done.rows, read + done.size
        progress(read, source.size)
    if rejects.count and not used:
        raise SourceDataError(f"none of {rejects.count} rows could be used", where=source.label)
    return Tally(used, rejects.count)


def no_rows(wanted: Sequence[Wanted]) -> dict[str, Column]:
    """Columns without rows, by role."""
    return {
        column.role: pa.nulls(0, pa.float64() if column.number else pa.string())
        for column in wanted
    }


def _in_order[T, R](step: Callable[[T], R], items: Iterator[T]) -> Iterator[R]:
    """Results of a step in the order of the items, a few items ahead in threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(step, item))
                if len(waiting) > THREADS + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def work_on(rows: Rows, work: Work, wanted: Sequence[Wanted]) -> Rows:
    """The rows with the new columns as `values`; rows the work refuses become faults.

    `places` stays one for each row used, whatever number of lines the answer has for it.
    """
    try:
        answer = work.apply(rows.values)
    except InputError as error:
        return _without_refused(rows, work, wanted, error)
    body = rows.body if answer.owner is None else rows.body.take(answer.owner)
    return replace(rows, values=answer.columns, body=body)


def _without_refused(rows: Rows, work: Work, wanted: Sequence[Wanted], why: InputError) -> Rows:
    """`work_on` where the work refuses at least one row.

    Raises:
        InputError: It refuses the rows together but none alone.
    """
    refused = dict(_refused(rows.values, work, 0, len(rows.places)))
    if not refused:
        raise why
    names = {column.role: column.name for column in wanted}
    texts = rows.body.take(np.array(sorted(refused), np.int64)).texts()
    faults = []
    for row, text in zip(sorted(refused), texts, strict=True):
        role, value, reason = refused[row]
        faults.append(Fault(int(rows.places[row]), names[role], value, reason, text))
    kept = np.setdiff1d(np.arange(len(rows.places)), list(refused))
    left = Rows(
        {role: column.take(from_numbers(kept)) for role, column in rows.values.items()},
        rows.places[kept],
        rows.body.take(kept),
        (*rows.faults, *faults),
    )
    return work_on(left, work, wanted)


def _refused(
    values: Mapping[str, Column], work: Work, start: int, stop: int
) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Rows that the work refuses, found by halving: number, role, value and reason of each."""
    piece = {role: column.slice(start, stop - start) for role, column in values.items()}
    try:
        work.apply(piece)
    except InputError as error:
        if stop - start == 1:
            role = work.blame(piece, error)
            value = piece[role][0].as_py()
            yield start, (role, "" if value is None else str(value), _PREFIX.sub("", str(error)))
            return
        middle = (start + stop) // 2
        yield from _refused(values, work, start, middle)
        yield from _refused(values, work, middle, stop)
