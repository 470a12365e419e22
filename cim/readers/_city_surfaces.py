"""Surfaces of many city objects at once: cleaned rings, polygons, kinds and looks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import Final

import numpy as np
import shapely

from cim.appearance import PLAIN, Look
from cim.arrays import Bool, Float32, Float64, Int32, Int64, Objects, Uint8
from cim.features import SURFACE_KINDS
from cim.readers._city_rings import NO_KIND, RingSet, normals_of

_GROUND, _WALL, _ROOF = (SURFACE_KINDS.index(kind) for kind in ("ground", "wall", "roof"))
_LEAST_CORNERS: Final = 3

_STEEP: Final = np.cos(np.radians(75.0))
"""Vertical share of the normal below which a surface is a wall: steeper than 75 degrees."""

_GROUND_SHARE: Final = 0.25
_GROUND_M: Final = 1.0
"""A downward surface is ground up to this height above the lowest point, or that share of all."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Cleaned surfaces; a row is a level of detail of a feature that has any of it."""

    feature: Int64
    """(m,) feature of each row, ascending; its levels of detail coarsest first."""

    lod: tuple[str, ...]
    """(m,)."""

    row: Int64
    """(s,) row of each surface, ascending; every row has one."""

    xyz: Float64
    """(n, 3) corners; none repeated by the next, nor the first by the last."""

    sizes: Int64
    """(r,) corners of each ring, 3 or more."""

    surface: Int64
    """(r,) surface of each ring, ascending; the outer ring first."""

    kinds: Uint8
    """(s,) number of `SURFACE_KINDS`, or `NO_KIND`."""

    materials: Int32
    """(s,) row of the palette, or `PLAIN`."""

    uv: Float32 | None
    """(n, 2) texture coordinates of each corner, NaN where there is none."""

    collapsed: Int64
    """(f,) rings of each feature left out because they enclose nothing."""

    @property
    def row_bounds(self) -> Int64:
        """(m + 1,) first surface of each row, and the number of all."""
        return np.append(np.flatnonzero(np.diff(self.row, prepend=-1)), len(self.row))

    @property
    def outer(self) -> Int64:
        """(s,) outer ring of each surface."""
        return np.flatnonzero(np.diff(self.surface, prepend=-1))

    @property
    def ring_starts(self) -> Int64:
        """(r,) first corner of each ring."""
        return np.cumsum(self.sizes) - self.sizes


def faces_of(features: Sequence[Sequence[RingSet]]) -> Faces:
    """The surfaces of some features; those of a building and its parts are joined."""
    ordered = [
        (number, lod, list(some))
        for number, sets in enumerate(features)
        for lod, some in groupby(sorted(sets, key=_lod), key=_lod)
    ]
    sets = list(chain.from_iterable(some for *_, some in ordered))
    surfaces = [sum(len(one.counts) for one in some) for *_, some in ordered]
    joined = Faces(
        feature=np.array([number for number, *_ in ordered], np.int64),
        lod=tuple(lod for _, lod, _ in ordered),
        row=np.repeat(np.arange(len(ordered)), surfaces),
        xyz=_concatenated([one.xyz for one in sets], np.zeros((0, 3))),
        sizes=_concatenated([one.sizes for one in sets], np.zeros(0, np.int64)),
        surface=_surface_of_rings([one.counts for one in sets]),
        kinds=_concatenated([one.kinds for one in sets], np.zeros(0, np.uint8)),
        materials=_concatenated([_materials(one) for one in sets], np.zeros(0, np.int32)),
        uv=_joined_uv(sets),
        collapsed=np.zeros(len(features), np.int64),
    )
    return _with_filled_rows(_cleaned(joined))


def _lod(rings: RingSet) -> str:
    return rings.lod


def _concatenated[T: np.generic](
    arrays: list[np.ndarray[tuple[int, ...], np.dtype[T]]],
    nothing: np.ndarray[tuple[int, ...], np.dtype[T]],
) -> np.ndarray[tuple[int, ...], np.dtype[T]]:
    return np.concatenate(arrays) if arrays else nothing


def _surface_of_rings(counts: list[Int64]) -> Int64:
    rings = _concatenated(counts, np.zeros(0, np.int64))
    return np.repeat(np.arange(len(rings)), rings)


def _materials(rings: RingSet) -> Int32:
    if rings.paint is None:
        return np.full(len(rings.counts), PLAIN, np.int32)
    return rings.paint.materials


def _joined_uv(sets: list[RingSet]) -> Float32 | None:
    told = [None if one.paint is None else one.paint.uv for one in sets]
    if all(uv is None for uv in told):
        return None
    return np.concatenate(
        [
            np.full((len(one.xyz), 2), np.nan, np.float32) if uv is None else uv
            for one, uv in zip(sets, told, strict=True)
        ]
    )


def _cleaned(faces: Faces) -> Faces:
    """Without corners that the next repeats, and without rings of fewer than three corners."""
    keep = _differs_from_next(faces)
    rings = np.repeat(np.arange(len(faces.sizes)), faces.sizes)
    sizes = np.bincount(rings[keep], minlength=len(faces.sizes))
    has_outer = sizes[faces.outer] >= _LEAST_CORNERS
    stands = (sizes >= _LEAST_CORNERS) & has_outer[faces.surface]
    lost = faces.feature[faces.row[faces.surface[~stands]]]
    keep &= stands[rings]
    return Faces(
        feature=faces.feature,
        lod=faces.lod,
        row=faces.row[has_outer],
        xyz=faces.xyz[keep],
        sizes=sizes[stands],
        surface=(np.cumsum(has_outer) - 1)[faces.surface[stands]],
        kinds=faces.kinds[has_outer],
        materials=faces.materials[has_outer],
        uv=None if faces.uv is None else faces.uv[keep],
        collapsed=np.bincount(lost, minlength=len(faces.collapsed)),
    )


