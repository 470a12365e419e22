"""Features that bring triangle meshes of their own: the bodies of one feature become one row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim import frames
from cim.arrays import Bool, Float32, Float64, Int64, Uint8
from cim.bodies import Mesh
from cim.features import FeatureBatch
from tiles.meshing import ragged
from tiles.meshing.bodies import BodySet
from tiles.meshing.mesh import WALL
from tiles.settling import table
from tiles.settling.findings import HIGHEST_POINT_M, Finding
from tiles.settling.materials import Numbering
from tiles.settling.parts import Part, bounds_and_sizes
from tiles.settling.table import Ragged

SMALLEST_AREA_M2 = 1e-10
"""A triangle below this, a hundredth of a millimetre wide and long, has no side to be seen."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """Meshes of some features laid end to end in the Earth's frame."""

    positions: Float64
    triangles: Int64
    """(t, 3) rows of positions."""

    materials: Int64
    """(t,) numbers."""

    triangle_bodies: Int64
    vertex_bodies: Int64
    normals: Float32 | None
    uv: Float32 | None
    colours: Uint8 | None


def settle(
    batch: FeatureBatch, chosen: Int64, numbering: Numbering
) -> tuple[Part, tuple[Finding, ...]]:
    """The chosen rows of the batch's bodies, sorted by feature."""
    meshes = [batch.bodies.mesh[row] for row in chosen.tolist()]
    matrices, owners = batch.bodies.matrix[chosen], batch.bodies.feature[chosen]
    sound = _soundness(meshes, matrices)
    lost = Finding("body coordinates are off the globe", np.unique(owners[~sound]), skipped=False)
    meshes = [mesh for mesh, kept in zip(meshes, sound.tolist(), strict=True) if kept]
    joined = _joined(meshes, matrices[sound], numbering)
    solid = _areas(joined) >= SMALLEST_AREA_M2
    flat = np.unique(owners[sound][joined.triangle_bodies[~solid]])
    part = _part(joined, np.flatnonzero(solid), owners[sound])
    return part, (lost, Finding("triangle without area, left out", flat, skipped=False))


def _soundness(meshes: Sequence[Mesh], matrices: Float64) -> Bool:
    """(m,) the mesh is finite, names its own points only and lies near the ground."""
    return np.array(
        [
            bool(np.isfinite(mesh.positions).all() and np.isfinite(matrix).all())
            and (not mesh.triangles.size or mesh.triangles.min() >= 0)
            and (not mesh.triangles.size or mesh.triangles.max() < len(mesh.positions))
            and _near_ground(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])
            for mesh, matrix in zip(meshes, matrices, strict=True)
        ],
        bool,
    )


def _near_ground(ecef: Float64) -> bool:
    """Whether points lie between the spheres that hold all ground and all buildings."""
    distance = np.linalg.norm(ecef, axis=1)
    lowest = frames.SEMI_MAJOR_AXIS_M * (1 - 1 / frames.INVERSE_FLATTENING) - HIGHEST_POINT_M
    highest = frames.SEMI_MAJOR_AXIS_M + HIGHEST_POINT_M
    return bool(((distance >= lowest) & (distance <= highest)).all())


def _joined(meshes: Sequence[Mesh], matrices: Float64, numbering: Numbering) -> _Joined:
    """Meshes laid end to end, mirrored ones turned right way out."""
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    mirrored = np.linalg.det(matrices[:, :3, :3]) < 0
    placed, triangles = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)]
    for mesh, matrix, start, turned in zip(
        meshes, matrices, starts[:-1].tolist(), mirrored.tolist(), strict=True
    ):
        placed.append(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])
        triangles.append((mesh.triangles[:, ::-1] if turned else mesh.triangles) + start)
    bodies, vertices = np.arange(len(meshes)), np.diff(starts)
    materials = [np.zeros(0, np.int32), *(mesh.materials for mesh in meshes)]
    return _Joined(
        np.concatenate(placed),
        np.concatenate(triangles),
        numbering.of(np.concatenate(materials)),
        bodies.repeat([len(mesh.triangles) for mesh in meshes]),
        bodies.repeat(vertices),
        _normals(meshes, matrices),
        _stated([mesh.uv for mesh in meshes], vertices, np.full(2, np.nan, np.float32)),
        _stated([mesh.colours for mesh in meshes], vertices, np.full(4, 255, np.uint8)),
    )


def _normals(meshes: Sequence[Mesh], matrices: Float64) -> Float32 | None:
    """(v, 3) unit normals in the Earth's frame, 0 where a mesh states none; None without any."""
    if all(mesh.normals is None for mesh in meshes):
        return None
    turned = []
    for mesh, matrix in zip(meshes, matrices, strict=True):
        if mesh.normals is None:
            turned.append(np.zeros((len(mesh.positions), 3)))
            continue
        across = mesh.normals.astype(np.float64) @ np.linalg.inv(matrix[:3, :3])
        length = np.linalg.norm(across, axis=1, keepdims=True)
        sound = np.isfinite(length) & (length > 0)
        turned.append(np.where(sound, across, 0.0) / np.where(sound, length, 1.0))
    return np.concatenate(turned).astype(np.float32)


