"""Settled polygons as columns of the table, and back."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cim.arrays import Bool, Int64
from tiles.meshing import ragged
from tiles.meshing.polygons import Polygons
from tiles.meshing.shapes import Shapes
from tiles.settling import table
from tiles.settling.table import Ragged

_HEIGHT_LAST, _UV_LAST = 3, 5
"""Columns of positions that end with the height, and with texture coordinates."""


def columns_of(shape: Shapes) -> Mapping[str, Ragged]:
    """List columns of settled polygons; uv and materials stand only where there are any."""
    polygons = shape.polygons
    points, groups = polygons.feature_points, polygons.feature_offsets
    owner = ragged.owners(shape.triangle_offsets)
    local = shape.triangles - points[:-1][owner][:, None]
    positions = polygons.positions[:, :_HEIGHT_LAST]
    columns = {
        "positions": Ragged(positions, positions.shape[1] * points),
        "rings": Ragged(np.diff(polygons.ring_offsets), polygons.polygon_offsets[groups]),
        "groups": Ragged(np.diff(polygons.polygon_offsets), groups),
        "classes": Ragged(shape.classes, groups),
        "triangles": Ragged(local, 3 * shape.triangle_offsets),
    }
    if shape.materials is not None:
        stated = _any(shape.materials >= 0, groups)
        columns["materials"] = table.where(shape.materials, groups, stated)
    if polygons.positions.shape[1] == _UV_LAST:
        uv = polygons.positions[:, _HEIGHT_LAST:]
        columns["uv"] = table.where(uv, points, _any(np.isfinite(uv).all(axis=1), points))
    return columns


def shapes_of(rows: pa.Table, kind: int) -> Shapes:
    """Settled polygons of rows of one kind; texture coordinates become columns of positions."""
    dimension = table.DIMENSION[kind]
    positions = table.lists_of(rows, "positions")
    rings, groups = table.lists_of(rows, "rings"), table.lists_of(rows, "groups")
    triangles = table.lists_of(rows, "triangles")
    offsets, points = triangles.offsets // 3, positions.offsets // dimension
    placed = positions.values.reshape(-1, dimension)
    uv = table.uv_of(rows, points)
    polygons = Polygons(
        placed if uv is None else np.column_stack((placed, uv)),
        ragged.offsets_of(rings.values),
        ragged.offsets_of(groups.values),
        groups.offsets,
    )
    starts = points[:-1].repeat(np.diff(offsets))
    return Shapes(
        np.arange(rows.num_rows),
        polygons,
        table.lists_of(rows, "classes").values,
        triangles.values.reshape(-1, 3).astype(np.int64) + starts[:, None],
        offsets,
        np.zeros(rows.num_rows, bool),
        table.materials_of(rows, groups.offsets),
    )


def _any(marks: Bool, offsets: Int64) -> Bool:
    """(n,) rows that hold a mark."""
    return np.asarray(ragged.row_sums(marks.astype(np.float64), offsets) > 0)
