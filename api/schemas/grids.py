"""Bodies about grid systems and their cells."""

from typing import Any, Self

import numpy as np
import orjson
import shapely
from pydantic import BaseModel, Field

from api.schemas.common import BoundsOut, PositionOut, Titles
from cim.arrays import Uint64
from cim.grids.base import Grid


class GridOut(BaseModel):
    """A grid system."""

    name: str
    title: Titles
    source: str = Field(description="Standard or library that defines the codes")
    levels: list[int] = Field(description="Legal levels, coarsest first")

    @classmethod
    def from_grid(cls, grid: Grid) -> Self:
        """The body of a grid system."""
        return cls(
            name=grid.name,
            title=Titles(**grid.title),
            source=grid.source,
            levels=list(grid.levels),
        )


class GridList(BaseModel):
    """All grid systems."""

    grids: list[GridOut]


class CellOut(BaseModel):
    """A cell of a grid."""

    system: str
    code: str
    level: int
    center: PositionOut
    bounds: BoundsOut
    geometry: dict[str, Any] = Field(description="GeoJSON polygon")

    @classmethod
    def from_code(cls, grid: Grid, codes: Uint64) -> Self:
        """The body of the one cell in `codes`."""
        west, south, east, north = np.round(grid.bounds(codes)[0], 12).tolist()
        lon, lat = np.round(grid.centers(codes)[0], 12).tolist()
        return cls(
            system=grid.name,
            code=str(grid.to_text(codes)[0]),
            level=int(grid.level_of(codes)[0]),
            center=(lon, lat),
            bounds=(west, south, east, north),
            geometry=orjson.loads(shapely.to_geojson(grid.polygons(codes)[0])),
        )
