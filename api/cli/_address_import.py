"""`cim address import`: registers of addresses into the city's registry."""

import getpass
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import progress_bar, progress_lines, say, show
from api.settings import Settings, load_settings
from cim.errors import InputError

if TYPE_CHECKING:
    from addressing.importing.report import ImportReport
    from addressing.importing.run import ImportOptions, Stages
    from cim.store.base import Store

REPORT_FOLDER = "imports"
_FEW_BYTES = 4 << 20
"""A smaller register is read in this process: starting others takes longer."""


def import_command(  # noqa: PLR0913 - each argument is an option a user knows by its name
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV, XLSX, Parquet, or what GDAL reads."),
    ],
    *,
    workspace: Workspace = CURRENT_FOLDER,
    mapping: Annotated[
        Path | None,
        typer.Option(help="TOML file that says what the columns are; guessed when not given."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do all but write, and print the report.")
    ] = False,
    source: Annotated[
        str, typer.Option(help="Key of the register; the same key updates what it brought before.")
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="The whole register: retire what is gone from it.")
    ] = False,
    crs: Annotated[
        str,
        typer.Option(
            metavar="CRS", help="CRS of the coordinates, such as EPSG:3826, if not degrees."
        ),
    ] = "",
    source_layer: Annotated[str, typer.Option(help="Layer or sheet inside the file.")] = "",
    encoding: Annotated[str, typer.Option(help="Text encoding, such as GBK or Big5.")] = "",
    delimiter: Annotated[str, typer.Option(help="Sign between fields of a text table.")] = "",
    boundaries: Annotated[
        str,
        typer.Option(
            metavar="LAYER.FIELD",
            help="Layer of areas whose division codes count more than the text.",
        ),
    ] = "",
    who: Annotated[
        str, typer.Option(help="Who answers for it.", show_default="the user's name")
    ] = "",
    why: Annotated[str, typer.Option(help="Why, for the history of the addresses.")] = "",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that read.", show_default="one a processor"),
    ] = None,
    progress: Annotated[str, typer.Option(hidden=True)] = "bar",
) -> None:
    """Bring registers of addresses into the city's registry.

    Importing the same source again updates by source id: codes stay, changed texts become new
    versions. The report, the rejected rows and the doubtful ones are kept in the workspace's
    folder imports.

    Example: cim address import plates.csv --mapping plates.toml --dry-run -w city
    """
    if source and len(files) > 1:
        raise InputError("--source names one register; import the files one by one")
    _check_sources(files)
    from addressing.importing.mapping import read_mapping  # noqa: PLC0415 - slow to import
    from addressing.importing.run import ImportOptions  # noqa: PLC0415 - as above
    from api.address_sources import boundaries_of  # noqa: PLC0415 - as above
    from api.workspace import open_store  # noqa: PLC0415 - as above
    from cim.tables.base import TableOptions  # noqa: PLC0415 - as above
    from tiles.running.start import begin  # noqa: PLC0415 - as above

    begin()
    settings = load_settings(workspace)
    with closing(open_store(workspace, settings)) as store:
        options = ImportOptions(
            who=who or getpass.getuser(),
            why=why,
            source=source,
            mapping=None if mapping is None else read_mapping(mapping),
            crs=crs,
            table=TableOptions(source_layer or None, encoding or None, delimiter or None),
            home=_home(settings),
            boundaries=boundaries_of(store, boundaries),
            full=full,
            dry_run=dry_run,
        )
        for path in files:
            _import_one(workspace, store, path, options, Running(workers, progress))


@dataclass(frozen=True, slots=True)
class Running:
    """How an import runs."""

    workers: int | None
    """None: one a processor."""

    progress: str


def _check_sources(files: list[Path]) -> None:
    """Refuse files that would update each other.

    Raises:
        InputError: Two of them have the same key.
    """
    keys = [path.name.split(".")[0] for path in files]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise InputError(
            f"several files are register {twice!r}; import them one by one, with --source"
        )


def _home(settings: Settings) -> str:
    """Code of the city's division, empty when it has none."""
    code = settings.city.division_code
    return "" if not code.strip("0") else code


def _import_one(
    workspace: Path, store: "Store", path: Path, options: "ImportOptions", running: Running
) -> None:
    """Import one file, show its report and keep it."""
    from addressing.importing.run import Surroundings, import_register  # noqa: PLC0415 - slow
    from addressing.registry.store import Registry  # noqa: PLC0415 - as above
    from api.address_sources import entities_of  # noqa: PLC0415 - as above
    from tiles.running.pool import default_workers, pool  # noqa: PLC0415 - as above

    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = workspace / REPORT_FOLDER / f"{stamp}-{path.name.split('.')[0]}"
    few = path.is_file() and path.stat().st_size < _FEW_BYTES
    with ExitStack() as stack:
        registry = Registry(store.path)
        stack.callback(registry.close)
        made = stack.enter_context(pool(1 if few else running.workers or default_workers()))
        around = Surroundings(
            reject_path=stem.with_name(f"{stem.name}.rejects.csv"),
            entities=entities_of(store),
            spread=lambda function, jobs: made.map(function, jobs, apart=not few),
            stages=stack.enter_context(_stages(path.name, running.progress)),
        )
        report = import_register(registry, path, options, around)
    stem.parent.mkdir(exist_ok=True)
    document = orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2)
    stem.with_name(f"{stem.name}.report.json").write_bytes(document)
    _tell(report)
    show(asdict(report))


@contextmanager
def _stages(title: str, progress: str) -> Iterator["Stages"]:
    """What tells how far the work is: lines of JSON for a program, a bar for a person."""
    if progress == "json":
        yield progress_lines()
        return
    with progress_bar(title) as report:
        yield lambda _stage, done, total: report(done, total)


def _tell(report: "ImportReport") -> None:
    """The report in words."""
    if report.mapping_guessed:
        say("mapping, guessed by the names of the columns; keep and mend it as a file:")
        for line in report.mapping.rstrip().splitlines():
            say(f"  {line}")
    dry = " (dry run: nothing was written)" if report.dry_run else ""
    say(
        f"{report.file} -> {report.source}: {report.records} rows; {report.new} new, "
        f"{report.updated} updated, {report.unchanged} unchanged, {report.retired} retired, "
        f"{report.collisions} collisions in the queue, {report.rejected} rejected{dry}"
    )
    for name, counts in (
        ("draft", report.doubtful),
        ("column and text disagree", report.disagreements),
        ("rejected", report.reject_reasons),
    ):
        for reason, count in counts.items():
            say(f"  {name} {count}: {reason}")
    for name, file in (("rejected", report.reject_file), ("remarks", report.remark_file)):
        if file:
            say(f"  {name}: {file}")
    for note in report.notes:
        say(f"  note: {note}")
