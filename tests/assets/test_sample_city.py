"""The sample city's files, read back as any user would read them."""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely

from assets.samples import generate
from cim.entities.classes import CLASSES

HOUSE_KINDS = {"大门牌", "小门牌"}


def overlap_area(shapes: Any) -> float:
    """Largest area that two of the shapes share, square metres."""
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    pairs = left < right
    shared = shapely.intersection(shapes[left[pairs]], shapes[right[pairs]])
    return float(shapely.area(shared).max(initial=0.0))


def test_two_runs_give_the_same_bytes(sample_folder: Path, tmp_path: Path) -> None:
    generate(tmp_path)
    first = {path.name: path.read_bytes() for path in sample_folder.iterdir()}
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_every_file_is_valid_and_counted_in_the_manifest(
    layers: dict[str, Any], manifest: dict[str, Any]
) -> None:
    assert "示例数据" in manifest["title_zh"]
    for layer in layers.values():
        entry = layer.entry
        names = [field["name"] for field in entry["fields"]]
        extra = ["lon", "lat"] if entry["file"].endswith(".csv") else []
        assert list(layer.columns) == names + extra
        assert len(layer) == entry["feature_count"] > 0
        assert entry["class_code"] in CLASSES
        assert all(field["title_zh"] and field["title_en"] for field in entry["fields"])
        assert shapely.is_valid(layer.geometry).all()
        assert len(set(layer[entry["id_field"]])) == len(layer)
        assert all(layer[entry["name_field"]])


def test_the_city_has_the_size_of_a_district(layers: dict[str, Any]) -> None:
    assert 2800 <= len(layers["buildings"]) <= 3800
    assert len(layers["doorplates"]) >= len(layers["buildings"])
    assert len(layers["subdistricts"]) == 6
    assert {"parcels", "roads", "water", "greens", "devices", "pipes"} <= layers.keys()


def test_heights_fit_the_storeys(layers: dict[str, Any]) -> None:
    heights = np.array(layers["buildings"]["height_m"])
    floors = np.array(layers["buildings"]["floors"])
    assert heights.min() > 3
    assert 150 < heights.max() < 300
    assert (heights / floors > 2.8).all()
    assert (heights / floors < 19.0).all()


def test_some_buildings_have_holes_and_some_have_parts(layers: dict[str, Any]) -> None:
    shapes = layers["buildings"].geometry
    assert (shapely.get_num_geometries(shapes) > 1).any()
    holes = shapely.get_num_interior_rings(shapely.get_parts(shapes))
    assert np.count_nonzero(holes) > 100


def test_buildings_do_not_overlap(layers: dict[str, Any]) -> None:
    assert overlap_area(layers["buildings"].geometry) < 0.01


def test_parcels_do_not_overlap(layers: dict[str, Any]) -> None:
    assert overlap_area(layers["parcels"].geometry) < 0.1


def test_every_building_stands_in_its_parcel(layers: dict[str, Any]) -> None:
    parcels = dict(zip(layers["parcels"]["ZDDM"], layers["parcels"].geometry, strict=True))
    grounds = np.array([parcels[code] for code in layers["buildings"]["parcel"]])
    outside = shapely.difference(layers["buildings"].geometry, grounds)
    assert float(shapely.area(outside).max()) < 0.1


def test_neither_parcels_nor_buildings_lie_in_water(layers: dict[str, Any]) -> None:
    water = shapely.union_all(layers["water"].geometry)
    for name in ("parcels", "buildings"):
        wet = shapely.area(shapely.intersection(layers[name].geometry, water))
        assert float(wet.max()) < 0.5, name


def test_parcels_keep_clear_of_carriageways(layers: dict[str, Any]) -> None:
    roads = layers["roads"]
    streets = np.array([kind not in {"街巷", "步行道"} for kind in roads["class"]])
    widths = np.array(roads["width_m"])[streets]
    paved = shapely.buffer(roads.geometry[streets], widths / 2, cap_style="flat")
    tree = shapely.STRtree(paved)
    parcel, road = tree.query(layers["parcels"].geometry, predicate="intersects")
    shared = shapely.intersection(layers["parcels"].geometry[parcel], paved[road])
    assert float(shapely.area(shared).max(initial=0.0)) < 0.1


