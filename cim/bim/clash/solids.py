"""Meshes as solids that can be cut with each other.

The library is manifold3d (Apache-2.0): its intersections are robust, and are again solids with a
volume. It wants closed, consistently turned meshes; most of IFC are. Others are taken apart at the
edges where they branch; a piece that still does not close stands in with its convex hull.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cim.arrays import Float64, Int64
from cim.bim.clash.base import Element, Shell
from cim.bim.solids import welded
from cim.extras import require

type Manifold = Any
"""A solid of manifold3d."""

_NO_VOLUME_M3: Final = 1e-9
_LEAST_POINTS: Final = 4


@dataclass(frozen=True, slots=True)
class Solid:
    """What an element fills."""

    body: Manifold
    """None: it has no volume."""

    is_exact: bool


class Solids:
    """Solids of elements, made when they are asked for; shells that are shared are made once."""

    def __init__(self) -> None:
        self._library = require("manifold3d", "bim")
        self._shells: dict[str, Solid] = {}
        self._elements: dict[int, tuple[Element, Solid]] = {}
        """By `id`, which stays theirs as long as they are kept here."""

    def of(self, element: Element) -> Solid:
        """The solid of an element in the frame of the test."""
        key = id(element)
        if key not in self._elements:
            self._elements[key] = (element, self._made(element))
        return self._elements[key][1]

    def _made(self, element: Element) -> Solid:
        parts = [(self._shell(shell), matrix) for shell, matrix in element.shells]
        placed = [
            part.body.transform(np.ascontiguousarray(matrix[:3]))
            for part, matrix in parts
            if part.body is not None
        ]
        exact = all(part.is_exact for part, _ in parts)
        if not placed:
            return Solid(None, exact)
        return Solid(placed[0] if len(placed) == 1 else self._joined(placed), exact)

    def _shell(self, shell: Shell) -> Solid:
        if shell.digest not in self._shells:
            self._shells[shell.digest] = self._from_mesh(shell)
        return self._shells[shell.digest]

    def _from_mesh(self, shell: Shell) -> Solid:
        if not np.isfinite(shell.positions).all():
            return Solid(None, is_exact=False)
        points, faces = welded(shell.positions, shell.triangles)
        whole = self._closed(points, faces)
        if whole is not None:
            return Solid(whole, is_exact=True)
        bodies, exact = [], True
        for piece in pieces_of(faces):
            body = self._closed(points, faces[piece])
            exact &= body is not None
            bodies.append(
                self._hull(points[faces[piece]].reshape(-1, 3)) if body is None else body
            )
        filled = [body for body in bodies if abs(body.volume()) > _NO_VOLUME_M3]
        return Solid(self._joined(filled) if filled else None, exact)

    def _closed(self, points: Float64, faces: Int64) -> Manifold | None:
        """The solid of a mesh that closes, turned right way out; None for others."""
        used, rows = np.unique(faces, return_inverse=True)
        corners = np.ascontiguousarray(points[used])
        triangles = rows.reshape(-1, 3).astype(np.uint64)
        body = self._solid(corners, triangles)
        if body is not None and body.volume() < 0:
            body = self._solid(corners, np.ascontiguousarray(triangles[:, ::-1]))
        return body

    def _solid(self, corners: Float64, triangles: np.ndarray) -> Manifold | None:
        body = self._library.Manifold(self._library.Mesh64(corners, triangles))
        sound = body.status() == self._library.Error.NoError
        return body if sound and abs(body.volume()) > _NO_VOLUME_M3 else None

    def _hull(self, points: Float64) -> Manifold:
        if len(points) < _LEAST_POINTS:
            return self._library.Manifold()
        return self._library.Manifold.hull_points(np.ascontiguousarray(points))

    def _joined(self, bodies: list[Manifold]) -> Manifold:
        return self._library.Manifold.batch_boolean(bodies, self._library.OpType.Add)


def pieces_of(faces: Int64) -> list[Int64]:
    """Rows of triangles that hang together over edges of exactly two triangles.

    Args:
        faces: (t, 3) rows of points.
    """
    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    span = int(faces.max(initial=0)) + 1
    keys = np.minimum(start, end) * span + np.maximum(start, end)
    order = np.argsort(keys, kind="stable")
    ordered, owner = keys[order], order // 3
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    pairs = begins[np.diff(np.append(begins, len(ordered))) == 2]  # noqa: PLR2004 - two sides
    labels = _labels(len(faces), owner[pairs], owner[pairs + 1])
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _labels(count: int, first: Int64, second: Int64) -> Int64:
    """(count,) a label for each node, the same for what links join: the least row of a piece."""
    labels = np.arange(count)
    while True:
        before = labels.copy()
        least = np.minimum(labels[first], labels[second])
        np.minimum.at(labels, first, least)
        np.minimum.at(labels, second, least)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels
