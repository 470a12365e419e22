"""CityGML 1.0 to 3.0: real files, small built ones, and broken ones."""

import gzip
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.crs import settle
from cim.errors import CimError, InputError, SourceDataError
from cim.features import SURFACE_KINDS, FeatureBatch
from cim.readers.base import ReadOptions, SourceInfo
from cim.readers.citygml import PLUGIN
from cim.reading import reader_for
from tests.conftest import shared_path

FOLDER = "data/models/citygml"
UTM = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837"
X, Y, Z = 457_841.0, 5_439_082.0, 111.0
BOX = [(0, 0, 0), (10, 0, 0), (10, 8, 0), (0, 8, 0), (0, 0, 5), (10, 0, 5), (10, 8, 5), (0, 8, 5)]
SIDES = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]


def corner(number: int, origin: tuple[float, float, float] = (X, Y, Z), swap: bool = False) -> str:  # noqa: FBT001, FBT002 - a test helper
    x, y, z = (float(a + b) for a, b in zip(BOX[number], origin, strict=True))
    return f"{y} {x} {z}" if swap else f"{x} {y} {z}"


def pos_list(side: int, **how: Any) -> str:
    numbers = SIDES[side] + SIDES[side][:1]
    return " ".join(corner(number, **how) for number in numbers)


def polygon(side: int, key: str = "", **how: Any) -> str:
    name = f' gml:id="{key}"' if key else ""
    return (
        f"<gml:Polygon{name}><gml:exterior><gml:LinearRing><gml:posList>{pos_list(side, **how)}"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def members(*surfaces: str) -> str:
    return "".join(f"<gml:surfaceMember>{one}</gml:surfaceMember>" for one in surfaces)


def solid(*surfaces: str) -> str:
    shell = f"<gml:CompositeSurface>{members(*surfaces)}</gml:CompositeSurface>"
    return f"<gml:Solid><gml:exterior>{shell}</gml:exterior></gml:Solid>"


def box(**how: Any) -> str:
    return solid(*(polygon(side, **how) for side in range(6)))


def link(key: str) -> str:
    return f'<gml:surfaceMember xlink:href="#{key}"/>'


def model(*objects: str, crs: str | None = UTM, version: str = "2.0", head: str = "") -> str:
    space = "http://www.opengis.net/citygml"
    gml = "http://www.opengis.net/gml" + ("/3.2" if version == "3.0" else "")
    envelope = "<gml:lowerCorner>0 0 0</gml:lowerCorner>"
    bounds = (
        f'<gml:boundedBy><gml:Envelope srsName="{crs}">{envelope}</gml:Envelope></gml:boundedBy>'
    )
    inner = "".join(f"<core:cityObjectMember>{one}</core:cityObjectMember>" for one in objects)
    modules = {"bldg": "building", "gen": "generics", "con": "construction", "veg": "vegetation"}
    names = " ".join(f'xmlns:{k}="{space}/{v}/{version}"' for k, v in modules.items())
    return (
        f'{head}<core:CityModel xmlns:core="{space}/{version}" xmlns:gml="{gml}" {names} '
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:uro="https://example.org/uro">'
        f"{bounds if crs else ''}{inner}</core:CityModel>"
    )


def building(content: str, key: str = "house") -> str:
    return f'<bldg:Building gml:id="{key}">{content}</bldg:Building>'


LOD1 = f"<bldg:lod1Solid>{box()}</bldg:lod1Solid>"


def write(folder: Path, text: str, name: str = "a.gml", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def describe(path: Path, options: ReadOptions | None = None) -> SourceInfo:
    return PLUGIN.describe(path, options or ReadOptions())


def read_one(path: Path, options: ReadOptions | None = None) -> FeatureBatch:
    (batch,) = reader_for(path).read(path, options or ReadOptions())
    return batch


def read_text(folder: Path, text: str, options: ReadOptions | None = None) -> FeatureBatch:
    return read_one(write(folder, text), options)


def kinds(batch: FeatureBatch) -> Counter[str]:
    return Counter(SURFACE_KINDS[kind] for some in batch.surfaces.kinds for kind in some)


@pytest.mark.parametrize(
    ("name", "count", "lods", "place"),
    [
        ("Potsdam_LoD1.gml", 97, {"1": 97}, (13.04, 52.40, 13.06, 52.42)),
        ("cg4j_lod2_buildings_v3.gml", 100, {"2": 100}, (13.03, 52.32, 13.05, 52.33)),
        ("cg4j_lod3_building_v2.gml", 1, {"3": 1}, (13.03, 52.32, 13.05, 52.33)),
        (
            "plateau_53394517_bldg_6697_2_op_CityGML2.gml",
            1,
            {"0": 1, "1": 1, "2": 1},
            (139.716, 35.678, 139.719, 35.680),
        ),
        ("ogc_BuildingUnits_Storeys_xlink_v3.gml", 1, {"2": 1}, (8.42, 49.10, 8.43, 49.11)),
    ],
)
def test_real_files_read_whole_and_lie_where_they_should(
    name: str, count: int, lods: dict[str, int], place: tuple[float, float, float, float]
) -> None:
    path = shared_path(f"{FOLDER}/{name}")
    batch = read_one(path)
    assert reader_for(path) is PLUGIN
    assert describe(path).count == len(batch) == count
    assert batch.rejects == ()
    assert Counter(batch.surfaces.lod) == lods
    assert shapely.is_valid(batch.geometry).all()
    assert (shapely.area(batch.geometry) > 0).all()
    settled = settle(batch)
    assert settled.rejects == ()
    assert shapely.box(*place).contains(shapely.box(*shapely.total_bounds(settled.batch.geometry)))
    heights = batch.attributes["height_m"].to_numpy()
    assert ((heights > 2) & (heights < 60)).all()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ogc_Building_LOD1-LocalEngineeringCRS_v2.gml", r"local frame.*--anchor.*--crs"),
        ("cg4j_invalid_building_v3.gml", r"states no CRS.*--crs"),
    ],
)
def test_real_files_without_a_place_are_refused_until_it_is_given(name: str, reason: str) -> None:
    path = shared_path(f"{FOLDER}/{name}")
    with pytest.raises(SourceDataError, match=reason):
        settle(read_one(path))
    assert read_one(path, ReadOptions(crs=UTM)).rejects == ()