def test_no_road_runs_through_a_building(layers: dict[str, Any]) -> None:
    tree = shapely.STRtree(layers["buildings"].geometry)
    road, building = tree.query(layers["roads"].geometry, predicate="intersects")
    shared = shapely.intersection(
        layers["roads"].geometry[road], layers["buildings"].geometry[building]
    )
    assert float(shapely.length(shared).max(initial=0.0)) < 0.1


def test_streets_form_one_network(layers: dict[str, Any]) -> None:
    roads = layers["roads"]
    streets = [
        line
        for line, kind in zip(roads.geometry, roads["class"], strict=True)
        if kind not in {"街巷", "步行道"}
    ]
    joined = shapely.union_all([line.buffer(0.05) for line in streets])
    assert joined.geom_type == "Polygon"


def test_the_river_is_crossed_by_bridges_only(layers: dict[str, Any]) -> None:
    roads, water = layers["roads"], layers["water"]
    river = water.geometry[water["name"].index("杉江")]
    crossing = shapely.length(shapely.intersection(roads.geometry, river)) > 30.0
    names = {name for name, over in zip(roads["name"], crossing, strict=True) if over}
    bridges = {b for b, over in zip(roads["bridge"], crossing, strict=True) if over}
    assert bridges == {"是"}
    assert {"云杉大道", "云杉环路"} <= names
    assert not {"鹤鸣南路", "鹤鸣北路"} & names


def test_divisions_tile_the_district(layers: dict[str, Any]) -> None:
    whole = shapely.union_all(layers["subdistricts"].geometry)
    for name in ("subdistricts", "communities"):
        shapes = layers[name].geometry
        assert {shape.geom_type for shape in shapely.get_parts(shapes)} == {"Polygon"}
        assert overlap_area(shapes) < 0.01
        assert abs(float(shapely.area(shapes).sum()) - whole.area) < 0.5
    parents = set(layers["communities"]["parent"])
    assert parents == set(layers["subdistricts"]["code"])
    assert all(
        code.startswith(parent) and len(code) == 12
        for code, parent in zip(
            layers["communities"]["code"], layers["communities"]["parent"], strict=True
        )
    )


def test_everything_lies_in_the_district(layers: dict[str, Any]) -> None:
    whole = shapely.union_all(layers["subdistricts"].geometry).buffer(0.1)
    for name in ("buildings", "parcels", "roads", "water", "doorplates"):
        assert shapely.covers(whole, layers[name].geometry).all(), name


def is_left(line: Any, point: Any) -> bool:
    along = min(max(line.project(point), 0.05), line.length - 0.05)
    back, ahead = line.interpolate(along - 0.05), line.interpolate(along + 0.05)
    return bool((ahead.x - back.x) * (point.y - back.y) > (ahead.y - back.y) * (point.x - back.x))


def street_lines(layers: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, list[Any]] = defaultdict(list)
    for name, line in zip(layers["roads"]["name"], layers["roads"].geometry, strict=True):
        parts[name].append(line)
    return {name: np.array(lines) for name, lines in parts.items()}


def test_odd_numbers_lie_left_of_the_street_and_even_ones_right(layers: dict[str, Any]) -> None:
    plates, lines = layers["doorplates"], street_lines(layers)
    wrong = []
    for kind, street, number, point in zip(
        plates["kind"], plates["street"], plates["number"], plates.geometry, strict=True
    ):
        if kind in HOUSE_KINDS:
            nearest = lines[street][np.argmin(shapely.distance(lines[street], point))]
            odd = int(number.removesuffix("号")) % 2 == 1
            if is_left(nearest, point) != odd:
                wrong.append((street, number))
    assert wrong == []


