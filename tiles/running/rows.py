"""Settled features on disk between the steps of a build, so that memory stays flat.

They are appended to files as they come; once every row's tile is known, each file is sorted by
partition, and a partition is what all files hold of it.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from cim.arrays import Int64
from tiles.settling import sharing

TILE = "tile"
"""Column with the number of a row's tile in sorted files."""

FEATURE = "feature"
"""Column with the place of a row's feature in the source, in sorted files."""


class RowWriter:
    """Tables of one schema in the order they were added, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.RecordBatchStreamWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Append the rows of a table, if there are any."""
        if not table.num_rows:
            return
        if self._writer is None:
            self._writer = pa.ipc.new_stream(str(self._path), table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file; nothing more can be added."""
        if self._writer is not None:
            self._writer.close()


def partition_bounds(tile_sizes: Int64, rows: int) -> Int64:
    """Tiles at which partitions begin, and the number of tiles.

    Args:
        tile_sizes: (t,) rows of each tile.
        rows: Of a partition, about.
    """
    running = np.cumsum(tile_sizes) - tile_sizes
    number = running // rows
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    return np.append(starts, len(tile_sizes))


def sort_file(path: Path, tile_of: Int64, feature: Int64, bounds: Int64) -> None:
    """Put the rows of a file in the order of their tiles, a record batch for each partition.

    Args:
        path: As a `RowWriter` left it; it is replaced.
        tile_of: (n,) tile of each row.
        feature: (n,) place of its feature in the source.
        bounds: Of `partition_bounds`.
    """
    with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    order = np.argsort(tile_of, kind="stable")
    numbered = table.append_column(TILE, pa.array(tile_of))
    numbered = numbered.append_column(FEATURE, pa.array(feature))
    arranged = numbered.take(pa.array(order)).combine_chunks()
    arranged = sharing.rehomed(arranged, arranged[TILE].to_numpy())
    cuts = np.searchsorted(tile_of[order], bounds).tolist()
    sorted_path = path.with_name(f"{path.name}.sorted")
    with pa.ipc.new_file(str(sorted_path), arranged.schema) as writer:
        for first, end in itertools.pairwise(cuts):
            (batch,) = arranged.slice(first, end - first).to_batches() or [_nothing(arranged)]
            writer.write_batch(batch)
    sorted_path.replace(path)


def read_partition(paths: Sequence[Path], number: int) -> pa.Table:
    """Rows of a partition sorted by tile, within a tile in the order they came.

    Args:
        paths: Files of `sort_file`, in the order of the source.
        number: Of the partition.
    """
    parts = []
    for path in paths:
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
            parts.append(file.get_batch(number))
    whole = pa.Table.from_batches(parts).combine_chunks()
    if len(paths) == 1:
        return whole
    order = np.argsort(whole[TILE].to_numpy(), kind="stable")
    return whole.take(pa.array(order)).combine_chunks()


def by_tile(rows: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """Tile number and rows of each tile, with their features; `rows` is sorted by tile."""
    if not rows.num_rows:
        return
    numbers = rows[TILE].to_numpy()
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(starts[1:], len(numbers))
    plain = rows.drop_columns([TILE])
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(numbers[start]), plain.slice(start, end - start)


def _nothing(table: pa.Table) -> pa.RecordBatch:
    """No rows of a table."""
    return pa.RecordBatch.from_arrays(
        [pa.array([], field.type) for field in table.schema], schema=table.schema
    )
