"""Checks that all grid systems share."""

from cim.grids.base import GridCodeError


def check_level(levels: range, level: int, system: str) -> None:
    """Refuse a level that the grid does not have.

    Raises:
        GridCodeError: Naming the level and the legal ones.
    """
    if level not in levels:
        raise GridCodeError(f"{system} level {level}: legal are {levels[0]} to {levels[-1]}")
