"""COLLADA (DAE): visual scene, geometries shared by nodes, materials; read by pycollada.

Source: COLLADA 1.4.1 specification (asset, up_axis, unit, visual_scene, geometry, profile_COMMON).
"""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cim.appearance import PLAIN, Material, Texture
from cim.arrays import Float64
from cim.errors import SourceDataError
from cim.extras import require
from cim.readers._mesh_files import beside
from cim.readers._mesh_polygons import triangulate
from cim.readers._mesh_scene import Node, Part, Scene, Up, as_bytes
from cim.warned import silenced

_MOST_NODES = 200_000
"""Nodes of a scene, those of instances counted each time."""

_UP: dict[str, Up] = {"X_UP": "x", "Y_UP": "y", "Z_UP": "z"}


def load(path: Path) -> Scene:
    """The scene of a COLLADA file: every node with a geometry is a node of it.

    Raises:
        SourceDataError: The file is cut off, no COLLADA, or declares XML entities.
    """
    collada = require("collada", "models")
    data = _as_utf8(path.read_bytes())
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
        raise SourceDataError("declares XML entities, which are not read", where=str(path))
    if not data.lstrip().startswith(b"<"):
        raise SourceDataError("is no COLLADA file: it does not begin as XML", where=str(path))
    try:
        # A broken light, camera or effect does not end a read; pycollada lists it as an error.
        with silenced(DeprecationWarning):
            document = collada.Collada(io.BytesIO(data), ignore=[collada.common.DaeError])
        return _Loader(document, path).scene()
    except SourceDataError:
        raise
    except Exception as error:
        reason = f"is no sound COLLADA file, or cut off: {_one_line(error)}"
        raise SourceDataError(reason, where=str(path)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _as_utf8(data: bytes) -> bytes:
    """The text of a file in UTF-8 without mark and declaration, when its mark says UTF-16."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.removeprefix(codecs.BOM_UTF8)
    text = data.decode("utf-16", "replace")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()


class _Loader:
    """Parts and materials are made once, however many nodes show them."""

    def __init__(self, document: Any, path: Path) -> None:  # noqa: ANN401 - a pycollada document
        self._document = document
        self._path = path
        self._reached = 0
        self._parts: list[Part] = []
        self._of_geometry: dict[tuple[int, tuple[tuple[str, int], ...]], tuple[int, ...]] = {}
        self._palette: list[Material] = []
        self._rows: dict[int, int] = {}
        self._notes = {f"not read: {_one_line(error)}": None for error in document.errors}

    def scene(self) -> Scene:
        """All of the file."""
        scene = self._document.scene
        if scene is None:
            raise SourceDataError("has no visual scene", where=str(self._path))
        nodes = tuple(one for root in scene.nodes for one in self._nodes(root, np.eye(4), ()))
        if not self._parts:
            told = "; ".join(("no node of its scene shows a triangle", *list(self._notes)[:3]))
            raise SourceDataError(told, where=str(self._path))
        asset = self._document.assetInfo
        return Scene(
            nodes=nodes,
            parts=tuple(self._parts),
            palette=tuple(self._palette),
            notes=tuple(self._notes),
            metres=float(asset.unitmeter or 1.0),
            up=_UP.get(asset.upaxis or "Y_UP", "y"),
        )

    def _nodes(self, node: Any, above: Float64, names: tuple[str, ...]) -> Iterator[Node]:  # noqa: ANN401 - of pycollada
        """Nodes with geometry at and below one, depth first."""
        matrix = getattr(node, "matrix", None)
        if matrix is None:
            return
        self._reached += 1
        if self._reached > _MOST_NODES:
            reason = f"its nodes refer to each other more than {_MOST_NODES} times"
            raise SourceDataError(reason, where=str(self._path))
        here = above @ np.asarray(matrix, np.float64)
        target = getattr(node, "node", node)
        name = node.xmlnode.get("name") or node.xmlnode.get("id") or target.name or "node"
        path = (*names, str(name).replace("/", "∕"))
        shown = [row for child in node.children for row in self._shown(child)]
        if shown:
            yield Node(path[-1], "/".join(path), tuple((row, here) for row in shown))
        for child in node.children:
            yield from self._nodes(child, here, path)

    def _shown(self, child: Any) -> tuple[int, ...]:  # noqa: ANN401 - of pycollada
        """Rows of the parts of a geometry that a node shows."""
        if hasattr(child, "controller"):
            self._notes["skins are read as they are stored"] = None
            geometry = getattr(child.controller, "geometry", None)
        else:
            geometry = getattr(child, "geometry", None)
        if geometry is None:
            return ()
        materials = {one.symbol: self._material(one.target) for one in child.materials}
        key = (id(geometry), tuple(sorted(materials.items())))
        if key not in self._of_geometry:
            first = len(self._parts)
            for primitive in geometry.primitives:
                part = _part(primitive, materials.get(primitive.material, PLAIN))
                self._parts += [] if part is None else [part]
            self._of_geometry[key] = tuple(range(first, len(self._parts)))
        return self._of_geometry[key]

    def _material(self, material: Any) -> int:  # noqa: ANN401 - of pycollada
        """Row of a material."""
        if id(material) not in self._rows:
            self._rows[id(material)] = len(self._palette)
            self._palette.append(self._made(material))
        return self._rows[id(material)]

    def _made(self, material: Any) -> Material:  # noqa: ANN401 - of pycollada
        effect = material.effect
        diffuse, texture = effect.diffuse, None
        colour = (1.0, 1.0, 1.0)
        if hasattr(diffuse, "sampler"):
            texture = self._texture(diffuse.sampler.surface.image.path)
        elif diffuse is not None:
            red, green, blue = np.clip(np.asarray(diffuse, np.float64)[:3], 0, 1).tolist()
            colour = (red, green, blue)
        opacity = effect.transparency
        plain = isinstance(opacity, int | float) and effect.transparent is not None
        name = str(material.name or material.id or "")
        share = float(np.clip(opacity, 0, 1)) if plain else 1.0
        return Material(name, (*colour, share or 1.0), texture, double_sided=True)

    def _texture(self, name: str) -> Texture | None:
        """The picture, when it lies beside the file."""
        path, fault = beside(self._path, str(name))
        if path is None:
            self._notes[f"texture {fault}: its surfaces show the colour alone"] = None
            return None
        return Texture(str(name), path)


def _part(primitive: Any, material: int) -> Part | None:  # noqa: ANN401 - of pycollada
    """Triangles of a primitive; None for lines and what is empty."""
    index = getattr(primitive, "vertex_index", None)
    if index is None or primitive.vertex is None or not hasattr(primitive, "normal_index"):
        return None
    sizes = np.asarray(getattr(primitive, "vcounts", np.full(len(index), 3)), np.int64)
    rows = np.asarray(index, np.int64).ravel()
    positions = np.asarray(primitive.vertex, np.float64)[rows]
    triangles, _ = triangulate(positions, sizes)
    normals, uv, colours = primitive.normal, None, None
    if normals is not None:
        normals = np.asarray(normals, np.float64)[np.asarray(primitive.normal_index).ravel()]
    if len(primitive.texcoordset):
        table = np.asarray(primitive.texcoordset[0], np.float32)[:, :2]
        uv = table[np.asarray(primitive.texcoord_indexset[0]).ravel()]
    source = primitive.sources.get("COLOR") or []
    if source:
        table = np.asarray(source[0][4].data, np.float64)
        chosen = table[np.asarray(primitive.index).reshape(len(rows), -1)[:, source[0][0]]]
        colours = as_bytes(np.column_stack((chosen, np.ones(len(rows))))[:, :4])
    return Part(
        positions=positions,
        triangles=triangles,
        materials=np.full(len(triangles), material, np.int32),
        normals=normals,
        uv=uv,
        colours=colours,
    )
