"""Bounding boxes of tiles: measured corners in, 3D Tiles `box` out."""

import numpy as np

from cim.arrays import Float64

MARGIN_M = 0.01
"""Added on each side, so that rounding in a client never puts a vertex outside."""


def corners(bounds: Float64) -> Float64:
    """(8, 3) corners of bounds (2, 3)."""
    choice = np.indices((2, 2, 2)).reshape(3, -1).T
    return np.asarray(bounds[choice, np.arange(3)])


def transformed(bounds: Float64, matrix: Float64) -> Float64:
    """(2, 3) bounds, in the target frame, of the turned box; `matrix` is (4, 4)."""
    moved = corners(bounds) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.stack((moved.min(axis=0), moved.max(axis=0)))


def relative(parent: Float64, child: Float64) -> Float64:
    """(4, 4) from the child's frame to the parent's; both are rigid frames in one world."""
    turn = parent[:3, :3].T
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ child[:3, :3]
    matrix[:3, 3] = turn @ (child[:3, 3] - parent[:3, 3])
    return matrix


def union(bounds: list[Float64]) -> Float64:
    """(2, 3) bounds of all bounds; there is at least one."""
    stacked = np.stack(bounds)
    return np.stack((stacked[:, 0].min(axis=0), stacked[:, 1].max(axis=0)))


def as_box(bounds: Float64) -> list[float]:
    """The twelve numbers of a `box` about bounds (2, 3): centre, then half of each axis."""
    low, high = bounds[0] - MARGIN_M, bounds[1] + MARGIN_M
    middle, half = (low + high) / 2, (high - low) / 2
    return [*middle.tolist(), *np.diag(half).ravel().tolist()]


def turned_box(bounds: Float64, matrix: Float64) -> list[float]:
    """The twelve numbers of a `box` about bounds (2, 3) of another frame.

    Args:
        bounds: In their frame.
        matrix: (4, 4) from it to the frame of the box.
    """
    low, high = bounds[0] - MARGIN_M, bounds[1] + MARGIN_M
    middle = matrix[:3, :3] @ ((low + high) / 2) + matrix[:3, 3]
    axes = np.diag((high - low) / 2) @ matrix[:3, :3].T
    return [*middle.tolist(), *axes.ravel().tolist()]


def box_axes(box: list[float]) -> tuple[Float64, Float64]:
    """Centre (3,) and half axes (3, 3), one a row, of the numbers of a `box`."""
    numbers = np.asarray(box, np.float64)
    return numbers[:3], numbers[3:].reshape(3, 3)


def as_column_major(matrix: Float64) -> list[float]:
    """The sixteen numbers of a `transform`."""
    return [float(number) for number in matrix.T.ravel()]
