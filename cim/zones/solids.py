"""Solid cells that cover a body: a footprint between two heights, or a box."""

from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool, Float64, Uint64
from cim.errors import InputError
from cim.grids.base import HeightGrid
from cim.zones.cover import CoverLimitError, CoverRequest, cover, estimate_cover


@dataclass(frozen=True, slots=True)
class Body:
    """A footprint between two heights: a building, or a box if the footprint is one."""

    footprint: BaseGeometry
    """Any geometry, degrees CGCS2000, longitude first."""

    low_m: float
    """Lowest height in metres above the ellipsoid."""

    high_m: float
    """Highest height; a layer that only begins here is not part of the body."""


@dataclass(frozen=True, slots=True)
class SolidCells:
    """Solid cells, column by column, upward."""

    codes: Uint64
    """(n,) cells of the surface."""

    heights: Uint64
    """(n,) their height codes."""


def cover_body(grid: HeightGrid, body: Body, request: CoverRequest) -> SolidCells:
    """Solid cells of one level that cover a body, lie inside it, or have their centre inside it.

    Args:
        grid: A grid system with heights.
        body: Footprint and heights.
        request: Level, mode and limit; the limit counts solid cells.

    Raises:
        InputError: Footprint, heights or level are not legal.
        CoverLimitError: There would be more solid cells than the limit.
    """
    expected = estimate_body(grid, body, request)
    if expected > request.limit:
        raise CoverLimitError(expected, request.limit, request.level)
    layers = _layers(grid, body, request)
    columns = cover(grid, body.footprint, request)
    if len(columns) * len(layers) > request.limit:
        raise CoverLimitError(len(columns) * len(layers), request.limit, request.level)
    return SolidCells(np.repeat(columns, len(layers)), np.tile(layers, len(columns)))


def estimate_body(grid: HeightGrid, body: Body, request: CoverRequest) -> int:
    """About how many solid cells `cover_body` would give."""
    _check_heights(body)
    layers = grid.count_heights_between(body.low_m, body.high_m, request.level)
    return estimate_cover(grid, body.footprint, request) * layers


def _check_heights(body: Body) -> None:
    """Refuse heights that are not finite."""
    if not np.isfinite([body.low_m, body.high_m]).all():
        raise InputError(f"heights from {body.low_m} m to {body.high_m} m: want numbers")


def _layers(grid: HeightGrid, body: Body, request: CoverRequest) -> Uint64:
    """Height codes of the layers that pass the test of the mode."""
    layers = grid.heights_between(body.low_m, body.high_m, request.level)
    faces = grid.height_bounds(layers, np.full(len(layers), request.level))
    return layers[_passing(faces, body, request)]


def _passing(faces: Float64, body: Body, request: CoverRequest) -> Bool:
    """Which layers pass the test of the mode."""
    low, high = faces.T
    middle = (low + high) / 2
    passing: Bool = {
        "cover": np.ones(len(faces), dtype=np.bool_),
        "inside": (low >= body.low_m) & (high <= body.high_m),
        "center": (middle >= body.low_m) & (middle <= body.high_m),
    }[request.mode]
    return passing