def test_kinds_of_the_real_files_are_those_of_their_boundary_surfaces() -> None:
    batch = read_one(shared_path(f"{FOLDER}/cg4j_lod2_buildings_v3.gml"))
    assert kinds(batch) == {"ground": 100, "wall": 400, "roof": 200}
    batch = read_one(shared_path(f"{FOLDER}/cg4j_lod3_building_v2.gml"))
    assert kinds(batch)["opening"] == 12 + 187 + 134
    batch = read_one(shared_path(f"{FOLDER}/plateau_53394517_bldg_6697_2_op_CityGML2.gml"))
    by_lod = dict(zip(batch.surfaces.lod, batch.surfaces.kinds, strict=True))
    assert np.bincount(by_lod["2"], minlength=4)[1:4].tolist() == [1, 370, 279]


def test_attributes_of_the_plateau_building_keep_their_names_and_types() -> None:
    batch = read_one(shared_path(f"{FOLDER}/plateau_53394517_bldg_6697_2_op_CityGML2.gml"))
    (row,) = batch.attributes.to_pylist()
    assert row["建物ID"] == "13104-bldg-53"
    assert row["measuredHeight"] == row["height_m"] == 31.7
    assert row["buildingDetails.surveyYear"] == "2016"
    assert row["buildingDetails.buildingRoofEdgeArea"] == pytest.approx(2513.8552)
    assert row["address"] == "日本, 東京都新宿区霞ヶ丘町"
    assert orjson.loads(row["extendedAttribute.key"]) == ["2", "105", "106"]


def test_a_measured_height_that_cannot_be_one_gives_way_to_the_geometry() -> None:
    batch = read_one(shared_path(f"{FOLDER}/Potsdam_LoD1.gml"))
    assert batch.attributes["measuredHeight"][0].as_py() == 56890.0
    assert batch.attributes["height_m"][0].as_py() == pytest.approx(8.79)


