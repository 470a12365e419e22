"""From a file of rows to a file of rows with their answers."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from api.batch.base import SUFFIXES
from api.batch.parts import Parts, digest_of
from api.batch.reading import open_rows
from api.batch.run import How, Tally, results, settle
from api.batch.work import Asked, open_work
from api.batch.writing import writer_of
from api.tables.sinks import whole_file
from cim.errors import InputError
from cim.progress import Progress, silent

STANDARD: Final = Path("-")
"""Standard input or output."""

_LARGE_BYTES: Final = 8 << 20
"""Tables of this size pay for several processes."""

_MOST_PROCESSES: Final = 4
"""More only when asked for: each keeps the city in its memory."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where rows come from and go to."""

    source: Path
    target: Path
    kind: str = ""
    """Of the result; told by the ending of its name when empty, else that of the source."""

    source_kind: str = ""
    encoding: str = ""


def geocode_file(
    files: Files,
    asked: Asked,
    *,
    resume: bool = False,
    processes: int | None = None,
    progress: Progress = silent,
) -> Tally:
    """Answer every row of a file; a result is written whole or not at all.

    Args:
        files: Where from and to.
        asked: What is asked of each row.
        resume: Keep answers beside the target while the work is not done, and use those that an
            earlier run for the same source left there.
        processes: How many work at a time; None: one for each processor where the table is large.
        progress: Told of rows.

    Raises:
        InputError: There is no input, or the result would overwrite it.
        SourceDataError: The table cannot be used; the message says why.
        BackendError: A file cannot be written.
    """
    _check(files, resume=resume)
    with ExitStack() as stack:
        source = stack.enter_context(_readable(files.source))
        label = "stdin" if files.source == STANDARD else files.source.name
        table = open_rows(source, files.source_kind, files.encoding, label)
        work = open_work(asked)
        work.places(table.names, table.label)
        writer = writer_of(result_kind(files), table, work.adds)
        parts = None
        if resume:
            folder = files.target.with_name(f".{files.target.name}.parts")
            parts = Parts(folder, f"{asked} {digest_of(source)}", work.adds)
        count = processes or _processes_for(source)
        if count == 1:
            settle(work)
        tally = Tally()
        sink = stack.enter_context(_writable(files.target))
        for piece in results(table, work, writer, tally, How(parts, count, asked, progress)):
            sink.write(piece)
    if parts:
        parts.drop()
    return tally


def _processes_for(source: Path) -> int:
    """How many processes pay: each opens the city for itself."""
    if source.stat().st_size < _LARGE_BYTES:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def result_kind(files: Files) -> str:
    """The kind of a result: as asked for, else as its name says, else that of the source."""
    source = files.source_kind or SUFFIXES.get(files.source.suffix.lower(), "csv")
    return files.kind or SUFFIXES.get(files.target.suffix.lower(), source)


def _check(files: Files, *, resume: bool) -> None:
    if files.source != STANDARD and files.source == files.target:
        raise InputError(f"{files.source}: input and output must be different files")
    if files.source == STANDARD and sys.stdin.isatty():
        raise InputError("no input: give a table on stdin, or --input FILE")
    if resume and STANDARD in (files.source, files.target):
        raise InputError("--resume needs files; legal: --input FILE --output FILE")


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """The source as a file: what comes through standard input is kept in one for the time."""
    if path != STANDARD:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cim-batch-") as folder:
        spool = Path(folder) / "stdin"
        with spool.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)
        yield spool


@contextmanager
def _writable(path: Path) -> Iterator[BinaryIO]:
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as part, part.open("wb") as stream:
        yield stream
