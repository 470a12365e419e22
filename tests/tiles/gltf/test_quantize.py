"""Quantised points and normals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Float64
from tiles.gltf.quantize import PackedPoints, pack_normals, pack_points


def decoded(packed: PackedPoints) -> Float64:
    kind = "<u2" if packed.quantized else "<f4"
    stored = np.ascontiguousarray(packed.words).view(kind).reshape(len(packed.words), -1)[:, :3]
    return packed.translation + packed.scale * stored.astype(np.float64)


@given(st.floats(0.5, 100_000), st.floats(-50_000, 50_000))
def test_every_point_is_kept_within_a_centimetre(width: float, east: float) -> None:
    points = np.random.default_rng(2).uniform(0, width, (50, 3)) + np.array([east, 0, 4_000])
    assert np.linalg.norm(decoded(pack_points(points)) - points, axis=1).max() < 0.01


def test_bounds_hold_every_decoded_point() -> None:
    points = np.random.default_rng(3).uniform(0, 300, (99, 3))
    packed = pack_points(points)
    low, high = packed.bounds
    assert (decoded(packed) >= low).all()
    assert (decoded(packed) <= high).all()


def test_single_point_is_kept() -> None:
    packed = pack_points(np.array([[5.0, 6, 7]]))
    assert decoded(packed)[0] == pytest.approx([5, 6, 7])


def test_normals_are_kept_within_half_a_degree() -> None:
    normals = np.random.default_rng(4).normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found = pack_normals(normals).view(np.int8).reshape(-1, 4)[:, :3].astype(float)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.einsum("ij,ij->i", found, normals).clip(-1, 1))).max() < 0.5
