"""CityJSON and CityJSONSeq: real files, small built ones, and broken ones."""

import copy
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.crs import settle
from cim.errors import InputError, SourceDataError
from cim.features import SURFACE_KINDS, FeatureBatch
from cim.readers.base import ReadOptions, SourceInfo
from cim.readers.cityjson import PLUGIN
from cim.reading import reader_for
from tests.conftest import shared_path

RD = ReadOptions(crs="EPSG:7415")
BOX = [
    [0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [0, 0, 5], [10, 0, 5], [10, 10, 5], [0, 10, 5],
]  # fmt: skip
SHELL = [
    [[0, 3, 2, 1]],
    [[4, 5, 6, 7]],
    [[0, 1, 5, 4]],
    [[1, 2, 6, 5]],
    [[2, 3, 7, 6]],
    [[3, 0, 4, 7]],
]


def make_document(**changes: Any) -> dict[str, Any]:
    """A box of 10 x 10 x 5 m in Rotterdam as LoD 1, without semantics."""
    document: dict[str, Any] = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [91_500.0, 436_500.0, 2.0]},
        "CityObjects": {
            "house": {
                "type": "Building",
                "attributes": {"name": "甲"},
                "geometry": [{"type": "Solid", "lod": "1", "boundaries": [SHELL]}],
            }
        },
        "vertices": BOX,
    }
    return copy.deepcopy(document) | copy.deepcopy(changes)


def write(path: Path, document: Any) -> Path:
    path.write_bytes(orjson.dumps(document))
    return path


def write_lines(path: Path, *documents: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(document) + b"\n" for document in documents))
    return path


def describe(path: Path, options: ReadOptions | None = None) -> SourceInfo:
    return reader_for(path).describe(path, options or ReadOptions())


def read_one(path: Path, options: ReadOptions | None = None) -> FeatureBatch:
    (batch,) = reader_for(path).read(path, options or ReadOptions())
    return batch


def read_document(
    folder: Path, options: ReadOptions | None = None, **changes: Any
) -> FeatureBatch:
    return read_one(write(folder / "a.city.json", make_document(**changes)), options)


def kinds(batch: FeatureBatch) -> Counter[str]:
    return Counter(SURFACE_KINDS[kind] for some in batch.surfaces.kinds for kind in some)


@pytest.mark.parametrize(
    ("name", "options", "count", "lods"),
    [
        ("rotterdam_3-20-DELFSHAVEN.city.json", ReadOptions(), 853, {"2"}),
        ("delft.json", ReadOptions(), 570, {"1"}),
        ("vienna.city.jsonl", ReadOptions(crs="EPSG:31256"), 149, {"2"}),
        ("3dbag_b2.city.jsonl", ReadOptions(), 2, {"2.2"}),
        ("DH_01_subs.city.json", RD, 4, {"2"}),
        ("multi_lod.json", RD, 10, {"1.2", "1.3", "2.2"}),
        ("rotterdam_subset.json", RD, 16, {"2"}),
        ("1b_w_texture.city.json", ReadOptions(crs="EPSG:3879"), 1, {"1", "2"}),
        ("geomtemplate.city.jsonl", ReadOptions(), 1, {"1"}),
        ("multisurface_with_material.json", ReadOptions(crs="EPSG:3857"), 1, {"3"}),
        ("twobuildings.city.json", ReadOptions(crs="EPSG:32188"), 2, {"2"}),
    ],
)
def test_real_files_read_whole(
    name: str, options: ReadOptions, count: int, lods: set[str]
) -> None:
    path = shared_path(f"data/models/cityjson/{name}")
    batch = read_one(path, options)
    assert reader_for(path) is PLUGIN
    assert describe(path, options).count == len(batch) == count
    assert batch.rejects == ()
    assert set(batch.surfaces.lod) == lods
    assert shapely.is_valid(batch.geometry).all()
    assert (shapely.area(batch.geometry) > 0).all()
    assert len(set(batch.source_ids)) == count
    assert all(
        len(kind) == shapely.get_num_geometries(surface)
        for kind, surface in zip(batch.surfaces.kinds, batch.surfaces.geometry, strict=True)
    )


