"""`cim tiles`: 3D Tiles from files and layers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.building import (
    Compressing,
    InstancingText,
    LevelsOfDetail,
    Tilings,
    Workers,
    compression_of,
    instancing_of,
)
from api.cli.features import build_files, build_layer, linked_model
from api.cli.lightening import (
    LEAST,
    DropSmaller,
    Merge,
    Simplify,
    SimplifyError,
    lightening_of,
)
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import progress_bar, progress_lines, say, show, show_rows
from api.cli.placing import (
    AnchorHeights,
    AnchorText,
    Clamp,
    Heading,
    HeightOffset,
    LocalOrigin,
    Placing,
    TerrainFile,
    TerrainHeights,
    Unit,
    UpAxis,
)
from api.cli.points import build_points, is_point_build
from cim.errors import InputError, SourceDataError
from tiles.options import BuildOptions
from tiles.options import Progress as BuildProgress
from tiles.running.start import begin
from tiles.tiles3d.info import info as describe
from tiles.tiles3d.validate import has_errors, validate

LAYER_PREFIX = "layer:"

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def tiles() -> None:
    """3D Tiles: build, look into, check."""


@app.command("build")
def build_tiles(  # noqa: PLR0913 - each argument is an option a user knows by its name
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Files, or layer:NAME of the workspace."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Folder or .3tz archive; may be left out for a layer."
        ),
    ] = None,
    *,
    workspace: Workspace = CURRENT_FOLDER,
    height_field: Annotated[str, typer.Option(help="Column of heights above ground, m.")] = "",
    default_height_m: Annotated[
        float, typer.Option(help="Height of footprints without a usable one.")
    ] = 10.0,
    base_field: Annotated[str, typer.Option(help="Column of the ground's height, m.")] = "",
    base_height_m: Annotated[float, typer.Option(help="Height of the ground elsewhere.")] = 0.0,
    name_field: Annotated[str, typer.Option(help="Column that names a feature.")] = "",
    lod: Annotated[str, typer.Option(help="Level of detail; else the finest of each.")] = "",
    lods: LevelsOfDetail = "finest",
    outlines: Annotated[
        bool, typer.Option("--outlines", help="Draw the edges of buildings.")
    ] = False,
    spaces: Annotated[
        bool, typer.Option("--spaces", help="Draw the spaces of building models too.")
    ] = False,
    bim: Annotated[
        list[str] | None,
        typer.Option(help="Model tileset in place of a block: TILESET or TILESET=ID; repeated."),
    ] = None,
    drop_smaller_m: DropSmaller = LEAST.drop_smaller_m,
    simplify: Simplify = LEAST.simplify,
    simplify_error_m: SimplifyError = LEAST.most_error_m,
    merge: Merge = False,
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="Further column that becomes a property; may be repeated."),
    ] = None,
    codes: Annotated[
        str, typer.Option(help="Grid codes that become properties: beidou,h3,geosot.")
    ] = "beidou",
    title_zh: Annotated[str, typer.Option(help="Chinese title.")] = "",
    title_en: Annotated[str, typer.Option(help="English title.")] = "",
    crs: Annotated[str, typer.Option(help="CRS of files that state none.")] = "",
    swap_axes: Annotated[
        bool, typer.Option("--swap-axes", help="Files hold latitude or northing first.")
    ] = False,
    compression: Compressing = None,
    instancing: InstancingText = "auto",
    tiling: Tilings = "auto",
    workers: Workers = None,
    anchor: AnchorText = "",
    heading_deg: Heading = 0.0,
    anchor_heights: AnchorHeights = "ellipsoidal",
    local_origin: LocalOrigin = "",
    unit: Unit = "",
    up_axis: UpAxis = "",
    clamp: Clamp = "none",
    height_offset_m: HeightOffset = 0.0,
    terrain: TerrainFile = None,
    terrain_heights: TerrainHeights = "ellipsoidal",
    progress: Annotated[str, typer.Option(hidden=True)] = "bar",
) -> None:
    """Make a 3D Tiles 1.1 tileset of footprints, solids, building models or point clouds.

    A layer's tileset carries the entity ids of the store and, in the workspace's folder tiles,
    is served at once.

    Example: cim tiles build layer:buildings -w city
    """
    begin()
    layers = [name.removeprefix(LAYER_PREFIX) for name in sources if name.startswith(LAYER_PREFIX)]
    if layers and len(sources) > 1:
        raise InputError("a layer makes a tileset of its own; name one layer, or files only")
    placing = Placing(
        crs, anchor, heading_deg, anchor_heights, local_origin, unit, up_axis,
        clamp, height_offset_m, terrain, terrain_heights, swap_axes,
    )  # fmt: skip
    options = BuildOptions(
        output=output or _default_output(workspace, layers),
        title_zh=title_zh,
        title_en=title_en,
        name_field=name_field or None,
        height_field=height_field or None,
        default_height_m=default_height_m,
        base_field=base_field or None,
        base_height_m=base_height_m,
        lod=lod or None,
        lods=lods,
        compression=compression_of(compression),
        outlines=outlines,
        instancing=instancing_of(instancing),
        properties=tuple(attribute or ()),
        codes=tuple(filter(None, codes.split(","))),
        tiling=tiling,
        models=tuple(linked_model(text, workspace) for text in bim or ()),
        lightening=lightening_of(drop_smaller_m, simplify, simplify_error_m, merge=merge),
        workers=workers,
    )
    with _telling(progress, options.output.name) as tell:
        if is_point_build(sources):
            build_points(sources, options, placing, tell)
        elif layers:
            build_layer(layers[0], options, placing, workspace, tell)
        else:
            build_files(sources, options, placing, workspace, tell, spaces=spaces)


@app.command()
def info(
    path: Annotated[Path, typer.Argument(help="Folder, tileset.json or .3tz archive.")],
) -> None:
    """What is in a tileset: tiles, features, levels, bounds.

    Example: cim tiles info city/tiles/buildings
    """
    show(asdict(describe(path)))


@app.command("validate")
def validate_tiles(
    path: Annotated[Path, typer.Argument(help="Folder, tileset.json or .3tz archive.")],
) -> None:
    """Check a tileset against the standard; exit 1 with a list if it breaks it.

    Example: cim tiles validate city/tiles/buildings
    """
    findings = validate(path)
    show_rows(asdict(finding) for finding in findings)
    if has_errors(findings):
        raise SourceDataError(f"breaks the standard; findings: {len(findings)}", where=str(path))
    say(f"{path}: keeps the standard")


def _default_output(workspace: Path, layers: list[str]) -> Path:
    """Where the server looks for a layer's tileset.

    Raises:
        InputError: The sources are files.
    """
    if not layers:
        raise InputError("name the folder of the tileset with -o")
    return workspace / "tiles" / layers[0]


@contextmanager
def _telling(how: str, title: str) -> Iterator[Callable[[BuildProgress], None]]:
    """The builder's progress as a bar, or as lines of JSON for the server that runs the job."""
    if how == "json":
        line = progress_lines()
        yield lambda state: line(state.stage, state.done, state.total)
        return
    with progress_bar(title) as bar:
        yield lambda state: bar(*_over_both(state))


def _over_both(state: BuildProgress) -> tuple[int, int | None]:
    """How far a build is over both of its stages, as far as that is known."""
    if state.total is None:
        return state.done, None
    return state.done + state.total * (state.stage == "write"), 2 * state.total
