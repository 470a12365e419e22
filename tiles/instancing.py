"""Which bodies of a tile are drawn as instances of one mesh, and which are merged.

Instances pay where a mesh is large or frequent: each group costs a client some draw calls, and the
file a few hundred bytes of description.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim.arrays import Bool, Float64, Int64
from tiles.gltf.instances import Instances, decomposable
from tiles.meshing import bodies
from tiles.meshing.mesh import TriangleMesh
from tiles.options import Instancing
from tiles.settling import sharing, table

VERTEX_BYTES, INDEX_BYTES = 16, 2
"""Of what a mesh takes in a content: 8 of position, 4 of normal, 4 of feature id for each vertex;
colours and compression left out of account."""


@dataclass(frozen=True, slots=True)
class Group:
    """Features that look alike."""

    mesh: TriangleMesh
    """In its own frame, of no feature."""

    instances: Instances


@dataclass(frozen=True, slots=True)
class Split:
    """The features of a tile."""

    merged: Int64
    """Rows that are drawn one by one."""

    groups: tuple[Group, ...]


def split(rows: pa.Table, frame: Float64, how: Instancing | None) -> Split:
    """The features of a tile, those that look alike together where that pays.

    Mirrored and sheared bodies are merged: what clients make of such instances differs.

    Args:
        rows: Settled features, chunks combined; row i is feature i.
        frame: (4, 4) from the tile's frame to EPSG:4978, a rotation and a shift.
        how: None: merge all.
    """
    everything = np.arange(rows.num_rows)
    numbers = np.flatnonzero(rows["kind"].to_numpy() == table.BODY)
    if how is None or len(numbers) < how.least_count:
        return Split(everything, ())
    some = rows.select(["kind", "mesh", "matrix"]).take(pa.array(numbers)).combine_chunks()
    placed = np.linalg.inv(frame) @ sharing.matrices_of(some)
    fit = decomposable(placed)
    bearers = sharing.bearers(rows)[numbers]
    drawn = np.zeros(rows.num_rows, bool)
    groups = []
    for members in _alike(sharing.meshes_of(some), fit, how.least_count):
        mesh = _mesh(rows, int(bearers[members[0]]), most=len(members) - 1, how=how)
        if mesh is not None:
            groups.append(Group(mesh, Instances(numbers[members], placed[members])))
            drawn[numbers[members]] = True
    return Split(everything[~drawn], tuple(groups))


def _alike(digests: np.ndarray, fit: Bool, least: int) -> list[Int64]:
    """Rows of each mesh that enough of them have, in the order of their first rows."""
    _, first, number, counts = np.unique(
        digests, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    counts = np.bincount(number[fit], minlength=len(counts))
    order = np.argsort(number, kind="stable")
    order = order[fit[order]]
    starts = np.cumsum(counts) - counts
    wanted = np.flatnonzero(counts >= least)
    wanted = wanted[np.argsort(first[wanted], kind="stable")]
    return [order[starts[each] : starts[each] + counts[each]] for each in wanted.tolist()]


def _mesh(rows: pa.Table, bearer: int, *, most: int, how: Instancing) -> TriangleMesh | None:
    """The mesh that a row holds; None where leaving out `most` copies of it saves too little."""
    row = rows.slice(bearer, 1).combine_chunks()
    corners = len(table.lists_of(row, "triangles").values)
    if most * corners * (VERTEX_BYTES + INDEX_BYTES) <= how.least_saving_bytes:
        return None
    mesh = bodies.mesh(sharing.body_set(row, np.eye(4)[None]))
    size = len(mesh.vertex_points) * VERTEX_BYTES + corners * INDEX_BYTES
    return mesh if most * size > how.least_saving_bytes else None