def test_rotterdam_lies_in_rotterdam_with_its_heights() -> None:
    batch = read_one(shared_path("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json"))
    settled = settle(batch)
    assert settled.rejects == ()
    west, south, east, north = shapely.total_bounds(settled.batch.geometry)
    assert 4.43 < west < east < 4.47
    assert 51.89 < south < north < 51.93
    heights = batch.attributes["height_m"].to_numpy()
    assert 2 < np.median(heights) < 30
    assert kinds(batch)["ground"] == 853
    (note,) = batch.notes
    assert note.startswith("633 collapsed surfaces or holes")


def test_the_parts_of_a_building_are_one_feature() -> None:
    batch = read_one(
        shared_path("data/models/cityjson/vienna.city.jsonl"), ReadOptions(crs="EPSG:31256")
    )
    parts = [orjson.loads(t) for t in batch.attributes["cityobject_parts"].to_pylist() if t]
    assert sum(map(len, parts)) == 443
    assert parts[0][0]["type"] == "BuildingPart"
    assert "measuredHeight" in parts[0][0]["attributes"]


def test_textures_are_no_reason_to_fail_and_every_lod_is_kept() -> None:
    path = shared_path("data/models/cityjson/multi_lod.json")
    batch = read_one(path, RD)
    assert Counter(batch.surfaces.lod) == {"1.2": 10, "1.3": 10, "2.2": 10}
    assert batch.attributes["geconstateerd"].type == pa.bool_()
    assert batch.attributes["h_maaiveld"].type == pa.float64()
    assert batch.attributes["oorspronkelijk_bouwjaar"].type == pa.int64()


def test_a_template_stands_where_its_instance_says() -> None:
    batch = read_one(shared_path("data/models/cityjson/geomtemplate.city.jsonl"))
    assert batch.geometry[0].equals(shapely.box(85174, 446875, 85184, 446885))
    assert batch.attributes["height_m"].to_pylist() == [10.0]
    assert batch.attributes["cityobject_type"].to_pylist() == ["SolitaryVegetationObject"]


def test_the_invalid_example_says_what_is_missing() -> None:
    path = shared_path("data/models/cityjson/twobuildings_invalid.city.json")
    with pytest.raises(SourceDataError, match=r"no .CityObjects.; found: .*'City Objects'"):
        describe(path, RD)


def test_a_box_without_semantics_gets_kinds_by_its_normals(tmp_path: Path) -> None:
    batch = read_document(tmp_path)
    assert batch.surfaces.kinds[0].tolist() == [1, 3, 2, 2, 2, 2]
    assert batch.geometry[0].equals(shapely.box(91_500, 436_500, 91_510, 436_510))
    (row,) = batch.attributes.to_pylist()
    assert row == {
        "name": "甲",
        "cityobject_type": "Building",
        "height_m": 5.0,
        "ground_elevation_m": 2.0,
    }
    assert batch.crs == "EPSG:7415"
    assert batch.source_ids == ("house",)


def test_semantics_of_the_source_win_over_normals(tmp_path: Path) -> None:
    document = make_document()
    document["CityObjects"]["house"]["geometry"][0]["semantics"] = {
        "surfaces": [{"type": "RoofSurface"}, {"type": "GroundSurface"}, {"type": "Window"}],
        "values": [[0, 1, 2, None, None, None]],
    }
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.surfaces.kinds[0].tolist() == [3, 1, 4, 2, 2, 2]


def test_a_measured_height_is_taken_as_it_is(tmp_path: Path) -> None:
    document = make_document()
    document["CityObjects"]["house"]["attributes"] = {"measuredHeight": 7.5}
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.attributes["height_m"].to_pylist() == [7.5]


def test_an_attribute_of_the_source_is_not_overwritten(tmp_path: Path) -> None:
    document = make_document()
    document["CityObjects"]["house"]["attributes"] = {"height_m": "tall"}
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.attributes["height_m"].to_pylist() == ["tall"]


def nested(kind: str) -> dict[str, Any]:
    boundaries = {
        "MultiSurface": SHELL,
        "CompositeSurface": SHELL,
        "Solid": [SHELL],
        "MultiSolid": [[SHELL]],
        "CompositeSolid": [[SHELL]],
    }
    return {"type": kind, "lod": "1", "boundaries": boundaries[kind]}


