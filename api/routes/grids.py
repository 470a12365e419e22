"""Grid codes: from a position to a code and back, for every grid system there is."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from api.errors import ParameterError
from api.schemas.grids import CellOut, GridList, GridOut
from cim import plugins
from cim.grids.base import Grid, GridCodeError

PACKAGE = "cim.grids"

type Lon = Annotated[float, Query(ge=-180, le=180, description="经度，度 / Longitude, degrees")]
type Lat = Annotated[float, Query(ge=-90, le=90, description="纬度，度 / Latitude, degrees")]
type Level = Annotated[int, Query(description="网格层级 / Grid level")]
type Code = Annotated[str, Query(min_length=1, max_length=80, description="网格码 / Grid code")]


def router() -> APIRouter:
    """Routes over the grid plugins."""
    routes = APIRouter(prefix="/api/grids", tags=["Grids"])

    @routes.get("", summary="网格体系列表 / Grid systems")
    def read_grids() -> GridList:
        names = plugins.names(PACKAGE)
        return GridList(grids=[GridOut.from_grid(_grid(name)) for name in names])

    @routes.get("/{system}/encode", summary="位置编码 / Code of the cell that holds a point")
    def encode(system: str, lon: Lon, lat: Lat, level: Level) -> CellOut:
        grid = _grid(system)
        if level not in grid.levels:
            legal = f"{grid.levels[0]} to {grid.levels[-1]}"
            raise ParameterError("level", f"{level} is not a level of {system}; legal: {legal}")
        return CellOut.from_code(grid, grid.encode(np.array([[lon, lat]]), level))

    @routes.get("/{system}/decode", summary="网格码解码 / Cell of a code")
    def decode(system: str, code: Code) -> CellOut:
        grid = _grid(system)
        try:
            return CellOut.from_code(grid, grid.from_text([code]))
        except GridCodeError as error:
            raise ParameterError("code", str(error)) from error

    return routes


def _grid(name: str) -> Grid:
    grid: Grid = plugins.load(name, PACKAGE)
    return grid