def test_a_box_has_its_measures_and_kinds(tmp_path: Path) -> None:
    batch = read_text(tmp_path, model(building(LOD1)))
    assert batch.source_ids == ("house",)
    assert batch.geometry[0].equals(shapely.box(X, Y, X + 10, Y + 8))
    assert batch.surfaces.kinds[0].tolist() == [1, 3, 2, 2, 2, 2]
    (row,) = batch.attributes.to_pylist()
    assert row == {"cityobject_type": "Building", "height_m": 5.0, "ground_elevation_m": 111.0}


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
def test_surfaces_shared_by_solid_and_boundary_are_one(tmp_path: Path, version: str) -> None:
    roles = ["Ground", "Roof", "Wall", "Wall", "Wall", "Closure"]
    prop = "core:boundary" if version == "3.0" else "bldg:boundedBy"
    surfaces = "".join(
        f"<{prop}><bldg:{role}Surface><bldg:lod2MultiSurface><gml:MultiSurface>"
        f"{members(polygon(side, f'p{side}'))}</gml:MultiSurface></bldg:lod2MultiSurface>"
        f"</bldg:{role}Surface></{prop}>"
        for side, role in enumerate(roles)
    )
    links = "".join(link(f"p{side}") for side in range(6))
    shell = f"<gml:Shell>{links}</gml:Shell>"
    outside = f"<gml:exterior>{shell}</gml:exterior>"
    whole = f"<bldg:lod2Solid><gml:Solid>{outside}</gml:Solid></bldg:lod2Solid>"
    for order in (surfaces + whole, whole + surfaces):
        batch = read_text(tmp_path, model(building(order), version=version))
        assert kinds(batch) == {"ground": 1, "roof": 1, "wall": 3, "closure": 1}


def test_a_solid_that_repeats_its_boundary_is_counted_once(tmp_path: Path) -> None:
    roof = (
        "<bldg:boundedBy><bldg:RoofSurface><bldg:lod1MultiSurface><gml:MultiSurface>"
        f"{members(polygon(1))}</gml:MultiSurface></bldg:lod1MultiSurface></bldg:RoofSurface>"
        "</bldg:boundedBy>"
    )
    batch = read_text(tmp_path, model(building(LOD1 + roof)))
    assert kinds(batch) == {"ground": 1, "roof": 1, "wall": 4}


def test_a_wall_of_the_neighbour_comes_by_xlink_and_turned(tmp_path: Path) -> None:
    shared = polygon(3, "party-wall")
    first = building(f"<bldg:lod2Solid>{solid(shared)}</bldg:lod2Solid>", "a")
    base = '<gml:baseSurface xlink:href="#party-wall"/>'
    turned = f'<gml:OrientableSurface orientation="-">{base}</gml:OrientableSurface>'
    second = building(f"<bldg:lod2Solid>{solid(turned)}</bldg:lod2Solid>", "b")
    for order in ((first, second), (second, first)):
        batch = read_text(tmp_path, model(*order))
        surfaces = dict(zip(batch.source_ids, batch.surfaces.geometry, strict=True))
        rings = [shapely.get_coordinates(surfaces[key], include_z=True) for key in "ab"]
        assert rings[0].tolist() == rings[1][::-1].tolist()


