"""Conversion between grid systems for every row of a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from api.grid_works import OfCodes, code_column
from api.tables.arrays import from_numbers
from api.tables.base import Column
from api.tables.run import Answer
from cim.grids.base import Grid
from cim.zones.convert import by_center


@dataclass(frozen=True, slots=True)
class Convert(OfCodes):
    """The cell of another grid that holds the centre of each cell."""

    target: Grid | None = None
    level: int = 0

    def adds(self, roles: frozenset[str]) -> Mapping[str, pa.DataType]:
        """The code there, and how far off it can be."""
        del roles
        return {f"{self._there.name}_code": pa.string(), "error_m": pa.float64()}

    @property
    def _there(self) -> Grid:
        return self.grid if self.target is None else self.target

    def apply(self, values: Mapping[str, Column]) -> Answer:
        """Codes in the other grid, and errors."""
        found = by_center(self.grid, self.codes(values), self._there, self.level)
        texts = code_column(self._there, found.codes)
        return Answer({f"{self._there.name}_code": texts, "error_m": from_numbers(found.error_m)})
