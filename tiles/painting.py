"""From surface classes, materials and colours to a few paints.

Surfaces without a material have the colour of their class. Plain colours of materials go to the
vertices, so that a hundred of them are one paint; pictures go to atlases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cim.appearance import PLAIN, Material
from cim.arrays import Bool, Int64, Uint8
from tiles.gltf.paint import Alpha, Paint, Painted, Picture, channels_of, class_paints, linear
from tiles.meshing.mesh import WALL, TriangleMesh, with_vertices
from tiles.options import ContentSpec
from tiles.textures.crops import Source
from tiles.textures.dress import Cloth, Dressed, dress, readable

BROKEN = "picture cannot be read, plain colour drawn"

_WHITE = (1.0, 1.0, 1.0, 1.0)
_LINEAR = linear(np.arange(256) / 255)


@dataclass(frozen=True, slots=True)
class _Palette:
    """The materials of a mesh."""

    materials: tuple[Material | None, ...]
    """None stands for the colour of the class."""

    sources: Mapping[int, Source]
    """Pictures that can be read, by row."""

    broken: int
    """Pictures that cannot."""


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A mesh while it is painted: no vertex belongs to two materials."""

    mesh: TriangleMesh
    rows: Int64
    """(t,) row of the palette of each triangle."""

    palette: _Palette


def paint(
    mesh: TriangleMesh, spec: ContentSpec, *, error_m: float, double_sided: bool
) -> tuple[Painted, dict[str, int]]:
    """The mesh with the paints of its triangles, and what could not be drawn, by how often.

    Args:
        mesh: Materials by the numbers of `spec.materials`.
        spec: Colours of classes, and materials.
        error_m: Geometric error of the tile.
        double_sided: Draw both sides of everything.
    """
    plain = class_paints(spec.look, double_sided=double_sided)
    if mesh.materials is None and mesh.colours is None:
        return Painted(mesh, mesh.classes.astype(np.int64), plain), {}
    canvas = _canvas(mesh, spec.materials)
    textured = _textured(canvas)
    blank = channels_of(spec.look.colours[WALL])
    dressed = _dressed(canvas, np.flatnonzero(textured), error_m, blank)
    picture = np.full(len(textured), -1)
    picture[textured] = dressed.picture
    by_vertex = _by_vertex(mesh=canvas.mesh)
    coloured = replace(canvas.mesh, uv=dressed.uv, colours=_colours(canvas))
    own = _paints(replace(canvas, mesh=coloured), picture, by_vertex, dressed.pictures, plain)
    broken = canvas.palette.broken + len(dressed.broken)
    painted = Painted(coloured, own[0], own[1], dressed.pictures)
    return painted, {BROKEN: broken} if broken else {}


def _canvas(mesh: TriangleMesh, known: Mapping[int, Material]) -> _Canvas:
    """The mesh with rows of a palette, and vertices of two materials doubled."""
    stated = np.full(len(mesh.triangles), PLAIN) if mesh.materials is None else mesh.materials
    numbers, rows = np.unique(stated, return_inverse=True)
    materials = [None if number == PLAIN else known[number] for number in numbers.tolist()]
    return _Canvas(_apart(mesh, rows, len(numbers)), rows, _palette(materials))


def _palette(materials: list[Material | None]) -> _Palette:
    """The materials, those of unreadable pictures without them."""
    textures = {
        row: each.texture
        for row, each in enumerate(materials)
        if each is not None and each.texture is not None
    }
    sources = readable(textures)
    for row in textures.keys() - sources.keys():
        bare = materials[row]
        white = bare is None or bare.colour == _WHITE
        materials[row] = None if white or bare is None else replace(bare, texture=None)
    return _Palette(tuple(materials), sources, len(textures) - len(sources))


