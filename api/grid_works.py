"""Grid work on every row of a table: positions to codes, codes to cells, cells to their kin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa

from api.grid_kin import kin, parents, solid_grid
from api.tables.arrays import from_numbers, to_numbers
from api.tables.base import Column, Wanted
from api.tables.run import Answer
from cim.arrays import Float64, Text, Uint8, Uint64
from cim.errors import InputError
from cim.grids.base import Grid, HeightGrid

_TEXT, _NUMBER = pa.string(), pa.float64()


_BLOCK = 1 << 13
"""Texts written at a time: the characters of numpy's texts take four bytes each."""


def as_column(write: Callable[[slice], Text], count: int) -> Column:
    """`count` texts as a column.

    Args:
        write: The texts of some rows; of ASCII.
        count: Number of rows.
    """
    blocks = [_letters(write(slice(at, at + _BLOCK))) for at in range(0, count, _BLOCK)]
    widths = {letters.shape[1] for letters in blocks}
    if len(widths) > 1 or any((letters[:, -1] == 0).any() for letters in blocks):
        texts = (write(slice(at, at + _BLOCK)).tolist() for at in range(0, count, _BLOCK))
        return pa.array(chain.from_iterable(texts), _TEXT)
    octets = np.concatenate([np.zeros(0, np.uint8), *(letters.ravel() for letters in blocks)])
    starts = np.arange(count + 1, dtype=np.int32) * max(widths, default=0)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(octets)]
    return pa.Array.from_buffers(_TEXT, count, buffers)


def code_column(grid: Grid, codes: Uint64) -> Column:
    """Texts of cells as a column."""
    return as_column(lambda rows: grid.to_text(codes[rows]), len(codes))


def _letters(texts: Text) -> Uint8:
    """(n, width) ASCII characters, zero after the end of a text."""
    return texts.view(np.uint32).astype(np.uint8).reshape(len(texts), -1)


def points_of(lon: Float64, lat: Float64) -> Float64:
    """(n, 2) longitudes and latitudes side by side."""
    return np.column_stack([lon, lat])


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the columns that are read and written."""

    lon: str = "lon"
    lat: str = "lat"
    height: str = "height"
    code: str = "code"


@dataclass(frozen=True, slots=True)
class Encode:
    """Codes of positions, and of heights where there are any."""

    grid: Grid
    level: int
    names: Names = field(default_factory=Names)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Longitude, latitude, perhaps a height."""
        names = self.names
        position = Wanted("lon", names.lon, number=True), Wanted("lat", names.lat, number=True)
        if not isinstance(self.grid, HeightGrid):
            return position
        return (*position, Wanted("height", names.height, number=True, required=False))

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """`code`, and `code_3d` when there is a height."""
        code = {self.names.code: _TEXT}
        return code | {f"{self.names.code}_3d": _TEXT} if "height" in roles else code

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """Codes; no 3D code where there is no height."""
        points = points_of(to_numbers(values["lon"]), to_numbers(values["lat"]))
        codes = self.grid.encode(points, self.level)
        columns = {self.names.code: code_column(self.grid, codes)}
        if "height" in values and isinstance(self.grid, HeightGrid):
            columns[f"{self.names.code}_3d"] = self._solids(self.grid, codes, values["height"])
        return Answer(columns)

    def _solids(self, grid: HeightGrid, codes: Uint64, heights_m: Column) -> Column:
        """3D codes."""
        if not heights_m.null_count:
            heights = grid.encode_heights(to_numbers(heights_m), self.level)
            return as_column(lambda rows: grid.to_text_3d(codes[rows], heights[rows]), len(codes))
        present = np.array(heights_m.is_valid().to_pylist(), np.bool_)
        heights = grid.encode_heights(to_numbers(heights_m.drop_null()), self.level)
        texts = np.full(len(codes), None, dtype=object)
        texts[present] = grid.to_text_3d(codes[present], heights).tolist()
        return pa.array(texts.tolist(), _TEXT)

    def blame(self, values: Mapping[str, Column], error: InputError) -> str:
        """The column of the coordinate that is off the globe, or of the height."""
        if str(error).startswith("height"):
            return "height"
        lon = values["lon"][0].as_py()
        return "lat" if -180 <= lon <= 180 else "lon"  # noqa: PLR2004 - degrees


@dataclass(frozen=True, slots=True)
class OfCodes:
    """Work on one column of codes."""

    grid: Grid
    names: Names = field(default_factory=Names)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The code."""
        return (Wanted("code", self.names.code, number=False),)

    def blame(self, values: Mapping[str, Column], error: InputError) -> str:
        """The code."""
        del values, error
        return "code"

    def codes(self, values: Mapping[str, Column]) -> Uint64:
        """The column as integers."""
        return self.grid.from_text(values["code"].to_pylist())


@dataclass(frozen=True, slots=True)
class Decode(OfCodes):
    """Level, centre and bounds of codes."""

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """Names and types of what `decoded` gives."""
        del roles
        return _CELL

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """Level, centre and bounds."""
        return Answer(decoded(self.grid, self.codes(values)))


_PLACE = ("center_lon", "center_lat", "west", "south", "east", "north")
_CELL = {"level": pa.int64()} | dict.fromkeys(_PLACE, _NUMBER)


def decoded(grid: Grid, codes: Uint64) -> dict[str, Column]:
    """Level, centre and bounds of cells, as columns."""
    place = np.column_stack([grid.centers(codes), grid.bounds(codes)]).reshape(-1, len(_PLACE))
    numbers = {name: from_numbers(column) for name, column in zip(_PLACE, place.T, strict=True)}
    return {"level": from_numbers(grid.level_of(codes))} | numbers


@dataclass(frozen=True, slots=True)
class DecodeSolid(OfCodes):
    """Level, centre, bounds and heights of 3D codes."""

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """What a 2D code gives, and the two faces."""
        del roles
        return _CELL | dict.fromkeys(("low_m", "high_m"), _NUMBER)

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """Level, centre, bounds, lower and upper face."""
        grid = solid_grid(self.grid)
        codes, heights = grid.from_text_3d(values["code"].to_pylist())
        low, high = grid.height_bounds(heights, grid.level_of(codes)).reshape(-1, 2).T
        faces = {"low_m": from_numbers(low), "high_m": from_numbers(high)}
        return Answer(decoded(grid, codes) | faces)


@dataclass(frozen=True, slots=True)
class Parent(OfCodes):
    """The cell above each cell, one level up or at a level."""

    level: int | None = None

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """`parent`."""
        del roles
        return {"parent": _TEXT}

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """Parents or ancestors."""
        above = parents(self.grid, self.codes(values), self.level)
        return Answer({"parent": code_column(self.grid, above)})


@dataclass(frozen=True, slots=True)
class Kin(OfCodes):
    """The children or the neighbours of each cell, one line for each."""

    kind: str = "neighbor"
    """`neighbor` or `child`, and the name of the new column."""

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """`neighbor` or `child`."""
        del roles
        return {self.kind: _TEXT}

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """One line for each neighbour or child."""
        lists = kin(self.grid, self.codes(values), self.kind)
        return Answer({self.kind: code_column(self.grid, lists.codes)}, lists.owners())