def test_no_house_number_is_given_twice(layers: dict[str, Any]) -> None:
    plates = layers["doorplates"]
    given = Counter(
        (street, number)
        for kind, street, number in zip(
            plates["kind"], plates["street"], plates["number"], strict=True
        )
        if kind in HOUSE_KINDS
    )
    assert max(given.values()) == 1


def test_every_building_has_one_plate_with_its_address(layers: dict[str, Any]) -> None:
    plates = layers["doorplates"]
    of_building = {
        building: text
        for building, text in zip(plates["bldg_id"], plates["full_address"], strict=True)
        if building
    }
    buildings = layers["buildings"]
    assert sum(1 for building in plates["bldg_id"] if building) == len(buildings)
    for number, address in zip(buildings["bldg_id"], buildings["address"], strict=True):
        assert of_building[number] == address


def test_addresses_are_unique_and_name_their_parts(layers: dict[str, Any]) -> None:
    plates = layers["doorplates"]
    pattern = re.compile(r"示例市云杉区\S+街道\S+(路|大道|巷)\d+号\S*")
    assert all(pattern.fullmatch(text) for text in plates["full_address"])
    repeated = [text for text, n in Counter(plates["full_address"]).items() if n > 1]
    assert repeated == []


def test_plates_stand_on_the_wall_of_their_building(layers: dict[str, Any]) -> None:
    plates = layers["doorplates"]
    shapes = dict(zip(layers["buildings"]["bldg_id"], layers["buildings"].geometry, strict=True))
    away = [
        shapes[building].boundary.distance(point)
        for building, point in zip(plates["bldg_id"], plates.geometry, strict=True)
        if building
    ]
    assert max(away) < 0.05


def test_the_gbk_shapefile_reads_as_chinese(sample_folder: Path) -> None:
    assert (sample_folder / "parcels.cpg").read_text() == "GBK"
    meta, _, _, data = pyogrio.raw.read(sample_folder / "parcels.shp")
    columns = dict(zip(meta["fields"], data, strict=True))
    assert "二类城镇住宅用地" in set(columns["YDMC"])
    assert "鹭鸣湖公园" in set(columns["DKMC"])
    assert "云杉区人民医院".encode("gbk") in (sample_folder / "parcels.dbf").read_bytes()


def test_real_property_codes_of_parcels_are_well_formed(layers: dict[str, Any]) -> None:
    pattern = re.compile(r"\d{12}(GB|JC)\d{5}")
    assert all(pattern.fullmatch(code) for code in layers["parcels"]["ZDDM"])
    assert all(re.fullmatch(r"\d{2,6}", code) for code in layers["parcels"]["YDDM"])


def test_files_state_the_crs_they_are_in(sample_folder: Path, manifest: dict[str, Any]) -> None:
    stated = {
        entry["file"]: str(pyogrio.read_info(sample_folder / entry["file"])["crs"])
        for entry in manifest["layers"]
        if not entry["file"].endswith((".csv", ".ifc"))
    }
    wanted = {
        entry["file"]: entry["crs"] for entry in manifest["layers"] if entry["file"] in stated
    }
    assert stated == wanted


def test_pipes_lie_under_the_ground_or_hang_from_bridges(layers: dict[str, Any]) -> None:
    pipes = layers["pipes"]
    assert set(pipes["kind"]) == {"给水", "雨水", "污水", "燃气"}
    for depth, laying in zip(pipes["depth_m"], pipes["laying"], strict=True):
        assert (depth < 0) == (laying == "随桥")
    assert set(pipes["diameter_mm"]) <= {110, 200, 300, 315, 400, 500, 600, 800, 1000, 1500}


def test_both_reference_pages_state_the_true_counts(manifest: dict[str, Any]) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs" / "reference"
    for page in ("sample-city.md", "sample-city.zh.md"):
        rows = re.findall(
            r"^\| `(\S+)` \|.*?\| ([\d,]+)(?: building| 栋)? \|",
            (docs / page).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        stated = {file: int(count.replace(",", "")) for file, count in rows}
        assert stated == {e["file"]: e["feature_count"] for e in manifest["layers"]}, page
