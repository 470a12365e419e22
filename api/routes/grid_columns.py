"""Grid codes in bulk: columns in, columns out, in the order of the rows."""

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from api.errors import TooLargeError
from api.grid_kin import kin, parents, solid_grid, split_lists
from api.routes.grid_common import (
    blame,
    check_level,
    columns,
    decode,
    encode,
    load_grid,
    positions,
    same_length,
)
from api.schemas.grids import (
    CellColumnsOut,
    ChildrenOut,
    CodesIn,
    ConvertedColumnsOut,
    ConvertIn,
    NeighborsOut,
    ParentsOut,
    PositionCodesOut,
    PositionsIn,
)
from cim.arrays import Float64, Uint64
from cim.grids.base import Grid
from cim.zones.convert import by_center

MOST_ROWS = 1_000_000
"""Rows of one request; `cim grid` takes tables of any length."""

MOST_LISTED = 100_000
"""Rows of one request whose answer is a list for each row."""

_PLACE = ("center_lon", "center_lat", "west", "south", "east", "north")


def add(routes: APIRouter) -> None:
    """Add the routes that take columns."""
    _add_places(routes)
    _add_kin(routes)


def _add_places(routes: APIRouter) -> None:
    """Between positions and codes."""

    @routes.post(
        "/{system}/encode",
        summary="批量编码 / Codes of many points",
        response_model=PositionCodesOut,
    )
    def encode_many(system: str, body: PositionsIn) -> Response:
        grid = load_grid(system)
        _check_count(len(body.lon), MOST_ROWS)
        same_length({"lon": body.lon, "lat": body.lat, "height": body.height})
        codes = encode(grid, positions(body.lon, body.lat, body.coordsys), body.level)
        solids = None if body.height is None else _solids(grid, codes, body.height, body.level)
        return columns({"code": grid.to_text(codes).tolist(), "code_3d": solids})

    @routes.post(
        "/{system}/decode",
        summary="批量解码 / Cells of many codes",
        response_model=CellColumnsOut,
    )
    def decode_many(system: str, body: CodesIn) -> Response:
        grid = load_grid(system)
        _check_count(len(body.code), MOST_ROWS)
        if not body.solid:
            return columns(_places(grid, decode(grid, body.code)))
        solid = solid_grid(grid)
        with blame("code"):
            codes, heights = solid.from_text_3d(body.code)
        low, high = solid.height_bounds(heights, solid.level_of(codes)).T
        faces = {"low_m": low.tolist(), "high_m": high.tolist()}
        return columns(_places(grid, codes) | faces)

    @routes.post(
        "/{system}/convert",
        summary="批量转换 / Cells of another grid for many codes",
        response_model=ConvertedColumnsOut,
    )
    def convert_many(system: str, body: ConvertIn) -> Response:
        grid, target = load_grid(system), load_grid(body.to)
        _check_count(len(body.code), MOST_LISTED)
        check_level(target, body.level)
        codes = decode(grid, body.code)
        with blame("code"):
            found = by_center(grid, codes, target, body.level)
        texts = target.to_text(found.codes).tolist()
        return columns({"code": texts, "error_m": found.error_m.tolist()})


def _add_kin(routes: APIRouter) -> None:
    """From cells to the cells above, below and around them."""

    @routes.post(
        "/{system}/parent",
        summary="批量上级网格 / Cells above many",
        response_model=ParentsOut,
    )
    def parents_of_many(system: str, body: CodesIn) -> Response:
        grid = load_grid(system)
        _check_count(len(body.code), MOST_ROWS)
        codes = decode(grid, body.code)
        if body.level is not None:
            check_level(grid, body.level)
        with blame("code"):
            above = parents(grid, codes, body.level)
        return columns({"parent": grid.to_text(above).tolist()})

    @routes.post(
        "/{system}/children",
        summary="批量下级网格 / Cells below many",
        response_model=ChildrenOut,
    )
    def children_of_many(system: str, body: CodesIn) -> Response:
        return columns({"children": _lists(system, body, "child")})

    @routes.post(
        "/{system}/neighbors",
        summary="批量邻接网格 / Cells around many",
        response_model=NeighborsOut,
    )
    def neighbors_of_many(system: str, body: CodesIn) -> Response:
        return columns({"neighbors": _lists(system, body, "neighbor")})


def _check_count(count: int, most: int) -> None:
    """Refuse too many rows.

    Raises:
        TooLargeError: There are more than a request may have.
    """
    if count > most:
        raise TooLargeError(f"{count} rows, at most {most} in a request; send them in parts")


def _lists(system: str, body: CodesIn, kind: str) -> list[list[str]]:
    """Texts of children or neighbours, one list for each code."""
    grid = load_grid(system)
    _check_count(len(body.code), MOST_LISTED)
    codes = decode(grid, body.code)
    with blame("code"):
        lists = kin(grid, codes, kind)
    return split_lists(grid.to_text(lists.codes), lists.offsets)


def _places(grid: Grid, codes: Uint64) -> dict[str, list[int] | list[float]]:
    """Level, centre and bounds as columns."""
    place: Float64 = np.column_stack([grid.centers(codes), grid.bounds(codes)])
    level: dict[str, list[int] | list[float]] = {"level": grid.level_of(codes).tolist()}
    return level | {name: place[:, at].tolist() for at, name in enumerate(_PLACE)}


def _solids(
    grid: Grid, codes: Uint64, heights_m: list[float | None], level: int
) -> list[str | None]:
    """3D codes; None where there is no height."""
    solid = solid_grid(grid)
    present = np.array([height is not None for height in heights_m], np.bool_)
    known = np.array([height for height in heights_m if height is not None], np.float64)
    with blame("height"):
        heights = solid.encode_heights(known, level)
    texts = np.full(len(codes), None, dtype=object)
    texts[present] = solid.to_text_3d(codes[present], heights).tolist()
    found: list[str | None] = texts.tolist()
    return found
