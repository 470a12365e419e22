"""`cim grid cover` and `cim grid aggregate`: commands whose answer is a set of cells."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli._grid_bulk import System, load_grid
from api.cli.options import CURRENT_FOLDER, Workspace
from cim.zones.cover import DEFAULT_LIMIT, CoverRequest, Mode

type Format = Literal["csv", "geojson"]
Form = Annotated[Format, typer.Option("--format", help="csv or geojson.")]


def cover_command(  # noqa: PLR0913 - each argument is an option a user knows by its name
    *,
    system: System = "beidou",
    level: Annotated[int, typer.Option(help="Level of the cells.")],
    bbox: Annotated[str, typer.Option(help="Box: west,south,east,north in degrees.")] = "",
    wkt: Annotated[str, typer.Option(help="Geometry as WKT, longitude first.")] = "",
    file: Annotated[Path | None, typer.Option("--input", help="GeoJSON file.")] = None,
    mode: Annotated[
        Mode, typer.Option(help="Cells that cover it, lie inside, or have their centre inside.")
    ] = "cover",
    compact: Annotated[
        bool, typer.Option("--compact", help="Whole groups of cells as the cell above them.")
    ] = False,
    low_m: Annotated[float | None, typer.Option("--low-m", help="Lowest height: 3D.")] = None,
    high_m: Annotated[float | None, typer.Option("--high-m", help="Highest height: 3D.")] = None,
    limit: Annotated[int, typer.Option(help="Most cells allowed.")] = DEFAULT_LIMIT,
    estimate: Annotated[bool, typer.Option("--estimate", help="Just about how many.")] = False,
    form: Form = "csv",
) -> None:
    """The cells that cover a geometry, lie inside it, or have their centre inside it.

    With heights the cells are solid. The codes come as CSV that the other commands read.

    Example: cim grid cover --bbox 116.3,39.9,116.4,40 --system beidou --level 5
    """
    from api.cli import _grid_cover as way  # noqa: PLC0415 - GeoJSON and pyproj are slow to import

    grid, geometry = load_grid(system), way.geometry_of(bbox, wkt, file)
    request = CoverRequest(level, mode, limit)
    heights = way.heights_of(low_m, high_m)
    if heights is not None:
        way.check_solid(compact=compact, form=form)
        way.cover_solid(grid, geometry, heights, request, estimate=estimate)
    elif estimate:
        way.show_estimate(grid, geometry, request)
    else:
        way.print_cells(grid, way.find(grid, geometry, request, compact=compact), form)


def aggregate_command(  # noqa: PLR0913 - each argument is an option a user knows by its name
    layer: Annotated[str, typer.Argument(help="Layer whose features to sum up.")],
    *,
    system: System = "beidou",
    level: Annotated[int, typer.Option(help="Level of the cells.")],
    field: Annotated[
        str, typer.Option(help="Numeric column: sum, mean, min, max; else just the count.")
    ] = "",
    bbox: Annotated[str, typer.Option(help="Box: west,south,east,north in degrees.")] = "",
    target: Annotated[
        str, typer.Option("--layer", help="Layer of cells to make or bring up to date.")
    ] = "",
    form: Form = "csv",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """A layer's features by grid cell: count, and sum, mean, min and max of a number.

    A feature counts in the cell that holds its representative point. With --layer the cells
    become a layer of their own, class GRID; the same command later brings it up to date.

    Example: cim grid aggregate buildings --system h3 --level 9 --field height_m -w city
    """
    from api.cli import _grid_aggregate as way  # noqa: PLC0415 - GDAL is slow to import

    grid = load_grid(system)
    request = way.request_of(layer, level, field, bbox)
    table = way.find(workspace, grid, request)
    if target:
        way.load_cells(workspace, grid, table, request, target)
    else:
        way.print_table(grid, table, request, form)
