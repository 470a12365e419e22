"""Elements of one storey, class and material as one feature: fewer features, fewer properties."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from cim.arrays import Float64
from cim.bodies import Bodies, Mesh
from cim.errors import InputError
from cim.features import FeatureBatch

KEY_COLUMNS: Final = ("storey_id", "ifc_class", "material")
"""What features of one group have in common, beside their part of the building."""

OPTIONAL_KEYS: Final = ("part", "building_id")
MEMBERS: Final = "member_count"
"""Column with the number of elements of a group."""


def merged(batch: FeatureBatch) -> FeatureBatch:
    """A batch whose features of one storey, class and material are one.

    A group keeps what all its members agree on; GlobalIds and names of single elements are gone.
    Features without a body stay as they are.

    Args:
        batch: All features of a model: groups do not go over batches.

    Raises:
        InputError: It has no storeys, classes and materials: it is no building model.
    """
    names = batch.attributes.column_names
    missing = [name for name in KEY_COLUMNS if name not in names]
    if missing:
        raise InputError(f"merge: no column {missing[0]!r}; only building models (IFC) have it")
    bodies = _bodies_of(batch.bodies)
    groups = _groups(batch, bodies)
    firsts = [rows[0] for rows in groups]
    meshes, matrices = _joined(batch.bodies, bodies, groups)
    owners = np.array([at for at, mesh in enumerate(meshes) if mesh is not None], np.int64)
    return replace(
        batch,
        geometry=_outlines(batch, groups),
        attributes=_attributes(batch.attributes, groups),
        source_ids=tuple(_id_of(batch, rows) for rows in groups),
        records=batch.records[firsts],
        bodies=Bodies(
            feature=owners,
            lod=("",) * len(owners),
            mesh=tuple(mesh for mesh in meshes if mesh is not None),
            matrix=np.array([matrices[at] for at in owners.tolist()]).reshape(-1, 4, 4),
        ),
    )


def _bodies_of(bodies: Bodies) -> Mapping[int, list[int]]:
    """Rows of bodies by feature."""
    found: dict[int, list[int]] = defaultdict(list)
    for row, feature in enumerate(bodies.feature.tolist()):
        found[feature].append(row)
    return found


def _groups(batch: FeatureBatch, bodies: Mapping[int, list[int]]) -> list[list[int]]:
    """Rows of the batch that become one feature, in order of their first."""
    names = batch.attributes.column_names
    keys = [*KEY_COLUMNS, *(name for name in OPTIONAL_KEYS if name in names)]
    columns = [batch.attributes[name].to_pylist() for name in keys]
    found: dict[object, list[int]] = defaultdict(list)
    for row, values in enumerate(zip(*columns, strict=True)):
        found[values if row in bodies else row].append(row)
    return list(found.values())


def _joined(
    bodies: Bodies, of: Mapping[int, list[int]], groups: Sequence[Sequence[int]]
) -> tuple[list[Mesh | None], list[Float64]]:
    """One mesh a group, in the frame of its first body."""
    meshes: list[Mesh | None] = []
    matrices: list[Float64] = []
    for rows in groups:
        parts = [part for row in rows for part in of.get(row, ())]
        matrix = bodies.matrix[parts[0]] if parts else np.eye(4)
        back = np.linalg.inv(matrix)
        placed = [(bodies.mesh[part], back @ bodies.matrix[part]) for part in parts]
        meshes.append(_one(placed) if parts else None)
        matrices.append(matrix)
    return meshes, matrices


def _one(placed: Sequence[tuple[Mesh, Float64]]) -> Mesh:
    """Meshes in one frame laid end to end, mirrored ones turned right way out."""
    starts = np.cumsum([0, *(len(mesh.positions) for mesh, _ in placed)]).tolist()
    positions, triangles = [], []
    for (mesh, matrix), start in zip(placed, starts, strict=False):
        positions.append(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
        triangles.append((mesh.triangles[:, ::-1] if mirrored else mesh.triangles) + start)
    return Mesh(
        np.concatenate(positions),
        np.concatenate(triangles),
        np.concatenate([mesh.materials for mesh, _ in placed]),
    )


def _outlines(batch: FeatureBatch, groups: Sequence[Sequence[int]]) -> "np.ndarray":
    """Outlines of groups: those of their members as one geometry."""
    found = np.full(len(groups), None, object)
    for at, rows in enumerate(groups):
        several = [batch.geometry[row] for row in rows if batch.geometry[row] is not None]
        if several:
            found[at] = several[0] if len(several) == 1 else shapely.union_all(several)
    return found


def _attributes(table: pa.Table, groups: Sequence[Sequence[int]]) -> pa.Table:
    """Columns of groups: values that all members share, else null; and how many there are."""
    columns = {
        name: pa.array(
            (_common([values[row] for row in rows]) for rows in groups),
            table.schema.field(name).type,
        )
        for name in table.column_names
        for values in (table[name].to_pylist(),)
    }
    return pa.table({**columns, MEMBERS: pa.array([len(rows) for rows in groups], pa.int64())})


def _common(values: Iterable[object]) -> object:
    several = list(values)
    return several[0] if all(value == several[0] for value in several) else None


def _id_of(batch: FeatureBatch, rows: Sequence[int]) -> str | None:
    """Id of the one member, or of the first with what it stands for."""
    first = batch.source_ids[rows[0]]
    return first if len(rows) == 1 else f"{first}+{len(rows) - 1}"
