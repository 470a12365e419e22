"""PLY meshes: one part with faces of any size, colours, normals, texture coordinates."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cim.appearance import PLAIN, Material, Texture
from cim.arrays import Float32, Float64, Int64, Uint8
from cim.errors import SourceDataError
from cim.readers._mesh_files import beside
from cim.readers._mesh_polygons import triangulate
from cim.readers._mesh_scene import Node, Part, Scene
from cim.readers._ply_file import BrokenPlyError, Column, Lists, Ply, decode

_INDICES: Final = ("vertex_indices", "vertex_index")
_UV: Final = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
_RGB: Final = (
    ("red", "green", "blue"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
    ("r", "g", "b"),
)
_BYTE: Final = 255


@dataclass(frozen=True, slots=True)
class _Faces:
    """Faces as triangles."""

    corners: Int64
    """(c,) vertices of all faces, face by face."""

    triangles: Int64
    """(t, 3) rows of `corners`."""

    owners: Int64
    """(t,) face of each triangle."""

    counts: Int64
    """(f,) corners of each face."""


def load(path: Path) -> Scene:
    """The scene of a PLY file: one node.

    Raises:
        SourceDataError: The file is cut off, holds no face or is no PLY.
    """
    try:
        return _scene(decode(path.read_bytes()), path)
    except (BrokenPlyError, ValueError, KeyError, OverflowError) as error:
        if isinstance(error, SourceDataError):
            raise
        told = error if isinstance(error, BrokenPlyError) else f"no legal {error}"
        raise SourceDataError(f"is no sound PLY file: {told}", where=str(path)) from error


def _scene(ply: Ply, path: Path) -> Scene:
    vertex, face = ply.elements.get("vertex", {}), ply.elements.get("face", {})
    positions = np.column_stack([_numbers(vertex, axis) for axis in "xyz"]).astype(np.float64)
    indices = next((face[name] for name in _INDICES if name in face), None)
    if not isinstance(indices, Lists) or not len(indices.counts):
        reason = f"holds {len(positions)} vertices but no face: a point cloud, not a mesh"
        raise SourceDataError(reason, where=str(path))
    corners = indices.values.astype(np.int64)
    places = positions[np.clip(corners, 0, max(len(positions) - 1, 0))]
    faces = _Faces(corners, *triangulate(places, indices.counts), indices.counts)
    palette, notes = _palette(ply.textures, path)
    stem = path.name.split(".")[0]
    part = _part(positions, vertex, face, faces, len(palette))
    return Scene((Node(stem, stem, ((0, np.eye(4)),)),), (part,), palette, notes)


def _part(
    positions: Float64,
    vertex: Mapping[str, Column],
    face: Mapping[str, Column],
    faces: _Faces,
    materials: int,
) -> Part:
    """Vertices as they are; where faces tell more, each corner becomes a vertex of its own."""
    uv, colours = _vertex_uv(vertex), _colours(vertex)
    corner_uv, face_colours = _corner_uv(face, faces), _colours(face)
    normals = None
    if {"nx", "ny", "nz"} <= vertex.keys():
        normals = np.column_stack([_numbers(vertex, n) for n in ("nx", "ny", "nz")])
    triangles = faces.corners[faces.triangles]
    if corner_uv is not None or (face_colours is not None and colours is None):
        inside = (faces.corners >= 0) & (faces.corners < len(positions))
        of = np.where(inside, faces.corners, 0)
        positions = positions[of]
        normals = None if normals is None else normals[of]
        if colours is not None:
            colours = colours[of]
        elif face_colours is not None:
            colours = face_colours.repeat(faces.counts, axis=0)
        if corner_uv is not None:
            uv = corner_uv
        elif uv is not None:
            uv = uv[of]
        triangles = np.where(inside[faces.triangles], faces.triangles, -1)
    return Part(
        positions=positions,
        triangles=triangles,
        materials=_materials(face, faces, materials if uv is not None else 0),
        normals=None if normals is None else normals.astype(np.float64),
        uv=uv,
        colours=colours,
    )


def _numbers(columns: Mapping[str, Column], name: str) -> np.ndarray:
    """A column of single numbers.

    Raises:
        BrokenPlyError: There is none of the name.
    """
    found = columns.get(name)
    if found is None or isinstance(found, Lists):
        raise BrokenPlyError(f"no plain property {name!r}")
    return found


def _vertex_uv(vertex: Mapping[str, Column]) -> Float32 | None:
    for names in _UV:
        if set(names) <= vertex.keys():
            return np.column_stack([_numbers(vertex, name) for name in names]).astype(np.float32)
    return None


def _corner_uv(face: Mapping[str, Column], faces: _Faces) -> Float32 | None:
    """(c, 2) texture coordinates that faces state for their corners."""
    found = face.get("texcoord")
    if not isinstance(found, Lists) or (found.counts != 2 * faces.counts).any():
        return None
    return found.values.reshape(-1, 2).astype(np.float32)


def _colours(columns: Mapping[str, Column]) -> Uint8 | None:
    """(n, 4) colours, bytes or shares of 1."""
    names = next((rgb for rgb in _RGB if set(rgb) <= columns.keys()), None)
    if names is None:
        return None
    rgb = np.column_stack([_numbers(columns, name) for name in names])
    alpha = _numbers(columns, "alpha") if "alpha" in columns else None
    most = 1.0 if rgb.dtype.kind == "f" and rgb.max(initial=0) <= 1 else float(_BYTE)
    opacity = np.full(len(rgb), most) if alpha is None else alpha
    shares = np.nan_to_num(np.column_stack((rgb, opacity)).astype(np.float64)) / most
    return np.rint(np.clip(shares, 0, 1) * _BYTE).astype(np.uint8)


def _palette(names: tuple[str, ...], path: Path) -> tuple[tuple[Material, ...], tuple[str, ...]]:
    """A material for each picture that the head names, and what is wrong with some."""
    made, notes = [], []
    for name in names:
        found, fault = beside(path, name)
        texture = None if found is None else Texture(name, found)
        notes += [] if found else [f"texture {fault}: its surfaces show the colour alone"]
        made.append(Material(name, texture=texture, double_sided=True))
    return tuple(made), tuple(notes)


def _materials(face: Mapping[str, Column], faces: _Faces, count: int) -> np.ndarray:
    """(t,) row of the palette of each triangle."""
    if not count:
        return np.full(len(faces.triangles), PLAIN, np.int32)
    stated = face.get("texnumber")
    if stated is None or isinstance(stated, Lists):
        return np.zeros(len(faces.triangles), np.int32)
    numbers = stated.astype(np.int64)[faces.owners]
    return np.where((numbers >= 0) & (numbers < count), numbers, PLAIN).astype(np.int32)
