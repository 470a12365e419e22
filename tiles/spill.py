"""Tables on disk between the steps of a build, so that memory stays flat.

Batches are appended as they come; once every row's tile is known they are dealt out to partitions,
each small enough to be held whole.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from cim.arrays import Int64


class Spill:
    """Tables of one schema in the order they were added, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.RecordBatchStreamWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Append the rows of a table."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(str(self._path), table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file; nothing more can be added."""
        if self._writer is not None:
            self._writer.close()

    def tables(self) -> Iterator[pa.Table]:
        """The tables, as record batches were written."""
        if self._writer is None:
            return
        with pa.OSFile(str(self._path)) as source, pa.ipc.open_stream(source) as stream:
            for batch in stream:
                yield pa.Table.from_batches([batch])

    def remove(self) -> None:
        """Delete the file."""
        self._path.unlink(missing_ok=True)


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


def deal(spill: Spill, tile_of: Int64, bounds: Int64, folder: Path) -> Iterator[pa.Table]:
    """Rows sorted by tile, partition by partition, with their tile in the column `tile`.

    Args:
        spill: All rows.
        tile_of: (n,) tile of each row of the spill, in order.
        bounds: Of `partition_bounds`.
        folder: For temporary files.
    """
    parts = [Spill(folder / f"part-{i}.arrow") for i in range(len(bounds) - 1)]
    partition_of = np.searchsorted(bounds, tile_of, side="right") - 1
    first = 0
    for table in spill.tables():
        rows = slice(first, first + table.num_rows)
        first += table.num_rows
        numbered = table.append_column("tile", pa.array(tile_of[rows]))
        _share_out(numbered, partition_of[rows], parts)
    spill.remove()
    for part in parts:
        part.close()
    for part in parts:
        whole = pa.concat_tables(part.tables()).combine_chunks()
        order = np.argsort(whole["tile"].to_numpy(), kind="stable")
        yield whole.take(pa.array(order)).combine_chunks()
        part.remove()


def _share_out(table: pa.Table, partition_of: Int64, parts: list[Spill]) -> None:
    """Add each row of a table to its partition."""
    order = np.argsort(partition_of, kind="stable")
    arranged = table.take(pa.array(order)) if len(parts) > 1 else table
    counts = np.bincount(partition_of, minlength=len(parts))
    starts = np.cumsum(counts) - counts
    for number in np.flatnonzero(counts).tolist():
        parts[number].add(arranged.slice(int(starts[number]), int(counts[number])))