def _stated[T: (Float32, Uint8)](
    values: Sequence[T | None], counts: Int64, missing: T
) -> T | None:
    """Values of all vertices, `missing` in meshes that state none; None when none does."""
    if all(each is None for each in values):
        return None
    parts = [
        np.tile(missing, (count, 1)) if each is None else each
        for each, count in zip(values, counts.tolist(), strict=True)
    ]
    return np.concatenate(parts)


def _areas(joined: _Joined) -> Float64:
    """(t,) area of each triangle."""
    first, second, third = (joined.positions[joined.triangles[:, i]] for i in range(3))
    return np.asarray(np.linalg.norm(np.cross(second - first, third - first), axis=1) / 2)


def _part(joined: _Joined, kept: Int64, owners: Int64) -> Part:
    """The triangles in `kept` as rows of the table, one for each feature that has any.

    Args:
        joined: Bodies sorted by feature.
        kept: (k,) rows of its triangles.
        owners: (m,) feature of each body.
    """
    features = owners[joined.triangle_bodies[kept]]
    rows, feature = np.unique(features, return_inverse=True)
    order = np.lexsort((joined.materials[kept], feature))
    chosen, feature = kept[order], feature[order]
    materials = joined.materials[chosen]
    changes = (np.diff(materials, prepend=-2) != 0) | (np.diff(feature, prepend=-1) != 0)
    runs = np.flatnonzero(changes)
    lengths = np.diff(np.append(runs, len(chosen)))
    groups = ragged.offsets_of(np.bincount(feature[runs], minlength=len(rows)))
    vertices, triangles = _used(joined, joined.triangles[chosen])
    places = np.searchsorted(rows, owners[joined.vertex_bodies[vertices]])
    points = ragged.offsets_of(np.bincount(places, minlength=len(rows)))
    columns = {
        "positions": Ragged(joined.positions[vertices], 3 * points),
        "groups": Ragged(lengths, groups),
        "classes": Ragged(np.full(len(runs), WALL, np.uint8), groups),
        "triangles": Ragged(
            triangles - points[feature][:, None],
            3 * ragged.offsets_of(np.bincount(feature, minlength=len(rows))),
        ),
        **_looks(joined, vertices, points),
    }
    if (materials >= 0).any():
        columns["materials"] = Ragged(materials[runs], groups)
    return _measured(rows, columns, joined.positions[vertices], points)


def _used(joined: _Joined, triangles: Int64) -> tuple[Int64, Int64]:
    """Vertices that triangles use, ascending, and the triangles as rows of these."""
    used = np.zeros(len(joined.positions), bool)
    used[triangles] = True
    places = np.cumsum(used) - 1
    return np.flatnonzero(used), places[triangles]


def _looks(joined: _Joined, vertices: Int64, points: Int64) -> dict[str, Ragged]:
    """Columns of what bodies state of their vertices, in the rows that state it."""
    columns = {}
    for name, values, plain in (
        ("normals", joined.normals, 0.0),
        ("uv", joined.uv, np.nan),
        ("colours", joined.colours, 255),
    ):
        if values is not None:
            chosen = values[vertices]
            stated = ~(np.isnan(chosen) if name == "uv" else chosen == plain).all(axis=1)
            has = ragged.row_sums(stated.astype(np.float64), points) > 0
            columns[name] = table.where(chosen, points, has)
    return columns


def _measured(rows: Int64, columns: dict[str, Ragged], ecef: Float64, points: Int64) -> Part:
    """The rows with their boxes."""
    geodetic = frames.geodetic_from_ecef(ecef)
    first = geodetic[points[:-1], 0].repeat(np.diff(points))
    geodetic[:, 0] -= 360 * np.round((geodetic[:, 0] - first) / 360)
    low, high = ragged.row_bounds(geodetic[:, 2], points)
    bounds, sizes = bounds_and_sizes(geodetic[:, :2], points, high - low)
    made = table.table_of(table.BODY, low, high - low, columns)
    triangles = np.diff(columns["triangles"].offsets) // 3
    return Part(rows, made, high - low, bounds, sizes, triangles)


def bodies_of(rows: pa.Table, frame: Float64) -> BodySet:
    """Bodies of rows of the table in the frame of a tile; row i is feature i.

    Args:
        rows: All bodies.
        frame: (4, 4) from the tile's frame to EPSG:4978, a rotation and a shift.
    """
    positions, triangles = table.lists_of(rows, "positions"), table.lists_of(rows, "triangles")
    groups, classes = table.lists_of(rows, "groups"), table.lists_of(rows, "classes")
    vertices, turn = positions.offsets // 3, frame[:3, :3]
    starts = vertices[:-1].repeat(np.diff(triangles.offsets) // 3)
    materials = table.materials_of(rows, groups.offsets)
    normals = table.normals_of(rows, vertices)
    return BodySet(
        (positions.values.reshape(-1, 3) - frame[:3, 3]) @ turn,
        ragged.owners(vertices),
        triangles.values.reshape(-1, 3).astype(np.int64) + starts[:, None],
        classes.values.repeat(groups.values),
        None if materials is None else materials.repeat(groups.values),
        None if normals is None else normals.astype(np.float64) @ turn,
        table.uv_of(rows, vertices),
        table.colours_of(rows, vertices),
    )
