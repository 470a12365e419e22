"""Points as text."""

from pathlib import Path

import numpy as np
import pytest

from cim.errors import SourceDataError
from cim.pointclouds.base import PointBatch, PointOptions
from cim.pointclouds.text import PLUGIN


def written(folder: Path, text: str, name: str = "cloud.xyz") -> Path:
    """A file with a text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def only_batch(path: Path) -> PointBatch:
    """The points of a small file."""
    (batch,) = PLUGIN.read(path, PointOptions())
    return batch


WAYS = (
    "1 2 3\n4.5 5 -6e1\n",
    "1\t2\t3\r\n4.5\t5\t-60\r\n",
    "  1   2 3 \n 4.5 5  -60",
    "1,2,3\n4.5,5,-60\n",
    "1;2;3\n4.5;5;-60\n",
    "# made by hand\n1 2 3\n4.5 5 -60\n",
    "2\n1 2 3\n4.5 5 -60\n",
    "\ufeffX Y Z\n1 2 3\n4.5 5 -60\n",
)


@pytest.mark.parametrize("text", WAYS)
def test_every_usual_way_of_writing_is_read(tmp_path: Path, text: str) -> None:
    batches = list(PLUGIN.read(written(tmp_path, text), PointOptions()))
    found = np.concatenate([batch.xyz for batch in batches])
    np.testing.assert_array_equal(found, [[1, 2, 3], [4.5, 5, -60]])
    first = batches[0]
    assert (first.colour, first.intensity, first.classification) == (None, None, None)


def test_columns_are_known_by_their_names(tmp_path: Path) -> None:
    text = "//Y,X,Z,Class,Scan,B,G,R,Intensity\n2,1,3,6,99,30,20,10,700\n"
    batch = only_batch(written(tmp_path, text))
    assert batch.xyz.tolist() == [[1, 2, 3]]
    assert batch.colour is not None
    assert batch.classification is not None
    assert batch.intensity is not None
    assert batch.colour.tolist() == [[10, 20, 30]]
    assert (batch.classification.tolist(), batch.intensity.tolist()) == ([6], [700])


def test_columns_without_names_are_known_by_their_number(tmp_path: Path) -> None:
    batch = only_batch(written(tmp_path, "1 2 3 700 10 20 30\n", "scan.pts"))
    assert batch.colour is not None
    assert batch.intensity is not None
    assert (batch.colour.tolist(), batch.intensity.tolist()) == ([[10, 20, 30]], [700])


def test_fractions_and_wide_colours_are_scaled(tmp_path: Path) -> None:
    fractions = written(tmp_path, "0 0 0 0.5 1.0 0.0\n", "a.xyz")
    wide = written(tmp_path, "0 0 0 65535 32768 0\n", "b.xyz")
    for path, colour in ((fractions, [128, 255, 0]), (wide, [255, 128, 0])):
        found = only_batch(path).colour
        assert found is not None
        assert found.tolist() == [colour]
    assert PLUGIN.describe(wide, PointOptions()).notes == ("colours are 16-bit values",)


def test_long_files_come_in_batches(tmp_path: Path) -> None:
    rows = np.arange(300_000).reshape(-1, 3)
    path = written(tmp_path, "\n".join(" ".join(map(str, row)) for row in rows.tolist()))
    batches = list(PLUGIN.read(path, PointOptions(batch_size=30_000)))
    assert max(map(len, batches)) <= 30_000
    np.testing.assert_array_equal(np.concatenate([batch.xyz for batch in batches]), rows)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("X Y Z\n", "states no points"),
        ("1 2 3 4 5\n", "has 5 columns; legal without a line of names: 3, 4, 6, 7"),
        ("1 2 3\n4 five 6\n", "a line is not 3 numbers"),
        ("1 2 3\n4 5\n", "a line is not 3 numbers"),
        ("1 2 3 10 20 -30\n", "blue -30; legal here: 0 to 255"),
        ("word\n" * 200, "100 lines without a point"),
    ],
)
def test_texts_that_are_no_points_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SourceDataError, match=reason):
        _ = (PLUGIN.describe(path, PointOptions()), list(PLUGIN.read(path, PointOptions())))


def test_tables_are_claimed_only_when_their_columns_are_points(tmp_path: Path) -> None:
    points = written(tmp_path, "x,y,z,r,g,b\n1,2,3,4,5,6\n", "points.csv")
    places = written(tmp_path, "name,lon,lat\na,1,2\n", "places.csv")
    assert (PLUGIN.claims(points), PLUGIN.claims(places)) == (True, False)
    assert not PLUGIN.claims(tmp_path / "none.csv")
