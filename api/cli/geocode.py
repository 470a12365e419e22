"""`cim geocode`: from text to places and back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._grid_bulk import STANDARD
from api.cli.load_files import PROGRESS
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import progress_bar, progress_lines, say, show_rows
from cim.errors import InputError
from cim.progress import Progress

if TYPE_CHECKING:
    from geocode.city import CityGeocoder

CoordSys = Annotated[str, typer.Option(help="Of the points: cgcs2000, wgs84, gcj02 or bd09.")]
Input = Annotated[
    Path, typer.Option("--input", help="CSV, NDJSON, Parquet or XLSX; - is CSV from stdin.")
]
Output = Annotated[
    Path, typer.Option("--output", help="File to write, its kind by its ending; - is stdout.")
]

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
    from api.geocoding import index_folder, open_source  # noqa: PLC0415 - slow to import
    from geocode.city import make_index  # noqa: PLC0415 - as above

    source, _ = open_source(workspace)
    doors = make_index(source, index_folder(workspace))
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
def reverse(  # noqa: PLR0913 - options of a command
    lon: Annotated[float, typer.Argument(min=-180, max=180, help="Longitude, degrees.")],
    lat: Annotated[float, typer.Argument(min=-90, max=90, help="Latitude, degrees.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Most answers.")] = 1,
    radius_m: Annotated[float, typer.Option(min=0, help="How far away, metres.")] = 200.0,
    level: Annotated[
        list[str] | None, typer.Option(help="Only answers of this level; may be repeated.")
    ] = None,
    height: Annotated[
        float | None, typer.Option(help="Ellipsoidal height of the place, metres.")
    ] = None,
    coordsys: CoordSys = "cgcs2000",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """What is at a place: the building around it, else the nearest doors, else road or district.

    Example: cim geocode reverse 120.1302 30.2700 --limit 3 -w city
    """
    from api.geocode_parameters import (  # noqa: PLC0415 - slow to import
        checked_system,
        levels_of,
        moved,
        to_cgcs2000,
    )
    from api.geocode_words import here_document  # noqa: PLC0415 - as above
    from api.geocoding import open_reverse  # noqa: PLC0415 - as above
    from geocode.reverse_here import Wish  # noqa: PLC0415 - as above

    system = checked_system(coordsys)
    lon, lat = to_cgcs2000(lon, lat, system)
    wish = Wish(limit, radius_m, levels_of(",".join(level or ())), height)
    found, store = open_reverse(workspace)
    here = found.at(lon, lat, wish, store.layers())
    document = moved(here_document(here, 0), system)
    show_rows(map(_row, document["features"]))
    if not document["features"]:
        say(f"nothing is known within {radius_m:g} m")


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
def batch(  # noqa: PLR0913 - options of a command
    *,
    source: Input = STANDARD,
    target: Output = STANDARD,
    field: Annotated[
        list[str] | None,
        typer.Option(help="Column of the address, or of a part of it; may be repeated."),
    ] = None,
    back: Annotated[
        bool, typer.Option("--reverse", help="From places (lon, lat) to addresses.")
    ] = False,
    kind: Annotated[
        str, typer.Option("--format", help="Of the result: csv, ndjson, parquet or xlsx.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="Of a CSV file that is not UTF-8 or GBK.")] = "",
    coordsys: CoordSys = "cgcs2000",
    radius_m: Annotated[float, typer.Option(min=0, help="How far away a door may be.")] = 200.0,
    layer: Annotated[
        list[str] | None, typer.Option(help="Only buildings of this layer; may be repeated.")
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Keep answers while at work, and go on where a run was cut.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Processes that work; for large tables one a processor, at most 4."
        ),
    ] = None,
    progress: Annotated[
        str, typer.Option(help="How to tell progress: bar, or json for programs.")
    ] = "bar",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Find every address of a table; the rows come back in order with the answers beside them.

    CSV (UTF-8 or GBK), NDJSON, Parquet and XLSX. The columns lon, lat, address_code,
    standard_address, match_level, match_status, confidence and match_reason are added; a row that
    leads nowhere stays, with the status none and the reason.

    Example: cim geocode batch --input in.csv --output out.csv --field 地址 -w city
    """
    from api.batch.files import Files, geocode_file  # noqa: PLC0415 - pyarrow is slow to import
    from api.batch.work import Asked  # noqa: PLC0415 - as above
    from api.geocode_parameters import checked_system  # noqa: PLC0415 - as above

    if progress not in PROGRESS:
        raise InputError(f"--progress {progress!r}; legal: {', '.join(PROGRESS)}")
    asked = Asked(
        workspace.resolve(),
        "reverse" if back else "search",
        tuple(field or ()),
        checked_system(coordsys),
        radius_m,
        None if layer is None else tuple(layer),
    )
    files = Files(source, target, kind, encoding=encoding)
    with _told(progress, source) as tell:
        tally = geocode_file(files, asked, resume=resume, processes=jobs, progress=tell)
    if progress == "json":
        told = {"rows": tally.rows, "matched": tally.matched, "kept": tally.kept}
        show_rows([{"result": target.name, **told}])
    else:
        say(f"{tally.rows} rows, {tally.matched} found")


@contextmanager
def _told(progress: str, source: Path) -> Iterator[Progress]:
    """How far a table is: a bar on a terminal, or lines for programs."""
    if progress == "json":
        tell = progress_lines()
        yield lambda done, total: tell("geocode", done, total)
    else:
        with progress_bar("stdin" if source == STANDARD else source.name) as bar:
            yield bar


def _row(feature: Mapping[str, Any]) -> dict[str, object]:
    """A feature as a row."""
    told = feature["properties"]["geocoding"]
    lon, lat = feature["geometry"]["coordinates"]
    names = ("label", "match_level", "distance_m", "direction", "address_code", "entity_id")
    return {**{name: told.get(name) for name in names}, "lon": lon, "lat": lat}


def _open(workspace: Path) -> "CityGeocoder":
    from api.geocoding import open_geocoder  # noqa: PLC0415 - tables of names are slow to read

    return open_geocoder(workspace)
