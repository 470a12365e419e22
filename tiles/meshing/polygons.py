"""Polygons as flat arrays: cleaned, oriented, ready to be cut into triangles."""

from dataclasses import dataclass

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects, require_shape
from tiles.meshing import ragged


@dataclass(frozen=True, slots=True)
class Polygons:
    """Polygons of features, each an outer ring and its holes; rings do not repeat their start."""

    positions: Float64
    """(p, 2) longitude, latitude in degrees, (p, 3) with height in metres, or (p, 5) with
    texture coordinates u, v too."""

    ring_offsets: Int64
    """(r + 1,) rings as rows of `positions`."""

    polygon_offsets: Int64
    """(q + 1,) polygons as rows of rings, the outer ring first."""

    feature_offsets: Int64
    """(n + 1,) features as rows of polygons; a feature may have none."""

    def __post_init__(self) -> None:
        require_shape("positions", self.positions, int(self.ring_offsets[-1]), None)

    @property
    def point_offsets(self) -> Int64:
        """(q + 1,) polygons as rows of `positions`."""
        return self.ring_offsets[self.polygon_offsets]

    @property
    def feature_points(self) -> Int64:
        """(n + 1,) features as rows of `positions`."""
        return self.point_offsets[self.feature_offsets]


def from_geometries(geometry: Objects, *, dimension: int) -> Polygons:
    """Polygons of shapely Polygons and MultiPolygons, rings still closed, empty parts left out.

    Args:
        geometry: (n,) Polygon or MultiPolygon objects, none of them None.
        dimension: 2 or 3 coordinates a point.
    """
    kind, positions, offsets = shapely.to_ragged_array(geometry, include_z=dimension == 3)  # noqa: PLR2004 - dimensions
    rings, polygons = offsets[0].astype(np.int64), offsets[1].astype(np.int64)
    single = kind == shapely.GeometryType.POLYGON
    features = np.arange(len(polygons)) if single else offsets[2].astype(np.int64)
    read = Polygons(positions, rings, polygons, features)
    filled = np.diff(polygons) > 0
    return read if filled.all() else keep_polygons(read, filled)


def join(parts: tuple[Polygons, ...]) -> Polygons:
    """The features of all parts, part after part; there is at least one part."""
    return Polygons(
        np.concatenate([part.positions for part in parts]),
        _joined_offsets([part.ring_offsets for part in parts]),
        _joined_offsets([part.polygon_offsets for part in parts]),
        _joined_offsets([part.feature_offsets for part in parts]),
    )


def keep_polygons(polygons: Polygons, kept: Bool) -> Polygons:
    """The polygons marked in `kept` (q,); the features stay, some of them perhaps empty."""
    rows = np.flatnonzero(kept)
    rings = ragged.select(polygons.polygon_offsets, rows)
    return Polygons(
        polygons.positions[ragged.select(polygons.ring_offsets, rings)],
        ragged.offsets_of(np.diff(polygons.ring_offsets)[rings]),
        ragged.offsets_of(np.diff(polygons.polygon_offsets)[rows]),
        ragged.offsets_of(_count(kept, polygons.feature_offsets)),
    )


def keep_features(polygons: Polygons, kept: Bool) -> Polygons:
    """The features marked in `kept` (n,) with all their polygons."""
    some = keep_polygons(polygons, kept[ragged.owners(polygons.feature_offsets)])
    counts = np.diff(some.feature_offsets)[kept]
    return Polygons(
        some.positions, some.ring_offsets, some.polygon_offsets, ragged.offsets_of(counts)
    )


def open_rings(polygons: Polygons) -> Polygons:
    """The same without repeated points, closing points, and rings of fewer than three points.

    A polygon goes when its outer ring goes.
    """
    positions, rings = polygons.positions, polygons.ring_offsets
    fresh = np.ones(len(positions), bool)
    fresh[:-1] = np.any(positions[1:, :3] != positions[:-1, :3], axis=1)
    fresh[rings[1:] - 1] = False
    counts = _count(fresh, rings)
    usable = counts >= 3  # noqa: PLR2004 - a triangle
    outer = usable[polygons.polygon_offsets[:-1]]
    whole = usable & outer[ragged.owners(polygons.polygon_offsets)]
    kept = fresh & whole[ragged.owners(rings)]
    opened = Polygons(
        positions[kept],
        ragged.offsets_of(np.where(whole, counts, 0)[whole]),
        ragged.offsets_of(_count(whole, polygons.polygon_offsets)),
        polygons.feature_offsets,
    )
    filled = np.diff(opened.polygon_offsets) > 0
    return opened if filled.all() else keep_polygons(opened, filled)


def signed_areas(xy: Float64, ring_offsets: Int64) -> Float64:
    """(r,) area of each ring, positive when counter-clockwise; `xy` is (p, 2)."""
    away = xy - xy[ring_offsets[:-1]].repeat(np.diff(ring_offsets), axis=0)
    after = away[ragged.followers(ring_offsets)]
    cross = away[:, 0] * after[:, 1] - away[:, 1] * after[:, 0]
    return 0.5 * ragged.row_sums(cross, ring_offsets)


def orient(polygons: Polygons) -> Polygons:
    """The same with outer rings counter-clockwise and holes clockwise in the x-y plane."""
    rings = polygons.ring_offsets
    wanted = np.full(len(rings) - 1, -1.0)
    wanted[polygons.polygon_offsets[:-1]] = 1.0
    turned = signed_areas(polygons.positions[:, :2], rings) * wanted < 0
    if not turned.any():
        return polygons
    places = np.arange(len(polygons.positions))
    mirrored = (rings[:-1] + rings[1:] - 1).repeat(np.diff(rings)) - places
    order = np.where(turned[ragged.owners(rings)], mirrored, places)
    return Polygons(
        polygons.positions[order], rings, polygons.polygon_offsets, polygons.feature_offsets
    )


def _joined_offsets(parts: list[Int64]) -> Int64:
    """Offsets of rows laid one part after the other."""
    return ragged.offsets_of(np.concatenate([np.diff(part) for part in parts]))


def _count(marks: Bool, offsets: Int64) -> Int64:
    """(n,) marked values of each row."""
    running = np.concatenate(([0], np.cumsum(marks, dtype=np.int64)))
    return running[offsets[1:]] - running[offsets[:-1]]
