"""`cim grid`: grid codes, of single values and of whole tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from api.cli._grid_bulk import (
    STANDARD,
    CodeField,
    Input,
    Output,
    Rejected,
    System,
    bulk,
    load_grid,
)
from api.cli._grid_sets import aggregate_command, cover_command
from api.cli.output import show, show_rows
from api.grid_kin import kin, parents, solid_grid
from cim.arrays import Uint64
from cim.errors import InputError
from cim.grids.base import Grid

app = typer.Typer(add_completion=False, no_args_is_help=True)

Code = Annotated[
    str | None, typer.Argument(help="Text of a code; without it, a table of codes is read.")
]
Solid = Annotated[bool, typer.Option("--solid", help="The codes are 3D codes.")]


@app.callback()
def grid() -> None:
    """Grid codes: BeiDou, GeoSOT, H3.

    With values as arguments a command answers for them. Without, it reads a table (CSV on
    standard input, or --input FILE as CSV or Parquet) and writes the same rows with more columns.
    """


@app.command(context_settings={"ignore_unknown_options": True})
def encode(  # noqa: PLR0913 - each argument is an option a user knows by its name
    lon: Annotated[float | None, typer.Argument(help="Longitude, degrees CGCS2000.")] = None,
    lat: Annotated[float | None, typer.Argument(help="Latitude, degrees CGCS2000.")] = None,
    *,
    system: System = "beidou",
    level: Annotated[int, typer.Option(help="Level of the cell.")] = 8,
    height_m: Annotated[
        float | None, typer.Option("--height-m", help="Height above the ellipsoid: a 3D code too.")
    ] = None,
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    lon_field: Annotated[str, typer.Option(help="Column of longitudes.")] = "lon",
    lat_field: Annotated[str, typer.Option(help="Column of latitudes.")] = "lat",
    height_field: Annotated[str, typer.Option(help="Column of heights, m.")] = "height",
    code_field: Annotated[str, typer.Option(help="Name of the new column of codes.")] = "code",
) -> None:
    """Code of the cell that holds a point, or of every row with lon,lat[,height] in a table.

    A table gets the columns code and, when it has heights, code_3d; what it had stays as it is.

    Example: cim grid encode 116.3126 39.9932 --system beidou --level 8;
    cim grid encode --system beidou --level 10 < in.csv > out.csv
    """
    plugin = load_grid(system)
    if lon is None:
        from api import grid_works as works  # noqa: PLC0415 - pyarrow is slow to import

        names = works.Names(lon_field, lat_field, height_field, code_field)
        bulk(works.Encode(plugin, level, names), source, target, rejected)
        return
    if lat is None:
        raise InputError("Missing argument 'lat'; see: cim grid encode --help")
    codes = plugin.encode(np.array([[lon, lat]]), level)
    answer = {"system": system, "level": level, "code": _text(plugin, codes)}
    if height_m is not None:
        solid = solid_grid(plugin)
        heights = solid.encode_heights(np.array([height_m]), level)
        answer["code_3d"] = str(solid.to_text_3d(codes, heights)[0])
    show(answer)


@app.command()
def decode(  # noqa: PLR0913 - each argument is an option a user knows by its name
    code: Code = None,
    *,
    system: System = "beidou",
    solid: Solid = False,
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    code_field: CodeField = "",
) -> None:
    """Level, centre and bounds of a cell, or of the cell of every row with a code.

    Example: cim grid decode N50J47539B825534 --system beidou
    """
    plugin = load_grid(system)
    if code is None:
        from api import grid_works as works  # noqa: PLC0415 - pyarrow is slow to import

        names = works.Names(code=code_field or ("code_3d" if solid else "code"))
        work = works.DecodeSolid(plugin, names) if solid else works.Decode(plugin, names)
        bulk(work, source, target, rejected)
        return
    heights = None
    if solid:
        codes, heights = solid_grid(plugin).from_text_3d([code])
    else:
        codes = plugin.from_text([code])
    show({"system": system} | _cell(plugin, codes) | _faces(plugin, codes, heights))


@app.command()
def parent(  # noqa: PLR0913 - each argument is an option a user knows by its name
    code: Code = None,
    *,
    system: System = "beidou",
    level: Annotated[int | None, typer.Option(help="Level of the ancestor; else one up.")] = None,
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    code_field: CodeField = "code",
) -> None:
    """The cell above a cell, or above the cell of every row with a code.

    Example: cim grid parent N50J47539B825534 --level 4
    """
    plugin = load_grid(system)
    if code is None:
        from api import grid_works as works  # noqa: PLC0415 - pyarrow is slow to import

        bulk(works.Parent(plugin, works.Names(code=code_field), level), source, target, rejected)
        return
    above = parents(plugin, plugin.from_text([code]), level)
    show({"system": system} | _cell(plugin, above))


@app.command()
def children(
    code: Code = None,
    *,
    system: System = "beidou",
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    code_field: CodeField = "code",
) -> None:
    """The cells one level down of a cell, or of the cell of every row with a code.

    A table gets one row for each child, with the column child.

    Example: cim grid children N50J47
    """
    _kin(load_grid(system), code, "child", (source, target, rejected, code_field))


@app.command()
def neighbors(
    code: Code = None,
    *,
    system: System = "beidou",
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    code_field: CodeField = "code",
) -> None:
    """The cells around a cell, or around the cell of every row with a code.

    A table gets one row for each neighbour, with the column neighbor.

    Example: cim grid neighbors N50J47
    """
    _kin(load_grid(system), code, "neighbor", (source, target, rejected, code_field))


@app.command()
def convert(  # noqa: PLR0913 - each argument is an option a user knows by its name
    code: Code = None,
    *,
    system: System = "beidou",
    to: Annotated[str, typer.Option(help="Grid system to convert to.")],
    level: Annotated[int, typer.Option(help="Level there.")],
    source: Input = STANDARD,
    target: Output = STANDARD,
    rejected: Rejected = None,
    code_field: CodeField = "code",
) -> None:
    """The cell of another grid that holds a cell's centre, and how far off that can be.

    Example: cim grid convert N50J47539B825534 --to h3 --level 13
    """
    from cim.zones.convert import by_center  # noqa: PLC0415 - pyproj is slow to import

    plugin, there = load_grid(system), load_grid(to)
    if code is None:
        from api import grid_works as works  # noqa: PLC0415 - pyarrow is slow to import
        from api.grid_convert import Convert  # noqa: PLC0415 - pyarrow is slow to import

        work = Convert(plugin, works.Names(code=code_field), there, level)
        bulk(work, source, target, rejected)
        return
    found = by_center(plugin, plugin.from_text([code]), there, level)
    answer = {"code": _text(there, found.codes), "error_m": float(found.error_m[0])}
    show({"system": to, "level": level} | answer)


app.command("cover")(cover_command)
app.command("aggregate")(aggregate_command)


type _Table = tuple[Path, Path, Path | None, str]


def _kin(plugin: Grid, code: str | None, kind: str, table: _Table) -> None:
    """Children or neighbours of a code or of a table."""
    if code is None:
        from api import grid_works as works  # noqa: PLC0415 - pyarrow is slow to import

        source, target, rejected, code_field = table
        bulk(
            works.Kin(plugin, works.Names(code=code_field), kind),
            source,
            target,
            rejected,
        )
        return
    lists = kin(plugin, plugin.from_text([code]), kind)
    show_rows(_cells(plugin, lists.codes))


def _cells(plugin: Grid, codes: Uint64) -> Iterator[dict[str, Any]]:
    """What is shown of each of some cells."""
    return (_cell(plugin, codes[row : row + 1]) for row in range(len(codes)))


def _cell(plugin: Grid, codes: Uint64) -> dict[str, Any]:
    """What is shown of one cell."""
    return {
        "code": _text(plugin, codes),
        "level": int(plugin.level_of(codes)[0]),
        "center": plugin.centers(codes)[0].tolist(),
        "bounds": plugin.bounds(codes)[0].tolist(),
    }


def _faces(plugin: Grid, codes: Uint64, heights: Uint64 | None) -> dict[str, Any]:
    """What is shown of the heights of a solid cell."""
    if heights is None:
        return {}
    solid = solid_grid(plugin)
    text = str(solid.to_text_3d(codes, heights)[0])
    low, high = solid.height_bounds(heights, solid.level_of(codes))[0].tolist()
    return {"code_3d": text, "low_m": low, "high_m": high}


def _text(plugin: Grid, codes: Uint64) -> str:
    return str(plugin.to_text(codes)[0])
