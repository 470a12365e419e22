"""Tilesets of point clouds, from file to file."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.arrays import Float64
from cim.errors import InputError, SourceDataError
from cim.frames import geodetic_from_ecef
from cim.point_siting import PointSite, survey_clouds
from cim.pointclouds.base import PointOptions
from cim.siting import Anchor, Siting
from tests.cim.pointclouds.making import CRS_CODE, coloured, scattered, write_las
from tests.conftest import shared_path
from tests.tiles.making import khronos_issues
from tiles.gltf import glb, read, scene
from tiles.gltf.read import Gltf
from tiles.options import Progress
from tiles.points.build import build
from tiles.points.lattice import STEP_M
from tiles.points.options import PointBuildOptions, PointBuildReport
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate

BOUND_M = STEP_M / 2 + 2e-5
"""On each axis: half a lattice step, and what bulk transformation may differ."""


def sites(*paths: Path, crs: str | None = None, **siting: Any) -> tuple[PointSite, ...]:
    """Point clouds at their place."""
    return survey_clouds(paths, PointOptions(crs=crs, batch_size=700), Siting(**siting))


def built(folder: Path, *paths: Path, **options: Any) -> PointBuildReport:
    """A tileset of small tiles."""
    limits = {"tile_points": 300, "partition_points": 1_000} | options
    return build(sites(*paths), PointBuildOptions(folder, **limits))


def tiles_of(folder: Path) -> list[tuple[dict[str, Any], Float64]]:
    """Every tile of a tileset, with the matrix to the Earth's frame, parents first."""
    found, waiting = [], [(_load(folder / "tileset.json")["root"], np.eye(4))]
    while waiting:
        tile, above = waiting.pop()
        matrix = above
        if "transform" in tile:
            matrix = above @ np.array(tile["transform"]).reshape(4, 4).T
        uri = tile.get("content", {}).get("uri", "")
        if uri.endswith(".json"):
            waiting.append((_load(folder / uri)["root"], matrix))
            continue
        found.append((tile, matrix))
        waiting += [(child, matrix) for child in tile.get("children", ())]
    return found


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(path.read_bytes())
    return document


def contents_of(folder: Path) -> list[tuple[Gltf, Float64]]:
    """Every content, with the matrix to the Earth's frame."""
    found = []
    for tile, matrix in tiles_of(folder):
        if "content" in tile:
            path = folder / tile["content"]["uri"]
            found.append(
                (Gltf(*glb.unpack(path.read_bytes(), where=path.name), path.name), matrix)
            )
    return found


def earth_points(folder: Path) -> tuple[Float64, np.ndarray]:
    """(n, 3) Earth-centred points of all contents, and their intensities."""
    places, numbers = [], []
    for gltf, matrix in contents_of(folder):
        places.append(scene.positions(gltf) @ matrix[:3, :3].T + matrix[:3, 3])
        (primitive,) = read.primitives(gltf)
        index = primitive["attributes"]["_INTENSITY"]
        numbers.append(read.accessor_values(gltf, index).ravel())
    return np.concatenate(places), np.concatenate(numbers)


def numbered(count: int) -> np.ndarray:
    """Numbers of points from 1, as intensities."""
    return np.arange(1, count + 1).astype(np.uint16)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 4_000),
    size=st.sampled_from([0.5, 30.0, 900.0, 20_000.0]),
    tile=st.sampled_from([20, 300]),
)
def test_every_point_is_in_one_tile_at_its_place(
    tmp_path_factory: pytest.TempPathFactory, count: int, size: float, tile: int
) -> None:
    folder = tmp_path_factory.mktemp("cloud")
    xyz = scattered(count, size=size)
    path = write_las(folder / "cloud.las", xyz, intensity=numbered(count))
    report = built(folder / "out", path, tile_points=tile)
    assert (report.points_in, report.points, report.dropped) == (count, count, {})
    found, numbers = earth_points(folder / "out")
    assert sorted(numbers.tolist()) == list(range(1, count + 1))
    (site,) = sites(path)
    wanted, _ = site.placer.ecef(xyz[numbers - 1])
    assert np.linalg.norm(found - wanted, axis=1).max() <= BOUND_M * np.sqrt(3)
    assert validate(folder / "out") == []


def test_clouds_wider_than_32_km_lose_millimetres_in_their_widest_tiles(tmp_path: Path) -> None:
    xyz = scattered(2_000, size=90_000.0)
    path = write_las(tmp_path / "wide.las", xyz, intensity=numbered(2_000))
    built(tmp_path / "out", path)
    found, numbers = earth_points(tmp_path / "out")
    wanted, _ = sites(path)[0].placer.ecef(xyz[numbers - 1])
    assert np.linalg.norm(found - wanted, axis=1).max() <= 4 * BOUND_M * np.sqrt(3)


