"""glTF 2.0 and GLB: nodes with meshes, their transforms, materials and extras.

Source: Khronos glTF 2.0 specification, sections 3.5 (scenes), 3.7 (geometry), 3.9 (materials).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from cim.appearance import PLAIN
from cim.arrays import Float32, Float64, Int64
from cim.errors import SourceDataError
from cim.readers._gltf_file import BrokenGltfError, Buffers, Document, open_document
from cim.readers._gltf_materials import Look, Looks
from cim.readers._mesh_scene import Node, Part, Scene, as_bytes, srgb

_READ: Final = frozenset({
    "EXT_mesh_gpu_instancing", "EXT_texture_webp", "KHR_lights_punctual",
    "KHR_mesh_quantization", "KHR_texture_transform",
})  # fmt: skip
_APPEARANCE: Final = ("KHR_materials_", "EXT_mesh_features", "EXT_structural_metadata")
"""Beginnings of extensions that change nothing of the shape."""

_STRIP, _FAN, _TRIANGLES = 5, 6, 4
_DEEPEST: Final = 1_000


def load(path: Path) -> Scene:
    """The scene of a glTF or GLB file: every node with a mesh is a node of it.

    Raises:
        SourceDataError: The file is cut off, breaks the format, or needs an extension that is
            not read.
    """
    document = open_document(path)
    try:
        _require_known(document)
        return _Loader(document).scene()
    except (BrokenGltfError, KeyError, TypeError, AttributeError, OverflowError) as error:
        told = str(error)
        if not isinstance(error, BrokenGltfError):
            told = f"a value of its JSON is missing or of another type than glTF asks for ({told})"
        raise SourceDataError(f"breaks glTF: {told}", where=str(path)) from error


def _require_known(document: Document) -> None:
    """Raises SourceDataError for a file that cannot be read without an unknown extension."""
    for name in document.json.get("extensionsRequired", []):
        if name not in _READ and not str(name).startswith(_APPEARANCE):
            known = ", ".join(sorted(_READ))
            reason = f"needs the glTF extension {name!r}, which is not read; read: {known}"
            raise SourceDataError(reason, where=str(document.path))


class _Loader:
    """Parts are made once, however many nodes show them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._buffers = Buffers(document)
        self._looks = Looks(document, self._buffers)
        self._parts: list[Part] = []
        self._of_mesh: dict[int, tuple[int, ...]] = {}
        self._skipped = 0

    def scene(self) -> Scene:
        """All of the file."""
        nodes = tuple(self._nodes())
        if not self._parts:
            raise BrokenGltfError("no node shows a triangle")
        notes = [*self._looks.notes]
        if self._skipped:
            notes.append(f"{self._skipped} primitives of points or lines are left out")
        notes += [
            f"{kind} are not read: the model stands as it is stored"
            for kind in ("animations", "skins")
            if self._document.items(kind)
        ]
        return Scene(
            nodes, tuple(self._parts), self._looks.palette, tuple(notes), metres=1.0, up="y"
        )

    def _nodes(self) -> Iterator[Node]:
        """Nodes with a mesh, depth first."""
        waiting: list[tuple[int, Float64, tuple[str, ...]]] = [
            (number, np.eye(4), ()) for number in reversed(self._roots())
        ]
        seen: set[int] = set()
        while waiting:
            number, above, names = waiting.pop()
            node = self._document.item("nodes", number)
            if number in seen or len(names) > _DEEPEST:
                raise BrokenGltfError(f"node {number} is reached twice: the nodes are no tree")
            seen.add(number)
            matrix = above @ _matrix(node)
            path = (*names, _name(node, self._document, number))
            if "mesh" in node:
                yield self._node(node, path, matrix)
            waiting += [(child, matrix, path) for child in reversed(node.get("children", []))]

    def _roots(self) -> list[int]:
        """Nodes of the scene; of a file without scenes, those that are no children."""
        scenes = self._document.items("scenes")
        if scenes:
            scene = self._document.item("scenes", self._document.json.get("scene", 0))
            return list(scene.get("nodes", []))
        nodes = self._document.items("nodes")
        children = {child for node in nodes for child in node.get("children", [])}
        return [number for number in range(len(nodes)) if number not in children]

    def _node(self, node: dict[str, Any], names: tuple[str, ...], matrix: Float64) -> Node:
        mesh = self._document.item("meshes", node["mesh"])
        extras = {**_flat(mesh.get("extras")), **_flat(node.get("extras"))}
        matrices = [matrix @ each for each in self._instances(node)]
        parts = tuple((row, each) for row in self._mesh(node["mesh"]) for each in matrices)
        return Node(names[-1], "/".join(names), parts, extras)

    def _instances(self, node: dict[str, Any]) -> list[Float64]:
        """Matrices of EXT_mesh_gpu_instancing; one that changes nothing without it."""
        found = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
        if found is None:
            return [np.eye(4)]
        columns = {
            key: self._buffers.array(number, as_float=True)
            for key, number in found["attributes"].items()
            if key in ("TRANSLATION", "ROTATION", "SCALE")
        }
        count = min((len(values) for values in columns.values()), default=0)
        rows = [{k.lower(): v[row].tolist() for k, v in columns.items()} for row in range(count)]
        return [_matrix(row) for row in rows]

    def _mesh(self, number: int) -> tuple[int, ...]:
        """Rows of the parts that a mesh consists of."""
        if number not in self._of_mesh:
            made = [self._part(one) for one in self._document.item("meshes", number)["primitives"]]
            first = len(self._parts)
            self._parts += [part for part in made if part is not None]
            self._of_mesh[number] = tuple(range(first, len(self._parts)))
        return self._of_mesh[number]

    def _part(self, primitive: dict[str, Any]) -> Part | None:
        """A primitive of triangles; None for another."""
        mode = primitive.get("mode", _TRIANGLES)
        if mode not in (_TRIANGLES, _STRIP, _FAN):
            self._skipped += 1
            return None
        attributes: Mapping[str, int] = primitive["attributes"]
        positions = self._values(attributes, "POSITION", (3,))
        if positions is None:
            raise BrokenGltfError("a primitive has no POSITION")
        triangles = _triangles(self._indices(primitive, len(positions)), mode)
        look = self._looks.of(primitive.get("material"))
        self._check_length(attributes, len(positions))
        return Part(
            positions=positions,
            triangles=triangles,
            materials=np.full(len(triangles), PLAIN if look is None else look.row, np.int32),
            normals=self._values(attributes, "NORMAL", (3,)),
            uv=self._uv(attributes, look),
            colours=self._colours(attributes),
        )

    def _check_length(self, attributes: Mapping[str, int], count: int) -> None:
        for name, number in attributes.items():
            stated = self._document.item("accessors", number).get("count")
            if stated != count:
                raise BrokenGltfError(f"{name} has {stated} values for {count} positions")

    def _indices(self, primitive: dict[str, Any], count: int) -> Int64:
        if "indices" not in primitive:
            return np.arange(count)
        return self._buffers.array(primitive["indices"])[:, 0].astype(np.int64)

    def _values(
        self, attributes: Mapping[str, int], name: str, widths: tuple[int, ...]
    ) -> Float64 | None:
        """(v, width) values of an attribute; None when there is none."""
        if name not in attributes:
            return None
        values = self._buffers.array(attributes[name], as_float=True)
        if values.shape[1] not in widths:
            raise BrokenGltfError(
                f"{name} has {values.shape[1]} numbers a vertex; legal: {widths}"
            )
        return values.astype(np.float64)

    def _uv(self, attributes: Mapping[str, int], look: Look | None) -> Float32 | None:
        if look is None or look.uv_set is None:
            return None
        uv = self._values(attributes, f"TEXCOORD_{look.uv_set}", (2,))
        if uv is None:
            return None
        moved = uv @ look.uv_matrix[:2, :2].T + look.uv_matrix[:2, 2]
        return np.column_stack((moved[:, 0], 1.0 - moved[:, 1])).astype(np.float32)

    def _colours(self, attributes: Mapping[str, int]) -> np.ndarray | None:
        linear = self._values(attributes, "COLOR_0", (3, 4))
        if linear is None or (linear == 1).all():
            return None
        opacity = linear[:, 3] if linear.shape[1] == 4 else np.ones(len(linear))  # noqa: PLR2004 - RGBA
        return as_bytes(np.column_stack((srgb(linear[:, :3]), opacity)))


