"""Commands of `cim address` about doors in the street: plates, checks, reports."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows


def add_to(app: typer.Typer) -> None:
    """Add the commands to `cim address`."""
    for command in (plate, check, reports):
        app.command()(command)


def plate(  # noqa: PLR0913 - each argument is an option a user knows by its name
    codes: Annotated[list[str] | None, typer.Argument(help="Address codes.")] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File: .svg, .png or .pdf by its suffix.")
    ],
    road: Annotated[
        str, typer.Option(help="Plates of all doors of a street, estate or division, as text.")
    ] = "",
    element: Annotated[
        str, typer.Option(help="Plates of all doors of the element with this code.")
    ] = "",
    bbox: Annotated[
        str, typer.Option(help="Plates of all doors in west,south,east,north, degrees CGCS2000.")
    ] = "",
    size: Annotated[
        str, typer.Option(help="large, medium or small; by default addresses.plate of cim.toml.")
    ] = "",
    sheet: Annotated[
        str, typer.Option(help="Paper of a PDF of many plates: A4, A3, A2, A1; A3 if not given.")
    ] = "",
    dpi: Annotated[int, typer.Option(help="Dots an inch of a .png.")] = 200,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Draw door plates with their QR codes, one as a picture or many on sheets to cut.

    The code holds https://HOST/a/CODE, HOST being addresses.host of cim.toml. A PDF holds 2000
    plates at most; more go to FILE-0001.pdf, FILE-0002.pdf and so on. Addresses that get no plate
    are listed in FILE-refused.jsonl.

    Example: cim address plate --road 西湖区文三路 --size small -o plates.pdf -w city
    """
    from addressing.registry.store import Registry  # noqa: PLC0415 - names are slow to read
    from api.cli._address_plate import Order, print_plates  # noqa: PLC0415 - as above
    from api.grid_cells import parse_bounds  # noqa: PLC0415 - as above
    from api.plates import PlateMaker  # noqa: PLC0415 - fonts are slow to read
    from api.settings import load_settings  # noqa: PLC0415 - as above

    settings = load_settings(workspace)
    maker = PlateMaker.of(settings.addresses, workspace, size)
    bounds = parse_bounds(bbox) if bbox else None
    order = Order(tuple(codes or ()), road, element, bounds, sheet, dpi, output)
    print_plates(order, Registry(settings.database_path(workspace)), maker)


def check(
    *,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this check; may be given several times.")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Findings: .jsonl or .geojson file, - prints.")
    ] = "",
    gap: Annotated[
        int, typer.Option(min=1, help="Numbers missing in a row that number_gaps tells.")
    ] = 20,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Check the quality of the city's addresses by named rules: how many faults, and which.

    Example: cim address check -w city; cim address check --rule stale -o stale.geojson -w city
    """
    from dataclasses import replace  # noqa: PLC0415 - with its users

    from addressing.registry.store import Registry  # noqa: PLC0415 - names are slow to read
    from api.address_checks import check_city, limits_of  # noqa: PLC0415 - numpy and shapely
    from api.cli._address_check import show_counts, write_findings  # noqa: PLC0415 - as above
    from api.settings import load_settings  # noqa: PLC0415 - as above
    from api.workspace import open_store  # noqa: PLC0415 - as above

    settings = load_settings(workspace)
    store = open_store(workspace, settings)
    limits = replace(limits_of(settings), gap=gap)
    checked = check_city(Registry(store.path), store, settings, tuple(rule or ()), limits)
    if output:
        write_findings(checked, output)
    else:
        show_counts(checked)


def reports(
    *,
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    settle: Annotated[int, typer.Option(min=0, help="Number of a report that is settled.")] = 0,
    who: Annotated[str, typer.Option(help="With --settle: who settled it.")] = "",
    outcome: Annotated[str, typer.Option(help="With --settle: what was done.")] = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """List the faults that people report from the pages behind plates, or settle one.

    Example: cim address reports -w city; cim address reports --settle 7 --who 王芳 --outcome 已换
    """
    from dataclasses import asdict  # noqa: PLC0415 - with its users

    from addressing.registry.reports import Reports  # noqa: PLC0415 - names are slow to read
    from api.doors.words import KINDS  # noqa: PLC0415 - as above
    from api.settings import load_settings  # noqa: PLC0415 - as above

    settings = load_settings(workspace)
    kept = Reports(
        settings.database_path(workspace), tuple(KINDS), settings.addresses.reports_per_day
    )
    if settle:
        show(asdict(kept.settle(settle, who=who, outcome=outcome)))
        return
    show_rows(asdict(one) for one in kept.every(settled=every))
