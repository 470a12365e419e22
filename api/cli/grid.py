"""`cim grid`: grid codes."""

from typing import Annotated

import numpy as np
import typer

from api.cli.output import show
from cim import plugins
from cim.grids.base import Grid

app = typer.Typer(add_completion=False, no_args_is_help=True)

System = Annotated[str, typer.Option(help="Grid system: beidou, geosot or h3.")]


@app.callback()
def grid() -> None:
    """Grid codes: BeiDou, GeoSOT, H3."""


@app.command(context_settings={"ignore_unknown_options": True})
def encode(
    lon: Annotated[float, typer.Argument(help="Longitude, degrees CGCS2000.")],
    lat: Annotated[float, typer.Argument(help="Latitude, degrees CGCS2000.")],
    *,
    system: System = "beidou",
    level: Annotated[int, typer.Option(help="Level of the cell.")] = 8,
) -> None:
    """Code of the cell that holds a point.

    Example: cim grid encode 116.3126 39.9932 --system beidou --level 8
    """
    plugin: Grid = plugins.load(system, "cim.grids")
    codes = plugin.encode(np.array([[lon, lat]]), level)
    show({"system": system, "level": level, "code": str(plugin.to_text(codes)[0])})


@app.command()
def decode(
    code: Annotated[str, typer.Argument(help="Text of the code.")],
    *,
    system: System = "beidou",
) -> None:
    """Level, centre and bounds of a cell.

    Example: cim grid decode N50J47539B825534 --system beidou
    """
    plugin: Grid = plugins.load(system, "cim.grids")
    codes = plugin.from_text([code])
    show(
        {
            "system": system,
            "code": str(plugin.to_text(codes)[0]),
            "level": int(plugin.level_of(codes)[0]),
            "center": plugin.centers(codes)[0].tolist(),
            "bounds": plugin.bounds(codes)[0].tolist(),
        }
    )