@pytest.mark.parametrize(
    "kind", ["MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid"]
)
def test_every_type_of_surfaces_and_solids_reads(tmp_path: Path, kind: str) -> None:
    document = make_document()
    document["CityObjects"]["house"]["geometry"] = [nested(kind)]
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [6]
    assert batch.geometry[0].area == pytest.approx(100.0)


def test_points_and_lines_are_the_geometry_where_there_is_no_surface(tmp_path: Path) -> None:
    objects = {
        "tree": {
            "type": "SolitaryVegetationObject",
            "geometry": [{"type": "MultiPoint", "lod": "0", "boundaries": [0]}],
        },
        "kerb": {
            "type": "Road",
            "geometry": [{"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1, 2]]}],
        },
        "idea": {"type": "Building"},
    }
    batch = read_document(tmp_path, CityObjects=objects)
    names = [None if g is None else g.geom_type for g in batch.geometry]
    assert names == ["MultiPoint", "MultiLineString", None]
    assert batch.geometry[0].geoms[0].z == 2.0


def test_holes_stay_holes(tmp_path: Path) -> None:
    square = [[2, 2, 0], [4, 2, 0], [4, 4, 0], [2, 4, 0]]
    surface = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3], [8, 9, 10, 11]]]}
    objects = {"lawn": {"type": "LandUse", "geometry": [surface]}}
    batch = read_document(tmp_path, CityObjects=objects, vertices=BOX + square)
    assert batch.geometry[0].area == pytest.approx(96.0)
    assert batch.attributes["height_m"].to_pylist() == [None]


def test_a_building_without_a_floor_keeps_its_outline(tmp_path: Path) -> None:
    document = make_document()
    document["CityObjects"]["house"]["geometry"][0]["boundaries"] = [SHELL[1:]]
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.geometry[0].area == pytest.approx(100.0)


def test_version_1_0_without_transform_reads(tmp_path: Path) -> None:
    document = make_document(
        version="1.0", vertices=[[85_000.5 + x, 446_000.25 + y, z] for x, y, z in BOX]
    )
    del document["transform"]
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.geometry[0].bounds == (85_000.5, 446_000.25, 85_010.5, 446_010.25)


def test_types_of_attributes_are_kept_and_mixed_ones_are_text(tmp_path: Path) -> None:
    values: list[dict[str, Any]] = [
        {"n": 1, "x": 1, "m": 1, "b": True, "l": [1], "big": 2**63, "none": None},
        {"n": 2, "x": 2.5, "m": "a", "b": False, "l": None},
    ]
    objects = {
        str(row): {"type": "Building", "attributes": value} for row, value in enumerate(values)
    }
    table = read_document(tmp_path, CityObjects=objects).attributes
    kinds = {name: str(table.schema.field(name).type) for name in "nxmbl"}
    assert kinds == {"n": "int64", "x": "double", "m": "string", "b": "bool", "l": "string"}
    assert table["m"].to_pylist() == ["1", "a"]
    assert table["l"].to_pylist() == ["[1]", None]
    assert table["big"].to_pylist() == ["9223372036854775808", None]
    assert table["none"].to_pylist() == [None, None]


def test_one_type_is_chosen_as_the_layer() -> None:
    path = shared_path("data/models/cityjson/delft.json")
    info = describe(path, ReadOptions(layer="Building"))
    assert info.count == 160
    assert "WaterBody" in info.layers
    batch = read_one(path, ReadOptions(layer="Building"))
    assert set(batch.attributes["cityobject_type"].to_pylist()) == {"Building"}
    with pytest.raises(InputError, match="no city objects of type 'Tower'; known: Bridge, "):
        describe(path, ReadOptions(layer="Tower"))


def test_ids_come_from_the_attribute_the_user_names() -> None:
    path = shared_path("data/models/cityjson/multi_lod.json")
    options = ReadOptions(crs="EPSG:7415", id_field="identificatie")
    assert read_one(path, options).source_ids[0] == "NL.IMBAG.Pand.0796100000236261"
    assert describe(path, options).id_rule == "attribute identificatie"
    with pytest.raises(InputError, match="no attribute 'nr'; known: "):
        describe(path, ReadOptions(id_field="nr"))


