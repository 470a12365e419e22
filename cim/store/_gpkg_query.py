"""Which rows of a layer match a query, in its order: SQL with bound values, then shapes."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Final

import numpy as np
import orjson
import shapely

from cim.arrays import Bool, Int64, Objects
from cim.catalog import Field, Layer
from cim.errors import InputError
from cim.filters import model as m
from cim.filters.instants import parse_instant
from cim.store import _gpkg_geometry as blobs
from cim.store._gpkg_budget import Budget
from cim.store._gpkg_schema import quote, rtree_name
from cim.store._gpkg_sql import Sql, field_of, joined
from cim.store._gpkg_where import Plan, decide, plan
from cim.store.base import ItemQuery, Position, SortKey

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_READERS: Final[Mapping[str, Callable[[str], str | bool | int | float]]] = {
    "integer": int,
    "number": float,
    "boolean": lambda text: _BOOLEANS[text.lower()],
}
_FIRST_ROWS: Final = 256
_MOST_ROWS: Final = 20_000
_GROWTH: Final = 4
_INSIDE: Final = "_cim_inside"
_ROW: Final = "_cim_row"
"""Names that stand beside the columns of a layer; none of it has them."""


def select_fids(connection: sqlite3.Connection, layer: Layer, query: ItemQuery) -> Int64:
    """Row numbers that match, in the query's order.

    Raises:
        CostlyError: It takes longer than the query may.
    """
    budget = Budget.of(query.within_s)
    with budget.watching(connection):
        return _select(connection, layer, query, budget)


def count(connection: sqlite3.Connection, layer: Layer, query: ItemQuery) -> int:
    """Number of rows that match.

    Raises:
        CostlyError: It takes longer than the query may.
    """
    budget = Budget.of(query.within_s)
    with budget.watching(connection):
        return _count(connection, layer, query, budget)


def _select(
    connection: sqlite3.Connection, layer: Layer, query: ItemQuery, budget: Budget
) -> Int64:
    way = plan(_condition(layer, query), layer)
    if way.rest is None:
        statement = _statement(layer, query, way)
        bound = (*statement.values, query.limit, query.offset)
        rows = connection.execute(f"{statement.text} LIMIT ? OFFSET ?", bound).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)
    wanted = query.limit + query.offset
    found, parts = 0, [np.zeros(0, np.int64)]
    for part in _exact_parts(connection, layer, query, way):
        budget.check()
        parts.append(part)
        found += len(part)
        if found >= wanted:
            break
    return np.concatenate(parts)[query.offset : wanted]


def _count(connection: sqlite3.Connection, layer: Layer, query: ItemQuery, budget: Budget) -> int:
    everything = replace(query, after=None, order=())
    condition = _condition(layer, everything)
    if query.valid is None and condition is None:
        return layer.item_count
    way = plan(condition, layer)
    if way.rest is not None:
        found = 0
        for part in _exact_parts(connection, layer, everything, way):
            budget.check()
            found += len(part)
        return found
    where = joined((way.bound, _validity(query)), "AND")
    (number,) = connection.execute(
        f"SELECT count(*) FROM {quote(layer.name)} WHERE {where.text}", where.values
    ).fetchone()
    return int(number)


def among(fids: Int64) -> tuple[str, tuple[str]]:
    """The condition that a row is one of `fids`, and its value."""
    return "fid IN (SELECT value FROM json_each(?))", (orjson.dumps(fids.tolist()).decode(),)


def _condition(layer: Layer, query: ItemQuery) -> m.Expression | None:
    """All that a query asks of a row, but that it is valid."""
    box = None if query.bounds is None else shapely.box(*query.bounds)
    near = None if box is None else m.Spatial("s_intersects", m.Property(m.GEOMETRY), m.Shape(box))
    equal = (
        m.Comparison("=", m.Property(name), _typed(field_of(layer, name), text))
        for name, text in query.equals
    )
    return m.all_of(near, *equal, query.where)


def _statement(layer: Layer, query: ItemQuery, way: Plan) -> Sql:
    """The rows that may match: row number, whether its box is inside, and the plan's columns."""
    parts = [way.bound, _validity(query)]
    if query.after is not None:
        parts.append(_behind(layer, query.order, query.after))
    where = joined(parts, "AND")
    source = _source(layer, way)
    extra = "".join(f", coalesce({column.text}, 0)" for column in way.columns)
    inside = _INSIDE if way.box is not None else "0"
    order = ", ".join([*(_sorted_by(layer, key) for key in query.order), "fid"])
    return Sql(
        f"SELECT fid, {inside}{extra} FROM {source.text} WHERE {where.text} ORDER BY {order}",
        (*(v for column in way.columns for v in column.values), *source.values, *where.values),
    )


