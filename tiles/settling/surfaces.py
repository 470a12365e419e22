"""Features with boundary surfaces of their own."""

import numpy as np
import shapely

from cim.appearance import PLAIN
from cim.arrays import Bool, Float32, Int64
from cim.features import SURFACE_KINDS, FeatureBatch
from tiles.meshing import ragged, shapes, surfaces
from tiles.meshing.mesh import GROUND, LAND, OPENING, PLANT, ROOF, TRAFFIC, WALL, WATER
from tiles.meshing.shapes import Shapes
from tiles.settling import table
from tiles.settling.findings import Finding, on_earth
from tiles.settling.materials import Numbering
from tiles.settling.parts import Part, bounds_and_sizes
from tiles.settling.polygons import columns_of

_CLASS_OF_KIND = {
    "ground": GROUND,
    "wall": WALL,
    "roof": ROOF,
    "opening": OPENING,
    "closure": WALL,
    "water": WATER,
    "traffic": TRAFFIC,
    "plant": PLANT,
    "land": LAND,
}
CLASS_OF_KIND = np.array(
    [_CLASS_OF_KIND.get(kind, surfaces.BY_SLOPE) for kind in SURFACE_KINDS], np.uint8
)


def settle(
    batch: FeatureBatch, chosen: Int64, numbering: Numbering
) -> tuple[Part, tuple[Finding, ...]]:
    """The chosen rows of the batch's surfaces, at most one a feature."""
    faulty = ~on_earth(batch.surfaces.geometry[chosen], heights=True)
    owners = batch.surfaces.feature[chosen]
    lost = Finding("surface coordinates are off the globe", owners[faulty], skipped=False)
    used = chosen[~faulty]
    kinds = [batch.surfaces.kinds[row] for row in used.tolist()]
    geometry = batch.surfaces.geometry[used]
    classes = CLASS_OF_KIND[np.concatenate([*kinds, np.zeros(0, np.uint8)])]
    materials, uv = _looks(batch, used, numbering)
    shape = surfaces.settle(geometry, classes, materials, uv) if len(used) else shapes.empty(3)
    rows = batch.surfaces.feature[used][shape.rows]
    crossed = "surface crosses itself or has a hole outside, drawn as it is"
    return _part(shape, rows), (
        lost,
        Finding(crossed, rows[shape.changed], skipped=False),
        Finding("surface without area, left out", _rows_where(rows, shape.dropped), skipped=False),
    )


def _part(shape: Shapes, rows: Int64) -> Part:
    """The settled surfaces as rows of the table."""
    positions, points = shape.polygons.positions, shape.polygons.feature_points
    low, high = ragged.row_bounds(positions[:, 2], points)
    bounds, sizes = bounds_and_sizes(positions[:, :2], points, high - low)
    made = table.table_of(table.SURFACES, low, high - low, columns_of(shape))
    triangles = np.diff(shape.triangle_offsets)
    return Part(rows, made, high - low, bounds, sizes, triangles)


def _looks(
    batch: FeatureBatch, chosen: Int64, numbering: Numbering
) -> tuple[Int64 | None, Float32 | None]:
    """Materials of all polygons and texture coordinates of all points, None where none has any."""
    looks = [batch.surfaces.looks[row] for row in chosen.tolist()] if batch.surfaces.looks else []
    if all(look is None for look in looks):
        return None, None
    kinds = [batch.surfaces.kinds[row] for row in chosen.tolist()]
    rows = [
        np.full(len(kind), PLAIN, np.int32) if look is None else look.materials
        for look, kind in zip(looks, kinds, strict=True)
    ]
    materials = numbering.of(np.concatenate(rows))
    if all(look is None or look.uv is None for look in looks):
        return materials, None
    counts = shapely.get_num_coordinates(batch.surfaces.geometry[chosen]).tolist()
    uv = [
        np.full((count, 2), np.nan, np.float32) if look is None or look.uv is None else look.uv
        for look, count in zip(looks, counts, strict=True)
    ]
    return materials, np.concatenate(uv)


def _rows_where(rows: Int64, marks: Bool | None) -> Int64:
    """Marked rows; without marks, none."""
    return rows[:0] if marks is None else rows[marks]
