"""`cim bim`: building models (IFC) before they become part of the city."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.cli.output import progress_bar, say, show, show_rows
from cim.bim.check.documents import to_json
from cim.bim.check.page import to_html
from cim.bim.check.report import check_model
from cim.bim.check.rulebook import HOUSE_RULES, read_rules
from cim.bim.check.run import read_subject
from cim.bim.clash import page as clash_page
from cim.bim.clash import report as clash_report
from cim.bim.clash.base import ClashOptions, Frame
from cim.bim.clash.reading import read_source
from cim.bim.clash.run import find_clashes
from cim.bim.clash.skipping import HOUSE_SKIPPING, read_skipping
from cim.bim.levels.judge import house_levels, judge, read_levels
from cim.bim.levels.summary import summary_of
from cim.bim.limits import Limits
from cim.errors import InputError, SourceDataError

app = typer.Typer(add_completion=False, no_args_is_help=True)

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="IFC file, .ifc or .ifczip.")]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Report to write: .html with a .json beside it, or .json."
    ),
]


@app.callback()
def bim() -> None:
    """Building models (IFC): check, clash, what is in them."""


@app.command()
def check(
    path: Model,
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="File of rules of your own (TOML); may be repeated."),
    ] = None,
    output: ReportFile = None,
) -> None:
    """Check a model by rules; exit 1 when a rule of severity error finds something.

    Rules are data: assets/bim/rules.toml, and your own files after it, which add rules, replace
    those of the same id or switch them off.

    Example: cim bim check tower.ifc --rules city-rules.toml -o tower.html
    """
    check_output(output)
    known = read_rules((HOUSE_RULES, *(rules or ())))
    report = check_model(path.name, read_subject(path, Limits()), known)
    write_report(output, to_json(report), to_html(report))
    show_rows(
        {
            "rule": rule.id,
            "severity": rule.severity,
            "looked_at": rule.looked_at,
            "findings": len(rule.findings),
            "title": rule.title.en,
        }
        for rule in report.rules
    )
    counts = ", ".join(f"{severity}: {count}" for severity, count in report.counts.items())
    if report.has_errors:
        raise SourceDataError(f"breaks rules; {counts}", where=str(path))
    say(f"{path}: {counts}")


@app.command()
def clash(  # noqa: PLR0913 - each argument is an option a user knows by its name
    first: Model,
    second: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="Second model; without it the first by itself."),
    ] = None,
    *,
    tolerance_m: Annotated[
        float, typer.Option(help="Depth to which elements may reach into each other.")
    ] = 0.01,
    clearance_m: Annotated[
        float, typer.Option(help="Find elements nearer than this too; 0: only those that clash.")
    ] = 0.0,
    frame: Annotated[
        Frame,
        typer.Option(help="How two models come together: earth, local, or auto by their files."),
    ] = "auto",
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="File of classes and pairs to leave out (TOML); may be repeated."),
    ] = None,
    output: ReportFile = None,
) -> None:
    """Find elements that share room, in one model or between two; exit 1 when some do.

    Boxes are compared first, then solids are cut with each other. Doors and windows with their
    wall, coverings with what they cover, parts of one whole and surfaces that touch are no clash.

    Example: cim bim clash structure.ifc pipes.ifc --clearance-m 0.05 -o clash.html
    """
    check_output(output)
    options = ClashOptions(tolerance_m, clearance_m, frame)
    skipping = read_skipping((HOUSE_SKIPPING, *(rules or ())))
    paths = (first,) if second is None else (first, second)
    sources = tuple(read_source(path, Limits()) for path in paths)
    with progress_bar("pairs") as progress:
        run = find_clashes(sources, options, skipping, progress)
    report = clash_report.report_of(sources, options, run)
    write_report(output, clash_report.to_json(report), clash_page.to_html(report))
    show_rows(clash_report.row_of(one) for one in report.found)
    counts = ", ".join(f"{kind}: {count}" for kind, count in report.counts.items())
    where = " and ".join(map(str, paths))
    if report.counts["hard"]:
        raise SourceDataError(f"elements clash; {counts}", where=where)
    say(f"{where}: {counts}")


@app.command()
def info(
    path: Model,
    *,
    levels: Annotated[
        Path | None, typer.Option(help="File of levels of your own (TOML) to judge by.")
    ] = None,
) -> None:
    """What is in a model: schema, classes, storeys, place with its confidence, CIM level.

    The level comes with its reasons and with what the next one wants. Names and grades of levels
    are data (assets/bim/levels.toml), after the guide, not verified against its text.

    Example: cim bim info tower.ifc
    """
    known = house_levels() if levels is None else read_levels(levels)
    subject = read_subject(path, Limits())
    show({"file": path.name, **summary_of(subject, judge(subject, known))})


def check_output(output: Path | None) -> None:
    """Refuse a report file of another kind before the work is done.

    Raises:
        InputError: Its name ends otherwise, or its folder is missing.
    """
    if output is None:
        return
    if output.suffix.lower() not in {".html", ".json"}:
        raise InputError(f"-o {output}; legal: a name that ends in .html or .json")
    if not output.parent.is_dir():
        raise InputError(f"-o {output}: no such folder: {output.parent}")


def write_report(output: Path | None, document: object, page: str) -> None:
    """Write a report as JSON, and as a page where one is asked for."""
    if output is None:
        return
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    output.with_suffix(".json").write_bytes(text)
    if output.suffix.lower() == ".html":
        output.write_text(page, "utf-8")
    say(f"report: {output}")
