"""Quantised points and normals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Float64
from tiles.gltf.quantize import FINE, PackedPoints, pack_normals, pack_points


def decoded(packed: PackedPoints) -> Float64:
    return packed.translation + packed.scale * packed.stored[:, :3].astype(np.float64)


@given(st.floats(0.5, 100_000), st.floats(-50_000, 50_000))
def test_every_coordinate_is_kept_within_a_centimetre(width: float, east: float) -> None:
    points = np.random.default_rng(2).uniform(0, width, (50, 3)) + np.array([east, 0, 4_000])
    assert np.abs(decoded(pack_points(points)) - points).max() < 0.01


def test_small_things_are_kept_within_a_millimetre() -> None:
    points = np.random.default_rng(2).uniform(0, 60, (50, 3))
    assert np.abs(decoded(pack_points(points)) - points).max() < 0.001


def test_wide_meshes_lie_on_the_grid() -> None:
    points = np.random.default_rng(2).uniform(-40_000, 40_000, (50, 3))
    stored = pack_points(points).stored
    assert stored.dtype == np.float32
    assert (stored % 2.0**FINE == 0).all()


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
    found = pack_normals(normals)[:, :3].astype(float)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.einsum("ij,ij->i", found, normals).clip(-1, 1))).max() < 0.5
