"""What commands print: results on stdout, messages and progress bars on stderr."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from cim.progress import Progress as Report

LINE_EVERY_S = 0.2
"""How often progress is told in lines."""

_JSON = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def show(value: Mapping[str, Any], *, json: bool = False) -> None:
    """One result: two columns on a terminal; one line of JSON on a pipe, or when asked for."""
    if json or not sys.stdout.isatty():
        _line(value)
        return
    table = Table(show_header=False, box=None)
    for name, item in value.items():
        table.add_row(f"[bold]{name}[/bold]", _text(item))
    Console().print(table)


def show_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Results: a table on a terminal, JSON lines on a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            _line(row)
        return
    rows = list(rows)
    table = Table(box=None, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_text(item) for item in row.values()))
    Console().print(table)


def say(message: str) -> None:
    """A message for the person at the keyboard."""
    print(message, file=sys.stderr)


class _Throughput(ProgressColumn):
    """Things done in a second."""

    def render(self, task: Task) -> Text:
        """The number, nothing while it is unknown."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """A bar on stderr; hand what it gives to a long job as its progress."""
    with progress_bars() as bar:
        yield bar(title)


@contextmanager
def progress_bars() -> Iterator[Callable[[str], Report]]:
    """Bars on stderr, one for each title that is asked for."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Throughput(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:

        def add(title: str) -> Report:
            task = bars.add_task(title, total=None)

            def report(done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total)

            return report

        yield add


def progress_lines() -> Callable[[str, int, int | None], None]:
    """What tells stage, done and total as lines of JSON on stderr, for programs that wait."""
    told: list[tuple[str, float]] = [("", 0.0)]

    def tell(stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage == told[0][0] and done != total and now - told[0][1] < LINE_EVERY_S:
            return
        told[0] = (stage, now)
        line = orjson.dumps({"stage": stage, "done": done, "total": total}).decode()
        print(line, file=sys.stderr, flush=True)

    return tell


def _line(value: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=_JSON) + b"\n")
    sys.stdout.flush()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, tuple)):
        return orjson.dumps(value, option=_JSON).decode()
    return str(value)
