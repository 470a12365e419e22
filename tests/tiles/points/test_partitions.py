"""Points shared out to cubes that fit in memory."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiles.points.making import as_points, clouds, numbers, root_of, surface
from tiles.points.lattice import Points
from tiles.points.octree import ancestor
from tiles.points.partitions import Partition, cut, partitions
from tiles.points.spill import PointFile


def dealt(points: Points, limit: int) -> list[Partition]:
    """All partitions of some points; nothing is left on disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with PointFile(folder / "all") as file:
            for start in range(0, len(points), 97):
                file.append(points[start : start + 97])
            found = list(partitions(file, root_of(points), limit, folder))
        assert list(folder.iterdir()) == []
    return found


@given(clouds(), st.integers(1, 60))
def test_every_point_comes_once_in_its_cube(points: Points, limit: int) -> None:
    parts = dealt(points, limit)
    assert sorted(n for part in parts for n in numbers(part.points)) == list(range(len(points)))
    for part in parts:
        assert 0 < len(part.points) <= limit
        away = part.points["xyz"] - np.array(part.cube.low)
        assert ((away >= 0) & (away < 2**part.cube.bits)).all()
        assert part.cube == ancestor(part.cube, root_of(points), part.depth)


@given(clouds(), st.integers(1, 60))
def test_only_single_places_come_in_several_partitions(points: Points, limit: int) -> None:
    parts = dealt(points, limit)
    cubes = [part.cube for part in parts]
    for part in parts:
        assert part.crowded == (cubes.count(part.cube) > 1)
        assert part.cube.bits == 0 or not part.crowded


def test_partitions_are_as_large_as_they_may_be() -> None:
    points = surface(50_000)
    parts = dealt(points, 5_000)
    for part in parts:
        above = ancestor(part.cube, root_of(points), part.depth - 1)
        away = points["xyz"] - np.array(above.low)
        inside = ((away >= 0) & (away < 2**above.bits)).all(axis=1)
        assert np.count_nonzero(inside) > 5_000


@pytest.mark.parametrize(
    ("counts", "limit", "found"),
    [
        ([0] * 8, 5, []),
        ([1] * 8, 8, [(0, 0)]),
        ([1] * 8, 7, [(n, 1) for n in range(8)]),
        ([0, 9, 0, 0, 2, 0, 0, 0], 3, [(1, 1), (4, 1)]),
    ],
)
def test_cubes_are_cut_where_they_hold_too_much(
    counts: list[int], limit: int, found: list[tuple[int, int]]
) -> None:
    assert cut(np.array(counts), 1, limit) == found


def test_file_reads_what_was_written(tmp_path: Path) -> None:
    points = as_points(np.arange(300).reshape(-1, 3))
    with PointFile(tmp_path / "points") as file:
        file.append(points[:60])
        file.write(60, points[60:])
        assert len(file) == 100
        np.testing.assert_array_equal(file.read(range(10, 90)), points[10:90])
        chunks = list(file.chunks(range(5, 100), 40))
        np.testing.assert_array_equal(np.concatenate(chunks), points[5:])
    assert not (tmp_path / "points").exists()
