"""`cim tiles build` of point clouds."""

from pathlib import Path

import pytest

from tests.cim.pointclouds.making import scattered, write_las
from tests.commands import cim, refusal, run_cim
from tests.conftest import shared_path


def test_clouds_become_a_tileset_that_keeps_the_standard(tmp_path: Path) -> None:
    one = write_las(tmp_path / "one.las", scattered(700))
    two = write_las(tmp_path / "two.laz", scattered(300), crs=None)
    said = refusal("tiles", "build", one, two, "-o", tmp_path / "out")
    assert said.startswith("two.laz: states no CRS; name it with --crs")
    done = cim("tiles", "build", one, two, "-o", tmp_path / "out", "--crs", "EPSG:4547")
    assert (done.row["points_in"], done.row["points"], done.row["dropped"]) == (1000, 1000, {})
    assert "1000 of 1000 points" in done.err
    assert "note: heights are kept unchanged" in done.err
    assert cim("tiles", "info", tmp_path / "out").row["points"] == 1000
    assert cim("tiles", "validate", tmp_path / "out").rows == []


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    withheld = write_las(tmp_path / "some.las", scattered(10), withheld=[1] * 4 + [0] * 6)
    done = cim("tiles", "build", withheld, "-o", tmp_path / "out")
    assert "4 left out: marked as deleted in the file (withheld)" in done.err
    assert "6 of 10 points" in done.err


def test_local_clouds_stand_by_their_anchor(tmp_path: Path) -> None:
    ripple = shared_path("data/models/points/ripple.las")
    done = cim(
        "tiles", "build", ripple, "-o", tmp_path / "out", "--anchor", "114.3,30.5,25",
        "--heading-deg", 30,
    )  # fmt: skip
    (placed,) = done.row["georeference"]
    assert (placed["method"], placed["anchor"]) == ("anchor", [114.3, 30.5, 25.0])


def test_points_and_features_do_not_mix(tmp_path: Path) -> None:
    cloud = write_las(tmp_path / "cloud.las", scattered(10))
    city = shared_path("data/models/cityjson/delft.json")
    said = refusal("tiles", "build", cloud, city, "-o", tmp_path / "out")
    assert said == ("points and features cannot share a tileset; not a point cloud: delft.json")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--height-field", "h"), ("--lod", "2"), ("--clamp", "offset"), ("--unit", "mm")],
)
def test_options_of_features_are_refused(tmp_path: Path, option: str, value: str) -> None:
    cloud = write_las(tmp_path / "cloud.las", scattered(10))
    said = refusal("tiles", "build", cloud, "-o", tmp_path / "out", option, value)
    assert said == f"{option} is for features; points stand where they were measured"


def test_an_anchor_for_clouds_with_crs_is_refused(tmp_path: Path) -> None:
    cloud = write_las(tmp_path / "cloud.las", scattered(10))
    said = refusal("tiles", "build", cloud, "-o", tmp_path / "out", "--anchor", "114,30,0")
    assert "--crs local" in said
    local = ("--anchor", "114,30,0", "--crs", "local")
    done = cim("tiles", "build", cloud, "-o", tmp_path / "out", *local)
    assert "stands at the anchor" in done.err


def test_loading_a_cloud_says_what_to_do_instead(tmp_path: Path) -> None:
    cim("init", tmp_path / "city")
    cloud = write_las(tmp_path / "cloud.las", scattered(10))
    done = run_cim("load", cloud, "--layer", "points", "--class", "BLDG", "-w", tmp_path / "city")
    assert done.code == 1
    assert "cloud.las is a point cloud and holds no features; cim tiles build" in done.err


def test_contents_are_compressed_when_asked_for(tmp_path: Path) -> None:
    cloud = write_las(tmp_path / "cloud.las", scattered(3_000))
    plain = cim("tiles", "build", cloud, "-o", tmp_path / "plain", "--compression", "none").row
    small = cim("tiles", "build", cloud, "-o", tmp_path / "small", "--compression", "meshopt").row
    assert small["bytes"]["content"] < plain["bytes"]["content"]
    assert cim("tiles", "validate", tmp_path / "small").rows == []
    found = cim("tiles", "info", tmp_path / "small").row["compression"]
    assert "EXT_meshopt_compression" in found
