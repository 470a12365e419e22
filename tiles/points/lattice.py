"""Points as whole steps of a lattice: 20 bytes each, exact to half a step.

All points of a tileset lie on one lattice in one east, north, up frame. Its step is a power of
two, so that 16-bit integers and 32-bit floats hold lattice points without rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Bool, Float64, Int64, Uint8
from cim.pointclouds.base import PointBatch
from tiles.points.morton import Columns

STEP_EXPONENT = -10
STEP_M = 2.0**STEP_EXPONENT
"""Metres of one step, 0.977 mm: stored points are within half of it on each axis."""

REACH_M = 2_000_000.0
"""Points lie at most so far from the frame's origin on each axis."""

POINT = np.dtype(
    [
        ("xyz", "<i4", 3),
        ("colour", "u1", 3),
        ("classification", "u1"),
        ("intensity", "<u2"),
        ("spare", "<u2"),
    ]
)
"""One point; 20 bytes, no padding of the machine's own."""

type Points = NDArray[np.void]
"""(n,) of `POINT`."""


@dataclass(frozen=True, slots=True)
class Cube:
    """A cube of lattice points; its side is a power of two."""

    low: tuple[int, int, int]
    """Lowest lattice point."""

    bits: int
    """Binary logarithm of the side, in steps."""

    @property
    def side_m(self) -> float:
        """Side in metres."""
        return float(STEP_M * 2**self.bits)


def within_reach(positions: Float64) -> Bool | None:
    """Which positions (n, 3) the lattice reaches, None for all."""
    reached = [(column.min() >= -REACH_M and column.max() <= REACH_M) for column in positions.T]
    if all(reached):
        return None
    return np.asarray((np.abs(positions) <= REACH_M).all(axis=1))


def as_points(positions: Float64, batch: PointBatch, colour: Uint8 | None) -> Points:
    """Points of a batch on the lattice.

    Args:
        positions: (n, 3) metres in the tileset's frame, within `REACH_M`.
        batch: The other dimensions, a row for each position.
        colour: (n, 3) to show, None: black, which no content writes.
    """
    points = np.zeros(len(positions), POINT)
    for axis in range(3):
        points["xyz"][:, axis] = np.rint(positions[:, axis] * (1 / STEP_M))
    if colour is not None:
        points["colour"] = colour
    if batch.classification is not None:
        points["classification"] = batch.classification
    if batch.intensity is not None:
        points["intensity"] = batch.intensity
    return points


def columns_within(points: Points, cube: Cube) -> Columns:
    """Coordinates of points of a cube, counted from its lowest corner."""
    x, y, z = (
        (points["xyz"][:, axis] - np.int64(low)).astype(np.uint32)
        for axis, low in enumerate(cube.low)
    )
    return x, y, z


def extremes(points: Points) -> Int64:
    """(2, 3) lowest and highest lattice coordinates of at least one point."""
    columns = [points["xyz"][:, axis] for axis in range(3)]
    return np.array([[c.min() for c in columns], [c.max() for c in columns]], np.int64)


def cube_about(ends: Int64, *, least_bits: int) -> Cube:
    """The smallest cube with its lowest corner at `ends[0]` (2, 3) that holds `ends[1]`."""
    x, y, z = ends[0].tolist()
    return Cube((x, y, z), max(least_bits, int((ends[1] - ends[0]).max()).bit_length()))