def _differs_from_next(faces: Faces) -> Bool:
    """(n,) whether each corner lies elsewhere than the next of its ring."""
    following = np.arange(1, len(faces.xyz) + 1)
    filled = faces.sizes > 0
    starts = faces.ring_starts[filled]
    following[starts + faces.sizes[filled] - 1] = starts
    return np.asarray((faces.xyz != faces.xyz[following]).any(axis=1))


def _with_filled_rows(faces: Faces) -> Faces:
    """Without rows that have no surface left."""
    used = np.unique(faces.row)
    if len(used) == len(faces.feature):
        return faces
    return Faces(
        feature=faces.feature[used],
        lod=tuple(faces.lod[row] for row in used.tolist()),
        row=np.searchsorted(used, faces.row),
        xyz=faces.xyz,
        sizes=faces.sizes,
        surface=faces.surface,
        kinds=faces.kinds,
        materials=faces.materials,
        uv=faces.uv,
        collapsed=faces.collapsed,
    )


def polygons_of(faces: Faces) -> Objects:
    """(s,) shapely Polygon Z of each surface."""
    if not len(faces.sizes):
        return np.zeros(0, object)
    rings = np.repeat(np.arange(len(faces.sizes)), faces.sizes)
    linear = shapely.linearrings(faces.xyz, indices=rings)
    return np.asarray(shapely.polygons(linear, indices=faces.surface), object)


def heights_of(faces: Faces) -> tuple[Float64, Float64]:
    """(m,) lowest and highest point of each row."""
    z = faces.xyz[:, 2]
    if not len(z):
        return np.zeros(0), np.zeros(0)
    starts = faces.ring_starts[faces.outer[faces.row_bounds[:-1]]]
    return np.minimum.reduceat(z, starts), np.maximum.reduceat(z, starts)


def kinds_of(faces: Faces, stands: Bool, usual: Uint8) -> Uint8:
    """(s,) kinds the source states, and for constructions those that the normals suggest.

    Args:
        faces: The surfaces.
        stands: (m,) whether each row is of a construction.
        usual: (m,) kind of the surfaces of each row where nothing else tells it.
    """
    untold = faces.kinds == NO_KIND
    guessed = untold & stands[faces.row]
    kinds = np.where(untold, usual[faces.row], faces.kinds).astype(np.uint8)
    if guessed.any():
        kinds[guessed] = _kinds_by_normal(faces)[guessed]
    return kinds


def _kinds_by_normal(faces: Faces) -> Uint8:
    """Ground below, roof above, walls between, from the direction of outward normals."""
    normals = normals_of(faces.xyz, faces.sizes)[faces.outer]
    length = np.linalg.norm(normals, axis=1)
    upward = np.divide(normals[:, 2], length, out=np.zeros_like(length), where=length > 0)
    kinds = np.full(len(upward), _WALL, np.uint8)
    kinds[upward > _STEEP] = _ROOF
    kinds[(upward < -_STEEP) & _is_low(faces)] = _GROUND
    return kinds


def _is_low(faces: Faces) -> Bool:
    """(s,) whether each surface lies wholly near the lowest point of its row."""
    low, high = heights_of(faces)
    tops = np.maximum.reduceat(faces.xyz[:, 2], faces.ring_starts[faces.outer])
    limits = low + np.maximum(_GROUND_M, _GROUND_SHARE * (high - low))
    return np.asarray(tops <= limits[faces.row], np.bool_)


def looks_of(faces: Faces) -> Iterator[Look | None]:
    """How each row looks, in order; None where the source does not tell."""
    uv, corners = _closed_uv(faces)
    bounds = faces.row_bounds.tolist()
    firsts = bounds[:-1]
    painted = np.maximum.reduceat(faces.materials, firsts).tolist() if firsts else []
    for row, (first, end) in enumerate(pairwise(bounds)):
        if painted[row] == PLAIN:
            yield None
            continue
        own = None if uv is None else uv[corners[row] : corners[row + 1]]
        if own is not None and np.isnan(own[:, 0]).all():
            own = None
        yield Look(faces.materials[first:end], own)


def _closed_uv(faces: Faces) -> tuple[Float32 | None, list[int]]:
    """(p, 2) texture coordinates with closing points, and where those of each row start."""
    if faces.uv is None:
        return None, []
    rings = len(faces.sizes)
    starts = faces.ring_starts
    corner = np.zeros(len(faces.xyz) + rings, np.int64)
    corner[np.arange(len(faces.xyz)) + np.repeat(np.arange(rings), faces.sizes)] = np.arange(
        len(faces.xyz)
    )
    corner[starts + faces.sizes + np.arange(rings)] = starts
    first_rings = faces.outer[faces.row_bounds[:-1]]
    bounds = [*(starts[first_rings] + first_rings).tolist(), len(corner)]
    return faces.uv[corner], bounds
