"""STL and PLY: one frame, no scene; read by trimesh, as arrays and nothing more.

trimesh gets the bytes of the file and no way to fetch another; its own processing of meshes, which
merges and reorders, is not used.
"""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from cim.appearance import PLAIN
from cim.arrays import Float64, Uint8
from cim.errors import SourceDataError
from cim.extras import require
from cim.readers._mesh_polygons import triangulate
from cim.readers._mesh_scene import Node, Part, Scene

_BYTE: Final = 255


def load_stl(path: Path) -> Scene:
    """The scene of an STL file, text or binary: each solid of a text file is a node.

    Raises:
        SourceDataError: The file is cut off, holds no triangle or is no STL.
    """
    found = _read(path, require("trimesh.exchange.stl", "models").load_stl, "STL")
    solids: dict[str, Any] = found.get("geometry", {path.name.split(".")[0]: found})
    if not solids:
        raise SourceDataError("holds no triangle: cut off, or no STL file", where=str(path))
    nodes: list[Node] = []
    parts: list[Part] = []
    for name, solid in solids.items():
        nodes.append(_node(name, path, len(parts)))
        parts.append(_part(np.asarray(solid["vertices"], np.float64), solid["faces"]))
    return Scene(tuple(nodes), tuple(parts))


def load_ply(path: Path) -> Scene:
    """The scene of a PLY file: one node.

    Raises:
        SourceDataError: The file is cut off, holds no face or is no PLY.
    """
    loader = require("trimesh.exchange.ply", "models").load_ply
    found = _read(path, lambda file: loader(file, skip_materials=True, fix_texture=False), "PLY")
    vertices, faces = found.get("vertices"), found.get("faces")
    if vertices is None or not len(vertices):
        raise SourceDataError("holds no vertex", where=str(path))
    if faces is None or not len(faces):
        reason = f"holds {len(vertices)} vertices but no face: a point cloud, not a mesh"
        raise SourceDataError(reason, where=str(path))
    part = _part(
        np.asarray(vertices, np.float64),
        faces,
        normals=found.get("vertex_normals"),
        colours=found.get("vertex_colors"),
    )
    if found.get("face_colors") is not None and part.colours is None:
        part = _with_face_colours(part, faces, found["face_colors"])
    notes: tuple[str, ...] = ()
    if found.get("visual") is not None:
        notes = ("the texture of a PLY file is not read: its surfaces are plain",)
    return Scene((_node("", path, 0),), (part,), notes=notes)


def _read(path: Path, load: Callable[[io.BytesIO], dict[str, Any]], kind: str) -> dict[str, Any]:
    """What trimesh makes of a file; whatever it raises is a fault of the file."""
    data = io.BytesIO(path.read_bytes())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return load(data)
    except Exception as error:
        told = " ".join(str(error).split())[:120] or type(error).__name__
        reason = f"is no sound {kind} file, or cut off: {told}"
        raise SourceDataError(reason, where=str(path)) from error


def _node(name: str, path: Path, part: int) -> Node:
    plain = name.strip().replace("/", "∕") or path.name.split(".")[0]
    return Node(plain, plain, ((part, np.eye(4)),))


def _part(
    positions: Float64,
    faces: ArrayLike,
    *,
    normals: ArrayLike | None = None,
    colours: ArrayLike | None = None,
) -> Part:
    """Faces of any number of corners as a part."""
    numbers = np.asarray(faces, np.int64)
    sizes = np.full(len(numbers), numbers.shape[1], np.int64)
    flat = numbers.ravel()
    corners = positions[np.clip(flat, 0, len(positions) - 1)]
    triangles, _ = triangulate(corners, sizes)
    return Part(
        positions=positions,
        triangles=flat[triangles],
        materials=np.full(len(triangles), PLAIN, np.int32),
        normals=None if normals is None else np.asarray(normals, np.float64),
        colours=None if colours is None else _rgba(np.asarray(colours)),
    )


def _with_face_colours(part: Part, faces: ArrayLike, colours: ArrayLike) -> Part:
    """The part with vertices of their own for each face, in the face's colour."""
    numbers = np.asarray(faces, np.int64)
    sizes = np.full(len(numbers), numbers.shape[1], np.int64)
    corners = part.positions[np.clip(numbers.ravel(), 0, len(part.positions) - 1)]
    _, owners = triangulate(corners, sizes)
    rgba = _rgba(np.asarray(colours))[owners].repeat(3, axis=0)
    flat = part.triangles.ravel()
    inside = (flat >= 0) & (flat < len(part.positions))
    own = np.where(inside, np.arange(len(flat)), -1)
    return Part(
        positions=part.positions[np.where(inside, flat, 0)],
        triangles=own.reshape(-1, 3),
        materials=part.materials,
        colours=rgba,
    )


def _rgba(colours: np.ndarray) -> Uint8:
    """(v, 4) bytes of three or four colours a vertex, bytes or shares."""
    values = colours.astype(np.float64)
    if colours.dtype.kind == "f" and values.max(initial=0.0) <= 1:
        values = values * _BYTE
    opacity = np.full((len(values), 1), float(_BYTE))
    return np.clip(np.rint(np.hstack((values[:, :4], opacity))[:, :4]), 0, _BYTE).astype(np.uint8)
