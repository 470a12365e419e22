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
def reverse(
    lon: Annotated[float, typer.Argument(min=-180, max=180, help="Longitude, degrees.")],
    lat: Annotated[float, typer.Argument(min=-90, max=90, help="Latitude, degrees.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Most answers.")] = 1,
    within_m: Annotated[float, typer.Option(min=0, help="How far away, metres.")] = 200.0,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """The doors nearest to a place, with their distance.

    Example: cim geocode reverse 120.1302 30.2700 --limit 3 -w city
    """
    found = _open(workspace).reverse(lon, lat, limit=limit, within_m=within_m)
    show_rows(
        {
            "label": one.result.label,
            "distance_m": round(one.distance_m, 1),
            "lon": one.result.lon,
            "lat": one.result.lat,
            "address_code": one.result.address_code,
        }
        for one in found
    )
    if not found:
        say(f"no door within {within_m:g} m")


@app.command()
def suggest(
    text: Annotated[str, typer.Argument(help="What was typed: characters, pinyin, letters.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Most answers.")] = 10,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Names that begin with what was typed: 人民, renm, rml.

    Example: cim geocode suggest wslu -w city
    """
    show_rows(
        {
            "name": one.name,
            "type": one.place.kind,
            "within": one.place.within,
            "doors": one.place.doors,
            "lon": round(one.place.lon, 7),
            "lat": round(one.place.lat, 7),
        }
        for one in _open(workspace).suggest(text, limit)
    )


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
