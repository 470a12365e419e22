"""What a glb draws where: nodes, instances, vertices, features, triangles. Bytes in, arrays out.

Every fault of the file is a `SourceDataError` that names the part at fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float64, Int64
from cim.errors import SourceDataError
from tiles.gltf.instances import EXT_FEATURES, EXT_INSTANCING, TURN, local_matrices
from tiles.gltf.loose import as_dict, as_list, dicts_of
from tiles.gltf.read import Gltf, accessor_values, item, primitives

MOST_POINTS = 1 << 26
"""Points that instances may come to when they are drawn out: more is a mistake or an attack."""

_LARGEST = {"i1": 127, "i2": 32_767, "u1": 255, "u2": 65_535}


@dataclass(frozen=True, slots=True)
class Standing:
    """A mesh and where it stands."""

    mesh: dict[str, Any]
    matrices: Float64
    """(n, 4, 4) to the world of the glb, y up; one for each instance, n is 1 without instances."""

    features: Int64 | None
    """(n,) feature of each instance; None: the vertices tell."""


def standings(gltf: Gltf) -> Iterator[Standing]:
    """All meshes of the scene.

    Raises:
        SourceDataError: A part is missing or has no legal numbers.
    """
    for matrix, node in _mesh_nodes(gltf):
        mesh = item(gltf, "meshes", node["mesh"])
        extensions = as_dict(node.get("extensions"))
        attributes = as_dict(as_dict(extensions.get(EXT_INSTANCING)).get("attributes"))
        if not attributes:
            yield Standing(mesh, matrix[None], None)
            continue
        matrices = matrix @ instance_matrices(gltf, attributes)
        yield Standing(mesh, matrices, _instance_features(gltf, extensions, len(matrices)))


def instance_matrices(gltf: Gltf, attributes: dict[str, Any]) -> Float64:
    """(n, 4, 4) of the attributes of EXT_mesh_gpu_instancing.

    Raises:
        SourceDataError: They are not of one length, or not of the types that the extension allows.
    """
    names = [name for name in ("TRANSLATION", "ROTATION", "SCALE") if name in attributes]
    if not names:
        raise SourceDataError(f"{EXT_INSTANCING}: no transform", where=gltf.where)
    found = {name: _plain(accessor_values(gltf, attributes[name])) for name in names}
    counts = {len(values) for values in found.values()}
    widths = {name: values.shape[1] for name, values in found.items()}
    if len(counts) != 1 or any(widths[n] != (4 if n == "ROTATION" else 3) for n in names):
        raise SourceDataError(
            f"{EXT_INSTANCING}: {', '.join(names)} are not of one count, VEC3, VEC4 and VEC3",
            where=gltf.where,
        )
    count = counts.pop()
    translation = found.get("TRANSLATION", np.zeros((count, 3)))
    rotation = found.get("ROTATION", np.tile([0.0, 0.0, 0.0, 1.0], (count, 1)))
    return local_matrices(translation, rotation, found.get("SCALE"))


def _plain(values: NDArray[Any]) -> Float64:
    """Numbers of an accessor; integers count as normalised ones."""
    largest = _LARGEST.get(values.dtype.str[1:])
    plain = values.astype(np.float64)
    return plain if largest is None else np.asarray(np.maximum(plain / largest, -1.0))


def _instance_features(gltf: Gltf, extensions: dict[str, Any], count: int) -> Int64:
    """(n,) feature of each instance: by its attribute, else its number."""
    ids = dicts_of(as_dict(extensions.get(EXT_FEATURES)).get("featureIds"))
    attributes = as_dict(as_dict(extensions.get(EXT_INSTANCING)).get("attributes"))
    name = f"_FEATURE_ID_{ids[0].get('attribute')}" if ids else ""
    if name not in attributes:
        return np.arange(count)
    return accessor_values(gltf, attributes[name])[:, 0].astype(np.int64)


def positions(gltf: Gltf) -> Float64:
    """(v, 3) vertices of all that the scene draws in metres, x east, y north, z up.

    Mesh by mesh, instance by instance; vertices that several primitives of a mesh share appear
    once.

    Raises:
        SourceDataError: A part is missing or has no legal numbers.
    """
    placed = [np.zeros((0, 3))]
    count = 0
    for standing in standings(gltf):
        accessors = _vertex_accessors(standing.mesh, "POSITION")
        stored = [accessor_values(gltf, each).astype(np.float64) for each in accessors]
        count += len(standing.matrices) * sum(len(each) for each in stored)
        if count > MOST_POINTS:
            raise SourceDataError(
                f"instances draw more than {MOST_POINTS} points", where=gltf.where
            )
        placed += [
            each @ matrix[:3, :3].T + matrix[:3, 3]
            for matrix in standing.matrices
            for each in stored
        ]
    return np.asarray(np.concatenate(placed) @ TURN)


def feature_ids(gltf: Gltf) -> NDArray[Any]:
    """(v,) features of the vertices that `positions` lists."""
    found: list[NDArray[Any]] = [np.zeros(0, np.int64)]
    for standing in standings(gltf):
        if standing.features is None:
            ids = _vertex_accessors(standing.mesh, "_FEATURE_ID_0")
            found += [accessor_values(gltf, each)[:, 0] for each in ids]
            continue
        points = _vertex_accessors(standing.mesh, "POSITION")
        count = sum(len(accessor_values(gltf, each)) for each in points)
        found.append(standing.features.repeat(count))
    return np.concatenate(found)


def corners(gltf: Gltf) -> list[NDArray[Any]]:
    """(t, 3) rows of `positions` of the triangles of each primitive, instance after instance."""
    found, at = [], 0
    for standing in standings(gltf):
        starts: dict[object, int] = {}
        size = 0
        for accessor in _vertex_accessors(standing.mesh, "POSITION"):
            starts[accessor] = size
            size += len(accessor_values(gltf, accessor))
        shifts = at + size * np.arange(len(standing.matrices))
        for primitive in dicts_of(standing.mesh.get("primitives")):
            start = starts[as_dict(primitive.get("attributes")).get("POSITION")]
            rows = accessor_values(gltf, primitive.get("indices"))[:, 0].astype(np.int64)
            each = rows.reshape(-1, 3) + start
            found.append((each + shifts[:, None, None]).reshape(-1, 3))
        at += size * len(standing.matrices)
    return found


@dataclass(frozen=True, slots=True)
class Drawn:
    """Numbers of what a glb draws."""

    triangles: int
    """Those of instances counted for each."""

    instances: int
    """Features that are drawn as instances of a mesh that several have."""

    instanced_triangles: int
    """Triangles that instances draw; they are among `triangles`."""


def count(gltf: Gltf) -> Drawn:
    """What the scene draws in numbers; without a scene, what all its primitives hold."""
    if "scenes" not in gltf.document:
        return Drawn(_triangles(gltf, primitives(gltf)), 0, 0)
    triangles = instances = instanced = 0
    for standing in standings(gltf):
        held = _triangles(gltf, dicts_of(standing.mesh.get("primitives")))
        triangles += held * len(standing.matrices)
        if standing.features is not None:
            instances += len(standing.matrices)
            instanced += held * len(standing.matrices)
    return Drawn(triangles, instances, instanced)


def _triangles(gltf: Gltf, several: list[dict[str, Any]]) -> int:
    """Number of triangles of primitives that are lists of triangles."""
    counts = [
        item(gltf, "accessors", primitive.get("indices")).get("count", 0)
        for primitive in several
        if primitive.get("mode", 4) == 4 and "indices" in primitive  # noqa: PLR2004 - TRIANGLES
    ]
    return sum(count for count in counts if isinstance(count, int)) // 3


def _vertex_accessors(mesh: dict[str, Any], name: str) -> list[object]:
    """Accessors of one attribute of a mesh, each once."""
    several = dicts_of(mesh.get("primitives"))
    return list(dict.fromkeys(as_dict(each.get("attributes")).get(name) for each in several))


def _mesh_nodes(gltf: Gltf) -> Iterator[tuple[Float64, dict[str, Any]]]:
    """World matrix and node of each node of the scene that has a mesh."""
    scene = item(gltf, "scenes", gltf.document.get("scene", 0))
    waiting = [(np.eye(4), number) for number in reversed(as_list(scene.get("nodes")))]
    seen = 0
    while waiting:
        above, number = waiting.pop()
        node = item(gltf, "nodes", number)
        seen += 1
        if seen > len(gltf.document["nodes"]):
            raise SourceDataError("nodes form a cycle", where=gltf.where)
        matrix = above @ _matrix(node, gltf.where)
        waiting += [(matrix, child) for child in reversed(as_list(node.get("children")))]
        if "mesh" in node:
            yield matrix, node


def _matrix(node: dict[str, Any], where: str) -> Float64:
    """(4, 4) local matrix of a node."""
    try:
        if "matrix" in node:
            return np.array(node["matrix"], np.float64).reshape(4, 4).T
        parts = [
            np.array([node.get(name, plain)], np.float64)
            for name, plain in (
                ("translation", (0, 0, 0)), ("rotation", (0, 0, 0, 1)), ("scale", (1, 1, 1)),
            )
        ]  # fmt: skip
        return np.asarray(local_matrices(*parts)[0])
    except (ValueError, TypeError) as error:
        raise SourceDataError(f"node transform: {error}", where=where) from error
