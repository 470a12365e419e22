"""Points on the lattice for tests."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from cim.arrays import Int64
from tiles.points.lattice import POINT, Cube, Points, cube_about, extremes
from tiles.points.octree import GRID_BITS


def as_points(xyz: Sequence[Sequence[int]] | Int64) -> Points:
    """Points with their number as intensity and, in its lower bits, as colour."""
    places = np.asarray(xyz, np.int64).reshape(-1, 3)
    points = np.zeros(len(places), POINT)
    points["xyz"] = places
    number = np.arange(len(places))
    points["intensity"] = number
    points["colour"] = np.stack((number & 255, number >> 8 & 255, number >> 16), axis=1)
    return points


def root_of(points: Points) -> Cube:
    """The octree's cube."""
    return cube_about(extremes(points), least_bits=GRID_BITS)


def numbers(points: Points) -> list[int]:
    """The numbers of `as_points`."""
    colour = points["colour"].astype(int)
    return list(map(int, colour[:, 0] + (colour[:, 1] << 8) + (colour[:, 2] << 16)))


def surface(count: int, *, width: int = 400_000) -> Points:
    """A gently waving surface with a wall in it."""
    random = np.random.default_rng(count)
    east, north = random.integers(0, width, (2, count))
    up = (2_000 * np.sin(east / 30_000)).astype(np.int64)
    up[::5] = random.integers(0, 20_000, len(up[::5]))
    east[::5] = width // 2
    return as_points(np.stack((east - 7_000, north - width // 2, up), axis=1))


def clouds(most: int = 300) -> st.SearchStrategy[Points]:
    """Points of every kind: crowded, far apart, the same place again and again."""
    place = st.one_of(
        st.integers(-3, 3), st.integers(-(2**20), 2**20), st.integers(-(2**30), 2**30)
    )
    row = st.tuples(place, place, place)
    rows = st.lists(row, min_size=1, max_size=20)
    return st.tuples(rows, st.integers(1, most), st.integers(0, 9)).map(_repeated)


def _repeated(given: tuple[list[tuple[int, int, int]], int, int]) -> Points:
    rows, count, seed = given
    chosen = np.random.default_rng(seed).integers(0, len(rows), count)
    return as_points(np.array(rows, np.int64)[chosen])