def _apart(mesh: TriangleMesh, rows: Int64, count: int) -> TriangleMesh:
    """The mesh with a vertex for each material that uses it."""
    owner = np.zeros(len(mesh.vertex_points), np.int64)
    owner[mesh.triangles] = rows[:, None]
    if (owner[mesh.triangles] == rows[:, None]).all():
        return mesh
    keys, places = np.unique(mesh.triangles * count + rows[:, None], return_inverse=True)
    return with_vertices(mesh, places.reshape(-1, 3), keys // count)


def _textured(canvas: _Canvas) -> Bool:
    """(t,) triangles with a picture that can be read and texture coordinates."""
    mesh = canvas.mesh
    has = np.array([row in canvas.palette.sources for row in range(len(canvas.palette.materials))])
    if mesh.uv is None:
        return np.zeros(len(canvas.rows), bool)
    return np.asarray(has[canvas.rows] & np.isfinite(mesh.uv).all(axis=1)[mesh.triangles].all(1))


def _dressed(
    canvas: _Canvas, chosen: Int64, error_m: float, blank: tuple[int, int, int]
) -> Dressed:
    """Pictures of the chosen triangles."""
    mesh = canvas.mesh
    nothing = np.zeros((len(mesh.vertex_points), 2), np.float32)
    if not len(chosen) or mesh.uv is None:
        return Dressed((), chosen, nothing, frozenset())
    cloth = Cloth(
        mesh.triangles[chosen], canvas.rows[chosen], mesh.uv, mesh.points[mesh.vertex_points]
    )
    return dress(cloth, canvas.palette.sources, error_m=error_m, plain=blank)


def _by_vertex(mesh: TriangleMesh) -> Bool:
    """(t,) triangles whose vertices have colours of their own."""
    if mesh.colours is None:
        return np.zeros(len(mesh.triangles), bool)
    return np.asarray((mesh.colours != 255).any(axis=1)[mesh.triangles].any(axis=1))  # noqa: PLR2004 - white


def _colours(canvas: _Canvas) -> Uint8:
    """(v, 4) linear colours of vertices, those of materials without a picture multiplied in."""
    mesh, materials = canvas.mesh, canvas.palette.materials
    colours = np.ones((len(mesh.vertex_points), 4))
    if mesh.colours is not None:
        colours[:, :3] = _LINEAR[mesh.colours[:, :3]]
        colours[:, 3] = mesh.colours[:, 3] / 255
    flat = [_linear(each) if each and not each.texture else _WHITE for each in materials]
    owner = np.zeros(len(colours), np.int64)
    owner[mesh.triangles] = canvas.rows[:, None]
    return np.asarray(np.rint(255 * colours * np.array(flat)[owner]), np.uint8)


def _paints(
    canvas: _Canvas,
    picture: Int64,
    by_vertex: Bool,
    pictures: tuple[Picture, ...],
    plain: tuple[Paint, ...],
) -> tuple[Int64, tuple[Paint, ...]]:
    """The paint of each triangle, and all paints; those of the classes come first."""
    mesh = canvas.mesh
    clear = _clear(mesh)
    shape = (len(canvas.palette.materials), len(pictures) + 1, 2, 2, len(plain))
    columns = (canvas.rows, picture + 1, by_vertex * 1, clear * 1, mesh.classes.astype(np.int64))
    codes, places = np.unique(np.ravel_multi_index(columns, shape), return_inverse=True)
    paints = {each: number for number, each in enumerate(plain)}
    found = []
    for code in codes.tolist():
        row, shown, own, seen_through, number = np.unravel_index(code, shape)
        material = canvas.palette.materials[row]
        double = plain[0].double_sided or (material is not None and material.double_sided)
        if shown and material is not None:
            shining = material.colour[3] < 1 or (own and seen_through)
            alpha: Alpha = "BLEND" if shining else pictures[shown - 1].alpha
            drawn = Paint(
                "texture", _linear(material), alpha, double, int(shown) - 1, by_vertex=bool(own)
            )
        elif material is None and not own:
            drawn = plain[number]
        else:
            alpha = "BLEND" if seen_through else "OPAQUE"
            drawn = Paint("colours", _WHITE, alpha, double, by_vertex=True)
        found.append(paints.setdefault(drawn, len(paints)))
    return np.array(found, np.int64)[places], tuple(paints)


def _clear(mesh: TriangleMesh) -> Bool:
    """(t,) something shines through a vertex of the triangle."""
    if mesh.colours is None:
        return np.zeros(len(mesh.triangles), bool)
    return np.asarray((mesh.colours[:, 3] < 255)[mesh.triangles].any(axis=1))  # noqa: PLR2004 - opacity


def _linear(material: Material) -> tuple[float, float, float, float]:
    """Linear colour and opacity of a material."""
    red, green, blue = linear(np.array(material.colour[:3])).round(4).tolist()
    return red, green, blue, material.colour[3]
