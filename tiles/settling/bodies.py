"""Features that bring triangle meshes of their own: the bodies of one feature become one row.

A shape is kept once, in a frame of its own, with a matrix for each feature that has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cim import frames
from cim.arrays import Bool, Float64, Int64
from cim.bodies import Mesh
from cim.features import FeatureBatch
from tiles.meshing import ragged
from tiles.settling import table
from tiles.settling.body_shapes import Parts, Shapes, shapes_of
from tiles.settling.findings import HIGHEST_POINT_M, Finding
from tiles.settling.materials import Numbering
from tiles.settling.parts import Part, bounds_and_sizes
from tiles.settling.table import Ragged

MOST_POINTS = 1 << 18
"""Points of features that are placed at once, about."""

LEAST_SHARP = 1e-6
"""Matrices that flatten more than this have no inverse worth the name."""

_DIGITS = 7
"""Of the places of several bodies of one feature beside each other, in metres."""

_SIGNS = np.stack(np.meshgrid((0, 1), (0, 1), (0, 1)), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class _Features:
    """Features with their shapes."""

    rows: Int64
    """(n,) rows of the batch, ascending."""

    matrices: Float64
    """(n, 4, 4) from the frame of the shape to EPSG:4978."""

    shape_of: Int64
    """(n,)."""

    parts: Parts


def settle(
    batch: FeatureBatch, chosen: Int64, numbering: Numbering
) -> tuple[Part, tuple[Finding, ...]]:
    """The chosen rows of the batch's bodies, sorted by feature."""
    meshes = [batch.bodies.mesh[row] for row in chosen.tolist()]
    matrices, owners = batch.bodies.matrix[chosen], batch.bodies.feature[chosen]
    sound = _soundness(meshes, matrices)
    lost = Finding("body coordinates are off the globe", np.unique(owners[~sound]), skipped=False)
    meshes = [mesh for mesh, kept in zip(meshes, sound.tolist(), strict=True) if kept]
    found = _features(meshes, matrices[sound], owners[sound])
    shapes = shapes_of(found.parts, _scales(found), numbering)
    thin = found.rows[shapes.thin[found.shape_of]]
    part = _part(found, shapes)
    return part, (lost, Finding("triangle without area, left out", thin, skipped=False))


def _soundness(meshes: Sequence[Mesh], matrices: Float64) -> Bool:
    """(m,) the mesh is finite, names its own points only and lies near the ground."""
    corners = {id(mesh): _corners(mesh) for mesh in meshes}
    boxes = [corners[id(mesh)] for mesh in meshes]
    finite = np.array([box is not None for box in boxes], bool)
    finite &= np.isfinite(matrices).all(axis=(1, 2))
    if not finite.any():
        return finite
    stacked = np.array([box for box, kept in zip(boxes, finite, strict=True) if kept])
    turn, shift = matrices[finite, :3, :3], matrices[finite, None, :3, 3]
    finite[finite] = _near_ground(stacked @ turn.swapaxes(1, 2) + shift)
    return finite


def _corners(mesh: Mesh) -> Float64 | None:
    """(8, 3) corners of the box about a mesh; None where it is not sound in itself."""
    if not np.isfinite(mesh.positions).all():
        return None
    used = mesh.triangles
    if used.size and (used.min() < 0 or used.max() >= len(mesh.positions)):
        return None
    if not len(mesh.positions):
        return np.zeros((8, 3))
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    return np.asarray(low + _SIGNS * (high - low))


def _near_ground(ecef: Float64) -> Bool:
    """(n,) whether boxes (n, 8, 3) lie between the spheres that hold all ground and buildings."""
    distance = np.linalg.norm(ecef, axis=2)
    lowest = frames.SEMI_MAJOR_AXIS_M * (1 - 1 / frames.INVERSE_FLATTENING) - HIGHEST_POINT_M
    highest = frames.SEMI_MAJOR_AXIS_M + HIGHEST_POINT_M
    return np.asarray(((distance >= lowest) & (distance <= highest)).all(axis=1))


