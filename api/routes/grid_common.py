"""What the routes over grids share: plugins, parameters, errors with their field, GeoJSON."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import numpy as np
import orjson
from fastapi import Query
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from api.errors import ParameterError
from api.grid_cells import collection
from cim import plugins
from cim.arrays import Float64, Uint64
from cim.coordsys import convert
from cim.errors import InputError
from cim.grids.base import Grid
from cim.zones.cover import CoverLimitError

PACKAGE = "cim.grids"
GEOJSON = "application/geo+json"
_LAST_LATITUDE = 88

type Level = Annotated[int, Query(description="网格层级 / Grid level")]
type Code = Annotated[str, Query(min_length=1, max_length=80, description="网格码 / Grid code")]
type Solid = Annotated[bool, Query(description="三维码 / The code is a 3D code")]
type Format = Annotated[
    Literal["json", "geojson"], Query(alias="f", description="输出格式 / Format of the answer")
]


def load_grid(name: str) -> Grid:
    """The grid system of a name.

    Raises:
        NotFoundError: There is none; the message lists the known ones.
    """
    grid: Grid = plugins.load(name, PACKAGE)
    return grid


def check_level(grid: Grid, level: int, field: str = "level") -> None:
    """Refuse a level that the grid has not.

    Raises:
        ParameterError: It has not.
    """
    if level not in grid.levels:
        legal = f"{grid.levels[0]} to {grid.levels[-1]}"
        raise ParameterError(field, f"{level} is not a level of {grid.name}; legal: {legal}")


@contextmanager
def blame(field: str) -> Iterator[None]:
    """Name the field at fault in errors about values."""
    try:
        yield
    except (ParameterError, CoverLimitError):
        raise
    except InputError as error:
        raise ParameterError(field, str(error)) from error


def positions(lon: Sequence[float], lat: Sequence[float], coordsys: str = "cgcs2000") -> Float64:
    """(n, 2) degrees CGCS2000 from columns.

    Raises:
        ParameterError: The columns differ in length, or a position is off the globe.
    """
    same_length({"lon": lon, "lat": lat})
    points = np.column_stack([np.array(lon, np.float64), np.array(lat, np.float64)])
    if coordsys == "cgcs2000":
        return points
    with blame(field_of(points)):
        return convert(points, coordsys, "cgcs2000")


def same_length(columns: Mapping[str, Sequence[Any] | None]) -> None:
    """Refuse columns that differ in length.

    Raises:
        ParameterError: They differ; all lengths are named.
    """
    lengths = {name: len(column) for name, column in columns.items() if column is not None}
    if len(set(lengths.values())) > 1:
        first = next(iter(lengths))
        odd = next(name for name in lengths if lengths[name] != lengths[first])
        named = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ParameterError(odd, f"columns must be of one length; {named}")


def field_of(points: Float64) -> str:
    """Which of the two columns holds the first position that may have no cell."""
    lon, lat = points.T
    off = (np.abs(lon) > 180) | (np.abs(lat) > 90)  # noqa: PLR2004 - degrees
    suspect = off if off.any() else np.abs(lat) >= _LAST_LATITUDE
    row = int(np.argmax(suspect)) if len(suspect) else 0
    return "lon" if len(lon) and abs(lon[row]) > 180 else "lat"  # noqa: PLR2004 - degrees


def encode(grid: Grid, points: Float64, level: int) -> Uint64:
    """Codes of positions.

    Raises:
        ParameterError: The level is not legal, or a position has no cell.
    """
    check_level(grid, level)
    with blame(field_of(points)):
        return grid.encode(points, level)


def decode(grid: Grid, texts: list[str]) -> Uint64:
    """Codes of texts.

    Raises:
        ParameterError: A text is no code.
    """
    with blame("code"):
        return grid.from_text(texts)


def geojson(
    grid: Grid, codes: Uint64, properties: Mapping[str, Sequence[Any]] | None = None
) -> Response:
    """Cells as a GeoJSON feature collection."""
    return StreamingResponse(collection(grid, codes, properties), media_type=GEOJSON)


def columns(values: Mapping[str, Any]) -> Response:
    """Columns as JSON, without those that are None."""
    present = {name: value for name, value in values.items() if value is not None}
    body = orjson.dumps(present, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


def model(body: BaseModel) -> Response:
    """A body as JSON, without what is None."""
    return Response(body.model_dump_json(exclude_none=True), media_type="application/json")
