"""Bodies about grid systems and their cells."""

from typing import Annotated, Any, Literal, Self

import numpy as np
import orjson
import shapely
from pydantic import BaseModel, ConfigDict, Field

from api.grid_kin import solid_grid
from api.schemas.common import BoundsOut, PositionOut, Titles
from cim.arrays import Uint64
from cim.grids.base import Grid, HeightGrid
from cim.zones.cover import DEFAULT_LIMIT, Mode

type Finite = Annotated[float, Field(allow_inf_nan=False)]
type CoordinateSystem = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]


class GridOut(BaseModel):
    """A grid system."""

    name: str
    title: Titles
    source: str = Field(description="Standard or library that defines the codes")
    levels: list[int] = Field(description="Legal levels, coarsest first")
    heights: bool = Field(description="Whether there are 3D codes")

    @classmethod
    def from_grid(cls, grid: Grid) -> Self:
        """The body of a grid system."""
        return cls(
            name=grid.name,
            title=Titles(**grid.title),
            source=grid.source,
            levels=list(grid.levels),
            heights=isinstance(grid, HeightGrid),
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
    code_3d: str | None = None
    low_m: float | None = Field(default=None, description="Lower face above the ellipsoid, metres")
    high_m: float | None = Field(
        default=None, description="Upper face, which belongs to the cell above"
    )

    @classmethod
    def from_code(cls, grid: Grid, codes: Uint64, heights: Uint64 | None = None) -> Self:
        """The body of the one cell in `codes`, and its layer in `heights` if there is one."""
        west, south, east, north = np.round(grid.bounds(codes)[0], 12).tolist()
        lon, lat = np.round(grid.centers(codes)[0], 12).tolist()
        cell = cls(
            system=grid.name,
            code=str(grid.to_text(codes)[0]),
            level=int(grid.level_of(codes)[0]),
            center=(lon, lat),
            bounds=(west, south, east, north),
            geometry=orjson.loads(shapely.to_geojson(grid.polygons(codes)[0])),
        )
        if heights is None:
            return cell
        solid = solid_grid(grid)
        low, high = solid.height_bounds(heights, solid.level_of(codes))[0].tolist()
        text = str(solid.to_text_3d(codes, heights)[0])
        return cell.model_copy(update={"code_3d": text, "low_m": low, "high_m": high})


class CellsOut(BaseModel):
    """Cells that belong to one, such as its neighbours."""

    system: str
    code: str = Field(description="The cell asked about")
    count: int
    codes: list[str]
    cells: list[CellOut]

    @classmethod
    def from_codes(cls, grid: Grid, code: str, codes: Uint64) -> Self:
        """The body of several cells."""
        cells = [CellOut.from_code(grid, codes[row : row + 1]) for row in range(len(codes))]
        return cls(
            system=grid.name,
            code=code,
            count=len(codes),
            codes=[cell.code for cell in cells],
            cells=cells,
        )


class CoverOut(BaseModel):
    """Cells that cover a geometry, lie inside it, or have their centre inside it."""

    system: str
    level: int
    mode: str
    count: int
    codes: list[str]
    codes_3d: list[str] | None = Field(
        default=None, description="Solid cells, when heights are asked for"
    )


class ConvertedOut(BaseModel):
    """The cells of another grid for a cell."""

    system: str
    level: int
    code: str | None = Field(default=None, description="The cell that holds the centre")
    error_m: float | None = Field(
        default=None,
        description="A point of the source cell is at most this far from the cell named",
    )
    codes: list[str] | None = Field(default=None, description="All cells that share area")
    shares: list[float] | None = Field(default=None, description="Part of the source cell in each")


class _Columns(BaseModel):
    """A body of columns, refused when it has others."""

    model_config = ConfigDict(extra="forbid")


class PositionsIn(_Columns):
    """Positions as columns of one length."""

    lon: list[Finite]
    lat: list[Finite]
    height: list[Finite | None] | None = Field(
        default=None, description="Metres above the ellipsoid"
    )
    level: int
    coordsys: CoordinateSystem = "cgcs2000"


class CodesIn(_Columns):
    """Codes as a column."""

    code: list[str]
    level: int | None = Field(default=None, description="For `parent`: level of the ancestors")
    solid: bool = Field(default=False, description="For `decode`: the codes are 3D codes")


class ConvertIn(_Columns):
    """Codes to convert to another grid."""

    code: list[str]
    to: str
    level: int


class CoverIn(_Columns):
    """A geometry to cover."""

    geometry: dict[str, Any] | None = Field(default=None, description="GeoJSON, longitude first")
    bbox: tuple[Finite, Finite, Finite, Finite] | None = None
    level: int
    mode: Mode = "cover"
    compact: bool = False
    low_m: Finite | None = None
    high_m: Finite | None = None
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=DEFAULT_LIMIT)


class ValuesIn(_Columns):
    """Positions and a value at each, to sum up by cell."""

    lon: list[Finite]
    lat: list[Finite]
    value: list[Finite | None] | None = None
    level: int


class PositionCodesOut(BaseModel):
    """Codes of positions, in their order."""

    code: list[str]
    code_3d: list[str | None] | None = None


class CellColumnsOut(BaseModel):
    """Cells as columns, in the order of the codes."""

    level: list[int]
    center_lon: list[float]
    center_lat: list[float]
    west: list[float]
    south: list[float]
    east: list[float]
    north: list[float]
    low_m: list[float] | None = None
    high_m: list[float] | None = None


class ParentsOut(BaseModel):
    """The cell above each cell."""

    parent: list[str]


class ChildrenOut(BaseModel):
    """The cells below each cell."""

    children: list[list[str]]


class NeighborsOut(BaseModel):
    """The cells around each cell."""

    neighbors: list[list[str]]


class ConvertedColumnsOut(BaseModel):
    """The cell of another grid for each cell."""

    code: list[str]
    error_m: list[float]


class AggregateOut(BaseModel):
    """A layer by cell, as columns; those of the field only when one is asked for."""

    model_config = ConfigDict(extra="allow")

    system: str
    level: int
    layer: str | None = None
    field: str | None = None
    without_place: int = Field(description="Features without geometry, not counted")
    code: list[str]
    count: list[int]
