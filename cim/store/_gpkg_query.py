"""Which rows of a layer match a query: SQL with bound values, and an exact test on shapes."""

import sqlite3
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import orjson
import shapely

from cim.arrays import Int64
from cim.catalog import Bounds, Field, Layer
from cim.errors import InputError
from cim.store import _gpkg_geometry as blobs
from cim.store._gpkg_schema import quote, rtree_name
from cim.store.base import ItemQuery

_BOOLEANS: Final = {"true": 1, "1": 1, "false": 0, "0": 0}


@dataclass(frozen=True, slots=True)
class _Where:
    """An SQL condition and its values."""

    text: str
    values: tuple[Any, ...]


def select_fids(connection: sqlite3.Connection, layer: Layer, query: ItemQuery) -> Int64:
    """Row numbers that match, ascending."""
    if query.bounds is None:
        where = _where(layer, query)
        return _column(
            connection,
            f"SELECT fid FROM {quote(layer.name)} WHERE {where.text} AND fid > ? "
            "ORDER BY fid LIMIT ? OFFSET ?",
            (*where.values, query.after, query.limit, query.offset),
        )
    wanted = query.limit + query.offset
    found = np.zeros(0, np.int64)
    after, chunk = query.after, wanted + 256
    while len(found) < wanted:
        candidates = _candidates(
            connection, layer, query.bounds, replace(query, after=after), chunk
        )
        if not len(candidates):
            break
        after = int(candidates[-1, 0])
        found = np.concatenate((found, _exact(connection, layer, query.bounds, candidates)))
        if len(candidates) < chunk:
            break
    return found[query.offset : wanted]


def count(connection: sqlite3.Connection, layer: Layer, query: ItemQuery) -> int:
    """Number of rows that match."""
    if query.bounds is not None:
        everything = replace(query, after=0)
        candidates = _candidates(connection, layer, query.bounds, everything, -1)
        return len(_exact(connection, layer, query.bounds, candidates))
    if query.valid is None and not query.equals:
        return layer.item_count
    where = _where(layer, query)
    (number,) = connection.execute(
        f"SELECT count(*) FROM {quote(layer.name)} WHERE {where.text}", where.values
    ).fetchone()
    return int(number)


def among(fids: Int64) -> tuple[str, tuple[str]]:
    """The condition that a row is one of `fids`, and its value."""
    return "fid IN (SELECT value FROM json_each(?))", (orjson.dumps(fids.tolist()).decode(),)


def _candidates(
    connection: sqlite3.Connection, layer: Layer, bounds: Bounds, query: ItemQuery, limit: int
) -> Int64:
    """(n, 2) row number, and 1 where the row's box lies wholly inside `bounds`."""
    where = _where(layer, query)
    west, south, east, north = bounds
    rows = connection.execute(
        "SELECT t.fid, r.minx >= ? AND r.maxx <= ? AND r.miny >= ? AND r.maxy <= ? "
        f"FROM {quote(rtree_name(layer.name))} r JOIN {quote(layer.name)} t ON t.fid = r.id "
        "WHERE r.minx <= ? AND r.maxx >= ? AND r.miny <= ? AND r.maxy >= ? "
        f"AND r.id > ? AND {where.text} ORDER BY t.fid LIMIT ?",
        (west, east, south, north, east, west, north, south, query.after, *where.values, limit),
    ).fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _exact(
    connection: sqlite3.Connection, layer: Layer, bounds: Bounds, candidates: Int64
) -> Int64:
    """Row numbers of the candidates whose shape meets the box.

    R-tree boxes are rounded outward to 32-bit floats: a row whose box lies inside is inside, and
    only those on the edge need their shape looked at.
    """
    doubtful = candidates[candidates[:, 1] == 0, 0]
    if not len(doubtful):
        inside: Int64 = candidates[:, 0]
        return inside
    condition, values = among(doubtful)
    rows = connection.execute(
        f"SELECT fid, geom FROM {quote(layer.name)} WHERE {condition} ORDER BY fid", values
    ).fetchall()
    shapes = blobs.from_blobs([row[1] for row in rows])
    meets = np.asarray(shapely.intersects(shapes, shapely.box(*bounds)))
    outside = doubtful[~meets]
    meeting: Int64 = candidates[~np.isin(candidates[:, 0], outside), 0]
    return meeting


def _where(layer: Layer, query: ItemQuery) -> _Where:
    """Validity and attribute conditions; column names carry no table name and need none."""
    texts = ["1"]
    values: list[Any] = []
    if query.valid is None:
        texts.append("valid_to IS NULL")
    else:
        start, end = query.valid
        if end is not None:
            texts.append("(valid_from IS NULL OR valid_from <= ?)")
            values.append(end)
        if start is not None:
            texts.append("(valid_to IS NULL OR valid_to > ?)")
            values.append(start)
    for name, text in query.equals:
        texts.append(f"{quote(name)} = ?")
        values.append(_typed(_field(layer, name), text))
    return _Where(" AND ".join(texts), tuple(values))


def _field(layer: Layer, name: str) -> Field:
    for field in layer.fields:
        if field.name == name:
            return field
    known = ", ".join(field.name for field in layer.fields)
    raise InputError(f"layer {layer.name!r} has no field {name!r}; known: {known}")


def _typed(field: Field, text: str) -> str | int | float:
    """A value of the field's type.

    Raises:
        InputError: The text is none.
    """
    try:
        if field.type == "integer":
            return int(text)
        if field.type == "number":
            return float(text)
        if field.type == "boolean":
            return _BOOLEANS[text.lower()]
    except (ValueError, KeyError) as error:
        raise InputError(f"field {field.name!r}: {text!r} is no {field.type}") from error
    return text


def _column(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> Int64:
    """The first column of a query, as numbers."""
    return np.array([row[0] for row in connection.execute(statement, values)], dtype=np.int64)
