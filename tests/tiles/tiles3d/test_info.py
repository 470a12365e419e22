"""Facts about tilesets."""

from pathlib import Path

import orjson
import pytest

from cim.errors import NotFoundError, SourceDataError
from tests.tiles.making import LAT, LON, build_tileset, house_surfaces, make_features
from tiles.tiles3d.info import info
from tiles.tiling.quadtree import Limits


def test_counts_agree_with_the_report_of_the_build(tmp_path: Path) -> None:
    batch = make_features(200, surfaces=house_surfaces("1", "2"))
    report = build_tileset(
        tmp_path / "out", batch, title_zh="建筑", limits=Limits(30, 4_000, 8), tiles_per_document=5
    )
    found = info(tmp_path / "out")
    assert (found.features, found.triangles) == (report.features, report.triangles)
    assert found.contents == report.tiles
    assert found.bytes == report.bytes["content"] + report.bytes["documents"]
    assert found.lods == ("2",)
    assert found.title["zh"] == "建筑"
    assert found.properties == ("entity_id", "name", "class", "height_m")
    assert found.bounds == report.bounds


def test_bounds_come_from_the_root_volume_where_none_are_stated(tmp_path: Path) -> None:
    report = build_tileset(tmp_path / "out", make_features(50))
    path = tmp_path / "out" / "tileset.json"
    document = orjson.loads(path.read_bytes())
    del document["asset"]["extras"]["bounds"]
    path.write_bytes(orjson.dumps(document))
    assert info(path).bounds == pytest.approx(report.bounds, abs=1e-6)
    document["root"]["boundingVolume"] = {"region": [1.9, 0.5, 2.0, 0.6, 0, 9]}
    path.write_bytes(orjson.dumps(document))
    assert info(path).bounds == pytest.approx((108.862, 28.648, 114.592, 34.377), abs=1e-3)
    document["root"]["boundingVolume"] = {"sphere": [0, 0, 0, 5_000]}
    path.write_bytes(orjson.dumps(document))
    west, south, east, north = info(path).bounds or (0, 0, 0, 0)
    assert west < LON < east
    assert south < LAT < north


def test_missing_and_broken_tilesets_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such tileset"):
        info(tmp_path)
    (tmp_path / "tileset.json").write_text("{")
    with pytest.raises(SourceDataError, match="not a tileset document"):
        info(tmp_path)
