"""`cim address`: read addresses, and keep them in the city's registry."""

from typing import Annotated

import typer

from api.cli import _address_doors, _address_elements, _address_life
from api.cli._address_assign import assign_command
from api.cli._address_import import import_command
from api.cli._grid_bulk import STANDARD, Input, Output, Rejected, bulk
from api.cli.output import show

app = typer.Typer(add_completion=False, no_args_is_help=True)

Profile = Annotated[
    str, typer.Option(help="City profile: auto, mainland, beijing, shanghai, taiwan and others.")
]
Division = Annotated[
    list[str] | None,
    typer.Option(help="Division code the addresses lie in; its villages are known then."),
]


@app.callback()
def address() -> None:
    """Addresses: read them, keep them in the registry, change them."""


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="The address as it was written.")],
    *,
    profile: Profile = "auto",
    division: Division = None,
    json: Annotated[
        bool, typer.Option("--json", help="One line of JSON on a terminal too.")
    ] = False,
) -> None:
    """Elements, canonical text and unread rest of an address, and the rules that read it.

    Example: cim address parse 杭州市西湖区文三路２５９号三号楼2单元501室 --json
    """
    from addressing.cities import CityReader  # noqa: PLC0415 - tables of names are slow to read
    from addressing.parse import require_address  # noqa: PLC0415 - as above
    from addressing.report import report  # noqa: PLC0415 - as above

    found, parser = CityReader(profile, tuple(division or ())).read(text)
    show(report(require_address(found), parser), json=json)


@app.command()
def standardize(  # noqa: PLR0913 - each argument is an option a user knows by its name
    *,
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    field: Annotated[str, typer.Option(help="Column of addresses.")] = "address",
    profile: Profile = "auto",
    division: Division = None,
    elements: Annotated[
        bool, typer.Option("--elements", help="A column for each type of elements too.")
    ] = False,
) -> None:
    """Write the canonical text of every address of a table beside it.

    The rows get the columns canonical, standard, division_code, rest and problems; what they had
    stays as it is.

    Example: cim address standardize --field 地址 < in.csv > out.csv
    """
    from addressing.cities import CityReader  # noqa: PLC0415 - tables of names are slow to read
    from api.address_works import Standardize  # noqa: PLC0415 - pyarrow is slow to import

    reader = CityReader(profile, tuple(division or ()))
    bulk(Standardize(reader, field, elements), source, target, rejected)


app.command("import")(import_command)
app.command("assign")(assign_command)
_address_life.add_to(app)
_address_elements.add_to(app)
_address_doors.add_to(app)
