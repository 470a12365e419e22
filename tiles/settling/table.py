"""The layout of settled features: one Arrow row each, whatever kind of shape it is.

A row holds flat numbers only, so that any selection of rows is put together again as arrays
without looking at single features:

| column | footprint | surfaces | body |
|---|---|---|---|
| `kind` | `FOOTPRINT` | `SURFACES` | `BODY` |
| `base_m`, `height_m` | of the walls | lowest point, up to the highest | the same |
| `positions` | longitude, latitude | longitude, latitude, height | x, y, z in the body's frame |
| `matrix` | | | 12 numbers, row by row: from the body's frame to EPSG:4978 |
| `mesh` | | | digest of its shape in its frame, two numbers |
| `rings` | points of each ring | the same | |
| `groups` | rings of each polygon | the same | triangles of each run of one material |
| `classes` | class of each group | the same | the same |
| `materials` | | number of each group, or no numbers: all plain | the same |
| `triangles` | points, from the row's first one | the same | the same |
| `uv` | | two a position, or none | the same |
| `normals` | | | three a position, 0 0 0 where flat, or none: all flat |
| `colours` | | | red, green, blue, opacity of each position, or none |

Bodies of one `mesh` may leave their shape, from `positions` to `colours`, to one row among them,
see `tiles.settling.sharing`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim.appearance import PLAIN
from cim.arrays import Bool, Float32, Float64, Int64, Uint8
from tiles.meshing import ragged

FOOTPRINT, SURFACES, BODY = range(3)
DIMENSION = {FOOTPRINT: 2, SURFACES: 3, BODY: 3}

_LISTS = {
    "positions": np.float64, "rings": np.uint32, "groups": np.uint32, "classes": np.uint8,
    "materials": np.int64, "triangles": np.uint32, "uv": np.float32, "normals": np.float32,
    "colours": np.uint8, "matrix": np.float64, "mesh": np.uint64,
}  # fmt: skip
SHAPE = (
    "positions", "groups", "classes", "materials", "triangles", "uv", "normals", "colours",
)  # fmt: skip
"""Columns that make the shape of a body."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """A list column: values of all rows laid end to end."""

    values: NDArray[Any]
    offsets: Int64
    """(n + 1,)."""


def table_of(
    kind: int, base_m: Float64, height_m: Float64, lists: Mapping[str, Ragged]
) -> pa.Table:
    """Rows of one kind; list columns that are not given are empty."""
    count = len(base_m)
    none = np.zeros(count + 1, np.int64)
    columns = {
        "kind": pa.array(np.full(count, kind, np.uint8)),
        "base_m": pa.array(base_m),
        "height_m": pa.array(height_m),
    }
    for name, dtype in _LISTS.items():
        column = lists.get(name) or Ragged(np.zeros(0, dtype), none)
        values = pa.array(np.ascontiguousarray(column.values, dtype).ravel())
        columns[name] = pa.ListArray.from_arrays(pa.array(column.offsets.astype(np.int32)), values)
    return pa.table(columns)


def where(values: NDArray[Any], offsets: Int64, kept: Bool) -> Ragged:
    """A list column that is empty in the rows not marked in `kept`.

    Args:
        values: (v, …) values of all rows.
        offsets: (n + 1,) rows as rows of `values`.
        kept: (n,).
    """
    width = int(np.prod(values.shape[1:], dtype=np.int64))
    counts = np.where(kept, np.diff(offsets), 0)
    chosen = values if kept.all() else values[kept[ragged.owners(offsets)]]
    return Ragged(chosen, width * ragged.offsets_of(counts))


def lists_of(rows: pa.Table, name: str) -> Ragged:
    """A list column of a table."""
    column = rows[name]
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    offsets = array.offsets.to_numpy().astype(np.int64)
    return Ragged(pc.list_flatten(array).to_numpy(), offsets - offsets[0])


def select(rows: pa.Table, numbers: Int64) -> pa.Table:
    """The rows with these numbers, chunks combined; numbers ascend."""
    if len(numbers) == rows.num_rows:
        return rows
    return rows.take(pa.array(numbers)).combine_chunks()


def files_of(paths: Sequence[Path]) -> Iterator[pa.Table]:
    """Rows that were spilled, file by file; bodies of one mesh share a shape within a file."""
    for path in paths:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            yield stream.read_all().combine_chunks()


def uv_of(rows: pa.Table, vertices: Int64) -> Float32 | None:
    """(v, 2) texture coordinates, NaN in rows without; None when no row has any.

    Args:
        rows: n rows of one kind.
        vertices: (n + 1,) rows as rows of positions.
    """
    return _filled(lists_of(rows, "uv"), vertices, 2, np.float32(np.nan))


def normals_of(rows: pa.Table, vertices: Int64) -> Float32 | None:
    """(v, 3) normals, 0 where flat; None when all is flat."""
    return _filled(lists_of(rows, "normals"), vertices, 3, np.float32(0))


def colours_of(rows: pa.Table, vertices: Int64) -> Uint8 | None:
    """(v, 4) colours, white in rows without; None when no row has any."""
    return _filled(lists_of(rows, "colours"), vertices, 4, np.uint8(255))


def materials_of(rows: pa.Table, groups: Int64) -> Int64 | None:
    """(g,) material number of each group or `PLAIN`; None when all are plain.

    Args:
        rows: n rows of one kind.
        groups: (n + 1,) rows as rows of groups.
    """
    filled = _filled(lists_of(rows, "materials"), groups, 1, np.int64(PLAIN))
    return None if filled is None else np.asarray(filled[:, 0], np.int64)


def _filled(stated: Ragged, offsets: Int64, width: int, missing: Any) -> NDArray[Any] | None:  # noqa: ANN401 - a scalar of the dtype
    """(v, width) stated values, and `missing` in the rows that state none."""
    if not len(stated.values):
        return None
    has = np.diff(stated.offsets) > 0
    values = stated.values.reshape(-1, width)
    if has.all():
        return values
    filled = np.full((int(offsets[-1]), width), missing)
    filled[has[ragged.owners(offsets)]] = values
    return filled
