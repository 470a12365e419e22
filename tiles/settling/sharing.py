"""Bodies that share a shape: rows of one mesh, of which one or more hold what they all look like.

Every row of a table has its shape in the same table: that of `bearers`. Whoever divides a table
or leaves rows out keeps it so, with `taken` or `rehomed`.
"""

import numpy as np
import pyarrow as pa

from cim.arrays import Float64, Int64, Uint64
from tiles.meshing import ragged
from tiles.meshing.bodies import BodySet
from tiles.settling import table
from tiles.settling.body_shapes import unit

_NONE = np.zeros(2, np.uint64)


def meshes_of(rows: pa.Table) -> Uint64:
    """(n, 2) digests of the rows' shapes, 0 0 for what is no body."""
    stated = table.lists_of(rows, "mesh")
    digests = np.zeros((rows.num_rows, 2), np.uint64)
    digests[np.diff(stated.offsets) > 0] = stated.values.reshape(-1, 2)
    return digests


def bearers(rows: pa.Table) -> Int64:
    """(n,) the row that holds the shape of each row: itself, or the first of the same mesh.

    Raises:
        ValueError: The shape of a row is in no row.
    """
    places = np.arange(rows.num_rows)
    bare = (rows["kind"].to_numpy() == table.BODY) & (_points_of(rows) == 0)
    if not bare.any():
        return places
    digests = meshes_of(rows)
    holders = np.flatnonzero(_points_of(rows) > 0)
    _, number = np.unique(digests, axis=0, return_inverse=True)
    first = np.full(int(number.max()) + 1, -1)
    first[number[holders[::-1]]] = holders[::-1]
    found = first[number[bare]]
    if (found < 0).any():
        raise ValueError("a row's shape was left behind; divide rows with tiles.settling.sharing")
    places[bare] = found
    return places


def taken(rows: pa.Table, numbers: Int64) -> pa.Table:
    """Some rows, each with its own shape, chunks combined."""
    chosen = table.select(rows, numbers) if _ascends(numbers) else rows.take(pa.array(numbers))
    chosen = chosen.combine_chunks()
    source = bearers(rows)[numbers]
    return chosen if np.array_equal(source, numbers) else _with_shapes(chosen, rows, source)


def rehomed(rows: pa.Table, owners: Int64) -> pa.Table:
    """The rows with each shape once for each owner that has rows of it.

    Args:
        rows: Chunks combined.
        owners: (n,) what the rows are divided by, such as tiles.
    """
    bodies = rows["kind"].to_numpy() == table.BODY
    if not bodies.any():
        return rows
    source = bearers(rows)
    keys = np.column_stack((owners.astype(np.uint64), meshes_of(rows)))[bodies]
    _, firsts = np.unique(keys, axis=0, return_index=True)
    holds = ~bodies
    holds[np.flatnonzero(bodies)[firsts]] = True
    return _with_shapes(rows, rows, np.where(holds, source, -1))


def body_set(rows: pa.Table, matrices: Float64) -> BodySet:
    """Bodies of rows in another frame; row i is feature i.

    Args:
        rows: All bodies, each with its own shape.
        matrices: (n, 4, 4) from the frame of each shape to the wanted one.
    """
    positions, triangles = table.lists_of(rows, "positions"), table.lists_of(rows, "triangles")
    groups, classes = table.lists_of(rows, "groups"), table.lists_of(rows, "classes")
    vertices = positions.offsets // 3
    owner = ragged.owners(vertices)
    counts = np.diff(triangles.offsets) // 3
    corners = triangles.values.reshape(-1, 3).astype(np.int64)
    turned = (np.linalg.det(matrices[:, :3, :3]) < 0).repeat(counts)
    corners[turned] = corners[turned, ::-1]
    materials = table.materials_of(rows, groups.offsets)
    return BodySet(
        _moved(positions.values.reshape(-1, 3), matrices[:, :3, :3], owner)
        + matrices[owner, :3, 3],
        owner,
        corners + vertices[:-1].repeat(counts)[:, None],
        classes.values.repeat(groups.values),
        None if materials is None else materials.repeat(groups.values),
        _normals(rows, vertices, matrices, owner),
        table.uv_of(rows, vertices),
        table.colours_of(rows, vertices),
    )


def matrices_of(rows: pa.Table) -> Float64:
    """(n, 4, 4) from the frames of bodies to EPSG:4978."""
    matrices = np.tile(np.eye(4), (rows.num_rows, 1, 1))
    matrices[:, :3] = table.lists_of(rows, "matrix").values.reshape(-1, 3, 4)
    return matrices


def _normals(rows: pa.Table, vertices: Int64, matrices: Float64, owner: Int64) -> Float64 | None:
    """(p, 3) unit normals, 0 where flat; None when all is flat."""
    stated = table.normals_of(rows, vertices)
    if stated is None:
        return None
    return unit(_moved(stated.astype(np.float64), _cofactors(matrices[:, :3, :3]), owner))


def _cofactors(turns: Float64) -> Float64:
    """(n, 3, 3) matrices that normals turn by: an inverse transposed, of any length."""
    first, second, third = (turns[:, :, axis] for axis in range(3))
    sides = (np.cross(second, third), np.cross(third, first), np.cross(first, second))
    cofactors = np.stack(sides, axis=2)
    return np.asarray(cofactors * np.sign(np.linalg.det(turns))[:, None, None])


def _moved(vectors: Float64, turns: Float64, owner: Int64) -> Float64:
    """(p, 3) vectors, each turned by the matrix of its owner."""
    moved = np.zeros_like(vectors)
    for axis in range(3):
        moved += turns[:, :, axis][owner] * vectors[:, axis, None]
    return moved


def _points_of(rows: pa.Table) -> Int64:
    """(n,) numbers in the positions of each row."""
    return np.diff(table.lists_of(rows, "positions").offsets)


def _with_shapes(rows: pa.Table, source: pa.Table, numbers: Int64) -> pa.Table:
    """The rows with the shapes of other ones.

    Args:
        rows: n rows.
        source: Where shapes are.
        numbers: (n,) rows of `source`, -1 for no shape.
    """
    for name in table.SHAPE:
        column = table.lists_of(source, name)
        counts = np.append(np.diff(column.offsets), 0)[numbers]
        starts = column.offsets[numbers]
        values = column.values[ragged.ranges(starts, counts)]
        offsets = pa.array(ragged.offsets_of(counts).astype(np.int32))
        made = pa.ListArray.from_arrays(offsets, pa.array(values))
        rows = rows.set_column(rows.column_names.index(name), name, made)
    return rows.combine_chunks()


def _ascends(numbers: Int64) -> bool:
    return bool((np.diff(numbers) > 0).all())
