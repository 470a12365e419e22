"""`cim layer export`: the features of a layer as a file, in any format that the server offers."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import progress_bar, show
from api.workspace import open_store


def export_layer(  # noqa: PLR0913, PLR0917 - options of a command
    name: Annotated[str, typer.Argument(help="Name of the layer.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File to write. Its suffix names the format: .gpkg, .fgb, .parquet, .csv, .xlsx, "
            ".geojson, .geojsons or .fg.json.",
        ),
    ],
    where: Annotated[
        str, typer.Option(help='Condition in CQL2 text, such as "height > 24".')
    ] = "",
    bbox: Annotated[str, typer.Option(help="west,south,east,north in degrees.")] = "",
    crs: Annotated[
        str, typer.Option(help="CRS of the file, such as EPSG:4547; the layer's own by default.")
    ] = "",
    properties: Annotated[
        str, typer.Option(help="Fields to write, with commas between; all by default.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="Of CSV: utf-8 or gbk.")] = "utf-8",
    formulas: Annotated[
        str, typer.Option(help="Texts in CSV that a spreadsheet would run: guard or keep.")
    ] = "guard",
    language: Annotated[str, typer.Option(help="Language of titles: zh or en.")] = "zh",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Write the features of a layer to a file: GeoPackage, FlatGeobuf, GeoParquet, CSV, XLSX, ….

    An existing file is replaced once the new one is whole.

    Example: cim layer export buildings -o tall.gpkg --where "height > 24" -w city
    """
    from api.ogc.export import Wish, export_to  # noqa: PLC0415 - heavy

    said = {"filter": where, "bbox": bbox, "properties": properties}
    values = {parameter: text for parameter, text in said.items() if text}
    wish = Wish(values, crs, encoding, formulas, language)
    store = open_store(workspace)
    with progress_bar(name) as tell:
        written = export_to(output, store, name, wish, tell)
    show(asdict(written))
