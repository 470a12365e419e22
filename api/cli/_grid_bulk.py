"""How the commands of `cim grid` work on tables and on single values."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import progress_bar, say
from cim import plugins
from cim.grids.base import Grid

if TYPE_CHECKING:
    from api.tables.run import Work

STANDARD = Path("-")
"""Standard input or output."""

System = Annotated[str, typer.Option(help="Grid system: beidou, geosot or h3.")]
Input = Annotated[
    Path, typer.Option("--input", help="CSV or Parquet file of rows; - is standard input.")
]
Output = Annotated[
    Path, typer.Option("--output", help="CSV or Parquet file to write; - is standard output.")
]
Rejected = Annotated[
    Path | None,
    typer.Option("--reject", help="Keep rows that cannot be used in this file and go on."),
]
CodeField = Annotated[str, typer.Option(help="Column of codes.")]


def load_grid(system: str) -> Grid:
    """The grid system of a name.

    Raises:
        NotFoundError: There is none; the message lists the known ones.
    """
    grid: Grid = plugins.load(system, "cim.grids")
    return grid


def bulk(work: "Work", source: Path, target: Path, rejected: Path | None) -> None:
    """Work on a table; a terminal is shown how far it is."""
    from api.tables.files import Paths, transform  # noqa: PLC0415 - pyarrow is slow to import

    paths = Paths(source, target, rejected)
    if sys.stderr.isatty():
        with progress_bar("stdin" if source == STANDARD else source.name) as progress:
            tally = transform(paths, work, progress)
    else:
        tally = transform(paths, work)
    say(f"{tally.rows} rows" + (f", {tally.rejected} rejected: {rejected}" if rejected else ""))
