"""Grid codes: from a position to a code and back, for every grid system there is."""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.grid_kin import kin, parents, solid_grid
from api.routes import grid_columns, grid_sets
from api.routes.grid_common import (
    PACKAGE,
    Code,
    Format,
    Level,
    Solid,
    blame,
    check_level,
    decode,
    encode,
    geojson,
    load_grid,
    model,
    positions,
)
from api.schemas.grids import (
    CellOut,
    CellsOut,
    ConvertedOut,
    CoordinateSystem,
    GridList,
    GridOut,
)
from cim import plugins
from cim.arrays import Uint64
from cim.grids.base import Grid
from cim.store.base import Store
from cim.zones.convert import by_center, by_overlap
from cim.zones.cover import CoverRequest

OVERLAP_LIMIT = 10_000
"""Most cells of the other grid for one cell."""

type Lon = Annotated[float, Query(ge=-180, le=180, description="经度，度 / Longitude, degrees")]
type Lat = Annotated[float, Query(ge=-90, le=90, description="纬度，度 / Latitude, degrees")]
type Height = Annotated[
    float | None, Query(allow_inf_nan=False, description="大地高，米 / Ellipsoidal height, metres")
]
type Coordinates = Annotated[CoordinateSystem, Query(description="坐标系 / Of lon and lat")]
type Target = Annotated[str, Query(description="目标网格体系 / Grid system to convert to")]
type AncestorLevel = Annotated[int | None, Query(description="上级层级 / Level of the ancestor")]
type ConvertMode = Annotated[
    Literal["center", "overlap"], Query(description="按中心或按重叠 / By centre or by overlap")
]


def router(store: Store) -> APIRouter:
    """Routes over the grid plugins; layers to sum up are those of `store`."""
    routes = APIRouter(prefix="/api/grids", tags=["Grids"])

    @routes.get("", summary="网格体系列表 / Grid systems")
    def read_grids() -> GridList:
        names = plugins.names(PACKAGE)
        return GridList(grids=[GridOut.from_grid(load_grid(name)) for name in names])

    _add_cells(routes)
    _add_kin(routes)
    grid_sets.add(routes, store)
    grid_columns.add(routes)
    return routes


def _add_cells(routes: APIRouter) -> None:
    """From positions and codes to cells."""

    @routes.get(
        "/{system}/encode",
        summary="位置编码 / Code of the cell that holds a point",
        response_model=CellOut,
    )
    def read_encoded(  # noqa: PLR0913 - each is a parameter of the request
        system: str,
        lon: Lon,
        lat: Lat,
        level: Level,
        *,
        height_m: Height = None,
        coordsys: Coordinates = "cgcs2000",
        form: Format = "json",
    ) -> Response:
        grid = load_grid(system)
        codes = encode(grid, positions([lon], [lat], coordsys), level)
        heights = None
        if height_m is not None:
            with blame("height_m"):
                heights = solid_grid(grid).encode_heights(np.array([height_m]), level)
        return _cell(grid, codes, heights, form)

    @routes.get("/{system}/decode", summary="网格码解码 / Cell of a code", response_model=CellOut)
    def read_decoded(
        system: str, code: Code, *, solid: Solid = False, form: Format = "json"
    ) -> Response:
        grid = load_grid(system)
        if not solid:
            return _cell(grid, decode(grid, [code]), None, form)
        with blame("code"):
            codes, heights = solid_grid(grid).from_text_3d([code])
        return _cell(grid, codes, heights, form)

    @routes.get(
        "/{system}/convert",
        summary="网格码转换 / Cells of another grid",
        response_model=ConvertedOut,
    )
    def read_converted(
        system: str, code: Code, to: Target, level: Level, mode: ConvertMode = "center"
    ) -> Response:
        grid, target = load_grid(system), load_grid(to)
        check_level(target, level)
        codes = decode(grid, [code])
        found = _overlapping if mode == "overlap" else _central
        return model(found(grid, codes, target, level))


def _central(grid: Grid, codes: Uint64, target: Grid, level: int) -> ConvertedOut:
    """The cell of another grid that holds the centre of a cell."""
    with blame("code"):
        found = by_center(grid, codes, target, level)
    text, error_m = str(target.to_text(found.codes)[0]), float(found.error_m[0])
    return ConvertedOut(system=target.name, level=level, code=text, error_m=error_m)


def _overlapping(grid: Grid, codes: Uint64, target: Grid, level: int) -> ConvertedOut:
    """The cells of another grid that share area with a cell."""
    with blame("code"):
        found = by_overlap(grid, codes, target, CoverRequest(level, limit=OVERLAP_LIMIT))
    texts = target.to_text(found.cells.codes).tolist()
    return ConvertedOut(system=target.name, level=level, codes=texts, shares=found.shares.tolist())


def _add_kin(routes: APIRouter) -> None:
    """From cells to the cells above, below and around them."""

    @routes.get("/{system}/parent", summary="上级网格 / Cell above", response_model=CellOut)
    def read_parent(
        system: str, code: Code, level: AncestorLevel = None, form: Format = "json"
    ) -> Response:
        grid = load_grid(system)
        codes = decode(grid, [code])
        if level is not None:
            check_level(grid, level)
        with blame("code" if level is None else "level"):
            above = parents(grid, codes, level)
        return _cell(grid, above, None, form)

    @routes.get("/{system}/children", summary="下级网格 / Cells below", response_model=CellsOut)
    def read_children(system: str, code: Code, form: Format = "json") -> Response:
        return _kin(load_grid(system), code, "child", form)

    @routes.get("/{system}/neighbors", summary="邻接网格 / Cells around", response_model=CellsOut)
    def read_neighbors(system: str, code: Code, form: Format = "json") -> Response:
        return _kin(load_grid(system), code, "neighbor", form)


def _kin(grid: Grid, code: str, kind: str, form: str) -> Response:
    """Children or neighbours of a cell."""
    codes = decode(grid, [code])
    with blame("code"):
        found = kin(grid, codes, kind).codes
    if form == "geojson":
        return geojson(grid, found)
    return model(CellsOut.from_codes(grid, code, found))


def _cell(grid: Grid, codes: Uint64, heights: Uint64 | None, form: str) -> Response:
    """One cell."""
    if form == "geojson":
        return geojson(grid, codes)
    return model(CellOut.from_code(grid, codes, heights))
