"""Sets of cells: the cover of a geometry, and a layer summed up by cell."""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from shapely.geometry.base import BaseGeometry
from starlette.responses import Response

from api.errors import ParameterError, TooLargeError
from api.grid_cells import (
    box_of,
    check_bounds,
    parse_bounds,
    parse_geojson,
    parse_wkt,
    statistics,
    statistics_csv,
)
from api.grid_kin import solid_grid
from api.routes.grid_columns import MOST_ROWS
from api.routes.grid_common import (
    Format,
    Level,
    blame,
    check_level,
    columns,
    encode,
    geojson,
    load_grid,
    positions,
    same_length,
)
from api.schemas.grids import AggregateOut, CoverIn, CoverOut, ValuesIn
from cim.aggregation import AggregateRequest, CellTable, aggregate, by_cell, check_field
from cim.grids.base import Grid
from cim.store.base import Store
from cim.zones.cover import DEFAULT_LIMIT, CoverRequest, Mode, cover, cover_compact
from cim.zones.solids import Body, cover_body

type Box = Annotated[
    str, Query(max_length=200, description="范围，西,南,东,北 / Box: west,south,east,north")
]
type Wkt = Annotated[str, Query(max_length=10_000, description="WKT，经度在前 / Longitude first")]
type CoverMode = Annotated[Mode, Query(description="覆盖、内部或中心在内 / Which cells")]
type Compact = Annotated[bool, Query(description="合并为上级网格 / Whole groups as one cell")]
type Limit = Annotated[int, Query(ge=1, le=DEFAULT_LIMIT, description="网格数上限 / Most cells")]
type Height = Annotated[
    float | None, Query(allow_inf_nan=False, description="大地高，米 / Ellipsoidal height, metres")
]
type TableFormat = Annotated[
    Literal["json", "csv", "geojson"],
    Query(alias="f", description="输出格式 / Format of the answer"),
]
type LayerName = Annotated[str, Query(max_length=63, description="图层 / Layer to sum up")]
type FieldName = Annotated[
    str | None, Query(max_length=200, description="数值字段 / Numeric column to sum up")
]


def add(routes: APIRouter, store: Store) -> None:
    """Add the routes."""
    _add_cover(routes)
    _add_aggregate(routes, store)


def _add_cover(routes: APIRouter) -> None:
    """Cells of a geometry."""

    @routes.get("/{system}/cover", summary="范围网格 / Cells of an area", response_model=CoverOut)
    def read_cover(  # noqa: PLR0913 - each is a parameter of the request
        system: str,
        level: Level,
        *,
        bbox: Box = "",
        wkt: Wkt = "",
        mode: CoverMode = "cover",
        compact: Compact = False,
        low_m: Height = None,
        high_m: Height = None,
        limit: Limit = DEFAULT_LIMIT,
        form: Format = "json",
    ) -> Response:
        if bool(bbox) == bool(wkt):
            raise ParameterError("bbox", "give either bbox or wkt")
        with blame("bbox" if bbox else "wkt"):
            geometry = box_of(parse_bounds(bbox)) if bbox else parse_wkt(wkt)
        asked = CoverIn(
            level=level, mode=mode, compact=compact, low_m=low_m, high_m=high_m, limit=limit
        )
        return _cover(load_grid(system), geometry, "bbox" if bbox else "wkt", asked, form)

    @routes.post(
        "/{system}/cover", summary="图形网格 / Cells of a geometry", response_model=CoverOut
    )
    def find_cover(system: str, body: CoverIn, form: Format = "json") -> Response:
        if (body.geometry is None) == (body.bbox is None):
            raise ParameterError("geometry", "give either geometry or bbox")
        with blame("geometry" if body.bbox is None else "bbox"):
            if body.bbox is None:
                geometry = parse_geojson(body.geometry)
            else:
                geometry = box_of(check_bounds(body.bbox))
        return _cover(load_grid(system), geometry, "geometry", body, form)


def _cover(grid: Grid, geometry: BaseGeometry, field: str, asked: CoverIn, form: str) -> Response:
    """The cells of a geometry, solid when heights are asked for."""
    check_level(grid, asked.level)
    request = CoverRequest(asked.level, asked.mode, asked.limit)
    answer = {"system": grid.name, "level": asked.level, "mode": asked.mode}
    if asked.low_m is not None or asked.high_m is not None:
        return columns(answer | _solid_cover(grid, geometry, asked, request))
    with blame(field):
        codes = (cover_compact if asked.compact else cover)(grid, geometry, request)
    if form == "geojson":
        return geojson(grid, codes)
    return columns(answer | {"count": len(codes), "codes": grid.to_text(codes).tolist()})


def _solid_cover(
    grid: Grid, geometry: BaseGeometry, asked: CoverIn, request: CoverRequest
) -> dict[str, object]:
    """Count and codes of solid cells."""
    if asked.low_m is None or asked.high_m is None:
        missing = "low_m" if asked.low_m is None else "high_m"
        raise ParameterError(missing, "low_m and high_m: give both or neither")
    if asked.compact:
        raise ParameterError("compact", "solid cells are not compacted")
    with blame("low_m"):
        solid = solid_grid(grid)
        found = cover_body(solid, Body(geometry, asked.low_m, asked.high_m), request)
    surface = np.unique(found.codes)
    return {
        "count": len(found.codes),
        "codes": solid.to_text(surface).tolist(),
        "codes_3d": solid.to_text_3d(found.codes, found.heights).tolist(),
    }


def _add_aggregate(routes: APIRouter, store: Store) -> None:
    """Statistics by cell."""

    @routes.get(
        "/{system}/aggregate",
        summary="图层网格汇总 / A layer by cell",
        response_model=AggregateOut,
    )
    def read_aggregate(
        system: str,
        layer: LayerName,
        level: Level,
        field: FieldName = None,
        bbox: Box = "",
        form: TableFormat = "json",
    ) -> Response:
        grid = load_grid(system)
        check_level(grid, level)
        with blame("bbox"):
            bounds = parse_bounds(bbox) if bbox else None
        with blame("field"):
            check_field(store.layer(layer), field)
        table = aggregate(store, grid, AggregateRequest(layer, level, field, bounds))
        return _table(grid, table, {"level": level, "layer": layer, "field": field}, form)

    @routes.post(
        "/{system}/aggregate",
        summary="点值网格汇总 / Values of points by cell",
        response_model=AggregateOut,
    )
    def aggregate_values(system: str, body: ValuesIn, form: TableFormat = "json") -> Response:
        grid = load_grid(system)
        if len(body.lon) > MOST_ROWS:
            raise TooLargeError(f"{len(body.lon)} rows, at most {MOST_ROWS} in a request")
        same_length({"lon": body.lon, "lat": body.lat, "value": body.value})
        codes = encode(grid, positions(body.lon, body.lat), body.level)
        values = [None] * len(codes) if body.value is None else body.value
        numbers = np.array([np.nan if value is None else value for value in values], np.float64)
        field = None if body.value is None else "value"
        return _table(grid, by_cell(codes, numbers), {"level": body.level, "field": field}, form)


def _table(grid: Grid, table: CellTable, about: dict[str, object], form: str) -> Response:
    """Statistics in a format."""
    field = about["field"] if isinstance(about["field"], str) else None
    found = statistics(table, field)
    if form == "geojson":
        return geojson(grid, table.codes, found)
    if form == "csv":
        return Response(statistics_csv(grid, table, field), media_type="text/csv; charset=utf-8")
    code = {"code": grid.to_text(table.codes).tolist()}
    left_out = {"without_place": table.without_place}
    return columns({"system": grid.name} | about | left_out | code | found)