def test_tiles_hold_few_points_and_errors_fall(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cloud.las", scattered(20_000, size=200.0), **coloured(20_000))
    report = built(tmp_path / "out", path)
    assert report.largest_tile <= 1.2 * 300
    assert report.tiles > 20_000 / 360
    depth = [tile["geometricError"] for tile, _ in tiles_of(tmp_path / "out")]
    assert min(depth) == 0
    for tile, _ in tiles_of(tmp_path / "out"):
        assert tile["refine"] == "ADD"
        for child in tile.get("children", ()):
            assert child["geometricError"] <= tile["geometricError"]
        assert ("children" in tile) == (tile["geometricError"] > 0)


def test_many_points_at_one_place_are_all_kept(tmp_path: Path) -> None:
    xyz = np.concatenate((np.tile(scattered(1), (5_000, 1)), scattered(900)))
    path = write_las(tmp_path / "same.las", xyz, intensity=numbered(5_900))
    report = built(tmp_path / "out", path)
    _, numbers = earth_points(tmp_path / "out")
    assert sorted(numbers.tolist()) == list(range(1, 5_901))
    assert report.largest_tile <= 1.2 * 300
    assert validate(tmp_path / "out") == []


def test_colours_and_classes_are_kept(tmp_path: Path) -> None:
    classes = np.where(np.arange(1_000) % 3, 6, 2).astype(np.uint8)
    path = write_las(
        tmp_path / "cloud.las", scattered(1_000), classification=classes, **coloured(1_000)
    )
    report = built(tmp_path / "out", path)
    assert report.classes == {"Ground": 334, "Building": 666}
    assert report.colours == "source"
    for gltf, _ in contents_of(tmp_path / "out"):
        names = read.primitives(gltf)[0]["attributes"]
        assert set(names) == {"POSITION", "COLOR_0", "_CLASSIFICATION"}


def test_real_file_with_crs_stands_in_its_place(tmp_path: Path) -> None:
    path = shared_path("data/models/points/with_srs.las")
    report = build(sites(path), PointBuildOptions(tmp_path / "out", "点云", "Points"))
    assert (report.points, report.colours) == (1247, "class")
    assert report.classes == {"Unclassified": 1003, "Ground": 244}
    found, _ = earth_points(tmp_path / "out")
    geodetic = geodetic_from_ecef(found)
    assert geodetic[:, 0].min() == pytest.approx(-94.5886, abs=1e-3)
    assert geodetic[:, 1].max() == pytest.approx(31.2863, abs=1e-3)
    assert geodetic[:, 2].min() == pytest.approx(87.96, abs=0.01)
    told = info(tmp_path / "out")
    assert (told.points, told.title) == (1247, {"zh": "点云", "en": "Points"})
    assert validate(tmp_path / "out") == []


def test_real_file_without_crs_stands_at_its_anchor(tmp_path: Path) -> None:
    path = shared_path("data/models/points/ripple.las")
    with pytest.raises(SourceDataError, match=r"states no CRS.*--crs.*--anchor"):
        sites(path)
    placed = sites(path, anchor=Anchor(114.3, 30.5, 25.0))
    report = build(placed, PointBuildOptions(tmp_path / "out"))
    assert (report.points, report.colours) == (10201, "source")
    west, south, east, north = report.bounds or (0, 0, 0, 0)
    assert ((west + east) / 2, (south + north) / 2) == pytest.approx((114.3, 30.5), abs=1e-9)
    assert report.georeference[0].method == "anchor"
    assert validate(tmp_path / "out") == []


def test_several_clouds_make_one_tileset(tmp_path: Path) -> None:
    one = write_las(tmp_path / "one.las", scattered(800))
    other = write_las(
        tmp_path / "two.laz", scattered(500, at=(470_000, 3_380_000, 0)), crs="EPSG:4548"
    )
    report = built(tmp_path / "out", one, other)
    assert (report.points, len(report.georeference)) == (1_300, 2)
    assert validate(tmp_path / "out") == []


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    xyz = scattered(500)
    path = tmp_path / "cloud.xyz"
    rows = [" ".join(map(str, row)) for row in xyz.tolist()]
    rows[3], rows[4] = "nan 1 2", "1e9 3380000 2"
    path.write_text("\n".join(rows))
    report = build(sites(path, crs=CRS_CODE), PointBuildOptions(tmp_path / "out"))
    assert (report.points_in, report.points) == (500, 498)
    assert sum(report.dropped.values()) == 2


def test_nothing_usable_leaves_the_old_tileset(tmp_path: Path) -> None:
    good = write_las(tmp_path / "good.las", scattered(50))
    built(tmp_path / "out", good)
    before = (tmp_path / "out/tileset.json").read_bytes()
    far = write_las(tmp_path / "far.las", scattered(50, at=(9e6, 9e6, 0)), crs="EPSG:4547")
    with pytest.raises(SourceDataError, match="no point to show: 50 outside the area"):
        built(tmp_path / "out", far)
    assert (tmp_path / "out/tileset.json").read_bytes() == before


def test_same_points_give_the_same_bytes(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cloud.las", scattered(3_000))
    one, other = (built(tmp_path / name, path) for name in ("one", "two"))
    assert one.version == other.version
    names = [sorted(p.name for p in (tmp_path / n).rglob("*.glb")) for n in ("one", "two")]
    assert names[0] == names[1]


def test_progress_counts_points(tmp_path: Path) -> None:
    path = write_las(tmp_path / "cloud.las", scattered(3_000))
    told: list[Progress] = []
    options = PointBuildOptions(tmp_path / "out", tile_points=300, partition_points=1_000)
    build(sites(path), options, told.append)
    assert told[0] == Progress("read", 700, 3_000)
    assert told[-1] == Progress("write", 3_000, 3_000)


def test_contents_please_the_khronos_validator(tmp_path: Path) -> None:
    fields = coloured(3_000) | {"classification": np.full(3_000, 6, np.uint8)}
    path = write_las(tmp_path / "cloud.las", scattered(3_000, size=100.0), **fields)
    built(tmp_path / "out", path)
    for report in khronos_issues(sorted((tmp_path / "out").rglob("*.glb"))):
        assert (report["numErrors"], report["numWarnings"]) == (0, 0), report


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no point cloud"):
        build((), PointBuildOptions(tmp_path / "out"))


@pytest.mark.parametrize(
    "wrong", [{"tile_points": 0}, {"partition_points": 10}, {"tiles_per_document": 0}]
)
def test_options_out_of_range_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="legal: "):
        PointBuildOptions(tmp_path, **wrong)
