"""`cim load`: source files into layers."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.cli.load_files import PROGRESS, Loads, require_layer
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.placing import (
    AnchorHeights,
    AnchorText,
    Heading,
    LocalOrigin,
    Unit,
    UpAxis,
    siting_of,
)
from api.settings import load_settings
from api.workspace import levels_of
from cim.catalog import Field, LayerDraft
from cim.errors import InputError
from cim.layer_rules import check_layer_name
from cim.loading import LoadOptions, source_key
from cim.readers.base import ReadOptions

app = typer.Typer(add_completion=False)


@app.command("load")
def load_command(  # noqa: PLR0913 - each argument is an option a user knows by its name
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...", help="Files GDAL reads, CityJSON, CityGML, IFC or meshes."
        ),
    ],
    layer: Annotated[
        str | None,
        typer.Option(
            help="Layer to load into; made when new. Of IFC models: what the names of their four "
            "layers begin with; bim when absent."
        ),
    ] = None,
    *,
    workspace: Workspace = CURRENT_FOLDER,
    class_code: Annotated[
        str, typer.Option("--class", help="Entity class of a new layer, such as BLDG.")
    ] = "",
    title_zh: Annotated[str, typer.Option(help="Chinese title of the layer.")] = "",
    title_en: Annotated[str, typer.Option(help="English title of the layer.")] = "",
    source: Annotated[
        str, typer.Option(help="Key of the source; the same key updates what it brought before.")
    ] = "",
    source_layer: Annotated[str, typer.Option(help="Layer inside the source.")] = "",
    crs: Annotated[str, typer.Option(help="CRS of the source, such as EPSG:4547.")] = "",
    swap_axes: Annotated[
        bool, typer.Option("--swap-axes", help="The source holds latitude or northing first.")
    ] = False,
    anchor: AnchorText = "",
    heading_deg: Heading = 0.0,
    anchor_heights: AnchorHeights = "ellipsoidal",
    local_origin: LocalOrigin = "",
    unit: Unit = "",
    up_axis: UpAxis = "",
    id_field: Annotated[str, typer.Option(help="Column with the source's permanent ids.")] = "",
    lon_field: Annotated[str, typer.Option(help="Column of longitudes in a table.")] = "",
    lat_field: Annotated[str, typer.Option(help="Column of latitudes in a table.")] = "",
    encoding: Annotated[str, typer.Option(help="Text encoding, such as GBK.")] = "",
    name_field: Annotated[str, typer.Option(help="Column that names a feature.")] = "",
    height_field: Annotated[str, typer.Option(help="Column of heights above ground, m.")] = "",
    authority: Annotated[str, typer.Option(help="Authoritative source (一数一源).")] = "",
    steward: Annotated[str, typer.Option(help="Who keeps the data.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the data.")] = "",
    source_date: Annotated[str, typer.Option(help="Date the source states, ISO.")] = "",
    fields: Annotated[
        Path | None,
        typer.Option(
            help='JSON file of column titles: {"h": {"zh": "高度", "en": "Height", "unit": "m"}}.'
        ),
    ] = None,
    new_ids: Annotated[
        bool, typer.Option("--new-ids", help="Accept another rule of source ids than before.")
    ] = False,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="File of rules that models are checked by (TOML); may be repeated."),
    ] = None,
    progress: Annotated[
        str, typer.Option(help="How to tell progress: bar, or json for programs.")
    ] = "bar",
) -> None:
    """Read source files into a layer; every feature gets an entity id and grid codes.

    IFC models become four layers in one step: buildings, storeys, spaces and elements.
    Loading the same source again updates by source id: entity ids stay, what is gone is retired.
    The report and the rejected records are kept in the workspace's folder loads. Of several files,
    those that are refused are named at the end; the others are loaded.

    Example: cim load bldg.shp --layer buildings --class BLDG --id-field id -w city; cim load a.ifc
    """
    if source and len(sources) > 1:
        raise InputError("--source names one source; load the files one by one")
    if progress not in PROGRESS:
        raise InputError(f"--progress {progress!r}; legal: {', '.join(PROGRESS)}")
    if layer is None:
        require_layer(sources, source_layer)
    else:
        check_layer_name(layer)
    check_source_names(sources)
    settings = load_settings(workspace)
    draft = LayerDraft(
        name=layer or "",
        class_code=class_code,
        title_zh=title_zh,
        title_en=title_en,
        name_field=name_field,
        height_field=height_field,
        authority=authority,
        steward=steward,
        licence=licence,
        source_date=source_date,
        fields=() if fields is None else read_fields(fields),
    )
    reading = ReadOptions(
        layer=source_layer or None,
        crs=crs or None,
        id_field=id_field or None,
        lon_field=lon_field or None,
        lat_field=lat_field or None,
        encoding=encoding or None,
        unit=unit or None,
        up_axis=up_axis or None,
    )
    options = LoadOptions(
        layer=draft,
        source=source,
        read=reading,
        siting=siting_of(anchor, heading_deg, anchor_heights, local_origin, swap_axes=swap_axes),
        levels=levels_of(settings),
        rules=tuple(rules or ()),
        new_ids=new_ids,
    )
    Loads(workspace, settings, options, progress).run(sources)


def check_source_names(paths: list[Path]) -> None:
    """Refuse files that would update each other.

    Raises:
        InputError: Two of them have the same source key.
    """
    keys = [source_key(path) for path in paths]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise InputError(
            f"several files are source {twice!r}, each would retire what the one before brought; "
            "load them one by one, with --source"
        )


def read_fields(path: Path) -> tuple[Field, ...]:
    """Titles and units of columns from a JSON file.

    Raises:
        InputError: The file cannot be read, or an entry is not of the form that `--help` shows.
    """
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"--fields {path}: {error}") from error
    legal = {"zh", "en", "unit"}
    fields = []
    for name, entry in document.items() if isinstance(document, dict) else [("", document)]:
        if not isinstance(entry, dict) or not all(
            key in legal and isinstance(text, str) for key, text in entry.items()
        ):
            raise InputError(f"--fields {path}: {name!r} must hold texts under zh, en and unit")
        titles = {key: entry.get(key, "") for key in legal}
        fields.append(Field(name, "", titles["zh"], titles["en"], titles["unit"]))
    return tuple(fields)
