"""What becomes of faulty city models, word by word: refused in one line, or read with a note."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim.crs import settle
from cim.errors import CimError, SourceDataError
from cim.features import FeatureBatch
from cim.readers.base import ReadOptions
from cim.reading import reader_for
from tests.cim.readers import test_citygml as gml
from tests.cim.readers import test_cityjson as cj
from tests.commands import run_cim

RD_AREA = "legal x -113381.5189 to 397598.7894, y 142562.9137 to 805245.3307"


def read(path: Path) -> FeatureBatch:
    (batch,) = reader_for(path).read(path, ReadOptions(appearance=True))
    return batch


def outcome(path: Path) -> str:
    """What a user is told of a file that is read and brought to the city's CRS."""
    try:
        batch = read(path)
        settled = settle(batch, where=path.name)
    except CimError as error:
        text = f"refused: {error}".replace(str(path), path.name)
        assert "\n" not in text
        return text
    rejects = [f"{one.value}: {one.reason}" for one in batch.rejects + settled.rejects]
    return "; ".join([f"{len(settled.batch)} features", *rejects, *batch.notes])


def cityjson(folder: Path, change: Callable[[dict[str, Any]], Any] = lambda _: None) -> Path:
    document = cj.make_document()
    change(document)
    path = folder / "a.city.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def shell(document: dict[str, Any]) -> Any:
    return document["CityObjects"]["house"]["geometry"][0]["boundaries"][0]


