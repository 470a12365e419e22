"""Values of the sub-zones of a zone: how many features, means of numbers, single texts.

The rule: a feature counts in the one zone of a level that holds its representative point. A
number of a sub-zone is the mean over its features that have a value; any other field has a value
only where the sub-zone holds exactly one feature. This holds at every depth by itself, so that in
H3, whose children do not tile their parent, each value is of the sub-zone's own hexagon.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.errors import ParameterError
from api.ogc.dggs.places import Places, Points, Selection
from api.ogc.dggs.systems import Dggrs, level_of, sub_zones
from cim.aggregation import NUMERIC_TYPES
from cim.arrays import Bool, Int64, Uint64
from cim.catalog import Field, Layer
from cim.grids.base import GridCodeError
from cim.zones.predicates import polygons, reach_of

MOST_SUBZONES = 200_000
"""Sub-zones of all depths of an answer."""

type Values = pa.Array
"""(n,) values, null where there is none."""


@dataclass(frozen=True, slots=True)
class Member:
    """One property of zone data."""

    name: str
    layer: Layer
    field: Field | None
    """The field of the layer; None for the number of features."""

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers, as DGGS-JSON wants them."""
        return self.field is None or self.field.type in NUMERIC_TYPES


@dataclass(frozen=True, slots=True)
class Depth:
    """The sub-zones of one relative depth."""

    depth: int
    codes: Uint64
    """(n,) in sub-zone order."""

    held: Bool
    """(n,) whether a sub-zone holds a feature."""

    values: Mapping[str, Values]
    """(n,) values of each member, by its name."""


def members(layers: tuple[Layer, ...], *, prefixed: bool) -> tuple[Member, ...]:
    """All properties that zone data of layers can have: counts first, then the fields.

    Args:
        layers: The layers of the origin.
        prefixed: Whether names begin with the layer's and a dot.
    """
    counts = [
        Member(_name(layer, _count(layer), prefixed=prefixed), layer, None) for layer in layers
    ]
    fields = [
        Member(_name(layer, field.name, prefixed=prefixed), layer, field)
        for layer in layers
        for field in layer.fields
        if field.type != "binary"
    ]
    return (*counts, *fields)


def _name(layer: Layer, name: str, *, prefixed: bool) -> str:
    return f"{layer.name}.{name}" if prefixed else name


def _count(layer: Layer) -> str:
    """`count`, with `_` before it while a field of the layer has that name."""
    name, taken = "count", {field.name for field in layer.fields}
    while name in taken:
        name = f"_{name}"
    return name


def zone_values(
    places: Places,
    system: Dggrs,
    zone: np.uint64,
    depths: tuple[int, ...],
    wanted: tuple[Member, ...],
    selection: Selection,
) -> list[Depth]:
    """The values of a zone's sub-zones at some relative depths.

    Raises:
        CoverLimitError: There would be more than `MOST_SUBZONES`.
        ParameterError: The zone has no sub-zones as deep as that.
    """
    level = level_of(system, zone)
    try:
        found, room = [], MOST_SUBZONES
        for depth in depths:
            found.append(sub_zones(system, zone, level + depth, limit=room))
            room -= len(found[-1])
    except GridCodeError as error:
        raise ParameterError("zone-depth", str(error)) from error
    layers = {member.layer.name: member.layer for member in wanted}
    parts = [
        _of_layer(
            _near(places.points(layer, selection), system, zone),
            places,
            system,
            [m for m in wanted if m.layer.name == layer.name],
            [(level + depth, codes) for depth, codes in zip(depths, found, strict=True)],
        )
        for layer in layers.values()
    ]
    return [
        _joined(depth, codes, row)
        for depth, codes, *row in zip(depths, found, *parts, strict=True)
    ]


type Column = tuple[Bool, Mapping[str, Values]]
"""Which sub-zones hold features of a layer, and the values of its members."""


def _joined(depth: int, codes: Uint64, columns: list[Column]) -> Depth:
    """The columns of all layers at one depth."""
    held = np.zeros(len(codes), np.bool_)
    values: dict[str, Values] = {}
    for has, named in columns:
        held = held | has
        values |= named
    return Depth(depth, codes, held, values)


