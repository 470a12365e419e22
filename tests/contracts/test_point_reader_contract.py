"""What every point cloud reader promises, asked of each plugin of `cim.pointclouds`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cim import plugins
from cim.errors import InputError, SourceDataError, UnsupportedError
from cim.pointclouds.base import PointOptions, PointReader
from cim.reading import point_reader_for, reader_for
from tests.cim.pointclouds.making import coloured, scattered, write_las

READERS = plugins.names("cim.pointclouds")
COUNT = 333
SOME = PointOptions(batch_size=100)


def _las(folder: Path) -> Path:
    return write_las(folder / "cloud.las", scattered(COUNT), **coloured(COUNT))


def _ply(folder: Path) -> Path:
    path = folder / "cloud.ply"
    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {COUNT}\nproperty double x\n"
        "property double y\nproperty double z\nend_header\n"
    )
    path.write_bytes(head.encode() + scattered(COUNT).astype("<f8").tobytes())
    return path


def _text(folder: Path) -> Path:
    path = folder / "cloud.xyz"
    np.savetxt(path, scattered(COUNT), fmt="%.3f")
    return path


SAMPLES: dict[str, Callable[[Path], Path]] = {"las": _las, "ply": _ply, "text": _text}
"""A file of each format with the points of `scattered`; a new reader brings its own line."""


@pytest.fixture(params=READERS)
def name(request: pytest.FixtureRequest) -> str:
    """A reader's plugin name."""
    return str(request.param)


@pytest.fixture
def reader(name: str) -> PointReader:
    """The reader itself."""
    loaded: PointReader = plugins.load(name, "cim.pointclouds")
    return loaded


@pytest.fixture
def sample(name: str, tmp_path: Path) -> Path:
    """A file of its format."""
    return SAMPLES[name](tmp_path)


def test_its_files_come_to_it(reader: PointReader, sample: Path) -> None:
    assert point_reader_for(sample) is reader
    assert reader.claims(sample)


def test_its_files_are_no_features(sample: Path) -> None:
    with pytest.raises(UnsupportedError, match="point cloud"):
        reader_for(sample)


def test_endings_are_lower_case_and_begin_with_a_dot(reader: PointReader) -> None:
    assert reader.suffixes
    for suffix in reader.suffixes:
        assert suffix == suffix.lower()
        assert suffix.startswith(".")


def test_all_points_come_in_order_and_in_batches(reader: PointReader, sample: Path) -> None:
    batches = list(reader.read(sample, SOME))
    assert max(map(len, batches)) <= SOME.batch_size
    found = np.concatenate([batch.xyz for batch in batches])
    np.testing.assert_allclose(found, scattered(COUNT), atol=1e-6)
    assert reader.describe(sample, SOME).count in {COUNT, None}


def test_stated_bounds_hold_all_points(reader: PointReader, sample: Path) -> None:
    bounds = reader.describe(sample, SOME).bounds
    if bounds is not None:
        low, high = np.array(bounds).reshape(2, 3)
        xyz = np.concatenate([batch.xyz for batch in reader.read(sample, SOME)])
        assert (xyz >= low - 1e-6).all()
        assert (xyz <= high + 1e-6).all()


def test_dimensions_are_those_that_batches_bring(reader: PointReader, sample: Path) -> None:
    stated = set(reader.describe(sample, SOME).dimensions)
    for batch in reader.read(sample, SOME):
        columns = {"colour", "classification", "intensity"}
        found = {column for column in columns if getattr(batch, column) is not None}
        assert found | {"position"} == stated


def test_reading_twice_gives_the_same(reader: PointReader, sample: Path) -> None:
    one, other = (next(iter(reader.read(sample, SOME))) for _ in range(2))
    np.testing.assert_array_equal(one.xyz, other.xyz)


def test_another_crs_is_taken_from_the_options(reader: PointReader, sample: Path) -> None:
    assert reader.describe(sample, PointOptions(crs="EPSG:4548")).crs == "EPSG:4548"
    with pytest.raises(InputError, match="unknown CRS"):
        reader.describe(sample, PointOptions(crs="EPSG:999999"))


def test_bad_files_are_refused_in_one_line(reader: PointReader, tmp_path: Path) -> None:
    contents = {"none": None, "empty": b"", "noise": np.random.default_rng(2).bytes(9_999)}
    for kind, content in contents.items():
        path = tmp_path / f"{kind}{reader.suffixes[0]}"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SourceDataError) as caught:
            reader.describe(path, SOME)
        assert "\n" not in str(caught.value)
        assert path.name in str(caught.value)
