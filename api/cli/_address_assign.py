"""`cim address assign`: addresses and the buildings they belong to."""

import getpass
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import say, show


def assign_command(  # noqa: PLR0913 - each argument is an option a user knows by its name
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="Layer of buildings.")],
    *,
    workspace: Workspace = CURRENT_FOLDER,
    within_m: Annotated[
        float, typer.Option(help="Farthest building from a door that stands on none.")
    ] = 20.0,
    streets: Annotated[
        str, typer.Option(help="Layer of street lines: no building across one is taken.")
    ] = "",
    number_field: Annotated[
        str,
        typer.Option(
            help="Field with the number or name of a building.",
            show_default="the layer's name field",
        ),
    ] = "",
    renew: Annotated[
        bool, typer.Option("--renew", help="Assign doors anew that are linked already.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do all but write, and print the report.")
    ] = False,
    who: Annotated[
        str, typer.Option(help="Who answers for it.", show_default="the user's name")
    ] = "",
    why: Annotated[str, typer.Option(help="Why, for the history of the addresses.")] = "",
) -> None:
    """Link every address with the building that its door belongs to.

    A door on a footprint belongs to it, another one to the nearest building on its side of the
    street; a building number in the address must fit. Each building gets a main address, whose
    code becomes its attribute address_code.

    Example: cim address assign buildings --streets roads --within-m 20 -w city
    """
    from addressing.registry.store import Registry  # noqa: PLC0415 - slow to import
    from api.address_assigning import AssignOptions, assign_layer  # noqa: PLC0415 - as above
    from api.workspace import open_store  # noqa: PLC0415 - as above

    options = AssignOptions(
        layer=layer,
        who=who or getpass.getuser(),
        why=why,
        number_field=number_field,
        streets=streets,
        within_m=within_m,
        renew=renew,
        dry_run=dry_run,
    )
    with closing(open_store(workspace)) as store, closing(Registry(store.path)) as registry:
        report = assign_layer(registry, store, options)
    dry = " (dry run: nothing was written)" if dry_run else ""
    say(
        f"{report.doors} doors, {report.buildings} buildings: {report.linked} linked, "
        f"{report.ambiguous} ambiguous, {report.without_building} without a building near, "
        f"{report.other_number} near other numbers only, {report.across_street} across a street "
        f"only; {report.main} buildings got a main address{dry}"
    )
    show(asdict(report))
