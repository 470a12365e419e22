"""Tilesets of real buildings."""

import gzip
import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely

from cim import frames, plugins
from cim.arrays import Float64
from cim.crs import settle
from cim.features import FeatureBatch
from cim.readers.base import Reader, ReadOptions
from tests.conftest import shared_path
from tests.tiles.making import (
    build_tileset,
    column,
    contents_of,
    glb_files,
    khronos_issues,
    make_features,
    world_matrices,
)
from tiles.gltf import read, scene
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


def city_model(name: str, crs: str | None = None) -> FeatureBatch:
    """A CityJSON file in the city's CRS."""
    reader: Reader = plugins.load("cityjson", "cim.readers")
    path = shared_path(f"data/models/cityjson/{name}")
    (batch,) = reader.read(path, ReadOptions(crs=crs))
    settled = settle(batch)
    assert settled.rejects == ()
    return settled.batch


CITY_MODELS = {
    "rotterdam_3-20-DELFSHAVEN.city.json": (None, 853),
    "delft.json": (None, 570),
    "3dbag_b2.city.jsonl": (None, 2),
    "DH_01_subs.city.json": ("EPSG:7415", 4),
    "vienna.city.jsonl": ("EPSG:31256", 149),
}


@pytest.mark.parametrize("name", CITY_MODELS)
def test_city_models_become_sound_tilesets(name: str, tmp_path: Path) -> None:
    crs, count = CITY_MODELS[name]
    batch = city_model(name, crs)
    report = build_tileset(tmp_path / "out", batch, limits=Limits(features=300))
    assert (report.features, report.skipped) == (count, {})
    assert validate(tmp_path / "out") == []
    for issues in khronos_issues(glb_files(tmp_path / "out")):
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_solids_of_a_city_model_are_closed_and_the_right_way_out(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", city_model("3dbag_b2.city.jsonl"))
    (content,) = contents_of(tmp_path / "out")
    low, high = scene.positions(content).min(axis=0), scene.positions(content).max(axis=0)
    volumes = volumes_of(content)
    assert (volumes > 100).all()
    assert volumes.sum() < np.prod(high - low)


def volumes_of(content: read.Gltf) -> Float64:
    """Signed volume of each feature of a content."""
    positions = scene.positions(content)
    positions = positions - positions.mean(axis=0)
    volumes = np.zeros(read.property_tables(content)[0]["count"])
    for triangles in scene.corners(content):
        first, second, third = np.moveaxis(positions[triangles], 1, 0)
        parts = np.einsum("ij,ij->i", first, np.cross(second, third)) / 6
        ids = scene.feature_ids(content)[triangles[:, 0]]
        volumes += np.bincount(ids.astype(int), parts, len(volumes))
    return volumes


def test_buildings_of_a_city_model_stand_where_the_source_says(tmp_path: Path) -> None:
    batch = city_model("rotterdam_3-20-DELFSHAVEN.city.json")
    build_tileset(tmp_path / "out", batch)
    owners = [batch.source_ids[row] for row in batch.surfaces.feature]
    where = dict(zip(owners, batch.surfaces.geometry, strict=True))
    matrices = world_matrices(tmp_path / "out")
    for content in contents_of(tmp_path / "out"):
        matrix = matrices[content.where]
        ecef = scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3]
        ids = column(content, "source_id")
        features = scene.feature_ids(content)
        for number in range(0, len(ids), 40):
            source = shapely.get_coordinates(where[ids[number]], include_z=True)
            wanted = frames.ecef_from_geodetic(source)
            found = ecef[features == number]
            away = np.linalg.norm(found[:, None] - wanted[None], axis=2).min(axis=1)
            assert away.max() < 0.01


@pytest.mark.parametrize("name", ["shanghai_tilezen.js.gz", "wuhan_buildSet.js.gz"])
def test_osm_buildings_become_a_sound_tileset(name: str, tmp_path: Path) -> None:
    batch = osm_buildings(name)
    report = build_tileset(tmp_path / "out", batch, limits=Limits(features=300))
    assert report.features + sum(report.skipped.values()) == len(batch)
    assert report.features > 200
    assert validate(tmp_path / "out") == []
    for issues in khronos_issues(glb_files(tmp_path / "out")):
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
    of_roofs = [names[each["material"]] == "roof" for each in read.primitives(content)]
    (triangles,) = itertools.compress(scene.corners(content), of_roofs)
    corners = np.moveaxis(scene.positions(content)[triangles], 1, 0)
    areas = np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]), axis=1) / 2
    owner = scene.feature_ids(content)[triangles[:, 0]]
    sums = np.bincount(owner.astype(int), areas)
    return list(zip(column(content, "entity_id"), sums.tolist(), strict=True))
