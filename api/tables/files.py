"""Tables from and to files, standard input and standard output."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from api.tables.base import Source, find_columns
from api.tables.run import Rejects, Sink, Tally, Work, no_rows, run
from api.tables.sinks import csv_sink, parquet_sink, whole_file
from api.tables.sources import PARQUET_SUFFIXES, open_csv, open_parquet
from cim.errors import InputError, SourceDataError
from cim.progress import Progress, silent

STANDARD = Path("-")
"""Standard input or output."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the rows come from and go to."""

    input: Path = STANDARD
    output: Path = STANDARD

    rejects: Path | None = None
    """Where rows go that cannot be used; None ends the work at the first of them."""


def transform(paths: Paths, work: Work, progress: Progress = silent) -> Tally:
    """Do the work on every row of the input, and write the rows with the new columns.

    A file is written whole or not at all.

    Raises:
        InputError: There is no input, or output would overwrite it.
        SourceDataError: The input as a whole cannot be used, or a row cannot and there is no
            file for rejects.
        BackendError: A file cannot be written.
    """
    same = [path for path in (paths.output, paths.rejects) if path and path != STANDARD]
    if paths.input in same or len(set(same)) < len(same):
        raise InputError(f"{paths.input}: input, output and rejects must be different files")
    with ExitStack() as stack:
        source = stack.enter_context(_open_source(paths.input))
        found = find_columns(source, work.wanted)
        added = work.adds(frozenset(column.role for column in found))
        _check_new(source, added)
        work.apply(no_rows(found))
        sink = stack.enter_context(_open_sink(paths.output, source, added))
        rejects = stack.enter_context(_open_rejects(paths.rejects, source))
        return run(source, work, sink, rejects, progress)


def _check_new(source: Source, added: Mapping[str, pa.DataType]) -> None:
    """Refuse an input that has one of the new columns already."""
    there = [name for name in added if name in source.names]
    if there:
        raise SourceDataError(
            f"has a column {there[0]!r} already, which this would add; rename it",
            where=source.label,
        )


@contextmanager
def _open_source(path: Path) -> Iterator[Source]:
    """The input."""
    if path == STANDARD:
        if sys.stdin.isatty():
            raise InputError("no input: give values as arguments, CSV on stdin, or --input FILE")
        yield open_csv(sys.stdin.buffer, "stdin", None)
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    with stream:
        if path.suffix.lower() in PARQUET_SUFFIXES:
            yield open_parquet(path)
        else:
            yield open_csv(stream, path.name, path.stat().st_size)


@contextmanager
def _open_sink(
    path: Path, source: Source, added: Mapping[str, pa.DataType]
) -> Iterator[Sink[bytes] | Sink[pa.Table]]:
    """The output."""
    if path == STANDARD:
        with csv_sink(sys.stdout.buffer, source, added) as sink:
            yield sink
    elif path.suffix.lower() in PARQUET_SUFFIXES:
        with whole_file(path) as part, parquet_sink(part, source, added) as table_sink:
            yield table_sink
    else:
        with (
            whole_file(path) as part,
            part.open("wb") as stream,
            csv_sink(stream, source, added) as sink,
        ):
            yield sink


@contextmanager
def _open_rejects(path: Path | None, source: Source) -> Iterator[Rejects]:
    """Where rows go that cannot be used; a header alone says that there are none."""
    if path is None:
        yield Rejects(source, None)
        return
    with whole_file(path) as part, part.open("wb") as stream:
        yield Rejects(source, stream)
