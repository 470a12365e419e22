"""Tilesets of real buildings."""

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely

from cim.features import FeatureBatch
from tests.conftest import shared_path
from tests.tiles.making import (
    build_tileset,
    column,
    contents_of,
    khronos_issues,
    make_features,
)
from tiles.gltf import read
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

OSM = "data/addresses/osm_buildings"


def osm_buildings(name: str) -> FeatureBatch:
    """Buildings of a Tilezen extract, which is JavaScript, not JSON."""
    text = gzip.decompress(shared_path(f"{OSM}/{name}").read_bytes()).decode()
    body = text[text.index("[") : text.rindex("]") + 1]
    quoted = re.sub(r"(?m)^(\s*)(\w+):|(?<=[{,] )(\w+):", r'\1"\2\3":', body)
    tiles: list[dict[str, Any]] = orjson.loads(quoted)
    unique = {
        feature["properties"]["id"]: feature
        for tile in tiles
        for feature in tile["buildings"]["features"]
        if "Polygon" in feature["geometry"]["type"]
    }
    properties = [feature["properties"] for feature in unique.values()]
    return make_features(
        [shapely.geometry.shape(feature["geometry"]) for feature in unique.values()],
        entity_id=[str(number) for number in unique],
        name=[each.get("name") for each in properties],
        height_m=[each.get("height") for each in properties],
    )


@pytest.mark.parametrize("name", ["shanghai_tilezen.js.gz", "wuhan_buildSet.js.gz"])
def test_osm_buildings_become_a_sound_tileset(name: str, tmp_path: Path) -> None:
    batch = osm_buildings(name)
    report = build_tileset(tmp_path / "out", batch, limits=Limits(features=300))
    assert report.features + sum(report.skipped.values()) == len(batch)
    assert report.features > 200
    assert validate(tmp_path / "out") == []
    for issues in khronos_issues(sorted((tmp_path / "out").glob("*/*.glb"))):
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_roofs_of_real_buildings_have_the_area_of_their_footprints(tmp_path: Path) -> None:
    batch = osm_buildings("shanghai_tilezen.js.gz")
    report = build_tileset(tmp_path / "out", batch)
    repaired = report.notes.get("polygon crossed itself, mended", 0)
    ids = batch.attributes["entity_id"].to_pylist()
    wanted = dict(zip(ids, shapely.area(batch.geometry), strict=True))
    found = {
        code: area for content in contents_of(tmp_path / "out") for code, area in roofs(content)
    }
    degree = np.radians(6_371_008.8)
    squash = np.cos(np.radians(31.24))
    ratio = np.array([area / (wanted[code] * degree**2 * squash) for code, area in found.items()])
    assert np.count_nonzero(np.abs(ratio - 1) > 0.01) <= repaired


def roofs(content: read.Gltf) -> list[tuple[str, float]]:
    """Entity id and roof area of each feature of a content."""
    names = [material["name"] for material in content.document["materials"]]
    roof = next(p for p in read.primitives(content) if names[p["material"]] == "roof")
    triangles = read.accessor_values(content, roof["indices"])[:, 0].reshape(-1, 3)
    corners = np.moveaxis(read.positions(content)[triangles], 1, 0)
    areas = np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]), axis=1) / 2
    owner = read.accessor_values(content, roof["attributes"]["_FEATURE_ID_0"])[:, 0][
        triangles[:, 0]
    ]
    sums = np.bincount(owner.astype(int), areas)
    return list(zip(column(content, "entity_id"), sums.tolist(), strict=True))
