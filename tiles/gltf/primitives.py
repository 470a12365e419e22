"""Primitives of a painted mesh: one for each piece and paint, with vertices of its own.

The vertices of all primitives with the same attributes lie end to end, one buffer view for each
attribute, so that long runs compress together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.gltf import compression, outlines
from tiles.gltf.buffers import BufferWriter, Packed
from tiles.gltf.instances import Instances
from tiles.gltf.paint import Paint, Painted
from tiles.gltf.parts import Part, Piece, pack_pieces, paints_of, parts_of
from tiles.gltf.quantize import FINE, PackedPoints, extremes, pack_normals, pack_uv
from tiles.meshing.mesh import TriangleMesh

ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
BYTE, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5121, 5123, 5125, 5126
LARGEST_SHORT_INDEX = 65_534
"""65,535 is the primitive restart value of 16-bit indices."""

FEATURES = "_FEATURE_ID_0"

_KINDS = {
    np.dtype("i1"): BYTE, np.dtype("u1"): UNSIGNED_BYTE, np.dtype("<u2"): UNSIGNED_SHORT,
    np.dtype("<u4"): UNSIGNED_INT, np.dtype("<f4"): FLOAT,
}  # fmt: skip
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


@dataclass(frozen=True, slots=True)
class Style:
    """How primitives are written."""

    compress: bool = False
    outlines: bool = False
    grid: int = FINE
    """Two to this power is the largest step between stored places, in metres."""


@dataclass(frozen=True, slots=True)
class Made:
    """A piece, written."""

    primitives: list[dict[str, Any]]
    """One for each paint that is used, in the order of the paints."""

    points: PackedPoints
    instances: Instances | None


@dataclass(frozen=True, slots=True)
class Written:
    """Pieces, and what they refer to; their bytes are in the buffer."""

    pieces: list[Made]
    paints: tuple[Paint, ...]
    accessors: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Values of one vertex attribute for some vertices."""

    values: NDArray[Any]
    """(v, stored width): padded to a multiple of four bytes."""

    width: int
    normalized: bool
    limits: bool
    """The accessor states the smallest and the largest value."""


def write(
    painted: Painted, pieces: Sequence[Piece], buffer: BufferWriter, style: Style
) -> Written:
    """Add the primitives of a mesh to a buffer.

    Args:
        painted: Points in the frame of glTF: x east, y up, z south.
        pieces: What the mesh is joined from.
        buffer: Where the bytes go.
        style: Whether to compress, whether to outline.
    """
    points = pack_pieces(painted, pieces, style.grid)
    words = pack_normals(painted.mesh.normals)
    parts = parts_of(painted, pieces, compress=style.compress)
    paints = paints_of(parts)
    columns = [_attributes(part, points, words) for part in parts]
    for part, attributes in zip(parts, columns, strict=True):
        if pieces[part.piece].instances is not None:
            del attributes[FEATURES]
    accessors: list[dict[str, Any]] = []
    shared = _shared(columns, accessors, buffer, style)
    corners = _corners([part.mesh for part in parts], accessors, buffer, style)
    made = [Made([], *each) for each in zip(points, (p.instances for p in pieces), strict=True)]
    for part, names, indices in zip(parts, shared, corners, strict=True):
        primitive = {
            "attributes": names,
            "indices": indices,
            "material": paints[part.paint],
            "mode": 4,
            **(_outlined(part.mesh, accessors, buffer, style) if style.outlines else {}),
        }
        made[part.piece].primitives.append(primitive)
    return Written(made, tuple(paints), accessors)


def _shared(
    columns: list[dict[str, _Attribute]],
    accessors: list[dict[str, Any]],
    buffer: BufferWriter,
    style: Style,
) -> list[dict[str, int]]:
    """Accessors of each part's attributes by name; parts with equal attributes share views."""
    layouts = [_layout(each) for each in columns]
    found: list[dict[str, int]] = [{} for _ in columns]
    for layout in sorted(set(layouts)):
        rows = [row for row, each in enumerate(layouts) if each == layout]
        for name in columns[rows[0]]:
            some = [columns[row][name] for row in rows]
            view = _add(name, some, buffer, style)
            at = 0
            for row, attribute in zip(rows, some, strict=True):
                found[row][name] = len(accessors)
                accessors.append(_accessor(view, at, attribute))
                at += attribute.values.nbytes
    return found