def test_a_file_without_crs_is_refused_unless_it_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "a.city.json", make_document(metadata={}))
    assert describe(path).crs is None
    with pytest.raises(SourceDataError, match="states no CRS"):
        read_one(path)
    assert read_one(path, ReadOptions(crs="EPSG:28992")).crs == "EPSG:28992"


def test_an_unknown_crs_is_refused_by_name(tmp_path: Path) -> None:
    system = {"referenceSystem": "urn:ogc:def:crs:EPSG::99999"}
    with pytest.raises(SourceDataError, match="unknown CRS 'urn:ogc:def:crs:EPSG::99999'"):
        read_document(tmp_path, metadata=system)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["delft.json", "vienna.city.jsonl"])
def test_a_file_cut_off_is_never_half_read(tmp_path: Path, name: str, share: float) -> None:
    content = shared_path(f"data/models/cityjson/{name}").read_bytes()
    path = tmp_path / name.replace("delft.json", "delft.city.json")
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceDataError, match="cut off"):
        read_one(path, ReadOptions(crs="EPSG:31256"))


@pytest.mark.parametrize("name", ["a.city.json", "a.city.jsonl"])
def test_a_file_of_no_bytes_or_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceDataError, match="no such file"):
        PLUGIN.describe(tmp_path / name, ReadOptions())
    (tmp_path / name).touch()
    with pytest.raises(SourceDataError, match=r"the file is empty \(0 bytes\)"):
        PLUGIN.describe(tmp_path / name, ReadOptions())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "Feature"}, "not CityJSON"),
        ({"version": "3.1"}, r"version '3\.1' is not known; known: 1\.0, 1\.1, 2\.0"),
        ({"vertices": [[1, 2]]}, "vertices: not a list of"),
        ({"vertices": None}, "vertices: not a list of"),
        ({"vertices": [[1, 2, "x"]]}, "vertices: not a list of"),
        ({"transform": {"scale": [1, 1, 1]}}, "transform: not a list of"),
        ({"transform": 5}, "transform: not an object"),
        ({"CityObjects": []}, 'no "CityObjects"'),
    ],
)
def test_a_document_that_is_broken_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceDataError, match=message):
        read_document(tmp_path, **changes)


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (
            {"type": "Solid", "boundaries": [[[[0, 1, 99]]]]},
            "vertex 99 does not exist; legal: 0 to 7",
        ),
        ({"type": "Solid", "boundaries": [[[[0, 1, -1]]]]}, "vertex -1 does not exist"),
        ({"type": "Solid", "boundaries": [[[[0, 1, 2.5]]]]}, "a vertex number is not an integer"),
        ({"type": "MultiSurface", "boundaries": [[0, 1, 2]]}, "ring 0 is not a list"),
        ({"type": "MultiSurface", "boundaries": [5]}, "surface 5 is not a list of rings"),
        ({"type": "MultiSurface"}, "None is not a list"),
        ({"type": "Sphere", "boundaries": []}, "geometry type 'Sphere' is unknown; known: Multi"),
        (
            {"type": "GeometryInstance", "template": 3, "boundaries": [0]},
            "template 3 does not exist",
        ),
        ("box", "'box' is not an object"),
    ],
)
def test_one_broken_object_is_a_reject_and_the_rest_goes_on(
    tmp_path: Path, geometry: Any, reason: str
) -> None:
    document = make_document()
    document["CityObjects"]["ruin"] = {"type": "Building", "geometry": [geometry]}
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert batch.source_ids == ("house",)
    (reject,) = batch.rejects
    assert (reject.record, reject.value) == (2, "ruin")
    assert reason in reject.reason


def test_collapsed_surfaces_are_left_out_and_counted(tmp_path: Path) -> None:
    document = make_document()
    document["CityObjects"]["house"]["geometry"][0]["boundaries"][0].append([[0, 1, 0]])
    batch = read_one(write(tmp_path / "a.city.json", document))
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [6]
    (note,) = batch.notes
    assert note.startswith("1 collapsed surfaces or holes")
    assert note.endswith("of 1 city objects are left out, the first in house")


def make_feature(key: str, **changes: Any) -> dict[str, Any]:
    house = make_document()["CityObjects"]["house"]
    feature = {"type": "CityJSONFeature", "id": key, "CityObjects": {key: house}, "vertices": BOX}
    return feature | changes