def _features(meshes: Sequence[Mesh], matrices: Float64, owners: Int64) -> _Features:
    """Features with their shapes: equal where the same meshes stand in the same way.

    Args:
        meshes: Of m bodies, sorted by feature.
        matrices: (m, 4, 4).
        owners: (m,) feature of each body.
    """
    rows, firsts, counts = np.unique(owners, return_index=True, return_counts=True)
    base = _bases(matrices[firsts], single=counts == 1)
    beside = np.linalg.inv(base).repeat(counts, axis=0) @ matrices
    beside[(counts == 1).repeat(counts)] = np.eye(4)
    known: dict[tuple[object, ...], int] = {}
    shape_of, members = [], list[int]()
    shapes = list[int]()
    for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
        bodies = range(first, first + count)
        key: tuple[object, ...] = tuple(id(meshes[body]) for body in bodies)
        if count > 1:
            key += (np.round(beside[first : first + count], _DIGITS).tobytes(),)
        if key not in known:
            known[key] = len(known)
            members += bodies
            shapes += [known[key]] * count
        shape_of.append(known[key])
    parts = Parts([meshes[body] for body in members], beside[members], np.array(shapes, np.int64))
    return _Features(rows, base, np.array(shape_of, np.int64), parts)


def _bases(firsts: Float64, *, single: Bool) -> Float64:
    """(n, 4, 4) frames of features: those of their first bodies.

    Features of several bodies whose first one is flattened take its place only.

    Args:
        firsts: (n, 4, 4) matrices of the first bodies.
        single: (n,) features of one body.
    """
    lengths = np.linalg.norm(firsts[:, :3, :3], axis=1).prod(axis=1)
    flat = np.abs(np.linalg.det(firsts[:, :3, :3])) <= LEAST_SHARP * lengths
    bases = firsts.copy()
    bases[flat & ~single, :3, :3] = np.eye(3)
    return bases


def _scales(found: _Features) -> Float64:
    """(s,) the largest scale that a shape is drawn in."""
    scales = np.zeros(int(found.shape_of.max(initial=-1)) + 1)
    lengths = np.linalg.norm(found.matrices[:, :3, :3], axis=1).max(axis=1)
    np.maximum.at(scales, found.shape_of, lengths)
    return scales


def _part(found: _Features, shapes: Shapes) -> Part:
    """One row for each feature whose shape has triangles."""
    triangles = shapes.triangles[found.shape_of]
    kept = np.flatnonzero(triangles)
    shape_of, matrices = found.shape_of[kept], found.matrices[kept]
    digests = shapes.digests[shape_of]
    rising = np.arange(len(kept) + 1)
    columns = {
        **shapes.spread(shape_of),
        "matrix": Ragged(matrices[:, :3].reshape(-1), 12 * rising),
        "mesh": Ragged(digests.ravel(), 2 * rising),
    }
    bounds, sizes, low, height = _measured(shapes, shape_of, matrices)
    made = table.table_of(table.BODY, low, height, columns)
    return Part(found.rows[kept], made, height, bounds, sizes, triangles[kept])


def _measured(
    shapes: Shapes, shape_of: Int64, matrices: Float64
) -> tuple[Float64, Float64, Float64, Float64]:
    """Bounds (n, 4), diagonals, lowest heights and heights of features."""
    points = shapes.points
    positions = shapes.columns["positions"].values
    running = np.cumsum(np.diff(points)[shape_of])
    cuts = np.searchsorted(running, np.arange(0, int(running[-1:].sum()), MOST_POINTS)[1:])
    pieces = np.split(np.arange(len(shape_of)), np.unique(cuts))
    found = [
        _boxes(positions, points, shape_of[piece], matrices[piece])
        for piece in pieces
        if len(piece) or len(pieces) == 1
    ]
    bounds, sizes, low, height = (np.concatenate(each) for each in zip(*found, strict=True))
    return bounds, sizes, low, height


def _boxes(
    positions: Float64, points: Int64, shape_of: Int64, matrices: Float64
) -> tuple[Float64, Float64, Float64, Float64]:
    """The same of some features."""
    counts = np.diff(points)[shape_of]
    owner = np.arange(len(shape_of)).repeat(counts)
    local = positions[ragged.select(points, shape_of)]
    ecef = np.einsum("pij,pj->pi", matrices[owner, :3, :3], local) + matrices[owner, :3, 3]
    geodetic = frames.geodetic_from_ecef(ecef)
    offsets = ragged.offsets_of(counts)
    geodetic[:, 0] -= 360 * np.round((geodetic[:, 0] - geodetic[offsets[:-1], 0][owner]) / 360)
    low, high = ragged.row_bounds(geodetic[:, 2], offsets)
    bounds, sizes = bounds_and_sizes(geodetic[:, :2], offsets, high - low)
    return bounds, sizes, low, high - low
