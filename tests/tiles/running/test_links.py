"""Models in the place of a city's blocks: which block, seen when, and rebuilt how far."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from cim.errors import InputError, NotFoundError, SourceDataError
from tests.commands import cim
from tests.conftest import shared_path
from tests.tiles.making import root_of
from tests.tiles.running.making import LAT, LON, load_buildings
from tiles.archive import Archive
from tiles.build import build
from tiles.gltf import glb, read
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, BuildReport, LinkedModel
from tiles.running.layer import LayerSource
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

SMALL = Limits(features=20, triangles=4_000, upper_features=4)
ON_FIRST = f"{LON + 5e-5:.6f},{LAT + 1.9e-4:.6f},0"
"""The model's corner, so that it stands on the building b1."""

BESIDE = f"{LON + 2.6e-4:.6f},{LAT + 1.9e-4:.6f},0"
"""Between b1 and b2."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_model(tmp_path_factory.mktemp("model") / "duplex", ON_FIRST)


def made_model(output: Path, anchor: str) -> Path:
    """The tileset of a house."""
    source = shared_path("data/models/ifc/duplex.ifc")
    cim("tiles", "build", source, "-o", output, "--anchor", anchor)
    return output


def city(path: Path, output: Path, *models: LinkedModel, **options: Any) -> BuildReport:
    """Build the tileset of the buildings of a store."""
    usual: dict[str, Any] = {"limits": SMALL, "workers": 1, "models": models}
    return build(LayerSource(path, "buildings"), BuildOptions(output, **(usual | options)))


def tiles(folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """All tiles of a city with the one above, documents of models left out."""
    waiting: list[tuple[dict[str, Any], dict[str, Any] | None]] = [(root_of(folder)["root"], None)]
    while waiting:
        tile, above = waiting.pop()
        yield tile, above
        waiting += [(child, tile) for child in tile.get("children", [])]


def uri_of(tile: dict[str, Any]) -> str:
    return str(tile.get("content", {}).get("uri", ""))


def names_in(folder: Path, uri: str) -> list[str]:
    content = Gltf(*glb.unpack((folder / uri).read_bytes(), where=uri), uri)
    table = read.property_tables(content)[0]
    return read.texts(content, table["properties"]["name"], table["count"])


def everything(folder: Path) -> dict[str, list[str]]:
    """Names of the buildings in each content."""
    uris = (uri_of(tile) for tile, _ in tiles(folder))
    return {uri: names_in(folder, uri) for uri in uris if uri.endswith(".glb")}


def blocks(folder: Path) -> dict[str, list[str]]:
    """Names of the buildings that models replace."""
    return {uri: names for uri, names in everything(folder).items() if "/block-" in uri}


def test_the_block_is_alone_in_a_tile_that_the_model_replaces(model: Path, tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 60)
    report = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    assert report.notes["replaced near by by the model duplex"] == 1
    assert list(blocks(tmp_path / "t").values()) == [["b1"]]
    every = sorted(name for names in everything(tmp_path / "t").values() for name in names)
    assert every == sorted(f"b{number}" for number in range(1, 61)), "each is drawn once"
    (pair,) = [pair for pair in tiles(tmp_path / "t") if uri_of(pair[0]).startswith("external-")]
    link, block = pair
    assert block is not None
    assert "/block-duplex-" in uri_of(block)
    assert block["refine"] == "REPLACE"
    assert 0 < link["geometricError"] <= block["geometricError"] < 20
    assert validate(tmp_path / "t") == []


def test_the_model_stands_where_it_stood(model: Path, tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 60)
    city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    alone, linked = info(model), info(tmp_path / "t")
    assert linked.contents == alone.contents + len(everything(tmp_path / "t"))
    assert linked.bounds is not None
    west, south, east, north = linked.bounds[:4]
    assert west < LON + 1e-4 < east
    assert south < LAT + 1e-4 < north


def test_linking_makes_only_the_tiles_anew_that_it_concerns(model: Path, tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 200)
    whole = city(tmp_path / "city.gpkg", tmp_path / "t")
    linked = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    assert (linked.mode, linked.written) == ("incremental", 2)
    assert linked.tiles == whole.tiles + 1
    assert validate(tmp_path / "t") == []
    anew = city(tmp_path / "city.gpkg", tmp_path / "anew", LinkedModel(model))
    assert anew.version == linked.version, "as if all had been built at once"
    again = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    assert (again.mode, again.written) == ("unchanged", 0)
    alone = city(tmp_path / "city.gpkg", tmp_path / "t")
    assert (alone.mode, alone.written, alone.version) == ("incremental", 1, whole.version)


def test_a_changed_block_is_made_anew_in_its_own_tile(model: Path, tmp_path: Path) -> None:
    store = load_buildings(tmp_path / "city.gpkg", 200)
    city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    before = everything(tmp_path / "t")
    store.close()
    load_buildings(tmp_path / "city.gpkg", 200, moved={1: 1e-6})
    report = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model))
    assert report.mode == "incremental"
    (changed,) = everything(tmp_path / "t").keys() - before.keys()
    assert blocks(tmp_path / "t") == {changed: ["b1"]}
    assert validate(tmp_path / "t") == []


def test_a_block_may_be_named_by_its_id(model: Path, tmp_path: Path) -> None:
    store = load_buildings(tmp_path / "city.gpkg", 60)
    (batch,) = store.read("buildings", columns=("entity_id", "name"))
    ids = dict(
        zip(*(batch.attributes[each].to_pylist() for each in ("name", "entity_id")), strict=True)
    )
    city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model, ids["b7"]))
    assert list(blocks(tmp_path / "t").values()) == [["b7"]]
    city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model, ids["b8"]))
    assert list(blocks(tmp_path / "t").values()) == [["b8"]]
    with pytest.raises((InputError, NotFoundError), match="BLDG-nothing"):
        city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model, "BLDG-nothing"))


def test_where_nothing_stands_the_model_is_added(tmp_path: Path) -> None:
    beside = made_model(tmp_path / "duplex", BESIDE)
    load_buildings(tmp_path / "city.gpkg", 60)
    report = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(beside))
    assert report.notes["model duplex added: no feature stands there"] == 1
    assert blocks(tmp_path / "t") == {}
    assert validate(tmp_path / "t") == []


def test_an_archive_holds_the_model_and_may_be_one(model: Path, tmp_path: Path) -> None:
    packed = made_model(tmp_path / "duplex.3tz", ON_FIRST)
    load_buildings(tmp_path / "city.gpkg", 60)
    city(tmp_path / "city.gpkg", tmp_path / "city.3tz", LinkedModel(packed))
    assert validate(tmp_path / "city.3tz") == []
    with Archive(tmp_path / "city.3tz") as archive:
        held = [name for name in archive.names() if name.startswith("external-")]
    assert sum(name.endswith(".glb") for name in held) == info(model).contents


def test_a_model_that_is_built_again_comes_with_the_next_build(tmp_path: Path) -> None:
    made = made_model(tmp_path / "duplex", ON_FIRST)
    load_buildings(tmp_path / "city.gpkg", 60)
    first = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(made))
    source = shared_path("data/models/ifc/duplex.ifc")
    cim("tiles", "build", source, "-o", made, "--anchor", ON_FIRST, "--spaces")
    assert validate(tmp_path / "t") == [], "what was taken in stays whole"
    second = city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(made))
    assert (second.mode, second.written) == ("incremental", 0)
    assert second.version != first.version
    assert info(tmp_path / "t").contents > info(made).contents
    assert validate(tmp_path / "t") == []


def test_what_is_no_tileset_of_a_model_is_refused(model: Path, tmp_path: Path) -> None:
    load_buildings(tmp_path / "city.gpkg", 10)
    with pytest.raises(NotFoundError, match="no such tileset"):
        city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(tmp_path / "nothing"))
    with pytest.raises(InputError, match="two models are named 'duplex'"):
        city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model), LinkedModel(model))
    with pytest.raises(InputError, match="explicit tiling"):
        city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(model), tiling="implicit")
    folder = tmp_path / "region"
    folder.mkdir()
    region = {"boundingVolume": {"region": [0, 0, 1, 1, 0, 1]}, "geometricError": 1.0}
    document = {"asset": {"version": "1.1"}, "geometricError": 1.0, "root": region}
    (folder / "tileset.json").write_bytes(orjson.dumps(document))
    with pytest.raises(SourceDataError, match="no box as bounding volume"):
        city(tmp_path / "city.gpkg", tmp_path / "t", LinkedModel(folder))


def test_files_are_linked_too_and_named_by_source_id(model: Path, tmp_path: Path) -> None:
    square = [[LON + x, LAT + y] for x, y in ((0, 0), (2e-4, 0), (2e-4, 2e-4), (0, 2e-4), (0, 0))]
    feature = {
        "type": "Feature", "id": "a", "properties": {"name": "house", "height_m": 9.0},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }  # fmt: skip
    source = tmp_path / "blocks.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    cim("tiles", "build", source, "-o", tmp_path / "t", "--bim", model, "--crs", "EPSG:4490")
    assert list(blocks(tmp_path / "t").values()) == [["house"]]
    assert validate(tmp_path / "t") == []
