"""A layer's features by grid cell: how many, and sum, mean, least and greatest of a number.

A feature counts in the one cell that holds its representative point, so the cells of a level
share out the features without counting one twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.arrays import Bool, Float64, Int64, Uint64, require_shape
from cim.catalog import Bounds, Layer
from cim.crs import CITY_CRS
from cim.errors import InputError
from cim.features import FeatureBatch, select
from cim.grids.base import Grid
from cim.recoding import birthplaces
from cim.store.base import ItemQuery, Store

NUMERIC_TYPES = ("integer", "number")


@dataclass(frozen=True, slots=True)
class AggregateRequest:
    """What is asked of an aggregation."""

    layer: str
    level: int
    field: str | None = None
    """Numeric column to sum up; None just counts."""

    bounds: Bounds | None = None
    """Only features whose representative point lies in this box, edges included; degrees."""


@dataclass(frozen=True, slots=True)
class CellTable:
    """One row for each cell that holds a feature, in the order of the codes."""

    codes: Uint64
    """(n,) the cells."""

    count: Int64
    """(n,) features in each cell."""

    values: Int64
    """(n,) of these, how many have a value of the field; none without a field."""

    sum: Float64
    """(n,) sum of the values; NaN where there are none. So with the next three."""

    mean: Float64
    least: Float64
    greatest: Float64

    without_place: int = 0
    """Features left out because they have no geometry."""

    def __post_init__(self) -> None:
        for name in ("count", "values", "sum", "mean", "least", "greatest"):
            require_shape(name, getattr(self, name), len(self.codes))


def aggregate(store: Store, grid: Grid, request: AggregateRequest) -> CellTable:
    """The features of a layer that are valid now, by cell.

    Raises:
        NotFoundError: There is no such layer.
        InputError: The field is not one of the layer or not numeric.
        GridCodeError: The level is not legal, or a feature has no cell there.
    """
    layer = store.layer(request.layer)
    check_field(layer, request.field)
    found = _Found([], [], 0)
    columns = () if request.field is None else (request.field,)
    for batch in store.read(layer.name, _near(store, layer, request.bounds), columns=columns):
        found = found.with_batch(batch, grid, request)
    codes = np.concatenate([np.zeros(0, np.uint64), *found.codes])
    values = np.concatenate([np.zeros(0), *found.values])
    return by_cell(codes, values, without_place=found.without_place)


def _near(store: Store, layer: Layer, bounds: Bounds | None) -> Int64 | None:
    """Rows that may lie in a box, None for all: by the store's index where that speaks degrees."""
    if bounds is None or layer.crs != CITY_CRS or bounds[0] > bounds[2]:
        return None
    return store.fids(layer.name, ItemQuery(bounds=bounds, limit=layer.item_count))


def by_cell(codes: Uint64, values: Float64, *, without_place: int = 0) -> CellTable:
    """Statistics of the values of each code.

    Args:
        codes: (n,) cells, in any order, each as often as it has features.
        values: (n,) the value of each; NaN where there is none.
        without_place: Passed on to the table.
    """
    require_shape("values", values, len(codes))
    cells, row = np.unique(codes, return_inverse=True)
    present = ~np.isnan(values)
    here, size = row[present], len(cells)
    number = np.bincount(here, minlength=size)
    total = np.bincount(here, values[present], minlength=size)
    least, greatest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, here, values[present])
    np.maximum.at(greatest, here, values[present])
    return CellTable(
        codes=cells,
        count=np.bincount(row, minlength=size),
        values=number,
        sum=_where(number, total),
        mean=_where(number, total / np.maximum(number, 1)),
        least=_where(number, least),
        greatest=_where(number, greatest),
        without_place=without_place,
    )


def _where(number: Int64, statistic: Float64) -> Float64:
    """A statistic, NaN for cells without values."""
    return np.where(number > 0, statistic, np.nan)


@dataclass(frozen=True, slots=True)
class _Found:
    """Codes and values of the features so far, batch by batch."""

    codes: list[Uint64]
    values: list[Float64]
    without_place: int

    def with_batch(self, batch: FeatureBatch, grid: Grid, request: AggregateRequest) -> "_Found":
        """What there is after one more batch."""
        placed = ~(shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry))
        points = birthplaces(select(batch, placed))
        kept = _inside(points, request.bounds)
        codes = grid.encode(points[kept], request.level)
        values = _numbers(batch.attributes, request.field)[placed][kept]
        missing = self.without_place + int((~placed).sum())
        return _Found([*self.codes, codes], [*self.values, values], missing)


def _inside(points: Float64, bounds: Bounds | None) -> Bool:
    """(n,) whether each point lies in the box."""
    if bounds is None:
        return np.ones(len(points), np.bool_)
    west, south, east, north = bounds
    lon, lat = points.T
    across = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
    inside: Bool = across & (lat >= south) & (lat <= north)
    return inside


def _numbers(table: pa.Table, field: str | None) -> Float64:
    """(n,) values of a column, NaN where there is none; all NaN without a field."""
    if field is None:
        return np.full(table.num_rows, np.nan)
    column = pc.cast(table[field], pa.float64())
    numbers: Float64 = np.array(pc.fill_null(column, np.nan), np.float64)
    return numbers


def check_field(layer: Layer, name: str | None) -> None:
    """Refuse a field that cannot be summed up.

    Raises:
        InputError: The layer has no such field, or it is not numeric.
    """
    numeric = [field.name for field in layer.fields if field.type in NUMERIC_TYPES]
    if name is not None and name not in numeric:
        known = ", ".join(numeric) or "none"
        raise InputError(f"field {name!r} is no number of layer {layer.name!r}; numbers: {known}")


def to_features(grid: Grid, table: CellTable, field: str | None) -> FeatureBatch:
    """The table as polygons, with the text of each cell as its permanent id."""
    texts = [str(text) for text in grid.to_text(table.codes)]
    columns: dict[str, pa.Array] = {
        "code": pa.array(texts, pa.string()),
        "level": pa.array(grid.level_of(table.codes)),
        "count": pa.array(table.count),
    }
    for name, values in named(table, field):
        columns[name] = pa.array(values, from_pandas=True)
    return FeatureBatch(
        crs=CITY_CRS,
        geometry=grid.polygons(table.codes),
        attributes=pa.table(columns),
        source_ids=tuple(texts),
        records=np.arange(1, len(texts) + 1),
    )


def named(table: CellTable, field: str | None) -> Iterator[tuple[str, Int64 | Float64]]:
    """Columns of the field's statistics, named after it: `sum_height`, `mean_height` and so on."""
    if field is None:
        return
    yield f"values_{field}", table.values
    yield f"sum_{field}", table.sum
    yield f"mean_{field}", table.mean
    yield f"min_{field}", table.least
    yield f"max_{field}", table.greatest
