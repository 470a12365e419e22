"""Shapes of bodies in frames of their own, each once, however many features have it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cim.arrays import Bool, Float32, Float64, Int64, Uint8, Uint64
from cim.bodies import Mesh
from tiles.meshing import ragged
from tiles.meshing.mesh import WALL
from tiles.settling import table
from tiles.settling.materials import Numbering
from tiles.settling.table import Ragged

SMALLEST_AREA_M2 = 1e-10
"""A triangle below this, a hundredth of a millimetre wide and long, has no side to be seen."""

ROUNDING = 1e5
"""Shapes whose points agree within ten micrometres are one."""

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """Meshes that shapes are made of, those of a shape one after the other."""

    meshes: Sequence[Mesh]
    matrices: Float64
    """(m, 4, 4) to the frame of the shape."""

    shapes: Int64
    """(m,) ascending from 0 without gaps."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Columns of `tiles.settling.table.SHAPE`, a row for each shape, and what tells them apart."""

    columns: dict[str, Ragged]
    digests: Uint64
    """(s, 2)."""

    thin: Bool
    """(s,) triangles without an area were left out."""

    @property
    def triangles(self) -> Int64:
        """(s,) how many each shape has."""
        return np.diff(self.columns["triangles"].offsets) // 3

    @property
    def points(self) -> Int64:
        """(s + 1,) shapes as rows of positions."""
        return self.columns["positions"].offsets // 3

    def spread(self, shape_of: Int64) -> dict[str, Ragged]:
        """The columns for features, those of a shape on the first feature that has it.

        Args:
            shape_of: (n,) shape of each feature; the first ones of shapes ascend.
        """
        first = np.zeros(len(shape_of), bool)
        first[np.unique(shape_of, return_index=True)[1]] = True
        return {
            name: Ragged(
                column.values,
                ragged.offsets_of(np.where(first, np.diff(column.offsets)[shape_of], 0)),
            )
            for name, column in self.columns.items()
        }


@dataclass(frozen=True, slots=True)
class _Joined:
    """Parts laid end to end."""

    positions: Float64
    triangles: Int64
    """(t, 3) rows of positions."""

    materials: Int64
    """(t,) numbers."""

    triangle_shapes: Int64
    vertex_shapes: Int64
    normals: Float32 | None
    uv: Float32 | None
    colours: Uint8 | None


def shapes_of(parts: Parts, scales: Float64, numbering: Numbering) -> Shapes:
    """The shapes that parts make.

    Args:
        parts: Finite, and each mesh names its own points only.
        scales: (s,) metres of one unit in the frame of each shape.
        numbering: Of the materials.
    """
    joined = _joined(parts, numbering)
    solid = _areas(joined) * scales[joined.triangle_shapes] ** 2 >= SMALLEST_AREA_M2
    thin = np.zeros(len(scales), bool)
    thin[joined.triangle_shapes[~solid]] = True
    kept = np.flatnonzero(solid)
    order = np.lexsort((joined.materials[kept], joined.triangle_shapes[kept]))
    columns = _columns(joined, kept[order], len(scales))
    return Shapes(columns, _digests(columns), thin)


def _joined(parts: Parts, numbering: Numbering) -> _Joined:
    """Meshes laid end to end, mirrored ones turned right way out."""
    meshes, matrices = parts.meshes, parts.matrices
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    mirrored = np.linalg.det(matrices[:, :3, :3]) < 0
    moved = (matrices != np.eye(4)).any(axis=(1, 2))
    placed, triangles = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)]
    for mesh, matrix, start, away, turned in zip(
        meshes, matrices, starts[:-1].tolist(), moved.tolist(), mirrored.tolist(), strict=True
    ):
        at = mesh.positions @ matrix[:3, :3].T + matrix[:3, 3] if away else mesh.positions
        placed.append(at)
        triangles.append((mesh.triangles[:, ::-1] if turned else mesh.triangles) + start)
    vertices = np.diff(starts)
    materials = [np.zeros(0, np.int32), *(mesh.materials for mesh in meshes)]
    return _Joined(
        np.concatenate(placed),
        np.concatenate(triangles),
        numbering.of(np.concatenate(materials)),
        parts.shapes.repeat([len(mesh.triangles) for mesh in meshes]),
        parts.shapes.repeat(vertices),
        _normals(meshes, matrices),
        _stated([mesh.uv for mesh in meshes], vertices, np.full(2, np.nan, np.float32)),
        _stated([mesh.colours for mesh in meshes], vertices, np.full(4, 255, np.uint8)),
    )


