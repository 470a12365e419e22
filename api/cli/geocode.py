"""`cim geocode`: from text to places and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._grid_bulk import STANDARD, Input, Output, Rejected, bulk
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import say, show_rows

if TYPE_CHECKING:
    from geocode.city import CityGeocoder

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def geocode() -> None:
    """The geocoder: where an address is, and what is at a place."""


@app.command()
def index(workspace: Workspace = CURRENT_FOLDER) -> None:
    """Make the index anew from the store alone.

    The server keeps the index up to date by itself and makes it when it is missing; this is for
    those who want it made before.

    Example: cim geocode index -w city
    """
    from api.geocoding import index_folder, open_registry  # noqa: PLC0415 - slow to import
    from geocode.city import make_index  # noqa: PLC0415 - as above

    doors = make_index(open_registry(workspace), index_folder(workspace))
    say(f"{doors} addresses in {index_folder(workspace)}")


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="An address as a person writes it.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Most answers.")] = 5,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """The places that a text may mean, the best first.

    Example: cim geocode search 文三路２５９号 -w city
    """
    found = _open(workspace).search(text, limit)
    show_rows(
        {
            "label": one.label,
            "level": one.level.value,
            "status": one.status.value,
            "confidence": one.confidence,
            "lon": one.lon,
            "lat": one.lat,
            "address_code": one.address_code,
            "adcode": one.adcode,
        }
        for one in found.results
    )
    if not found.results:
        say(f"nothing is known of {text[:60]!r}")


@app.command()
def batch(
    *,
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    field: Annotated[str, typer.Option(help="Column of addresses.")] = "address",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Find every address of a table; the rows come back in order with the answers beside them.

    The columns lon, lat, address_code, standard_address, match_level, match_status and confidence
    are added; a row that leads nowhere has the status none.

    Example: cim geocode batch --input in.csv --output out.csv --field 地址 -w city
    """
    from api.geocode_works import Geocode  # noqa: PLC0415 - pyarrow is slow to import

    bulk(Geocode(_open(workspace), field), source, target, rejected)


def _open(workspace: Path) -> "CityGeocoder":
    from api.geocoding import open_geocoder  # noqa: PLC0415 - tables of names are slow to read

    return open_geocoder(workspace)
