"""Polygons of mesh files as triangles."""

import mapbox_earcut
import numpy as np

from cim.arrays import Bool, Float64, Int64

_TRIANGLE = 3


def triangulate(corners: Float64, sizes: Int64) -> tuple[Int64, Int64]:
    """Triangles of polygons: fans of convex ones, ears of the rest.

    Args:
        corners: (n, 3) corners of all polygons, one after the other.
        sizes: (p,) corners of each; below three it has no triangle.

    Returns:
        (t, 3) rows of `corners` and (t,) polygon of each triangle, polygon by polygon.
    """
    if (sizes == _TRIANGLE).all():
        return np.arange(len(corners)).reshape(-1, _TRIANGLE), np.arange(len(sizes))
    starts = np.cumsum(sizes) - sizes
    triangles, owners = [np.zeros((0, 3), np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(sizes[sizes >= _TRIANGLE]).tolist():
        polygons = np.flatnonzero(sizes == size)
        rows = starts[polygons][:, None] + np.arange(size)
        convex = np.ones(len(rows), np.bool_) if size == _TRIANGLE else _convex(corners[rows])
        fan = np.stack([np.zeros(size - 2), np.arange(1, size - 1), np.arange(2, size)], axis=1)
        triangles.append(rows[convex][:, fan.astype(np.int64)].reshape(-1, 3))
        owners.append(polygons[convex].repeat(size - 2))
        for polygon, row in zip(polygons[~convex].tolist(), rows[~convex], strict=True):
            ears = _ears(corners[row])
            triangles.append(row[ears])
            owners.append(np.full(len(ears), polygon))
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(triangles)[order], np.concatenate(owners)[order]


def _normals(points: Float64) -> Float64:
    """(p, 3) normals of polygons (p, k, 3) by Newell's method."""
    here = points - points[:, :1]
    return np.asarray(np.cross(here, np.roll(here, -1, axis=1)).sum(axis=1))


def _convex(points: Float64) -> Bool:
    """(p,) whether each polygon (p, k, 3) turns one way at all corners."""
    edges = np.roll(points, -1, axis=1) - points
    turns = np.cross(np.roll(edges, 1, axis=1), edges)
    with np.errstate(invalid="ignore", over="ignore"):
        along = np.einsum("pki,pi->pk", turns, _normals(points))
        return np.asarray((along >= 0).all(axis=1))


def _ears(points: Float64) -> Int64:
    """(t, 3) corners of one polygon (k, 3), seen along its normal."""
    normal = _normals(points[None])[0]
    if not np.isfinite(normal).all() or not normal.any():
        return np.zeros((0, 3), np.int64)
    kept = np.delete(np.arange(3), np.argmax(np.abs(normal)))
    flat = np.ascontiguousarray(points[:, kept])
    ends = np.array([len(points)], np.uint32)
    ears = mapbox_earcut.triangulate_float64(flat, ends).reshape(-1, 3).astype(np.int64)
    turned = np.cross(
        points[ears[:, 1]] - points[ears[:, 0]], points[ears[:, 2]] - points[ears[:, 0]]
    )
    backward = turned @ normal < 0
    ears[backward] = ears[backward][:, ::-1]
    return ears