def _source(layer: Layer, way: Plan) -> Sql:
    """The layer's table, reached by way of the R-tree where the plan has a box."""
    table = quote(layer.name)
    if way.box is None:
        return Sql(table)
    west, south, east, north = way.box
    return Sql(
        f"(SELECT id AS {_ROW}, minx >= ? AND maxx <= ? AND miny >= ? AND maxy <= ? AS {_INSIDE} "
        f"FROM {quote(rtree_name(layer.name))} "
        "WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?) "
        f"CROSS JOIN {table} ON fid = {_ROW}",
        (west, east, south, north, east, west, north, south),
    )


def _exact_parts(
    connection: sqlite3.Connection, layer: Layer, query: ItemQuery, way: Plan
) -> Iterator[Int64]:
    """Row numbers of those candidates whose shapes decide for them, batch by batch."""
    statement, rows_at_once = _statement(layer, query, way), _FIRST_ROWS
    with closing(connection.execute(statement.text, statement.values)) as cursor:
        while rows := cursor.fetchmany(rows_at_once):
            yield _exact(connection, layer, way, np.array(rows, dtype=np.int64))
            rows_at_once = min(rows_at_once * _GROWTH, _MOST_ROWS)


def _exact(connection: sqlite3.Connection, layer: Layer, way: Plan, rows: Int64) -> Int64:
    """Row numbers of the candidates that match.

    R-tree boxes are rounded outward to 32-bit floats: a row whose box lies inside is inside, and
    only those on the edge need their shape looked at.
    """
    fids, kept = rows[:, 0], rows[:, 1] == 1
    if not way.box_decides:
        kept = np.zeros(len(rows), np.bool_)
    doubtful = np.flatnonzero(~kept)
    if way.rest is not None and len(doubtful):
        shapes = _shapes(connection, layer, fids[doubtful])
        columns: Bool = rows[doubtful, 2:] == 1
        kept[doubtful] = decide(way.rest, columns, shapes)
    matching: Int64 = fids[kept]
    return matching


def _shapes(connection: sqlite3.Connection, layer: Layer, fids: Int64) -> Objects:
    """Geometry of each row, in the order of `fids`; None where the row is gone."""
    condition, values = among(fids)
    found = dict(
        connection.execute(
            f"SELECT fid, geom FROM {quote(layer.name)} WHERE {condition}", values
        ).fetchall()
    )
    return blobs.from_blobs([found.get(fid) for fid in fids.tolist()])


def _validity(query: ItemQuery) -> Sql:
    if query.valid is None:
        return Sql("valid_to IS NULL")
    start, end = query.valid
    parts = []
    if end is not None:
        parts.append(Sql("(valid_from IS NULL OR valid_from <= ?)", (end,)))
    if start is not None:
        parts.append(Sql("(valid_to IS NULL OR valid_to > ?)", (start,)))
    return joined(parts, "AND")


def _sorted_by(layer: Layer, key: SortKey) -> str:
    column = quote(field_of(layer, key.field).name)
    return f"{column} IS NULL, {column}{' DESC' if key.descending else ''}"


def _behind(layer: Layer, order: tuple[SortKey, ...], after: Position) -> Sql:
    """True of the rows behind a position: the first key that differs decides, then the number.

    Raises:
        InputError: The position belongs to another order.
    """
    if len(order) != len(after.values):
        raise InputError(f"a position of {len(after.values)} values in an order by {len(order)}")
    result = Sql("fid > ?", (after.fid,))
    for key, value in reversed(list(zip(order, after.values, strict=True))):
        column = quote(field_of(layer, key.field).name)
        if value is None:
            result = Sql(f"({column} IS NULL AND {result.text})", result.values)
        else:
            beyond = "<" if key.descending else ">"
            result = Sql(
                f"({column} {beyond} ? OR {column} IS NULL OR ({column} = ? AND {result.text}))",
                (value, value, *result.values),
            )
    return result


def _typed(field: Field, text: str) -> m.Literal | m.Instant:
    """A value of the field's type.

    Raises:
        InputError: The text is none.
    """
    if field.type in {"date", "datetime"}:
        return parse_instant(text)
    try:
        return m.Literal(_READERS.get(field.type, str)(text))
    except (ValueError, KeyError) as error:
        raise InputError(f"field {field.name!r}: {text!r} is no {field.type}") from error