def test_a_broken_line_of_a_sequence_is_a_reject(tmp_path: Path) -> None:
    header = make_document(CityObjects={}, vertices=[])
    path = write_lines(tmp_path / "a.city.jsonl", header, make_feature("a"), make_feature("b"))
    lines = path.read_bytes().splitlines(keepends=True)
    bad_vertices = orjson.dumps(make_feature("c", vertices=[[1]])) + b"\n"
    path.write_bytes(
        b"".join([lines[0], b'{"type": broken\n', lines[1], b"5\n", bad_vertices, lines[2]])
    )
    batch = read_one(path)
    assert batch.source_ids == ("a", "b")
    assert batch.records.tolist() == [2, 5]
    assert [(r.record, r.field, r.value) for r in batch.rejects] == [
        (1, "CityObjects", ""),
        (3, "CityObjects", ""),
        (4, "vertices", "c"),
    ]
    assert "line 2 is not JSON" in batch.rejects[0].reason


def test_a_sequence_reads_in_batches_with_one_schema(tmp_path: Path) -> None:
    header = make_document(CityObjects={}, vertices=[])
    features = [make_feature(str(row)) for row in range(5)]
    features[4]["CityObjects"]["4"]["attributes"]["late"] = 3
    path = write_lines(tmp_path / "a.city.jsonl", header, *features)
    batches = list(reader_for(path).read(path, ReadOptions(batch_size=2)))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert len({str(batch.attributes.schema) for batch in batches}) == 1
    assert batches[2].records.tolist() == [5]


def test_children_in_a_circle_or_missing_do_no_harm(tmp_path: Path) -> None:
    house = make_document()["CityObjects"]["house"]
    objects = {
        "house": house | {"children": ["wing", "gone"]},
        "wing": house
        | {"type": "BuildingPart", "parents": ["house"], "children": ["wing", "house"]},
    }
    path = write(tmp_path / "a.city.json", make_document(CityObjects=objects))
    batch = read_one(path)
    assert batch.source_ids == ("house",)
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [12]
    assert describe(path).notes == ("1 parts are named that the file does not hold",)


def test_members_of_a_group_stay_features_of_their_own(tmp_path: Path) -> None:
    house = make_document()["CityObjects"]["house"]
    objects = {
        "block": {"type": "CityObjectGroup", "children": ["house"]},
        "house": house | {"parents": ["block"]},
    }
    batch = read_document(tmp_path, CityObjects=objects)
    assert batch.source_ids == ("block", "house")


def test_a_gzipped_file_reads_like_the_plain_one(tmp_path: Path) -> None:
    content = orjson.dumps(make_document())
    (tmp_path / "a.city.json.gz").write_bytes(gzip.compress(content))
    assert read_one(tmp_path / "a.city.json.gz").source_ids == ("house",)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.geojson"])
def test_geojson_of_the_same_ending_goes_to_gdal(tmp_path: Path, name: str) -> None:
    feature = {
        "type": "Feature",
        "properties": {"n": 1},
        "geometry": {"type": "Point", "coordinates": [114, 30]},
    }
    whole = feature if name.endswith("l") else {"type": "FeatureCollection", "features": [feature]}
    path = write_lines(tmp_path / name, whole)
    assert type(reader_for(path)).__name__ == "VectorReader"
    assert len(read_one(path)) == 1


@given(
    size=st.tuples(*[st.integers(1, 2000)] * 3),
    scale=st.sampled_from([1.0, 0.1, 0.001]),
    shift=st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6)),
)
def test_a_box_of_any_size_keeps_its_measures(
    tmp_path_factory: pytest.TempPathFactory,
    size: tuple[int, int, int],
    scale: float,
    shift: tuple[int, int],
) -> None:
    width, depth, height = size
    vertices = [[x * width // 10, y * depth // 10, z * height // 5] for x, y, z in BOX]
    transform = {"scale": [scale] * 3, "translate": [*shift, 0]}
    folder = tmp_path_factory.mktemp("box")
    batch = read_document(folder, vertices=vertices, transform=transform)
    assert batch.geometry[0].area == pytest.approx(width * depth * scale**2, rel=1e-6)
    assert batch.attributes["height_m"][0].as_py() == pytest.approx(height * scale)
    assert kinds(batch) == {"ground": 1, "roof": 1, "wall": 4}