def test_parts_are_one_feature_and_keep_their_attributes(tmp_path: Path) -> None:
    part = (
        '<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="wing">'
        f"<bldg:storeysAboveGround>3</bldg:storeysAboveGround>{LOD1}"
        "</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    )
    batch = read_text(tmp_path, model(building(part)))
    assert batch.source_ids == ("house",)
    (text,) = batch.attributes["cityobject_parts"].to_pylist()
    expected = {"id": "wing", "type": "BuildingPart", "attributes": {"storeysAboveGround": 3}}
    assert orjson.loads(text) == [expected]
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [6]


def test_rooms_have_no_surfaces_in_the_city(tmp_path: Path) -> None:
    body = f"<bldg:lod4Solid>{box()}</bldg:lod4Solid>"
    room = f'<bldg:interiorRoom><bldg:Room gml:id="r">{body}</bldg:Room></bldg:interiorRoom>'
    path = write(tmp_path, model(building(LOD1 + room)))
    assert set(read_one(path).surfaces.lod) == {"1"}
    assert describe(path).notes == (
        "1 rooms, storeys, furniture and the like have no geometry here",
    )


def test_a_footprint_alone_is_no_body(tmp_path: Path) -> None:
    surface = f"<gml:MultiSurface>{members(polygon(0))}</gml:MultiSurface>"
    flat = f"<bldg:lod0FootPrint>{surface}</bldg:lod0FootPrint>"
    high = '<bldg:measuredHeight uom="m">12.5</bldg:measuredHeight>'
    batch = read_text(tmp_path, model(building(high + flat)))
    assert len(batch.surfaces.lod) == 0
    assert batch.geometry[0].area == pytest.approx(80.0)
    assert batch.attributes["height_m"].to_pylist() == [12.5]
    assert batch.attributes["ground_elevation_m"].to_pylist() == [Z]


def tree(matrix: str, crs_point: str, template: str) -> str:
    return (
        '<veg:SolitaryVegetationObject gml:id="tree"><veg:lod1ImplicitRepresentation>'
        f"<core:ImplicitGeometry><core:transformationMatrix>{matrix}</core:transformationMatrix>"
        f"{template}<core:referencePoint><gml:Point><gml:pos>{crs_point}</gml:pos></gml:Point>"
        "</core:referencePoint></core:ImplicitGeometry></veg:lod1ImplicitRepresentation>"
        "</veg:SolitaryVegetationObject>"
    )


TEMPLATE = (
    '<core:relativeGMLGeometry><gml:MultiSurface gml:id="crown">'
    f"{members(*(polygon(side, origin=(0, 0, 0)) for side in range(6)))}"
    "</gml:MultiSurface></core:relativeGMLGeometry>"
)
DOUBLE = "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1"


def test_an_implicit_geometry_stands_at_its_point(tmp_path: Path) -> None:
    first = tree(DOUBLE, f"{X} {Y} {Z}", TEMPLATE)
    other = tree(DOUBLE, f"{X + 100} {Y} {Z}", '<core:relativeGMLGeometry xlink:href="#crown"/>')
    batch = read_text(tmp_path, model(first, other))
    assert batch.source_ids == ("tree", "tree-2")
    assert batch.geometry[0].equals(shapely.box(X, Y, X + 20, Y + 16))
    assert batch.geometry[1].equals(shapely.box(X + 100, Y, X + 120, Y + 16))
    assert batch.attributes["height_m"].to_pylist() == [10.0, 10.0]


def test_metres_of_a_template_become_degrees(tmp_path: Path) -> None:
    text = model(tree(DOUBLE, "35.6789 139.7182 34.5", TEMPLATE), crs="EPSG:6697")
    batch = read_text(tmp_path, text)
    west, south, east, north = batch.geometry[0].bounds
    assert (west, south) == pytest.approx((139.7182, 35.6789))
    assert (east - west) * 90_490 == pytest.approx(20, rel=2e-3)
    assert (north - south) * 110_950 == pytest.approx(16, rel=2e-3)


@pytest.mark.parametrize("crs", ["EPSG:31467", "urn:adv:crs:DHDN_3GK3*DE_DHHN92_NH"])
@pytest.mark.parametrize("swap", [True, False])
def test_the_coordinates_tell_which_axis_comes_first(tmp_path: Path, crs: str, swap: bool) -> None:  # noqa: FBT001 - a parameter
    content = box(origin=(3_457_841.0, 5_439_082.0, 0.0), swap=swap)
    text = model(building(f"<bldg:lod1Solid>{content}</bldg:lod1Solid>"), crs=crs)
    path = write(tmp_path, text)
    x, y = read_one(path).geometry[0].bounds[:2]
    assert (x, y) == (3_457_841.0, 5_439_082.0)
    assert ("northing, easting" if swap else "x first") in describe(path).notes[0]


@pytest.mark.parametrize("swap", [True, False])
def test_solids_turned_inside_out_tell_it_where_both_orders_fit(
    tmp_path: Path,
    swap: bool,  # noqa: FBT001 - a parameter
) -> None:
    content = box(origin=(24_000.0, 20_000.0, 30.0), swap=swap)
    text = model(building(f"<bldg:lod1Solid>{content}</bldg:lod1Solid>"), crs="EPSG:3068")
    assert read_text(tmp_path, text).geometry[0].bounds[:2] == (24_000.0, 20_000.0)


def test_generic_attributes_of_all_versions_are_columns(tmp_path: Path) -> None:
    old = (
        '<gen:stringAttribute name="a"><gen:value>x</gen:value></gen:stringAttribute>'
        '<gen:intAttribute name="b"><gen:value>7</gen:value></gen:intAttribute>'
        '<gen:genericAttributeSet name="s"><gen:doubleAttribute name="c">'
        "<gen:value>1.5</gen:value></gen:doubleAttribute></gen:genericAttributeSet>"
        "<bldg:function>1000</bldg:function><bldg:function>1010</bldg:function>"
    )
    row = read_text(tmp_path, model(building(old + LOD1))).attributes.to_pylist()[0]
    assert (row["a"], row["b"], row["s.c"]) == ("x", 7, 1.5)
    assert row["function"] == '["1000","1010"]'
    new = (
        "<core:genericAttribute><gen:IntAttribute><gen:name>b</gen:name><gen:value>7</gen:value>"
        "</gen:IntAttribute></core:genericAttribute>"
        "<con:height><con:Height><con:status>measured</con:status>"
        '<con:value uom="m">9.5</con:value></con:Height></con:height>'
    )
    text = model(building(new + LOD1), version="3.0")
    row = read_text(tmp_path, text).attributes.to_pylist()[0]
    assert (row["b"], row["height.value"]) == (7, 9.5)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk", "iso-8859-1"])
def test_byte_order_marks_and_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    name = "Straße" if encoding.startswith("iso") else "人民路"
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    text = model(building(f"<gml:name>{name}</gml:name>{LOD1}"), head=declared)
    batch = read_one(write(tmp_path, text, encoding=encoding))
    assert batch.attributes["name"].to_pylist() == [name]


def test_a_gzipped_file_reads_like_the_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "a.gml.gz"
    path.write_bytes(gzip.compress(model(building(LOD1)).encode()))
    assert read_one(path).source_ids == ("house",)


def test_other_gml_goes_to_gdal(tmp_path: Path) -> None:
    text = '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>'
    path = write(tmp_path, text)
    assert type(reader_for(path)).__name__ == "VectorReader"
    with pytest.raises(SourceDataError, match="not CityGML"):
        describe(path)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (model(building(f"<gml:name>&b;</gml:name>{LOD1}"), head=BOMB), "DTD"),
        (model(building(LOD1))[:-900], "cut off"),
        (model(building(LOD1)).replace("citygml/2.0", "citygml/9.0"), "9.0.*known: 1.0"),
        (model(), "holds no city objects"),
        (model(building(LOD1), crs="EPSG:1"), "unknown CRS"),
        (model(building(LOD1), crs="urn:adv:crs:MARS_1"), "AdV name 'MARS_1' is not known"),
        ("<!-- <CityModel -->", "not XML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SourceDataError, match=reason) as caught:
        describe(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


GOOD = corner(3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LOD1.replace(GOOD, "NaN 1 2"), "not a finite number"),
        (LOD1.replace(GOOD, "x 1 2"), "could not convert"),
        (LOD1.replace(GOOD, "1 2"), "wanted three for each corner"),
        (LOD1.replace(f" {corner(0)}</gml:posList>", "</gml:posList>", 1), "not closed"),
        (LOD1.replace("gml:posList>", "gml:other>"), "no corners"),
        (f"<bldg:lod1Solid><gml:Solid>{link('gone')}</gml:Solid></bldg:lod1Solid>", "#gone"),
        ("<bldg:lod1Solid><gml:Solid><gml:Polygon/></gml:Solid></bldg:lod1Solid>", "no exterior"),
        ("<bldg:lod1MultiCurve><gml:Arc/></bldg:lod1MultiCurve>", "Arc .* is not read"),
        (f'<bldg:lod1Solid><gml:Solid gml:id="s">{link("s")}</gml:Solid></bldg:lod1Solid>', "64"),
    ],
)  # fmt: skip
def test_a_broken_object_is_a_reject_and_the_others_stay(
    tmp_path: Path, content: str, reason: str
) -> None:
    text = model(building(content, "bad"), building(LOD1, "good"))
    batch = read_text(tmp_path, text)
    assert batch.source_ids == ("good",)
    (reject,) = batch.rejects
    assert (reject.record, reject.value) == (1, "bad")
    assert re.search(reason, reject.reason)


def test_wrong_options_are_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, model(building(LOD1)))
    with pytest.raises(InputError, match=r"nothing.*known: Building"):
        describe(path, ReadOptions(layer="nothing"))
    with pytest.raises(InputError, match="no attribute 'nothing'"):
        describe(path, ReadOptions(id_field="nothing"))
    with pytest.raises(InputError, match="unknown CRS"):
        describe(path, ReadOptions(crs="EPSG:0"))