def _near(points: Points, system: Dggrs, zone: np.uint64) -> Points:
    """The points that may lie in a sub-zone of a zone."""
    reach = polygons(reach_of(system.grid, np.array([zone])).box)[0]
    kept = np.zeros(len(points.fids), np.bool_)
    lon, lat = points.lon_lat.T
    for part in getattr(reach, "geoms", (reach,)):
        west, south, east, north = part.bounds
        kept |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return Points(points.fids[kept], points.lon_lat[kept])


def _of_layer(
    points: Points,
    places: Places,
    system: Dggrs,
    wanted: list[Member],
    levels: list[tuple[int, Uint64]],
) -> list[Column]:
    """One column for each level: the values of the members of one layer."""
    names = tuple(member.field.name for member in wanted if member.field is not None)
    table = (
        places.table(wanted[0].layer, points.fids, names) if names and len(points.fids) else None
    )
    found: list[Column] = []
    for level, codes in levels:
        row = _rows(system, points, level, codes)
        counts = np.bincount(row[row >= 0], minlength=len(codes))
        values = {member.name: _values(member, table, row, counts) for member in wanted}
        found.append((counts > 0, values))
    return found


def _rows(system: Dggrs, points: Points, level: int, codes: Uint64) -> Int64:
    """(n,) which of the sub-zones each point lies in, -1 for none."""
    own = system.grid.encode(points.lon_lat, level)
    row = np.minimum(np.searchsorted(codes, own), len(codes) - 1)
    held: Int64 = np.where(codes[row] == own, row, -1)
    return held


def _values(member: Member, table: pa.Table | None, row: Int64, counts: Int64) -> Values:
    """Values of one member in each sub-zone."""
    if member.field is None:
        return pa.array(counts)
    if table is None:
        return pa.nulls(len(counts))
    column = table[member.field.name].combine_chunks()
    return _means(column, row, len(counts)) if member.is_numeric else _singles(column, row, counts)


def _means(column: pa.Array, row: Int64, size: int) -> Values:
    """Mean of the values in each sub-zone, nulls left out."""
    numbers = np.array(pc.fill_null(pc.cast(column, pa.float64()), np.nan), np.float64)
    present = (row >= 0) & ~np.isnan(numbers)
    number = np.bincount(row[present], minlength=size)
    total = np.bincount(row[present], numbers[present], minlength=size)
    return pa.array(total / np.maximum(number, 1), mask=number == 0)


def _singles(column: pa.Array, row: Int64, counts: Int64) -> Values:
    """The value in each sub-zone that holds exactly one feature."""
    inside = np.flatnonzero(row >= 0)
    owner = np.zeros(len(counts), np.int64)
    owner[row[inside]] = inside
    return column.take(pa.array(owner, mask=counts != 1))


def features_in(
    places: Places, system: Dggrs, zone: np.uint64, layer: Layer, selection: Selection
) -> Int64:
    """Row numbers of the features that lie in a zone."""
    points = _near(places.points(layer, selection), system, zone)
    own = system.grid.encode(points.lon_lat, level_of(system, zone))
    inside: Int64 = points.fids[own == zone]
    return inside


def statistics(
    places: Places, system: Dggrs, zone: np.uint64, layer: Layer
) -> Mapping[str, Mapping[str, float]]:
    """Least, greatest, mean and standard deviation of each numeric field in a zone."""
    names = tuple(field.name for field in layer.fields if field.type in NUMERIC_TYPES)
    fids = features_in(places, system, zone, layer, Selection())
    table = places.table(layer, fids, names) if names and len(fids) else None
    return dict(_statistics(table)) if table is not None else {}


def _statistics(table: pa.Table) -> Iterator[tuple[str, Mapping[str, float]]]:
    for name in table.column_names:
        column = table[name]
        if column.null_count == len(column):
            continue
        ends = pc.min_max(column)
        yield (
            name,
            {
                "minimum": ends["min"].as_py(),
                "maximum": ends["max"].as_py(),
                "average": pc.mean(column).as_py(),
                "stdDev": pc.stddev(column).as_py(),
            },
        )