def _triangles(indices: Int64, mode: int) -> Int64:
    """(t, 3) of a list, strip or fan (section 3.7.2.1)."""
    if mode == _TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    count = max(len(indices) - 2, 0)
    first, odd = np.arange(count), np.arange(count) % 2
    if mode == _STRIP:
        return indices[np.stack((first, first + 1 + odd, first + 2 - odd), axis=1)]
    return indices[np.stack((first + 1, first + 2, np.zeros(count, np.int64)), axis=1)]


def _matrix(node: Mapping[str, Any]) -> Float64:
    """(4, 4) from a node's frame to that above: its matrix, or translation, rotation, scale."""
    if "matrix" in node:
        return _numbers(node["matrix"], 16).reshape(4, 4).T
    x, y, z, w = _numbers(node.get("rotation", (0, 0, 0, 1)), 4)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * _numbers(node.get("scale", (1, 1, 1)), 3)
    matrix[:3, 3] = _numbers(node.get("translation", (0, 0, 0)), 3)
    return matrix


def _numbers(values: Any, count: int) -> Float64:  # noqa: ANN401 - straight from JSON
    try:
        found = np.array(values, np.float64)
    except (ValueError, TypeError) as error:
        raise BrokenGltfError(f"{values!r:.60}; wanted {count} numbers") from error
    if found.shape != (count,) or not np.isfinite(found).all():
        raise BrokenGltfError(f"{values!r:.60}; wanted {count} numbers")
    return found


def _name(node: dict[str, Any], document: Document, number: int) -> str:
    """The node's name, else its mesh's, else its number; `/` divides names, so it gives way."""
    stated = node.get("name")
    if not stated and "mesh" in node:
        stated = document.item("meshes", node["mesh"]).get("name")
    return str(stated or f"node {number}").replace("/", "∕")


def _flat(extras: object) -> dict[str, Any]:
    """The extras that are single values."""
    if not isinstance(extras, dict):
        return {}
    return {k: v for k, v in extras.items() if isinstance(v, str | int | float | bool)}
