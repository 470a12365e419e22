"""Checks that all grid systems share."""

import numpy as np
from numpy.typing import NDArray

from cim.grids.base import GridCodeError


def check_level(levels: range, level: int, system: str) -> None:
    """Refuse a level that the grid does not have.

    Raises:
        GridCodeError: Naming the level and the legal ones.
    """
    if level not in levels:
        raise GridCodeError(f"{system} level {level}: legal are {levels[0]} to {levels[-1]}")


def require_codes(codes: NDArray[np.generic]) -> None:
    """Check that codes are unsigned 64-bit integers, which no mixed arithmetic may round.

    Raises:
        TypeError: They are of another type: a mistake in the calling code.
    """
    if codes.dtype != np.uint64:
        raise TypeError(f"codes: array of {codes.dtype}, wanted uint64")
