"""Work on a table from its first row to its last, in flat memory; it may stop and go on."""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Self

from api.batch.base import Chunk, Table, Work
from api.batch.parts import Parts
from api.batch.work import Asked, open_work
from api.batch.writing import Writer
from api.tuning import tune
from cim.progress import Progress, silent
from geocode.model import Status

type Answers = list[tuple[Any, ...]]

_STATUS: Final = "match_status"
_AHEAD: Final = 3
"""Chunks for each process that wait or are worked on."""


@dataclass(slots=True)
class Tally:
    """What became of the rows."""

    rows: int = 0
    matched: int = 0
    kept: int = 0
    """Rows whose answers were there from an earlier run."""


@dataclass(frozen=True, slots=True)
class How:
    """How a table is worked on."""

    parts: Parts | None = None
    """Where answers are kept, for work that may be cut short."""

    processes: int = 1
    """How many work at a time; more than one open the city each for itself."""

    asked: Asked | None = None
    """What they are to do."""

    progress: Progress = silent
    """Told of rows."""


def results(table: Table, work: Work, writer: Writer, tally: Tally, how: How) -> Iterator[bytes]:
    """The bytes of the result, piece by piece, one for each chunk; an empty one says: go on.

    Raises:
        SourceDataError: The table lacks a column, or is broken.
    """
    places = work.places(table.names, table.label)
    at_status = list(work.adds).index(_STATUS)
    yield writer.begin()
    with ExitStack() as stack:
        if how.processes > 1 and how.asked is not None:
            pool = stack.enter_context(_Pool(how.processes, how.asked, table))
            pairs = pool.pairs(places, how.parts, tally)
        else:
            pairs = _pairs(table, work, places, how.parts, tally)
        for chunk, answers in pairs:
            for place, reason in chunk.faults.items():
                answers[place] = work.nothing(reason)
            tally.rows += len(answers)
            tally.matched += sum(one[at_status] != Status.NONE.value for one in answers)
            yield writer.piece(chunk, answers)
            how.progress(tally.rows, table.size)
    yield from writer.end()


def _pairs(
    table: Table, work: Work, places: Sequence[int], parts: Parts | None, tally: Tally
) -> Iterator[tuple[Chunk, Answers]]:
    """Chunks with their answers."""
    for number, chunk in enumerate(table.chunks()):
        answers = parts.load(number) if parts else None
        if answers is not None:
            tally.kept += len(answers)
        else:
            answers = work.answers(_asked(chunk, places))
            if parts:
                parts.save(number, answers)
        yield chunk, answers


def _asked(chunk: Chunk, places: Sequence[int]) -> list[tuple[Any, ...]]:
    return [tuple([row[place] for place in places]) for row in chunk.rows]


class _Pool:
    """Several processes at work, a few chunks ahead."""

    def __init__(self, processes: int, asked: Asked, table: Table) -> None:
        self._table = table
        self._ahead = processes * _AHEAD
        self._pool = ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("spawn"),
            _begin,
            (asked, table.names, table.label),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def pairs(
        self, places: Sequence[int], parts: Parts | None, tally: Tally
    ) -> Iterator[tuple[Chunk, Answers]]:
        """Chunks with their answers, in order."""
        waiting: deque[tuple[int, Chunk, Answers | Future[Answers]]] = deque()
        for number, chunk in enumerate(self._table.chunks()):
            kept = parts.load(number) if parts else None
            if kept is not None:
                tally.kept += len(kept)
            waiting.append(
                (number, chunk, kept or self._pool.submit(_answers, _asked(chunk, places)))
            )
            if len(waiting) > self._ahead:
                yield self._done(*waiting.popleft(), parts)
        while waiting:
            yield self._done(*waiting.popleft(), parts)

    def _done(
        self, number: int, chunk: Chunk, answers: "Answers | Future[Answers]", parts: Parts | None
    ) -> tuple[Chunk, Answers]:
        if isinstance(answers, Future):
            answers = answers.result()
            if parts:
                parts.save(number, answers)
        return chunk, answers


_WORK: list[Work] = []
"""The work of a process of a pool, opened once."""


def _begin(asked: Asked, names: Sequence[str], label: str) -> None:
    work = open_work(asked)
    work.places(names, label)
    settle(work)
    _WORK.append(work)


def settle(work: Work) -> None:
    """Read what the first rows would wait for, and leave it out of searches for garbage."""
    work.answers([])
    tune()


def _answers(rows: list[tuple[Any, ...]]) -> Answers:
    return _WORK[0].answers(rows)
