"""Triangle meshes from a projected CRS to the Earth."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cim.arrays import Float64
from cim.bodies import Bodies, Mesh
from cim.frames import ecef_from_geodetic, enu_to_ecef_matrix

type ToGeodetic = Callable[[Float64], Float64]
"""From (n, 3) coordinates in the CRS to longitude, latitude, ellipsoidal height."""

_STEP_M = 1.0


def on_earth(bodies: Bodies, to_geodetic: ToGeodetic) -> Bodies:
    """The same bodies with matrices to the Earth's frame (EPSG:4978).

    A map projection bends a mesh: so every vertex goes its own way in 64 bits, into the east,
    north, up of the middle of its mesh. Bodies that share mesh and matrix still share.
    """
    made: dict[tuple[int, bytes], tuple[Mesh, Float64]] = {}
    found = []
    for mesh, matrix in zip(bodies.mesh, bodies.matrix, strict=True):
        key = (id(mesh), matrix.tobytes())
        if key not in made:
            made[key] = _bent(mesh, matrix, to_geodetic)
        found.append(made[key])
    matrices = np.array([matrix for _, matrix in found]).reshape(-1, 4, 4)
    return replace(bodies, mesh=tuple(mesh for mesh, _ in found), matrix=matrices)


def _bent(mesh: Mesh, matrix: Float64, to_geodetic: ToGeodetic) -> tuple[Mesh, Float64]:
    """A mesh in the east, north, up of its middle, and the matrix from there to the Earth."""
    projected = mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]
    middle = (projected.min(axis=0) + projected.max(axis=0)) / 2
    probes = middle + np.vstack((np.zeros(3), np.eye(3) * _STEP_M))
    geodetic = to_geodetic(np.concatenate((probes, projected)))
    frame = enu_to_ecef_matrix(*geodetic[0].tolist())
    local = (ecef_from_geodetic(geodetic) - frame[:3, 3]) @ frame[:3, :3]
    jacobian = ((local[1:4] - local[0]) / _STEP_M).T @ matrix[:3, :3]
    normals = mesh.normals
    if normals is not None:
        turned = normals @ np.linalg.inv(jacobian)
        normals = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    triangles = mesh.triangles
    return replace(mesh, positions=local[4:], triangles=triangles, normals=normals), frame
