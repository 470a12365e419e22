"""Implicit tiling, and archives."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from cim import frames
from cim.errors import InputError, SourceDataError, UnsupportedError
from tests.tiles.making import build_tileset, make_features, root_of, squares
from tests.tiles.running.making import edit, load_buildings
from tests.tiles.running.test_layers import SMALL, build_layer
from tiles.archive import Archive
from tiles.build import build
from tiles.gltf import glb, scene
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions
from tiles.publish import is_immutable
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate


def implicit_files(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"content-*/**/*{suffix}"))


def test_implicit_tileset_is_valid_and_holds_every_feature(tmp_path: Path) -> None:
    report = build_tileset(tmp_path / "out", make_features(1_500), limits=SMALL, tiling="implicit")
    assert validate(tmp_path / "out") == []
    assert info(tmp_path / "out").features == 1_500
    root = root_of(tmp_path / "out")["root"]
    assert root["implicitTiling"]["subdivisionScheme"] == "QUADTREE"
    assert len(implicit_files(tmp_path / "out", ".glb")) == report.tiles
    assert report.bytes["documents"] > sum(
        file.stat().st_size for file in implicit_files(tmp_path / "out", ".subtree")
    )


def test_deep_trees_have_several_subtrees(tmp_path: Path) -> None:
    spread = np.concatenate([squares(30, lon=114.3 + 0.2 * 4**-n) for n in range(10)])
    build_tileset(tmp_path / "out", make_features(spread), limits=SMALL, tiling="implicit")
    assert len(implicit_files(tmp_path / "out", ".subtree")) > 1
    assert validate(tmp_path / "out") == []
    assert info(tmp_path / "out").features == 300


def test_implicit_contents_stand_where_explicit_ones_do(tmp_path: Path) -> None:
    batch = make_features(200, height_m=[30.0] * 200)
    build_tileset(tmp_path / "out", batch, limits=SMALL, tiling="implicit")
    matrix = np.array(root_of(tmp_path / "out")["root"]["transform"]).reshape(4, 4).T
    heights, places = [], []
    for file in implicit_files(tmp_path / "out", ".glb"):
        content = Gltf(*glb.unpack(file.read_bytes(), where=file.name), file.name)
        points = scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3]
        geodetic = frames.geodetic_from_ecef(points)
        heights.append(geodetic[:, 2])
        places.append(geodetic[:, :2])
    whole = np.concatenate(heights)
    assert np.minimum(np.abs(whole), np.abs(whole - 30)).max() < 0.01
    west, south, east, north = info(tmp_path / "out").bounds or (0, 0, 0, 0)
    assert np.abs(np.concatenate(places).min(axis=0) - (west, south)).max() < 1e-7
    assert np.abs(np.concatenate(places).max(axis=0) - (east, north)).max() < 1e-7


def test_columns_run_eastward_and_rows_northward(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(600), limits=SMALL, tiling="implicit")
    west, south, east, north, *_ = root_of(tmp_path / "out")["root"]["boundingVolume"]["region"]
    matrix = np.array(root_of(tmp_path / "out")["root"]["transform"]).reshape(4, 4).T
    for file in implicit_files(tmp_path / "out", ".glb"):
        level, column, row = (int(part) for part in file.with_suffix("").parts[-3:])
        content = Gltf(*glb.unpack(file.read_bytes(), where=file.name), file.name)
        points = scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3]
        lon, lat = np.radians(frames.geodetic_from_ecef(points)[:, :2].mean(axis=0))
        assert column <= (lon - west) / (east - west) * 2**level <= column + 1
        assert row <= (lat - south) / (north - south) * 2**level <= row + 1


def test_files_of_implicit_tiling_never_change_under_their_names(tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 500)
    build_layer(tmp_path / "city.gpkg", tmp_path / "out", tiling="implicit")
    before = {file: file.read_bytes() for file in (tmp_path / "out").glob("content-*/**/*.*")}
    edit(tmp_path / "city.gpkg", "UPDATE buildings SET height_m = 88.5 WHERE fid = 123")
    report = build_layer(tmp_path / "city.gpkg", tmp_path / "out", tiling="implicit")
    assert (report.mode, report.written) == ("incremental", 1)
    assert validate(tmp_path / "out") == []
    assert {file: file.read_bytes() for file in before} == before
    assert all(is_immutable(file.relative_to(tmp_path / "out").as_posix()) for file in before)
    edit(tmp_path / "city.gpkg", "UPDATE buildings SET height_m = 89.5 WHERE fid = 123")
    build_layer(tmp_path / "city.gpkg", tmp_path / "out", tiling="implicit")
    assert len(list((tmp_path / "out").glob("content-*"))) == 2


def test_square_that_leaves_the_globe_is_refused(tmp_path: Path) -> None:
    far = np.concatenate((squares(30, lon=-170.0, lat=0.0), squares(30, lon=170.0, lat=0.0)))
    with pytest.raises(UnsupportedError, match="--tiling explicit"):
        build_tileset(tmp_path / "out", make_features(far), tiling="implicit")
    assert not (tmp_path / "out" / "tileset.json").exists()


def test_unknown_tiling_is_refused(tmp_path: Path) -> None:
    tiling: Any = "octree"
    with pytest.raises(InputError, match="auto, explicit, implicit"):
        BuildOptions(tmp_path / "out", tiling=tiling)


@pytest.mark.parametrize("tiling", ["explicit", "implicit"])
def test_archive_holds_what_the_folder_holds(tiling: Any, tmp_path: Path) -> None:
    options = {"limits": SMALL, "tiling": tiling}
    folder = build_tileset(tmp_path / "out", make_features(300), **options)
    packed = build_tileset(tmp_path / "out.3tz", make_features(300), **options)
    assert packed.version == folder.version
    assert validate(tmp_path / "out.3tz") == []
    with Archive(tmp_path / "out.3tz") as held:
        root = orjson.loads(held.read("tileset.json"))
        contents = [name for name in held.names() if name.endswith(".glb")]
    assert root == root_of(tmp_path / "out")
    assert len(contents) == folder.tiles
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.3tz"]


def test_archive_that_cannot_be_built_leaves_the_old_one(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out.3tz", make_features(3))
    before = (tmp_path / "out.3tz").read_bytes()
    with pytest.raises(SourceDataError):
        build_tileset(tmp_path / "out.3tz", make_features([None]))
    assert (tmp_path / "out.3tz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.3tz"]


def test_rejects_of_an_archive_lie_beside_it(tmp_path: Path) -> None:
    report = build_tileset(tmp_path / "out.3tz", make_features([None, *squares(2)]))
    assert report.reject_file == str(tmp_path / "out.rejects.csv")
    assert "no geometry" in (tmp_path / "out.rejects.csv").read_text("utf-8-sig")


def test_file_of_others_is_not_overwritten_by_an_archive(tmp_path: Path) -> None:
    (tmp_path / "out.3tz").write_bytes(b"mine")
    with pytest.raises(InputError, match="not made by cim-server"):
        build(iter([make_features(1)]), BuildOptions(tmp_path / "out.3tz"))
    assert (tmp_path / "out.3tz").read_bytes() == b"mine"
