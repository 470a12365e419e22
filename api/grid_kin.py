"""Choices that the command line and the web share about cells and their kin."""

from cim.arrays import Int64, Text, Uint64
from cim.errors import InputError
from cim.grids.base import CellLists, Grid, HeightGrid


def solid_grid(grid: Grid) -> HeightGrid:
    """The grid, if its cells have heights.

    Raises:
        InputError: They have not.
    """
    if not isinstance(grid, HeightGrid):
        raise InputError(f"{grid.name} has no heights, so it has no 3D codes")
    return grid


def parents(grid: Grid, codes: Uint64, level: int | None) -> Uint64:
    """The cells one level up, or of a level."""
    return grid.parents(codes) if level is None else grid.ancestors(codes, level)


def kin(grid: Grid, codes: Uint64, kind: str) -> CellLists:
    """Children or neighbours."""
    return grid.children(codes) if kind == "child" else grid.neighbors(codes)


def split_lists(texts: Text, offsets: Int64) -> list[list[str]]:
    """Texts of `CellLists`, list by list."""
    whole = texts.tolist()
    return [whole[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