def _normals(meshes: Sequence[Mesh], matrices: Float64) -> Float32 | None:
    """(v, 3) unit normals, 0 where a mesh states none; None without any."""
    if all(mesh.normals is None for mesh in meshes):
        return None
    turned = []
    for mesh, matrix in zip(meshes, matrices, strict=True):
        if mesh.normals is None:
            turned.append(np.zeros((len(mesh.positions), 3)))
            continue
        turned.append(unit(mesh.normals.astype(np.float64) @ np.linalg.inv(matrix[:3, :3])))
    return np.concatenate(turned).astype(np.float32)


def unit(vectors: Float64) -> Float64:
    """(v, 3) the same directions of length 1; 0 for what has none."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    sound = np.isfinite(length) & (length > 0)
    return np.asarray(np.where(sound, vectors, 0.0) / np.where(sound, length, 1.0))


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


def _columns(joined: _Joined, chosen: Int64, count: int) -> dict[str, Ragged]:
    """The chosen triangles, sorted by shape and material, as columns."""
    shape, materials = joined.triangle_shapes[chosen], joined.materials[chosen]
    changes = (np.diff(materials, prepend=-2) != 0) | (np.diff(shape, prepend=-1) != 0)
    runs = np.flatnonzero(changes)
    lengths = np.diff(np.append(runs, len(chosen)))
    groups = ragged.offsets_of(np.bincount(shape[runs], minlength=count))
    vertices, triangles = _used(joined, joined.triangles[chosen])
    points = ragged.offsets_of(np.bincount(joined.vertex_shapes[vertices], minlength=count))
    columns = {
        "positions": Ragged(joined.positions[vertices], 3 * points),
        "groups": Ragged(lengths, groups),
        "classes": Ragged(np.full(len(runs), WALL, np.uint8), groups),
        "triangles": Ragged(
            triangles - points[shape][:, None],
            3 * ragged.offsets_of(np.bincount(shape, minlength=count)),
        ),
        **_looks(joined, vertices, points),
    }
    has = ragged.row_sums((materials[runs] >= 0).astype(np.float64), groups) > 0
    if has.any():
        columns["materials"] = table.where(materials[runs], groups, has)
    return columns


def _used(joined: _Joined, triangles: Int64) -> tuple[Int64, Int64]:
    """Vertices that triangles use, ascending, and the triangles as rows of these."""
    used = np.zeros(len(joined.positions), bool)
    used[triangles] = True
    places = np.cumsum(used) - 1
    return np.flatnonzero(used), places[triangles]


def _looks(joined: _Joined, vertices: Int64, points: Int64) -> dict[str, Ragged]:
    """Columns of what parts state of their vertices, in the shapes that state it."""
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


def _digests(columns: dict[str, Ragged]) -> Uint64:
    """(s, 2) two numbers for each shape, the same ones for shapes of equal content."""
    with np.errstate(invalid="ignore"):
        rounded = np.rint(columns["positions"].values * ROUNDING).astype(np.int64)
    told = {**columns, "positions": replace(columns["positions"], values=rounded)}
    pieces = []
    for name in table.SHAPE:
        if name in told:
            values = memoryview(np.ascontiguousarray(told[name].values).ravel()).cast("B")
            size = told[name].values.itemsize
            pieces.append((name.encode(), values, (told[name].offsets * size).tolist()))
    count = len(columns["positions"].offsets) - 1
    digests = b"".join(_digest(pieces, row) for row in range(count))
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


def _digest(pieces: Sequence[tuple[bytes, memoryview, list[int]]], row: int) -> bytes:
    """Digest of one row of columns."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name, values, offsets in pieces:
        start, end = offsets[row], offsets[row + 1]
        if start != end:
            digest.update(b"%s %d " % (name, end - start))
            digest.update(values[start:end])
    return digest.digest()
