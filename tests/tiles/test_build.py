"""Tilesets from features, end to end."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim import frames
from cim.arrays import Float64
from cim.errors import BackendError, InputError, SourceDataError
from cim.features import FeatureBatch, Reject
from tests.tiles.making import (
    LAT,
    LON,
    build_tileset,
    column,
    contents_of,
    glb_files,
    house_surfaces,
    khronos_issues,
    make_features,
    root_of,
    squares,
    world_matrices,
)
from tiles.build import build
from tiles.gltf import read, scene
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, Progress
from tiles.properties import NO_HEIGHT
from tiles.publish import staging
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

SMALL = Limits(features=40, triangles=4_000, upper_features=8)


def lon_lat_height(folder: Path, content: Gltf) -> Float64:
    """(v, 3) vertices of a content on the globe."""
    matrix = world_matrices(folder)[content.where]
    return frames.geodetic_from_ecef(scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3])


def feature_of_vertices(content: Gltf) -> Float64:
    return scene.feature_ids(content)


def test_tileset_passes_both_validators(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(500), limits=SMALL)
    assert validate(tmp_path / "out") == []
    for report in khronos_issues(glb_files(tmp_path / "out")):
        assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]


def test_every_feature_is_in_exactly_one_tile(tmp_path: Path) -> None:
    report = build_tileset(tmp_path / "out", make_features(500), limits=SMALL)
    ids = [
        code for content in contents_of(tmp_path / "out") for code in column(content, "entity_id")
    ]
    assert sorted(ids) == make_features(500).attributes["entity_id"].to_pylist()
    assert report.features == 500
    assert report.tiles == len(contents_of(tmp_path / "out"))


def test_feature_ids_lead_to_the_entity_that_stands_there(tmp_path: Path) -> None:
    batch = make_features(300)
    build_tileset(tmp_path / "out", batch, limits=SMALL)
    where = dict(zip(batch.attributes["entity_id"].to_pylist(), batch.geometry, strict=True))
    for content in contents_of(tmp_path / "out"):
        ids = column(content, "entity_id")
        placed = lon_lat_height(tmp_path / "out", content)
        for feature, (lon, lat, _) in zip(feature_of_vertices(content), placed, strict=True):
            west, south, east, north = where[ids[feature]].bounds
            assert min(abs(lon - west), abs(lon - east)) < 1e-7
            assert min(abs(lat - south), abs(lat - north)) < 1e-7


@pytest.mark.parametrize(("lon", "lat"), [(114.3, 30.5), (-70.0, -33.4), (0.0, 0.0), (25.0, 84.0)])
def test_vertices_are_true_within_a_centimetre_and_a_half(
    lon: float, lat: float, tmp_path: Path
) -> None:
    batch = make_features(squares(60, lon=lon, lat=lat), height_m=[30.0] * 60)
    build_tileset(tmp_path / "out", batch, base_height_m=1_500.0)
    (content,) = contents_of(tmp_path / "out")
    placed = lon_lat_height(tmp_path / "out", content)
    corners = shapely.get_coordinates(batch.geometry)
    feet = frames.ecef_from_geodetic(np.column_stack((corners, np.full(len(corners), 1_500.0))))
    tops = frames.ecef_from_geodetic(np.column_stack((corners, np.full(len(corners), 1_530.0))))
    wanted = np.concatenate((feet, tops))
    found = frames.ecef_from_geodetic(placed)
    away = [np.linalg.norm(wanted - point, axis=1).min() for point in found]
    assert max(away) < 0.015


def test_wide_data_stay_true_and_valid(tmp_path: Path) -> None:
    far = np.concatenate((squares(30, lon=73.6, lat=39.4), squares(30, lon=134.7, lat=48.3)))
    build_tileset(tmp_path / "out", make_features(far))
    assert validate(tmp_path / "out") == []
    for content in contents_of(tmp_path / "out"):
        heights = lon_lat_height(tmp_path / "out", content)[:, 2]
        assert np.minimum(np.abs(heights), np.abs(heights - 12)).max() < 0.01


def test_features_on_both_sides_of_the_antimeridian_are_valid(tmp_path: Path) -> None:
    both = np.concatenate((squares(20, lon=179.99, lat=-17), squares(20, lon=-179.99, lat=-17)))
    build_tileset(tmp_path / "out", make_features(both))
    assert validate(tmp_path / "out") == []


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_tileset(tmp_path / name, make_features(300), limits=SMALL)
    files = [
        {
            file.relative_to(folder): file.read_bytes()
            for file in folder.rglob("*")
            if file.is_file() and ".build" not in file.parts
        }
        for folder in (tmp_path / "one", tmp_path / "two")
    ]
    assert files[0] == files[1]


def test_batches_do_not_change_what_is_written(tmp_path: Path) -> None:
    whole = make_features(120)
    parts = [
        FeatureBatch(
            whole.crs,
            whole.geometry[first : first + 50],
            whole.attributes.slice(first, 50),
            whole.source_ids[first : first + 50],
            whole.records[first : first + 50],
        )
        for first in (0, 50, 100)
    ]
    one = build_tileset(tmp_path / "one", whole, limits=SMALL)
    two = build_tileset(tmp_path / "two", *parts, limits=SMALL)
    assert one.version == two.version


def test_partitions_do_not_change_what_is_written(tmp_path: Path) -> None:
    one = build_tileset(tmp_path / "one", make_features(400), limits=SMALL)
    two = build_tileset(tmp_path / "two", make_features(400), limits=SMALL, partition_features=90)
    assert one.version == two.version


def test_large_trees_are_split_into_external_tilesets(tmp_path: Path) -> None:
    report = build_tileset(
        tmp_path / "out", make_features(1_500), limits=SMALL, tiles_per_document=10
    )
    assert validate(tmp_path / "out") == []
    found = info(tmp_path / "out")
    assert found.documents > 3
    assert (found.features, found.contents) == (1_500, report.tiles)


def test_missing_values_are_declared_as_no_data(tmp_path: Path) -> None:
    batch = make_features(2, name=[None, ""], beidou_code=["N50J4753", None])
    build_tileset(tmp_path / "out", batch)
    (content,) = contents_of(tmp_path / "out")
    assert column(content, "name") == ["-", "-"]
    assert column(content, "beidou_code") == ["N50J4753", "-"]
    assert validate(tmp_path / "out") == []


def test_features_without_entity_ids_carry_their_source_ids(tmp_path: Path) -> None:
    batch = make_features(2)
    bare = FeatureBatch(
        batch.crs,
        batch.geometry,
        batch.attributes.select(["height_m"]),
        ("a", None),
        batch.records,
    )
    build_tileset(tmp_path / "out", bare)
    (content,) = contents_of(tmp_path / "out")
    assert column(content, "source_id") == ["a", "-"]
    assert "entity_id" not in info(tmp_path / "out").properties


def test_heights_are_in_the_property_table(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(3, height_m=[3.0, 4.5, 99.0]))
    (content,) = contents_of(tmp_path / "out")
    stored = read.property_tables(content)[0]["properties"]["height_m"]
    heights = read.numbers(content, stored, "FLOAT32", 3)
    assert heights.tolist() == [3.0, 4.5, 99.0]
    assert NO_HEIGHT not in heights


def test_root_document_says_what_the_server_lists(tmp_path: Path) -> None:
    build_tileset(
        tmp_path / "out",
        make_features(3),
        title_zh="建筑",
        title_en="Buildings",
        layer="buildings",
    )
    extras = root_of(tmp_path / "out")["asset"]["extras"]
    assert extras["title"] == {"zh": "建筑", "en": "Buildings"}
    assert (extras["layer"], extras["feature_count"]) == ("buildings", 3)
    assert extras["bounds"] == pytest.approx([LON, LAT, LON + 1e-3, LAT + 2e-4])
    assert "ellipsoid" in extras["height_reference"]


def test_ground_heights_lift_buildings_and_missing_ones_are_told(tmp_path: Path) -> None:
    batch = make_features(3, ground_elevation_m=[100.0, None, 1e9])
    report = build_tileset(tmp_path / "out", batch, base_height_m=50.0)
    (content,) = contents_of(tmp_path / "out")
    heights = lon_lat_height(tmp_path / "out", content)[:, 2].round(1)
    features = feature_of_vertices(content)
    assert set(heights[features == 0]) == {100.0, 112.0}
    assert set(heights[features == 1]) == {50.0, 62.0}
    assert report.notes == {"no usable ground height, the default used": 2}


def test_surfaces_are_preferred_to_footprints(tmp_path: Path) -> None:
    batch = make_features(2, surfaces=house_surfaces("2"))
    report = build_tileset(tmp_path / "out", batch)
    assert report.height_sources == {"height_m": 1, "lod 2": 1}
    (content,) = contents_of(tmp_path / "out")
    heights = lon_lat_height(tmp_path / "out", content)[:, 2].round(1)
    features = feature_of_vertices(content)
    assert set(heights[features == 0]) == {20.0, 26.0, 29.0}
    assert set(heights[features == 1]) == {0.0, 12.0}
    assert info(tmp_path / "out").lods == ("2",)
    assert validate(tmp_path / "out") == []


@pytest.mark.parametrize(("lod", "used"), [(None, "lod 2.2"), ("1", "lod 1"), ("2", "lod 2")])
def test_finest_level_of_detail_is_used_unless_one_is_named(
    lod: str | None, used: str, tmp_path: Path
) -> None:
    batch = make_features(1, surfaces=house_surfaces("1", "2.2", "2"))
    assert build_tileset(tmp_path / "out", batch, lod=lod).height_sources == {used: 1}


def test_what_cannot_be_shown_is_counted_and_listed(tmp_path: Path) -> None:
    line = shapely.LineString([(LON, LAT), (LON + 1, LAT)])
    flat = shapely.Polygon([(LON, LAT), (LON + 1e-4, LAT), (LON, LAT)])
    lost = shapely.box(500, 100, 501, 101)
    sound, tie = squares(1)[0], shapely.Polygon([(0, 0), (1e-4, 1e-4), (1e-4, 0), (0, 1e-4)])
    shapes = [None, shapely.Polygon(), line, flat, lost, sound, tie]
    report = build_tileset(tmp_path / "out", make_features(shapes))
    assert report.skipped == {
        "no geometry": 2,
        "not a polygon": 1,
        "coordinates are off the globe": 1,
        "polygon without area": 1,
    }
    assert report.notes == {"polygon crossed itself, mended": 1}
    assert [reject.record for reject in report.rejects] == [1, 2, 3, 5, 4]
    assert report.features == 2


def test_corner_heights_that_are_not_used_are_told(tmp_path: Path) -> None:
    flat = squares(2)
    raised = shapely.force_3d(flat[0], 7.0)
    report = build_tileset(tmp_path / "out", make_features([raised, flat[1]]))
    assert report.notes == {"corner heights not used": 1}


def test_rejects_of_the_reader_are_in_the_report(tmp_path: Path) -> None:
    reject = Reject(9, "geometry", "x", "ring not closed")
    whole = make_features(1)
    batch = FeatureBatch(
        whole.crs, whole.geometry, whole.attributes, whole.source_ids, whole.records,
        rejects=(reject,),
    )  # fmt: skip
    report = build_tileset(tmp_path / "out", batch)
    assert report.skipped == {"ring not closed": 1}
    assert report.rejects == (reject,)


def test_nothing_to_show_is_an_error_and_leaves_the_old_tileset(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(3))
    before = (tmp_path / "out" / "tileset.json").read_bytes()
    with pytest.raises(SourceDataError, match="2 no geometry"):
        build_tileset(tmp_path / "out", make_features([None, None]))
    with pytest.raises(SourceDataError, match="the source is empty"):
        build_tileset(tmp_path / "out")
    assert (tmp_path / "out" / "tileset.json").read_bytes() == before
    assert validate(tmp_path / "out") == []


def test_source_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing() -> object:
        yield make_features(3)
        raise SourceDataError("cut short", where="x.gpkg")

    with pytest.raises(SourceDataError, match="cut short"):
        build(failing(), BuildOptions(tmp_path / "out"))  # type: ignore[arg-type]
    assert [file.name for file in (tmp_path / "out").iterdir()] == [".build"]


def test_new_tileset_replaces_the_old_one_whole(tmp_path: Path) -> None:
    first = {"limits": SMALL, "tiles_per_document": 5}
    one = build_tileset(tmp_path / "out", make_features(600), **first)
    two = build_tileset(tmp_path / "out", make_features(5))
    assert one.version != two.version
    assert validate(tmp_path / "out") == []
    assert info(tmp_path / "out").features == 5


def names_in(folder: Path) -> set[str]:
    """Files of a tileset, the state of its builds left out."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {file.as_posix() for file in files if file.parts[0] != ".build"}


