"""Primitives of a painted mesh: one for each piece and paint, with vertices of its own.

The vertices of all primitives with the same attributes lie end to end, one buffer view for each
attribute, so that long runs compress together.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Int64
from tiles.gltf import compression, outlines
from tiles.gltf.buffers import BufferWriter, Packed
from tiles.gltf.instances import Instances
from tiles.gltf.paint import Paint, Painted
from tiles.gltf.quantize import FINE, PackedPoints, extremes, pack_normals, pack_points, pack_uv
from tiles.meshing import mesh
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
class Piece:
    """A stretch of a mesh that becomes a mesh of the glb."""

    points: int
    """How many of the mesh's points, counted on from those of the pieces before."""

    triangles: int
    """The same of triangles; they use these points only."""

    instances: Instances | None = None
    """Where it stands; None: once, in the frame of the tile, its vertices with feature ids."""

    @property
    def count(self) -> int:
        """How often it is drawn."""
        return 1 if self.instances is None else len(self.instances.features)


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
class _Part:
    """The triangles of a piece that have one paint."""

    mesh: TriangleMesh
    """Its points are rows of those of the piece."""

    piece: int
    paint: int
    """Row of the paints that are used."""


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
    cuts = np.cumsum([0, *(piece.points for piece in pieces)]).tolist()
    points = [
        pack_points(painted.mesh.points[first:end], style.grid)
        for first, end in itertools.pairwise(cuts)
    ]
    words = pack_normals(painted.mesh.normals)
    used = np.flatnonzero(np.bincount(painted.paint, minlength=len(painted.paints)))
    paints = tuple(painted.paints[number] for number in used.tolist())
    parts = _parts(painted, pieces, used, cuts, compress=style.compress)
    columns = [_attributes(part, paints, points, words) for part in parts]
    for part, attributes in zip(parts, columns, strict=True):
        if pieces[part.piece].instances is not None:
            del attributes[FEATURES]
    accessors: list[dict[str, Any]] = []
    shared = _shared(columns, accessors, buffer, style)
    made = [Made([], *each) for each in zip(points, (p.instances for p in pieces), strict=True)]
    for part, names in zip(parts, shared, strict=True):
        primitive = _primitive(part.mesh, names, part.paint, accessors, buffer, style)
        made[part.piece].primitives.append(primitive)
    return Written(made, paints, accessors)


def _parts(
    painted: Painted, pieces: Sequence[Piece], used: Int64, starts: list[int], *, compress: bool
) -> list[_Part]:
    """The triangles of each piece and paint."""
    piece = np.repeat(np.arange(len(pieces)), [each.triangles for each in pieces])
    codes = piece * len(used) + np.searchsorted(used, painted.paint)
    found = []
    for code in np.unique(codes).tolist():
        number, paint = divmod(code, len(used))
        part = mesh.select(painted.mesh, np.flatnonzero(codes == code))
        if compress:
            part = mesh.with_vertices(
                part, *compression.arrange(part.triangles, len(part.vertex_points))
            )
        place = replace(part, vertex_points=part.vertex_points - starts[number])
        found.append(_Part(place, number, paint))
    return found


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
    one: _Part, paints: Sequence[Paint], points: Sequence[PackedPoints], words: NDArray[np.int8]
) -> dict[str, _Attribute]:
    """Vertex attributes of a part by name."""
    part, paint = one.mesh, paints[one.paint]
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


def _primitive(
    part: TriangleMesh,
    attributes: dict[str, int],
    material: int,
    accessors: list[dict[str, Any]],
    buffer: BufferWriter,
    style: Style,
) -> dict[str, Any]:
    """The primitive of a part; adds its index accessors."""
    short = len(part.vertex_points) <= LARGEST_SHORT_INDEX
    indices = part.triangles.ravel().astype("<u2" if short else "<u4")
    packed = compression.pack_triangles(indices) if style.compress else None
    view = buffer.add(indices, target=ELEMENT_ARRAY_BUFFER, packed=packed)
    accessors.append(_indices(view, indices))
    primitive = {
        "attributes": attributes,
        "indices": len(accessors) - 1,
        "material": material,
        "mode": 4,
    }
    edges = outlines.edges(part) if style.outlines else np.zeros((0, 2), np.int64)
    if len(edges):
        ends = edges.ravel().astype(indices.dtype)
        packed = compression.pack_indices(ends) if style.compress else None
        accessors.append(_indices(buffer.add(ends, packed=packed), ends))
        outline = {outlines.EXTENSION: {"indices": len(accessors) - 1}}
        primitive["extensions"] = outline
    return primitive


def _indices(view: int, indices: NDArray[Any]) -> dict[str, Any]:
    """Accessor over a whole buffer view of indices."""
    kind = _KINDS[indices.dtype]
    return {"bufferView": view, "componentType": kind, "count": len(indices), "type": "SCALAR"}
