"""`cim layer`: the catalogue."""

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli._layer_export import export_layer
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import progress_bar, show, show_rows
from api.settings import load_settings
from api.workspace import levels_of, open_store
from cim.catalog import Layer, LayerWorkspace, NewLayer, Origin
from cim.errors import InputError
from cim.freshness import age_of
from cim.layer_rules import checked_new_fields
from cim.layer_search import LayerQuery, find_layers
from cim.measuring import measure as measured
from cim.publishing import publish as publish_layers

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command("export")(export_layer)

Name = Annotated[str, typer.Argument(help="Name of the layer.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A member of the entry, as NAME=VALUE; lists with commas, fields as JSON. Often.",
    ),
]
Why = Annotated[str, typer.Option(help="Why it is done; kept with the version.")]
Who = Annotated[
    str, typer.Option(help="Who answers for it.", show_default="the name you work under")
]

_LISTS = ("keywords", "workspaces")


@app.callback()
def layer() -> None:
    """The catalogue: list, show, publish, describe, measure, export, retire layers."""


@app.command("list")
def list_layers(
    query: Annotated[str, typer.Option(help="Words that the entry holds.")] = "",
    theme: Annotated[str, typer.Option(help="Class or group, such as planning.")] = "",
    within: Annotated[str, typer.Option(help="Only layers of this workspace.")] = "",
    status: Annotated[str, typer.Option(help="draft, published or retired.")] = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """All layers, one a line.

    Example: cim layer list --theme planning -w city
    """
    layers = open_store(workspace).layers().values()
    found = find_layers(layers, LayerQuery(query, theme, within, status))
    show_rows(map(_row, found))


@app.command("show")
def show_layer(name: Name, workspace: Workspace = CURRENT_FOLDER) -> None:
    """One layer: entry, fields, bounds, quality, age of the data.

    Example: cim layer show buildings -w city
    """
    found = open_store(workspace).layer(name)
    show({**asdict(found), "freshness": asdict(age_of(found, datetime.now(UTC)))})


@app.command("publish")
def publish(  # noqa: PLR0913 - the options of a command
    name: Name,
    *,
    geometry_type: Annotated[str, typer.Option(help="Of a new layer, such as POINT.")] = "",
    crs: Annotated[str, typer.Option(help="Of a new layer, such as EPSG:4549.")] = "",
    table: Annotated[str, typer.Option(help="Feature table to take up, if named else.")] = "",
    said: Sets = None,
    why: Why = "",
    who: Who = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Publish a new and empty layer, a draft, or a table that QGIS put into city.gpkg.

    Example: cim layer publish wells --geometry-type POINT --set title_zh=检查井 -w city
    """
    settings = load_settings(workspace)
    entry = _entry(said)
    fields = checked_new_fields(entry.pop("fields", ())) if geometry_type else ()
    new = NewLayer(name, entry, geometry_type, crs, fields, table)
    store = open_store(workspace, settings)
    (made,) = publish_layers(store, [new], _origin(who, why), levels_of(settings))
    show(_row(made))


@app.command("alter")
def alter(
    name: Name,
    said: Sets = None,
    why: Why = "",
    who: Who = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Change what the catalogue says of a layer; what is not named stays.

    Example: cim layer alter wells --set steward=管网所 --set keywords=井,管网 -w city
    """
    entry = _entry(said)
    if not entry:
        raise InputError("nothing to change; name a member with --set NAME=VALUE")
    show(_row(open_store(workspace).alter(name, entry, _origin(who, why))))


@app.command("retire")
def retire(
    name: Name,
    why: Annotated[str, typer.Option(help="Why; readers of the layer are told.")],
    who: Who = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Take a layer back from its readers; its features stay.

    Example: cim layer retire wells --why 并入管点图层 -w city
    """
    show(_row(open_store(workspace).retire(name, _origin(who, why))))


@app.command("restore")
def restore(
    name: Name, why: Why = "", who: Who = "", workspace: Workspace = CURRENT_FOLDER
) -> None:
    """Give a retired layer back to its readers.

    Example: cim layer restore wells --why 误停用 -w city
    """
    show(_row(open_store(workspace).restore(name, _origin(who, why))))


@app.command("measure")
def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of layers.", show_default="all")
    ] = None,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Measure validity and completeness of layers, and keep what is found.

    Example: cim layer measure buildings roads -w city
    """
    store = open_store(workspace)
    for name in names or list(store.layers()):
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with progress_bar(name) as progress:
            found = measured(store, name, now, progress)
        store.write_quality(name, found)
        show({"layer": name, **asdict(found)})


@app.command("versions")
def versions(name: Name, workspace: Workspace = CURRENT_FOLDER) -> None:
    """What the catalogue said of a layer from its first day, the newest first.

    Example: cim layer versions wells -w city
    """
    show_rows(asdict(one) for one in open_store(workspace).entry_versions(name))


@app.command("lineage")
def lineage(name: Name, workspace: Workspace = CURRENT_FOLDER) -> None:
    """The loads that made a layer what it is, the newest first.

    Example: cim layer lineage buildings -w city
    """
    show_rows(asdict(one) for one in open_store(workspace).loads(name))


@app.command("tables")
def tables(workspace: Workspace = CURRENT_FOLDER) -> None:
    """Feature tables that another program put into city.gpkg, and that may be published.

    Example: cim layer tables -w city
    """
    found = open_store(workspace).tables().items()
    show_rows({"table": name, "geometry": kind} for name, kind in found)


@app.command("workspace")
def put_workspace(
    name: Annotated[str, typer.Argument(help="Segment of its address, /ogc/NAME/.")],
    title_zh: Annotated[str, typer.Option(help="Chinese title.")] = "",
    title_en: Annotated[str, typer.Option(help="English title.")] = "",
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Remove it; it must be empty.")] = False,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Make, rename or remove a workspace: layers offered together at /ogc/NAME/.

    Example: cim layer workspace pipes --title-zh 地下管网 --title-en Networks -w city
    """
    store = open_store(workspace)
    if remove:
        store.remove_workspace(name)
        return
    store.put_workspace(LayerWorkspace(name, title_zh or name, title_en or name))
    show({"workspace": name, "title_zh": title_zh or name, "title_en": title_en or name})


def _row(found: Layer) -> Mapping[str, Any]:
    return {
        "name": found.name,
        "title_zh": found.title_zh,
        "title_en": found.title_en,
        "class": found.class_code,
        "theme": found.theme,
        "geometry": found.geometry_type,
        "features": found.item_count,
        "crs": found.crs,
        "classification": found.classification,
        "status": found.status,
        "entry_version": found.entry_version,
    }


def _entry(said: list[str] | None) -> dict[str, Any]:
    """Members of an entry as they were typed.

    Raises:
        InputError: One is not NAME=VALUE, or fields are no JSON.
    """
    entry: dict[str, Any] = {}
    for pair in said or ():
        name, mark, value = pair.partition("=")
        if not mark:
            raise InputError(f"--set {pair!r}: must be NAME=VALUE, such as steward=管网所")
        entry[name] = _value(name, value)
    return entry


def _value(name: str, text: str) -> object:
    if name in _LISTS:
        return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if name != "fields":
        return text
    try:
        return orjson.loads(Path(text).read_bytes() if Path(text).is_file() else text)
    except orjson.JSONDecodeError as error:
        raise InputError(f"--set fields: neither JSON nor a file of JSON: {error}") from error


def _origin(who: str, why: str) -> Origin:
    return Origin(who or getpass.getuser(), why)