TEXT = json.dumps(cj.make_document())
MODEL = gml.model(gml.building(gml.LOD1))
UTF16 = "the text is UTF-16 or UTF-32; legal: UTF-8"
DTD = "has a document type declaration (DTD); refused, for entities may hide in it"
ENTITY = '<!DOCTYPE x [<!ENTITY e "e">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">'
PADDING = f"<!-- {'x' * 70_000} <CityModel -->"
NAMED = gml.model(gml.building(f"<gml:name>&e;</gml:name>{gml.LOD1}"))
ALL_FACES = MODEL.index("<gml:exterior>")
CUT_XML = "not XML, or cut off: "
END_OF_PART = f"line 1, column {ALL_FACES + 201}"
END_OF_ALL = f"line 1, column {len(MODEL) - 9}"
CUT_JSON = "not JSON, or cut off: unexpected end of data: line 1 column 101 (char 100)"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.city.json", b"", "refused: a.city.json: the file is empty (0 bytes)"),
        ("a.city.jsonl", b"", "refused: a.city.jsonl: the file is empty (0 bytes)"),
        ("a.citygml", b"", "refused: a.citygml: the file is empty (0 bytes)"),
        ("a.city.json", b"\xef\xbb\xbf" + TEXT.encode(), "1 features"),
        ("a.city.json", TEXT.encode("utf-16"), f"refused: a.city.json: {UTF16}"),
        ("a.city.json", TEXT.encode("utf-16-le"), f"refused: a.city.json: {UTF16}"),
        ("a.city.json", TEXT.encode("utf-32"), f"refused: a.city.json: {UTF16}"),
        ("a.city.jsonl", TEXT.encode("utf-16"), f"refused: a.city.jsonl, line 1: {UTF16}"),
        ("a.gml", MODEL.encode("utf-8-sig"), "1 features"),
        ("a.gml", MODEL.encode("utf-16"), "1 features"),
        (
            "a.city.json",
            TEXT[:100].encode(),
            f"refused: a.city.json: {CUT_JSON}",
        ),
        (
            "a.city.json.gz",
            gzip.compress(TEXT.encode())[:-30],
            "refused: a.city.json.gz: the gzip file is cut off",
        ),
        (
            "a.gml",
            MODEL[: ALL_FACES + 200].encode(),
            f"refused: a.gml: {CUT_XML}Premature end of data in tag posList line 1, {END_OF_PART}",
        ),
        (
            "a.gml",
            MODEL[:-10].encode(),
            f"refused: a.gml: {CUT_XML}Failed to parse QName 'core:', {END_OF_ALL}",
        ),
    ],
)
def test_files_that_are_empty_cut_off_or_of_another_encoding(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert outcome(path) == told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("before", ["", PADDING, "<?style x?>\n<!-- a --> "])
@pytest.mark.parametrize("dtd", [gml.BOMB, ENTITY, EXTERNAL, REMOTE])
def test_a_document_type_declaration_is_found_wherever_it_hides(
    tmp_path: Path, dtd: str, before: str, encoding: str
) -> None:
    path = gml.write(tmp_path, before + dtd + NAMED, encoding=encoding)
    with pytest.raises(SourceDataError) as caught:
        gml.describe(path)
    assert str(caught.value) == f"{path}: {DTD}"


def _duplicates(document: dict[str, Any]) -> list[dict[str, Any]]:
    head = document | {"CityObjects": {}, "vertices": []}
    return [head, cj.make_feature("house"), cj.make_feature("b"), cj.make_feature("house")]


def test_ids_of_more_than_one_object_are_numbered(tmp_path: Path) -> None:
    lines = cj.write_lines(tmp_path / "a.city.jsonl", *_duplicates(cj.make_document()))
    batch = read(lines)
    assert batch.source_ids == ("house", "b", "house-2")
    told = "1 ids are of more than one object, the first 'house'"
    assert batch.notes == (f"{told}; they are numbered in file order (-2, -3 …)",)
    houses = gml.model(*(gml.building(gml.LOD1, key) for key in ("house", "b", "house")))
    batch = read(gml.write(tmp_path, houses))
    assert batch.source_ids == ("house", "b", "house-2")
    assert batch.notes == (f"{told}; they are numbered in file order (-2, -3 …)",)


def put(number: int, *corner: float | None) -> Callable[[dict[str, Any]], None]:
    """Move a corner of the box."""

    def change(document: dict[str, Any]) -> None:
        document["vertices"][number] = list(corner)

    return change


def hole(*corners: tuple[float, float]) -> Callable[[dict[str, Any]], None]:
    """A hole in the floor of the box."""

    def change(document: dict[str, Any]) -> None:
        first = len(document["vertices"])
        document["vertices"] += [[x, y, 0] for x, y in corners]
        shell(document)[0].append(list(range(first, first + len(corners))))

    return change


def scaled(factor: float) -> Callable[[dict[str, Any]], None]:
    """The whole model in other units."""

    def change(document: dict[str, Any]) -> None:
        transform = document["transform"]
        for key in transform:
            transform[key] = [value * factor for value in transform[key]]

    return change


def tall(factor: float) -> Callable[[dict[str, Any]], None]:
    """Heights in other units."""

    def change(document: dict[str, Any]) -> None:
        document["transform"]["scale"][2] = factor

    return change


def swapped(document: dict[str, Any]) -> None:
    document["vertices"] = [[y, x, z] for x, y, z in document["vertices"]]
    translate = document["transform"]["translate"]
    translate[0], translate[1] = translate[1], translate[0]


def in_crs(code: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["metadata"]["referenceSystem"] = code

    return change


NOT_FINITE = "refused: a.city.json: not JSON, or cut off: "


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: None, "1 features"),
        (put(6, 10, float("nan"), 5), f"{NOT_FINITE}unexpected character, expected a JSON value"),
        (put(6, 10, float("inf"), 5), f"{NOT_FINITE}unexpected character, expected a JSON value"),
        (put(6, 10, None, 5), "refused: a.city.json: vertices: number 6 is not finite"),
        (tall(1e308), "refused: a.city.json: vertices: number 4 is not finite"),
        (scaled(1000.0), ("0 features; (91500000, 436500000): outside the area of EPSG:7415: "
         f"{RD_AREA}; a thousandth of it lies inside: are these millimetres?; "
         "1 city objects are taller than 1,000 m, the first house with 5,000 m: "
         "are their heights in millimetres?")),
        (tall(1000.0), ("1 features; 1 city objects are taller than 1,000 m, the first house with "
         "5,000 m: are their heights in millimetres?")),
        (swapped, ("refused: a.city.json: the axes look swapped: record 1 at (436500, 91500) lies "
         "outside the area of EPSG:7415 (x -92.57585911 to 285080.8732, y 305558.6003 to "
         "638243.9157), but inside it with x and y exchanged; option --swap-axes exchanges them")),
        (in_crs("EPSG:999999"), ("refused: a.city.json: unknown CRS 'EPSG:999999': crs not found: "
         "EPSG:999999; legal: an authority code (EPSG:4490), two codes (EPSG:28992+5709), an OGC "
         "URI or URN, a full CRS name, WKT or a PROJ string")),
        (lambda document: document["CityObjects"].clear(),
         "0 features; : no first-level city object"),
        (lambda document: document["CityObjects"]["house"].pop("geometry"), "1 features"),
    ],
)  # fmt: skip
def test_coordinates_and_crs_that_cannot_be(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], told: str
) -> None:
    assert outcome(cityjson(tmp_path, change)).startswith(told)