SMALL = model(
    building(f"<gml:name>a</gml:name>{LOD1}", "a"),
    tree(DOUBLE, f"{X} {Y} {Z}", TEMPLATE),
    version="2.0",
).encode()


@settings(max_examples=150)
@given(
    at=st.integers(0, len(SMALL) - 1),
    length=st.integers(0, 60),
    put=st.one_of(st.binary(max_size=6), st.sampled_from([b"", b"NaN", b"1e999", b"<a/>", b"-"])),
)
def test_a_damaged_file_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, at: int, length: int, put: bytes
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.gml"
    path.write_bytes(SMALL[:at] + put + SMALL[at + length :])
    with suppress(CimError):
        batches = list(PLUGIN.read(path, ReadOptions()))
        assert sum(len(batch) + len(batch.rejects) for batch in batches) >= 1


@given(
    size=st.tuples(*[st.integers(1, 500)] * 3),
    shift=st.tuples(st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5)),
)
def test_a_box_of_any_size_keeps_its_measures(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int, int], shift: tuple[int, int]
) -> None:
    matrix = f"{size[0] / 10} 0 0 0 0 {size[1] / 8} 0 0 0 0 {size[2] / 5} 0 0 0 0 1"
    place = f"{X + shift[0]} {Y + shift[1]} 0"
    batch = read_text(tmp_path_factory.mktemp("box"), model(tree(matrix, place, TEMPLATE)))
    assert batch.geometry[0].area == pytest.approx(size[0] * size[1], rel=1e-6)
    assert batch.attributes["height_m"][0].as_py() == pytest.approx(size[2])


def test_spaces_of_citygml_3_share_a_boundary_by_xlink(tmp_path: Path) -> None:
    surfaces = f"<gml:MultiSurface>{members(polygon(3))}</gml:MultiSurface>"
    wall = (
        f'<con:WallSurface gml:id="wall"><core:lod2MultiSurface>{surfaces}'
        "</core:lod2MultiSurface></con:WallSurface>"
    )
    first = building(f"<core:boundary>{wall}</core:boundary>", "a")
    second = building('<core:boundary xlink:href="#wall"/>', "b")
    batch = read_text(tmp_path, model(first, second, version="3.0"))
    assert batch.source_ids == ("a", "b")
    assert kinds(batch) == {"wall": 2}
    assert shapely.equals_exact(*batch.surfaces.geometry)


def test_an_object_in_another_crs_than_the_first_is_refused(tmp_path: Path) -> None:
    named = LOD1.replace("<gml:Solid>", '<gml:Solid srsName="EPSG:25833">')
    path = write(tmp_path, model(building(LOD1), building(named, "b")))
    with pytest.raises(SourceDataError, match="two CRSs"):
        describe(path)