def _layout(attributes: dict[str, _Attribute]) -> tuple[tuple[str, str], ...]:
    """What parts have to agree on to share buffer views."""
    return tuple((name, each.values.dtype.str) for name, each in attributes.items())


def _attributes(
    one: Part, points: Sequence[PackedPoints], words: NDArray[np.int8]
) -> dict[str, _Attribute]:
    """Vertex attributes of a part by name."""
    part, paint = one.mesh, one.paint
    positions = points[one.piece].stored[part.vertex_points]
    features = part.vertex_features.astype("<u4").view("<u2").reshape(-1, 2)
    found = {
        "POSITION": _Attribute(positions, 3, normalized=False, limits=True),
        "NORMAL": _Attribute(words[part.vertex_normals], 3, normalized=True, limits=False),
        FEATURES: _Attribute(features, 1, normalized=False, limits=False),
    }
    if paint.picture is not None and part.uv is not None:
        uv = pack_uv(part.uv)
        short = uv.dtype == np.uint16
        found["TEXCOORD_0"] = _Attribute(uv, 2, normalized=short, limits=False)
    if paint.by_vertex and part.colours is not None:
        found["COLOR_0"] = _Attribute(part.colours, 4, normalized=True, limits=False)
    return found


def _add(name: str, parts: list[_Attribute], buffer: BufferWriter, style: Style) -> int:
    """A buffer view of one attribute of several primitives."""
    whole = np.concatenate([part.values for part in parts])
    packed: Packed | None = None
    if style.compress and name == "POSITION" and whole.dtype == np.float32:
        packed = compression.pack_grid(whole, style.grid)
    elif style.compress:
        packed = compression.pack_rows(whole)
    stride = whole.shape[1] * whole.itemsize
    return buffer.add(whole, stride=stride, target=ARRAY_BUFFER, packed=packed)


def _accessor(view: int, at: int, attribute: _Attribute) -> dict[str, Any]:
    """The accessor of one primitive's vertices in a view."""
    values = attribute.values[:, : attribute.width]
    low, high = extremes(values).tolist() if attribute.limits else ((), ())
    return {
        "bufferView": view,
        **({"byteOffset": at} if at else {}),
        "componentType": _KINDS[values.dtype],
        **({"normalized": True} if attribute.normalized else {}),
        "count": len(values),
        "type": _TYPES[attribute.width],
        **({"min": low, "max": high} if attribute.limits else {}),
    }


def _corners(
    parts: Sequence[TriangleMesh],
    accessors: list[dict[str, Any]],
    buffer: BufferWriter,
    style: Style,
) -> list[int]:
    """Index accessors of the triangles of parts; those of one type share a buffer view."""
    short = [len(part.vertex_points) <= LARGEST_SHORT_INDEX for part in parts]
    found = [0] * len(parts)
    for is_short in set(short):
        rows = [row for row, each in enumerate(short) if each == is_short]
        kind = "<u2" if is_short else "<u4"
        some = [parts[row].triangles.ravel().astype(kind) for row in rows]
        whole = np.concatenate(some)
        packed = compression.pack_triangles(whole) if style.compress else None
        view = buffer.add(whole, target=ELEMENT_ARRAY_BUFFER, packed=packed)
        at = 0
        for row, indices in zip(rows, some, strict=True):
            found[row] = len(accessors)
            accessors.append(_indices(view, indices, at))
            at += indices.nbytes
    return found


def _outlined(
    part: TriangleMesh, accessors: list[dict[str, Any]], buffer: BufferWriter, style: Style
) -> dict[str, Any]:
    """The extension that draws the edges of a part, where there are any."""
    edges = outlines.edges(part)
    if not len(edges):
        return {}
    short = len(part.vertex_points) <= LARGEST_SHORT_INDEX
    ends = edges.ravel().astype("<u2" if short else "<u4")
    packed = compression.pack_indices(ends) if style.compress else None
    accessors.append(_indices(buffer.add(ends, packed=packed), ends, 0))
    return {"extensions": {outlines.EXTENSION: {"indices": len(accessors) - 1}}}


def _indices(view: int, indices: NDArray[Any], at: int) -> dict[str, Any]:
    """Accessor over a stretch of a buffer view of indices."""
    return {
        "bufferView": view,
        **({"byteOffset": at} if at else {}),
        "componentType": _KINDS[indices.dtype],
        "count": len(indices),
        "type": "SCALAR",
    }
