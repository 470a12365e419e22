"""QGIS 3.44 reads, filters, pages and edits layers of real data, request by request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import cim
from tests.e2e.qgis import PUSHED, QgisLayer
from tests.servers import serving

pytestmark = pytest.mark.e2e

ADDRESSES = "data/addresses/hk_als_20251004/kwun_tong.geojson.gz"
BUILDINGS = "data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json"
EPSG_4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"
SYSTEM = (
    *("fid", "entity_id", "source", "source_id"),
    *("beidou_code", "geosot_code", "h3_code", "valid_from", "valid_to"),
)


@dataclass(frozen=True, slots=True)
class Served:
    """A city that is served."""

    base: str
    workspace: Path

    def layer(self, name: str) -> QgisLayer:
        """A layer, opened."""
        layer = QgisLayer(f"{self.base}/ogc/", name)
        layer.open()
        return layer


@pytest.fixture(scope="module")
def city(
    tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]
) -> Iterator[Served]:
    """Addresses of Hong Kong (points) and buildings of Rotterdam (polygons with surfaces)."""
    workspace = tmp_path_factory.mktemp("qgis") / "city"
    cim("init", workspace)
    cim("load", shared(ADDRESSES), "--layer", "hk", "--class", "DOOR", "-w", workspace)
    cim("load", shared(BUILDINGS), "--layer", "rotterdam", "--class", "BLDG", "-w", workspace)
    with serving(workspace) as base:
        yield Served(base, workspace)


def test_a_layer_opens_with_all_that_qgis_looks_for(city: Served) -> None:
    layer = city.layer("hk")
    one = "/ogc/collections/hk"
    assert layer.asked[:7] == [
        "GET /ogc/",
        "GET /ogc/openapi",
        f"GET {one}",
        "GET /ogc/conformance",
        f"GET {one}/queryables",
        f"GET {one}/items?limit=10",
        f"GET {one}/schema",
    ]
    assert layer.asked[7:] == [f"OPTIONS {one}/items", f"OPTIONS {one}/items/1"]
    assert layer.crs == EPSG_4490
    assert layer.page == 1000
    assert layer.pushes_filters
    assert layer.pushes == frozenset(PUSHED)
    assert layer.read_only == frozenset(SYSTEM)
    assert layer.may >= {"POST", "PUT", "PATCH", "DELETE"}
    assert layer.first_count == layer.count() == 3208


def test_all_pages_come_once_and_in_order(city: Served) -> None:
    layer = city.layer("hk")
    layer.asked.clear()
    ids = [feature["id"] for feature in layer.features()]
    assert ids == sorted(set(ids))
    assert len(ids) == layer.count()
    assert sum("/items?" in path for path in layer.asked) >= 4


def test_what_is_in_view_is_asked_for_in_the_axis_order_of_the_crs(city: Served) -> None:
    layer = city.layer("hk")
    box = (114.22, 22.31, 114.23, 22.32)
    found = list(layer.features(box=box))
    assert 0 < len(found) < 3208
    for feature in found:
        north, east = feature["geometry"]["coordinates"][:2]
        assert box[0] <= east <= box[2]
        assert box[1] <= north <= box[3]


def test_filters_are_done_by_the_server_as_qgis_writes_them(city: Served) -> None:
    layer = city.layer("rotterdam")
    everything = {one["id"]: one for one in layer.features()}
    heights = {fid: one["properties"]["height_m"] for fid, one in everything.items()}
    high = {fid for fid, height in heights.items() if height is not None and height > 12}
    assert high
    assert {one["id"] for one in layer.features('("height_m" > 12)')} == high
    both = """(("height_m" BETWEEN 5 AND 12) AND ("source_id" LIKE 'NL%'))"""
    assert all(5 <= one["properties"]["height_m"] <= 12 for one in layer.features(both))
    assert list(layer.features("(\"source_id\" IN ('nowhere'))")) == []
    west, south, east, north = 4.45, 51.90, 4.455, 51.91
    text = f"(S_INTERSECTS(geom,BBOX({south},{west},{north},{east})))"
    boxed = {one["id"] for one in layer.features(text)}
    assert boxed == {one["id"] for one in layer.features(box=(west, south, east, north))}
    assert boxed


def test_features_are_added_moved_changed_and_deleted(city: Served) -> None:
    layer = city.layer("hk")
    before = layer.count()
    own = next(name for name, kind in layer.fields.items() if is_own_text(layer, name, kind))
    place = {"type": "Point", "coordinates": [114.2201234567, 22.3101234567]}
    made = layer.add(place, **{own: "新門牌 <&> '\"", "beidou_code": None})
    assert layer.count() == before + 1
    first = read(layer, made)
    assert first["properties"][own] == "新門牌 <&> '\""
    assert first["geometry"]["coordinates"] == pytest.approx([22.310123, 114.220123], abs=1e-9)

    moved = {"type": "Point", "coordinates": [114.2212345678, 22.3112345678]}
    assert layer.move(made, moved).status == 204
    second = read(layer, made)
    assert second["geometry"]["coordinates"] == pytest.approx([22.31123457, 114.22123457])
    assert second["properties"]["entity_id"] == first["properties"]["entity_id"]
    assert second["properties"]["h3_code"] != first["properties"]["h3_code"]

    assert layer.change(made, **{own: None}).status == 204
    assert read(layer, made)["properties"][own] is None
    assert layer.delete(made).status == 204
    assert layer.count() == before
    with pytest.raises(AssertionError, match="404"):
        read(layer, made)


def test_a_whole_feature_is_put_back_with_what_the_server_keeps(city: Served) -> None:
    layer = city.layer("hk")
    feature = next(layer.features())
    fid, properties = str(feature["id"]), feature["properties"]
    own = next(name for name, kind in layer.fields.items() if is_own_text(layer, name, kind))
    north, east = feature["geometry"]["coordinates"][:2]
    place = {"type": "Point", "coordinates": [east, north]}
    assert layer.put(fid, place, {**properties, own: "改"}).status == 204
    after = read(layer, fid)["properties"]
    kept = {name: after[name] for name in SYSTEM if name != "fid" and not name.endswith("_code")}
    assert kept.items() <= properties.items()
    assert after[own] == "改"
    with pytest.raises(AssertionError, match=r"422 .*entity_id: is kept by the server"):
        layer.put(fid, place, {**properties, "entity_id": "DOOR"})


def test_a_building_with_surfaces_takes_attributes_and_keeps_its_footprint(city: Served) -> None:
    layer = city.layer("rotterdam")
    feature = next(layer.features())
    fid = str(feature["id"])
    own = next(name for name, kind in layer.fields.items() if is_own_text(layer, name, kind))
    assert layer.change(fid, **{own: "测试"}).status == 204
    assert read(layer, fid)["properties"][own] == "测试"
    ring = [[4.45, 51.9], [4.451, 51.9], [4.451, 51.901], [4.45, 51.9]]
    with pytest.raises(AssertionError, match="has boundary surfaces"):
        layer.move(fid, {"type": "Polygon", "coordinates": [ring]})


def test_a_layer_opens_for_reading_only_where_nobody_may_write(city: Served) -> None:
    settings = city.workspace / "cim.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('writes = "local"', 'writes = "none"'), "utf-8")
    try:
        with serving(city.workspace) as base:
            layer = QgisLayer(f"{base}/ogc/", "hk")
            layer.open()
            assert layer.may == {"GET", "HEAD", "OPTIONS"}
            with pytest.raises(AssertionError, match="403"):
                layer.delete("1")
    finally:
        settings.write_text(text, "utf-8")


def is_own_text(layer: QgisLayer, name: str, kind: str) -> bool:
    """Whether a field is a text that the layer's source brought."""
    return kind == "string" and name not in layer.read_only


def read(layer: QgisLayer, fid: str) -> dict[str, dict[str, object]]:
    """A feature as it is now, in the layer's CRS."""
    url = f"{layer.items}/{fid}?crs={layer.crs}"
    found: dict[str, dict[str, object]] = layer.get(url, "application/geo+json").json()
    return found
