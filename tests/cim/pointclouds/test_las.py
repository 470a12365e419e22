"""LAS and LAZ files."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim.errors import SourceDataError
from cim.pointclouds.base import PointBatch, PointOptions
from cim.pointclouds.las import PLUGIN
from tests.cim.pointclouds.making import coloured, scattered, write_las
from tests.conftest import shared_path

OPTIONS = PointOptions(batch_size=100)


def read_whole(path: Path, options: PointOptions = OPTIONS) -> PointBatch:
    """All points of a file as one batch."""
    batches = list(PLUGIN.read(path, options))

    def joined(name: str) -> np.ndarray | None:
        parts = [getattr(batch, name) for batch in batches]
        return None if parts[0] is None else np.concatenate(parts)

    xyz = joined("xyz")
    assert xyz is not None
    return PointBatch(
        xyz, joined("colour"), joined("classification"), joined("intensity"),
        sum(batch.withheld for batch in batches),
    )  # fmt: skip


def refusal(path: Path, options: PointOptions = OPTIONS) -> str:
    """What reading a file is refused with."""
    with pytest.raises(SourceDataError) as caught:
        _read_after_looking(path, options)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def _read_after_looking(path: Path, options: PointOptions) -> None:
    PLUGIN.describe(path, options)
    list(PLUGIN.read(path, options))


@pytest.mark.parametrize("ending", [".las", ".laz"])
@pytest.mark.parametrize(
    ("version", "point_format"),
    [("1.1", 0), ("1.2", 1), ("1.2", 3), ("1.3", 4), ("1.4", 6), ("1.4", 7), ("1.4", 8)],
)
def test_versions_and_formats_keep_every_dimension(
    tmp_path: Path, ending: str, version: str, point_format: int
) -> None:
    xyz = scattered(350)
    fields = coloured(350) if point_format in (3, 7, 8) else {}
    classes = (np.arange(350) % 20).astype(np.uint8)
    strength = np.arange(350).astype(np.uint16) * 100
    path = write_las(
        tmp_path / f"cloud{ending}", xyz, point_format=point_format, version=version,
        classification=classes, intensity=strength, **fields,
    )  # fmt: skip
    source = PLUGIN.describe(path, OPTIONS)
    whole = read_whole(path)
    assert (source.count, source.crs) == (350, "EPSG:4547")
    np.testing.assert_allclose(whole.xyz, xyz, atol=1e-9)
    np.testing.assert_array_equal(whole.classification, classes)
    np.testing.assert_array_equal(whole.intensity, strength)
    if fields:
        assert whole.colour is not None
        np.testing.assert_array_equal(whole.colour[:, 0], fields["red"] // 257)
    else:
        assert whole.colour is None


def test_colours_of_8_bits_in_16_bit_fields_are_told_apart(tmp_path: Path) -> None:
    fields = coloured(500, wide=False)
    path = write_las(tmp_path / "dim.las", scattered(500), **fields)
    assert PLUGIN.describe(path, OPTIONS).notes == ("colours are 8-bit values in 16-bit fields",)
    colour = read_whole(path).colour
    assert colour is not None
    np.testing.assert_array_equal(colour[:, 1], fields["green"])


def test_one_bright_colour_among_dim_ones_makes_all_16_bit(tmp_path: Path) -> None:
    count = 60_000
    fields: dict[str, Any] = {
        name: np.full(count, 200, np.uint16) for name in ("red", "green", "blue")
    }
    fields["blue"][31_111] = 60_000
    path = write_las(tmp_path / "one.las", scattered(count), **fields)
    colour = read_whole(path, PointOptions()).colour
    assert colour is not None
    assert colour.max() == 60_000 // 256
    assert colour[:, 0].max() == 0


def test_colour_fields_of_zeros_are_no_colours(tmp_path: Path) -> None:
    path = write_las(tmp_path / "black.las", scattered(10))
    assert "colour" not in PLUGIN.describe(path, OPTIONS).dimensions
    assert read_whole(path).colour is None


@pytest.mark.parametrize(("version", "point_format"), [("1.2", 1), ("1.4", 6)])
def test_withheld_points_are_left_out_and_counted(
    tmp_path: Path, version: str, point_format: int
) -> None:
    withheld = np.arange(100) % 4 == 0
    path = write_las(
        tmp_path / "deleted.las", scattered(100), version=version, point_format=point_format,
        withheld=withheld.astype(np.uint8),
    )  # fmt: skip
    whole = read_whole(path)
    assert (len(whole), whole.withheld) == (75, 25)


def test_synthetic_and_key_points_keep_their_class(tmp_path: Path) -> None:
    ones = np.ones(10, np.uint8)
    path = write_las(
        tmp_path / "flags.las", scattered(10), classification=ones * 6, synthetic=ones,
        key_point=ones,
    )  # fmt: skip
    whole = read_whole(path)
    assert whole.classification is not None
    assert whole.classification.tolist() == [6] * 10


def test_real_file_with_geotiff_keys_names_its_crs() -> None:
    source = PLUGIN.describe(shared_path("data/models/points/with_srs.las"), OPTIONS)
    assert (source.count, source.crs) == (1247, "EPSG:3857")
    assert source.dimensions == ("position", "classification", "intensity")


def test_real_file_without_crs_says_so() -> None:
    source = PLUGIN.describe(shared_path("data/models/points/ripple.las"), OPTIONS)
    assert (source.count, source.crs, source.notes) == (10201, None, ())


def test_compound_crs_of_wkt_is_kept_whole(tmp_path: Path) -> None:
    path = write_las(
        tmp_path / "nl.las", scattered(10, at=(90_000, 440_000, 3)), crs="EPSG:7415",
        version="1.4", point_format=6,
    )  # fmt: skip
    assert PLUGIN.describe(path, OPTIONS).crs == "EPSG:7415"


def test_vertical_unit_without_vertical_crs_turns_heights_into_metres(tmp_path: Path) -> None:
    xyz = scattered(10, at=(6_480_000, 1_840_000, 100))
    path = write_las(tmp_path / "feet.las", xyz, crs="EPSG:2229")
    data, projected = path.read_bytes(), struct.pack("<4H", 3072, 0, 1, 2229)
    next_key = data.index(projected) + len(projected)
    unit = struct.pack("<4H", 4099, 0, 1, 9003)
    path.write_bytes(data[:next_key] + unit + data[next_key + len(unit) :])
    source = PLUGIN.describe(path, OPTIONS)
    assert source.notes == ("heights are turned into metres: 1 unit is 0.3048006096 m",)
    np.testing.assert_allclose(read_whole(path).xyz[:, 2], xyz[:, 2] * 1200 / 3937, atol=1e-9)


def test_crs_of_the_options_wins(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cloud.las", scattered(10))
    assert PLUGIN.describe(path, PointOptions(crs="EPSG:4548")).crs == "EPSG:4548"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.las") == "cannot be read: No such file or directory"


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.las"
    path.write_bytes(b"")
    assert refusal(path) == "is empty"


def test_other_file_is_refused_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "zip.las"
    path.write_bytes(b"PK\3\4" + bytes(400))
    assert refusal(path) == "begins with b'PK\\x03\\x04'; a LAS file with b'LASF'"


def test_head_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cut.las", scattered(10))
    path.write_bytes(path.read_bytes()[:90])
    assert refusal(path)


def test_points_that_are_cut_short_are_counted(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cut.las", scattered(300))
    path.write_bytes(path.read_bytes()[: -34 * 100 - 5])
    assert refusal(path) == "is cut short: its head states 300 points, the file holds 199"


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_compressed_points_that_are_cut_short_are_refused(tmp_path: Path, part: float) -> None:
    path = write_las(tmp_path / "cut.laz", scattered(3_000), **coloured(3_000))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    reason = refusal(path)
    assert "3000 points" in reason or "LAS" in reason


def test_no_points_are_refused(tmp_path: Path) -> None:
    path = write_las(tmp_path / "none.las", scattered(1))
    data = bytearray(path.read_bytes())
    data[107:111] = struct.pack("<I", 0)
    path.write_bytes(data)
    assert refusal(path) == "states no points"


@pytest.mark.parametrize("scale", [0.0, -0.01, 1e9, float("nan")])
def test_absurd_scales_are_refused(tmp_path: Path, scale: float) -> None:
    path = write_las(tmp_path / "scale.las", scattered(10))
    data = bytearray(path.read_bytes())
    data[131:139] = struct.pack("<d", scale)
    path.write_bytes(data)
    assert "scales above 0 and at most 255" in refusal(path)


def test_unknown_crs_in_keys_is_refused_unless_named(tmp_path: Path) -> None:
    path = write_las(tmp_path / "user.las", scattered(10))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<4H", 3072, 0, 1, 4547),
                                  struct.pack("<4H", 3072, 0, 1, 32767)))  # fmt: skip
    assert "option --crs names the CRS" in refusal(path)
    assert PLUGIN.describe(path, PointOptions(crs="EPSG:4547")).crs == "EPSG:4547"
