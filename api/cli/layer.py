"""`cim layer`: the catalogue."""

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli._layer_export import export_layer
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows
from api.workspace import open_store

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command("export")(export_layer)


@app.callback()
def layer() -> None:
    """The catalogue: list, show and export layers."""


@app.command("list")
def list_layers(workspace: Workspace = CURRENT_FOLDER) -> None:
    """All layers, one a line.

    Example: cim layer list -w city
    """
    layers = open_store(workspace).layers().values()
    show_rows(
        {
            "name": layer.name,
            "title_zh": layer.title_zh,
            "title_en": layer.title_en,
            "class": layer.class_code,
            "geometry": layer.geometry_type,
            "features": layer.item_count,
            "crs": layer.crs,
            "classification": layer.classification,
        }
        for layer in layers
    )


@app.command("show")
def show_layer(
    name: Annotated[str, typer.Argument(help="Name of the layer.")],
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """One layer: fields, bounds, source, version.

    Example: cim layer show buildings -w city
    """
    show(asdict(open_store(workspace).layer(name)))