def test_files_of_the_tileset_before_stay_until_the_next_one_and_older_ones_go(
    tmp_path: Path,
) -> None:
    first = {"limits": SMALL, "tiles_per_document": 5}
    build_tileset(tmp_path / "out", make_features(600), **first)
    one = names_in(tmp_path / "out")
    build_tileset(tmp_path / "out", make_features(5))
    two = names_in(tmp_path / "out")
    assert one <= two
    build_tileset(tmp_path / "out", make_features(6))
    three = names_in(tmp_path / "out")
    assert one & three <= {"tileset.json", *(name for name in one if "schema" in name)}
    assert two - one <= three


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.tiles.making import make_features
from tiles.build import build
from tiles.options import BuildOptions

def kill(progress):
    if progress.stage == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

build(iter([make_features(50)]), BuildOptions(Path(sys.argv[1])), kill)
"""


@pytest.mark.parametrize("stage", ["read", "write"])
def test_killed_build_leaves_the_old_tileset_and_the_next_one_cleans_up(
    stage: str, tmp_path: Path
) -> None:
    old = build_tileset(tmp_path / "out", make_features(5))
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out"), stage]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert validate(tmp_path / "out") == []
    assert info(tmp_path / "out").features == 5
    assert old.version in (tmp_path / "out" / "tileset.json").read_text()
    build_tileset(tmp_path / "out", make_features(7))
    assert validate(tmp_path / "out") == []
    assert not list((tmp_path / "out" / ".build").glob("work-*"))


def test_same_build_again_mends_what_was_deleted(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(5))
    glb_files(tmp_path / "out")[0].unlink()
    build_tileset(tmp_path / "out", make_features(5))
    assert validate(tmp_path / "out") == []


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "out" / "notes").mkdir(parents=True)
    build_tileset(tmp_path / "out", make_features(5))
    build_tileset(tmp_path / "out", make_features(6))
    assert (tmp_path / "out" / "notes").is_dir()


def test_second_build_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with staging(tmp_path / "out"), pytest.raises(BackendError, match="another build"):
        build_tileset(tmp_path / "out", make_features(1))


def test_foreign_tileset_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tileset.json").write_text('{"asset": {"version": "1.0"}}')
    with pytest.raises(InputError, match="not made by cim-server"):
        build_tileset(tmp_path, make_features(1))


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendError, match="file"):
        build_tileset(tmp_path / "file", make_features(1))


def test_other_crs_is_refused(tmp_path: Path) -> None:
    batch = make_features(1)
    moved = FeatureBatch(
        "EPSG:28992", batch.geometry, batch.attributes, batch.source_ids, batch.records
    )
    with pytest.raises(InputError, match="EPSG:28992"):
        build_tileset(tmp_path / "out", moved)


def test_progress_counts_features_of_both_stages(tmp_path: Path) -> None:
    told: list[Progress] = []
    batches = iter([make_features(3), make_features(2)])
    build(batches, BuildOptions(tmp_path / "out"), told.append)
    assert [(each.stage, each.done) for each in told] == [("read", 3), ("read", 5), ("write", 5)]