def bowtie(document: dict[str, Any]) -> None:
    shell(document)[0] = [[0, 3, 1, 2]]


@pytest.mark.parametrize(
    ("change", "area", "told"),
    [
        (bowtie, 100.0, "1 features"),
        (hole((2, 2), (4, 2), (4, 4), (2, 4)), 96.0, "1 features"),
        (hole((20, 20), (22, 20), (22, 22), (20, 22)), 100.0, "1 features"),
        (hole((8, 2), (12, 2), (12, 4), (8, 4)), 96.0, "1 features"),
        (put(6, 10, 10, 5.05), 100.0, "1 features"),
        (lambda document: shell(document).append([[0, 1, 0, 1]]), 100.0, "1 features"),
        (lambda document: shell(document).append([[0, 1, 5], [0, 1]]), 100.0,
         ("1 features; 1 collapsed surfaces or holes (fewer than three different corners) of 1 "
         "city objects are left out, the first in house")),
    ],
)  # fmt: skip
def test_surfaces_that_break_the_rules_stay_and_the_footprint_is_sound(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], area: float, told: str
) -> None:
    path = cityjson(tmp_path, change)
    assert outcome(path) == told
    batch = read(path)
    assert shapely.is_valid(batch.geometry).all()
    assert shapely.area(batch.geometry).tolist() == pytest.approx([area])


def test_a_model_of_vertical_faces_alone_has_no_footprint_and_is_told_so(tmp_path: Path) -> None:
    path = cityjson(tmp_path, lambda document: shell(document).__delitem__(slice(0, 2)))
    batch = read(path)
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [4]
    assert batch.geometry[0].area == 0.0
    assert np.isfinite(shapely.get_coordinates(batch.geometry[0])).all()


LON_LAT = "https://www.opengis.net/def/crs/EPSG/0/4979"


def in_degrees(lon: float, lat: float) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["metadata"]["referenceSystem"] = LON_LAT
        document["transform"] = {"scale": [1e-5, 1e-5, 1.0], "translate": [lon, lat, 0.0]}

    return change


@pytest.mark.parametrize(
    ("lon", "lat", "told"),
    [
        (15.0, 89.9999, "1 features"),
        (15.0, -90.0, "1 features"),
        (179.9999, 10.0, "1 features"),
        (179.99995, 10.0, ("0 features; (180.00005, 10.0001): outside the area of EPSG:4979: "
         "legal x -180 to 180, y -90 to 90")),
        (15.0, 89.99995, ("0 features; (15, 90.00005): outside the area of EPSG:4979: legal x "
         "-180 to 180, y -90 to 90")),
    ],
)  # fmt: skip
def test_the_poles_and_the_antimeridian_are_the_edge_of_the_world(
    tmp_path: Path, lon: float, lat: float, told: str
) -> None:
    assert outcome(cityjson(tmp_path, in_degrees(lon, lat))).startswith(told)


def test_xlinks_that_multiply_end_in_a_reject(tmp_path: Path) -> None:
    """Each of 30 surfaces holds the next one twice: a thousand million polygons."""
    layers = "".join(
        f'<gml:surfaceMember><gml:CompositeSurface gml:id="s{number}">{gml.link(f"s{number + 1}")}'
        f"{gml.link(f's{number + 1}')}</gml:CompositeSurface></gml:surfaceMember>"
        for number in range(30)
    )
    last = gml.members(gml.polygon(0, "s30"))
    body = f"<bldg:lod1MultiSurface><gml:MultiSurface>{layers}{last}</gml:MultiSurface>"
    path = gml.write(tmp_path, gml.model(gml.building(f"{body}</bldg:lod1MultiSurface>")))
    assert outcome(path) == (
        "0 features; house: geometry nested more than 64 deep or in a circle, or of more than "
        "1,000,000 elements"
    )


def test_a_model_without_any_geometry_makes_no_tileset(tmp_path: Path) -> None:
    path = cityjson(tmp_path, lambda document: document["CityObjects"]["house"].pop("geometry"))
    done = run_cim("tiles", "build", path, "-o", tmp_path / "tiles")
    assert done.code == 1
    assert done.err.splitlines()[-1] == f"cim: {path.name}: no feature to show: 1 no geometry"
    assert not (tmp_path / "tiles" / "tileset.json").exists()
