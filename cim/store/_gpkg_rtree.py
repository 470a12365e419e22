"""An R-tree filled in one go: packed nodes written into the tables of SQLite's R-tree module.

Inserting row by row costs more than all other writing of a load together. A tree packed by
sort-tile-recursive order is written about ten times faster, and its nodes are full.

Source: the comment "Database Format" at the head of SQLite's `ext/rtree/rtree.c`. A node is a
16-bit depth (at the root only), a 16-bit number of cells, and for each cell a 64-bit id (of a row
in a leaf, of a node above) and four 32-bit floats min x, max x, min y, max y, all big-endian.
"""

import sqlite3
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float64, Int64
from cim.store._gpkg_schema import quote

_CELL: Final = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
_HEAD_BYTES: Final = 4
_ROOT: Final = 1


def is_empty(connection: sqlite3.Connection, tree: str) -> bool:
    """Whether an R-tree holds no row."""
    found = connection.execute(f"SELECT 1 FROM {quote(f'{tree}_rowid')} LIMIT 1").fetchone()
    return found is None


def fill(connection: sqlite3.Connection, tree: str, ids: Int64, boxes: Float64) -> None:
    """Write all rows of an empty R-tree.

    Args:
        connection: Inside a write transaction.
        tree: Name of the R-tree table.
        ids: (n,) row numbers.
        boxes: (n, 4) min x, max x, min y, max y.
    """
    (node_bytes,) = connection.execute(
        f"SELECT length(data) FROM {quote(f'{tree}_node')} WHERE nodeno = {_ROOT}"
    ).fetchone()
    capacity = (node_bytes - _HEAD_BYTES) // _CELL.itemsize
    cells = np.zeros(len(ids), _CELL)
    cells["id"], cells["box"] = ids, _outward(boxes)
    next_node, depth = _ROOT + 1, 0
    while len(cells) > capacity:
        cells = cells[_tile_order(cells, capacity)]
        nodes = np.arange(next_node, next_node + -(-len(cells) // capacity))
        _write_nodes(connection, tree, nodes, cells, node_bytes, capacity)
        _write_parents(connection, tree, "parent" if depth else "rowid", cells, nodes, capacity)
        cells = _above(cells, nodes, capacity)
        next_node, depth = int(nodes[-1]) + 1, depth + 1
    root = np.array([_ROOT])
    connection.execute(
        f"INSERT OR REPLACE INTO {quote(f'{tree}_node')} VALUES (?, ?)",
        (_ROOT, _node(cells, node_bytes, depth)),
    )
    _write_parents(connection, tree, "parent" if depth else "rowid", cells, root, capacity)


def extend(connection: sqlite3.Connection, tree: str, ids: Int64, boxes: Float64) -> None:
    """Add rows to an R-tree; one that is smaller than what comes is packed anew.

    Args:
        connection: Inside a write transaction.
        tree: Name of the R-tree table.
        ids: (n,) row numbers that it does not have.
        boxes: (n, 4) min x, max x, min y, max y.
    """
    (have,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {quote(f'{tree}_rowid')} LIMIT ?)", (len(ids) + 1,)
    ).fetchone()
    if have > len(ids):
        rows = zip(ids.tolist(), *boxes.T.tolist(), strict=True)
        connection.executemany(f"INSERT INTO {quote(tree)} VALUES (?, ?, ?, ?, ?)", rows)
        return
    if have:
        old = np.array(
            connection.execute(f"SELECT id, minx, maxx, miny, maxy FROM {quote(tree)}").fetchall()
        )
        ids = np.concatenate((old[:, 0].astype(np.int64), ids))
        boxes = np.concatenate((old[:, 1:], boxes))
        connection.execute(f"DELETE FROM {quote(f'{tree}_node')} WHERE nodeno != {_ROOT}")
        for table in ("parent", "rowid"):
            connection.execute(f"DELETE FROM {quote(f'{tree}_{table}')}")
    fill(connection, tree, ids, boxes)


def _outward(boxes: Float64) -> NDArray[np.float32]:
    """Boxes in 32 bits, rounded so that they hold the exact ones."""
    rounded = boxes.astype(np.float32)
    low, high = rounded[:, ::2], rounded[:, 1::2]
    low[:] = np.where(low > boxes[:, ::2], np.nextafter(low, np.float32(-np.inf)), low)
    high[:] = np.where(high < boxes[:, 1::2], np.nextafter(high, np.float32(np.inf)), high)
    return rounded


def _tile_order(cells: NDArray[np.void], capacity: int) -> Int64:
    """Sort-tile-recursive order: upright slices by x, and by y within each."""
    box = cells["box"].astype(np.float64)
    by_x = np.argsort(box[:, 0] + box[:, 1], kind="stable")
    slices = int(np.ceil(np.sqrt(len(cells) / capacity)))
    slice_of = np.zeros(len(cells), np.int64)
    slice_of[by_x] = np.arange(len(cells)) // (slices * capacity)
    return np.lexsort((box[:, 2] + box[:, 3], slice_of))


def _above(cells: NDArray[np.void], nodes: Int64, capacity: int) -> NDArray[np.void]:
    """One cell for each node, with the box around its cells."""
    starts = np.arange(0, len(cells), capacity)
    box = cells["box"].astype(np.float32)
    parents = np.zeros(len(nodes), _CELL)
    parents["id"] = nodes
    for side, extreme in enumerate((np.minimum, np.maximum, np.minimum, np.maximum)):
        parents["box"][:, side] = extreme.reduceat(box[:, side], starts)
    return parents


def _node(cells: NDArray[np.void], node_bytes: int, depth: int = 0) -> bytes:
    """A node's bytes, filled up with zeros."""
    head = depth.to_bytes(2, "big") + len(cells).to_bytes(2, "big")
    return (head + cells.tobytes()).ljust(node_bytes, b"\0")


def _write_nodes(
    connection: sqlite3.Connection,
    tree: str,
    nodes: Int64,
    cells: NDArray[np.void],
    node_bytes: int,
    capacity: int,
) -> None:
    """Write one level's nodes."""
    starts = range(0, len(cells), capacity)
    connection.executemany(
        f"INSERT INTO {quote(f'{tree}_node')} VALUES (?, ?)",
        (
            (node, _node(cells[start : start + capacity], node_bytes))
            for node, start in zip(nodes.tolist(), starts, strict=True)
        ),
    )


def _write_parents(
    connection: sqlite3.Connection,
    tree: str,
    table: str,
    cells: NDArray[np.void],
    nodes: Int64,
    capacity: int,
) -> None:
    """Write which node holds each cell; ascending ids, as the tables are kept."""
    holder = np.repeat(nodes, capacity)[: len(cells)]
    order = np.argsort(cells["id"], kind="stable")
    connection.executemany(
        f"INSERT INTO {quote(f'{tree}_{table}')} VALUES (?, ?)",
        zip(cells["id"][order].tolist(), holder[order].tolist(), strict=True),
    )
