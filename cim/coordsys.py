"""Coordinate systems of Chinese map clients: WGS 84, CGCS2000, GCJ-02 and BD-09.

GCJ-02 shifts WGS 84 positions inside a box around China by up to about 700 m; BD-09 shifts
GCJ-02 once more. Neither has a published specification: the formulas are those on which
coordtransform 2.1.2, gcoord 1.0.7 and prcoords 1.0.5 agree bit for bit. The inverses are found by
iteration, because the one-step inverses in common use err by metres.
"""

from collections.abc import Callable, Sequence

import numpy as np

from cim.arrays import Bool, Float64, require_shape
from cim.errors import InputError

SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north degrees: where GCJ-02 differs from WGS 84. A box, not a border."""

type Box = tuple[float, float, float, float]
type _Step = Callable[[Float64, Box], Float64]

_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_OFFSET = (0.0065, 0.006)
_ROUNDS = 12
_CONVERGED_DEG = 1e-13
_BOX_MARGIN_DEG = 0.05
_EDGE_DEG = 1e-9
"""Positions on the edge of the box stay inside it whatever the rounding of a round trip."""


def convert(lon_lat: Float64, source: str, target: str, *, china_box: Box = CHINA_BOX) -> Float64:
    """The same positions in another system.

    CGCS2000 and WGS 84 are taken as equal: they agree within decimetres. A round trip returns to
    the start within 1e-9 degrees, except less than 0.05 degrees outside the edge of `china_box`,
    where two positions share one GCJ-02 position.

    Args:
        lon_lat: (n, 2) degrees, longitude first.
        source: One of `SYSTEMS`.
        target: One of `SYSTEMS`.
        china_box: Where GCJ-02 differs from WGS 84, in WGS 84 degrees.

    Returns:
        (n, 2) degrees, longitude first, in the input's order.

    Raises:
        InputError: A system is unknown, or a position is not on the globe.
    """
    require_shape("lon_lat", lon_lat, None, 2)
    steps = _steps(source, target)
    _check_positions(lon_lat)
    result = np.array(lon_lat, np.float64)
    for step in steps:
        result = step(result, china_box)
    return result


def _steps(source: str, target: str) -> Sequence[_Step]:
    """Functions that lead from one system to the other, along WGS 84 - GCJ-02 - BD-09."""
    start, end = _place(source), _place(target)
    if start <= end:
        return (_wgs84_to_gcj02, _gcj02_to_bd09)[start:end]
    return (_bd09_to_gcj02, _gcj02_to_wgs84)[2 - start : 2 - end]


def _place(system: str) -> int:
    if system not in SYSTEMS:
        raise InputError(f"coordsys: unknown {system!r}; known: {', '.join(SYSTEMS)}")
    return {"gcj02": 1, "bd09": 2}.get(system, 0)


def _check_positions(lon_lat: Float64) -> None:
    legal = (np.abs(lon_lat) <= (180.0, 90.0)).all(axis=1)
    if not legal.all():
        row = int(np.argmin(legal))
        lon, lat = lon_lat[row].tolist()
        raise InputError(
            f"position {row + 1}: longitude {lon!r}, latitude {lat!r}; "
            "legal: -180 to 180 and -90 to 90"
        )


def _wgs84_to_gcj02(lon_lat: Float64, box: Box) -> Float64:
    inside = _inside(lon_lat, box, _EDGE_DEG)
    result = lon_lat.copy()
    result[inside] += _gcj02_shift(lon_lat[inside])
    return result


def _gcj02_to_wgs84(lon_lat: Float64, box: Box) -> Float64:
    near = _inside(lon_lat, box, _BOX_MARGIN_DEG)
    shifted = lon_lat[near]
    found = _invert(lambda guess: guess + _gcj02_shift(guess), shifted)
    result = lon_lat.copy()
    result[near] = np.where(_inside(found, box, _EDGE_DEG)[:, np.newaxis], found, shifted)
    return result


def _gcj02_to_bd09(lon_lat: Float64, _box: Box) -> Float64:
    lon, lat = lon_lat.T
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle))) + _BD_OFFSET


def _bd09_to_gcj02(lon_lat: Float64, box: Box) -> Float64:
    return _invert(lambda guess: _gcj02_to_bd09(guess, box), lon_lat)


def _invert(forward: Callable[[Float64], Float64], wanted: Float64) -> Float64:
    """Positions that `forward` moves to `wanted`, by fixed-point iteration.

    The shifts vary by less than 3 % of a step, so each round gains more than one digit.
    """
    guess = wanted.copy()
    for _ in range(_ROUNDS):
        error = forward(guess) - wanted
        guess -= error
        if error.size == 0 or np.abs(error).max() < _CONVERGED_DEG:
            break
    return guess


def _inside(lon_lat: Float64, box: Box, margin_deg: float) -> Bool:
    low = np.array(box[:2]) - margin_deg
    high = np.array(box[2:]) + margin_deg
    return np.asarray(((lon_lat >= low) & (lon_lat <= high)).all(axis=1), np.bool_)


def _gcj02_shift(lon_lat: Float64) -> Float64:
    """(n, 2) degrees that GCJ-02 adds to WGS 84 positions."""
    lat_rad = np.radians(lon_lat[:, 1])
    east, north = _gcj02_wave(lon_lat[:, 0] - 105.0, lon_lat[:, 1] - 35.0)
    magic = 1.0 - _ECCENTRICITY_SQUARED * np.sin(lat_rad) ** 2
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(lat_rad)
    return np.degrees(np.column_stack((east / parallel, north / meridian)))


def _gcj02_wave(x: Float64, y: Float64) -> tuple[Float64, Float64]:
    """Shift in metres east and north, from degrees off 105 E, 35 N."""
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (2.0 / 3.0) * (ripple + _waves(x, (20.0, 1.0), (40.0, 3.0)))
    east += (2.0 / 3.0) * _waves(x, (150.0, 12.0), (300.0, 30.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (2.0 / 3.0) * (ripple + _waves(y, (20.0, 1.0), (40.0, 3.0)))
    north += (2.0 / 3.0) * _waves(y, (160.0, 12.0), (320.0, 30.0))
    return east, north


def _waves(value: Float64, *terms: tuple[float, float]) -> Float64:
    """Sum of `amplitude * sin(value * pi / length)`."""
    total = np.zeros_like(value)
    for amplitude, length in terms:
        total += amplitude * np.sin(value * np.pi / length)
    return total
