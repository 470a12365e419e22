"""The packed R-tree, asked and checked by SQLite itself."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.store import _gpkg_rtree as rtree

INSERT = "INSERT INTO tree VALUES (?, ?, ?, ?, ?)"


def make_tree(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)")


def random_boxes(count: int, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    chance = np.random.default_rng(seed)
    corner = chance.uniform((-180, -90), (180, 90), (count, 2))
    size = chance.exponential(0.01, (count, 2))
    return np.stack(
        (corner[:, 0], corner[:, 0] + size[:, 0], corner[:, 1], corner[:, 1] + size[:, 1]), axis=1
    )


@pytest.mark.parametrize("count", [1, 50, 51, 52, 2601, 2602, 20_000])
def test_a_packed_tree_is_whole_and_answers_like_an_inserted_one(count: int) -> None:
    ids, boxes = np.arange(count) * 3 + 5, random_boxes(count)
    with (
        closing(sqlite3.connect(":memory:")) as packed,
        closing(sqlite3.connect(":memory:")) as plain,
    ):
        make_tree(packed)
        make_tree(plain)
        assert rtree.is_empty(packed, "tree")
        rtree.fill(packed, "tree", ids, boxes)
        plain.executemany(INSERT, np.column_stack((ids, boxes)).tolist())
        assert packed.execute("SELECT rtreecheck('main', 'tree')").fetchone() == ("ok",)
        assert not rtree.is_empty(packed, "tree")
        question = (
            "SELECT id FROM tree WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ? "
            "ORDER BY id"
        )
        for west, south in np.random.default_rng(7).uniform(-90, 80, (20, 2)):
            window = (west + 30, west, south + 10, south)
            assert packed.execute(question, window).fetchall() == (
                plain.execute(question, window).fetchall()
            )


def test_rows_are_added_and_taken_out_of_a_packed_tree() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        make_tree(connection)
        rtree.fill(connection, "tree", np.arange(1, 5001), random_boxes(5000))
        connection.executemany(
            INSERT, np.column_stack((np.arange(5001, 8001), random_boxes(3000, 2))).tolist()
        )
        connection.execute("DELETE FROM tree WHERE id % 3 = 0")
        assert connection.execute("SELECT rtreecheck('main', 'tree')").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM tree").fetchone() == (5334,)


coordinates = st.floats(-180, 180, allow_nan=False)


@settings(max_examples=50)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=120))
def test_stored_boxes_hold_the_exact_ones(points: list[tuple[float, float]]) -> None:
    boxes = np.array([(x, x, y, y) for x, y in points])
    with closing(sqlite3.connect(":memory:")) as connection:
        make_tree(connection)
        rtree.fill(connection, "tree", np.arange(len(points)), boxes)
        stored = np.array(connection.execute("SELECT * FROM tree ORDER BY id").fetchall())[:, 1:]
    assert (stored[:, ::2] <= boxes[:, ::2]).all()
    assert (stored[:, 1::2] >= boxes[:, 1::2]).all()
    assert np.allclose(stored, boxes, atol=2e-5)
