"""Heights of footprints."""

import numpy as np
import pyarrow as pa
import pytest

from cim.errors import InputError
from tests.tiles.making import build_tileset, column, contents_of, make_features
from tiles.heights import numbers, read_bases, read_heights
from tiles.options import BuildOptions


def options(**changes: object) -> BuildOptions:
    return BuildOptions(output=None, **changes)  # type: ignore[arg-type]


def heights_of(table: dict[str, list[object]], **changes: object) -> list[float]:
    return [float(each) for each in read_heights(pa.table(table), options(**changes)).height_m]


def test_first_known_height_column_is_used() -> None:
    assert heights_of({"height": [5.0], "building_height": [9.0]}) == [5.0]
    assert heights_of({"高度": [5.5]}) == [5.5]


def test_storeys_stand_in_for_missing_heights() -> None:
    assert heights_of({"height": [None, 7.0], "floors": [4, 2]}) == [12.0, 7.0]
    assert heights_of({"层数": ["6"]}, storey_height_m=2.8) == [pytest.approx(16.8)]


def test_named_column_comes_first_and_storeys_still_help() -> None:
    table: dict[str, list[object]] = {"h": [8.0, None], "height": [1.0, 1.0], "levels": [9, 2]}
    assert heights_of(table, height_field="h") == [8.0, 6.0]


def test_unknown_named_column_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="'h'; columns: height"):
        heights_of({"height": [8.0]}, height_field="h")


def test_numbers_are_read_from_text_with_units() -> None:
    texts = pa.chunked_array([["12.5", " 30 m", "18米", "高", None, "-3", "1e3"]])
    expected = [12.5, 30, 18, np.nan, np.nan, -3, np.nan]
    assert np.array_equal(numbers(texts), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-3.0, "height_m is zero or negative"),
        (0.0, "height_m is zero or negative"),
        (1_500.0, "height_m is above 1200 m"),
        (float("nan"), "height_m is not a number"),
    ],
)
def test_unusable_height_is_counted_and_the_default_used(value: float, reason: str) -> None:
    told = read_heights(pa.table({"height_m": [value, 5.0]}), options(default_height_m=9.0))
    assert told.height_m.tolist() == [9.0, 5.0]
    assert told.faults[reason].tolist() == [True, False]


def test_report_counts_every_height_by_where_it_comes_from(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    batch = make_features(4, height_m=[10.0, None, -1.0, None], floors=[1, 3, None, None])
    report = build_tileset(tmp_path_factory.mktemp("t") / "out", batch)
    assert report.height_sources == {"height_m": 1, "floors": 1, "default": 2}
    assert report.notes == {
        "height_m is zero or negative": 1,
        "no height stated, 10.0 m used": 2,
    }


def test_without_a_default_features_without_height_are_left_out_and_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("t") / "out"
    batch = make_features(3, height_m=[10.0, None, 9_999.0])
    report = build_tileset(folder, batch, default_height_m=None)
    assert report.features == 1
    assert report.skipped == {"no usable height": 2}
    assert [reject.record for reject in report.rejects] == [2, 3]
    assert column(contents_of(folder)[0], "name") == ["0 号楼"]


@pytest.mark.parametrize("height", [0.0, -1.0, 2_000.0, float("nan")])
def test_absurd_default_is_refused(height: float) -> None:
    with pytest.raises(InputError, match="default_height_m"):
        options(default_height_m=height)


@pytest.mark.parametrize(
    "change",
    [{"base_height_m": float("nan")}, {"partition_features": 0}, {"tiles_per_document": 0}],
)
def test_other_absurd_options_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        options(**change)


def test_numbers_are_read_from_any_column_type() -> None:
    dictionary = pa.chunked_array([pa.array(["9", "x", "9"]).dictionary_encode()])
    assert np.array_equal(numbers(dictionary), [9, np.nan, 9], equal_nan=True)
    assert numbers(pa.chunked_array([[3, 4]])).tolist() == [3, 4]
    assert np.isnan(numbers(pa.chunked_array([[True, False]]))).all()


def test_unknown_ground_column_is_refused() -> None:
    with pytest.raises(InputError, match="'z'"):
        read_bases(pa.table({"height": [1.0]}), options(base_field="z"))
