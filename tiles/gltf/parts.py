"""A painted mesh taken apart: pieces that stand somewhere, and in each a part for each paint."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiles.gltf import compression
from tiles.gltf.instances import Instances
from tiles.gltf.paint import Paint, Painted
from tiles.gltf.quantize import PackedPoints, pack_points
from tiles.meshing import mesh
from tiles.meshing.mesh import TriangleMesh


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
class Part:
    """The triangles of a piece that have one paint."""

    mesh: TriangleMesh
    """Its points are rows of those of the piece."""

    piece: int
    paint: Paint


def pack_pieces(painted: Painted, pieces: Sequence[Piece], grid: int) -> list[PackedPoints]:
    """The points of each piece."""
    return [
        pack_points(painted.mesh.points[first:end], grid)
        for first, end in itertools.pairwise(_starts(pieces))
    ]


def parts_of(painted: Painted, pieces: Sequence[Piece], *, compress: bool) -> list[Part]:
    """The triangles of each piece and paint, in the order that they are written in."""
    piece = np.repeat(np.arange(len(pieces)), [each.triangles for each in pieces])
    codes = piece * len(painted.paints) + painted.paint
    starts = _starts(pieces)
    found = []
    for code in np.unique(codes).tolist():
        number, paint = divmod(code, len(painted.paints))
        part = mesh.select(painted.mesh, np.flatnonzero(codes == code))
        if compress:
            part = mesh.with_vertices(
                part, *compression.arrange(part.triangles, len(part.vertex_points))
            )
        place = replace(part, vertex_points=part.vertex_points - starts[number])
        own = painted.paints[paint]
        alone = pieces[number].instances is not None
        found.append(Part(place, number, _of_one_colour(place, own) if alone else own))
    return found


def _of_one_colour(part: TriangleMesh, paint: Paint) -> Paint:
    """The paint with the colour of all vertices, where they have one: none of them states it.

    What is merged keeps colours with vertices, so that a hundred of them are one primitive.
    """
    if not paint.by_vertex or part.colours is None or (part.colours != part.colours[0]).any():
        return paint
    factors = (np.array(paint.colour) * part.colours[0] / 255).round(4).tolist()
    red, green, blue, opacity = factors
    return replace(paint, colour=(red, green, blue, opacity), by_vertex=False)


def _starts(pieces: Sequence[Piece]) -> list[int]:
    """Where the points of each piece begin, and where those of the last one end."""
    starts: list[int] = np.cumsum([0, *(piece.points for piece in pieces)]).tolist()
    return starts


def paints_of(parts: Sequence[Part]) -> dict[Paint, int]:
    """The paints that are used, by their numbers."""
    used = dict.fromkeys(part.paint for part in parts)
    return {paint: number for number, paint in enumerate(used)}
