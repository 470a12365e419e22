"""What stands in the files for QGIS, without QGIS: groups, access, links, XML."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from api.ogc.qgis.looks import facts
from api.ogc.qgis.routes import city_link, layer_link
from cim.catalog import LayerDraft, Origin
from cim.store.base import Store
from tests.api.cities import PLATES_DRAFT, app_of, build_caches, buildings, load, open_city, plates

AWKWARD = "甲 & 乙 <\"'>"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_city(tmp_path_factory.mktemp("qgis"))
    draft = LayerDraft("buildings", "BLDG", "EPSG:4490", AWKWARD, "Buildings", "name", "height")
    load(opened, buildings(), draft)
    load(opened, plates(), PLATES_DRAFT)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(store: Store) -> TestClient:
    folder = Path(store.path).parent
    build_caches(store, folder)
    return TestClient(app_of(folder, store), raise_server_exceptions=False)


def project(client: TestClient, query: str = "lang=zh") -> ET.Element:
    response = client.get(f"/ogc/qgis/city.qgz?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-qgis-project"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return ET.fromstring(archive.read("city.qgs"))  # noqa: S314 - our own


def sources(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter("datasource")]


def test_a_project_has_each_layer_with_its_title_and_source(client: TestClient) -> None:
    root = project(client)
    assert [e.text for e in root.iter("layername")] == [AWKWARD, "门牌"]
    assert sources(root)[0] == (
        "url='http://testserver/ogc' typename='buildings' srsname='EPSG:4490' "
        "restrictToRequestBBOX='1' pagingEnabled='true' pageSize='1000'"
    )
    aliases = {e.get("field"): e.get("name") for e in root.iter("alias")}
    assert aliases["beidou_code"] == "北斗网格位置码"


def test_buildings_are_drawn_by_the_classes_of_the_map_page(client: TestClient) -> None:
    root = project(client)
    rules = [rule.get("filter") for rule in root.iter("rule")]
    assert len(rules) == len(facts().heights) + 1
    assert rules[2] == '"height" >= 24 AND "height" < 50'
    assert rules[-1] == "ELSE"


def test_the_same_city_makes_the_same_file(client: TestClient) -> None:
    first, second = (client.get("/ogc/qgis/city.qgz").content for _ in range(2))
    assert first == second


def test_a_project_can_be_narrowed(client: TestClient) -> None:
    assert len(sources(project(client, "layers=plates"))) == 1
    for query, status in (("layers=nope", 404), ("theme=nope", 400), ("colour=red", 400)):
        assert client.get(f"/ogc/qgis/city.qgz?{query}").status_code == status


def test_a_definition_holds_one_layer(client: TestClient) -> None:
    response = client.get("/ogc/qgis/plates.qlr?lang=en")
    assert response.headers["content-type"] == "application/x-qgis-layer-definition"
    root = ET.fromstring(response.content)  # noqa: S314 - our own
    assert root.tag == "qlr"
    assert len(sources(root)) == 1
    assert client.get("/ogc/qgis/nope.qlr").status_code == 404


def test_links_lead_to_the_files(client: TestClient) -> None:
    base = "http://testserver/ogc"
    assert client.get(layer_link(base, "plates", "zh")).status_code == 200
    assert client.get(city_link(base, "en", layers="plates,buildings")).status_code == 200


def test_what_may_not_be_seen_is_in_no_file(client: TestClient, store: Store) -> None:
    store.alter("plates", {"classification": "restricted"}, Origin("steward"))
    assert client.get("/ogc/qgis/plates.qlr").status_code == 404
    assert len(sources(project(client))) == 1
    assert client.get("/ogc/qgis/city.qgz?layers=plates").status_code == 404
    assert client.get("/ogc/collections/plates/items?f=gpkg").status_code == 404


def test_layers_stand_in_groups_by_theme(client: TestClient, store: Store) -> None:
    store.alter("buildings", {"theme": "base.models"}, Origin("steward"))
    root = project(client)
    [tree] = root.findall("layer-tree-group")
    [outer] = tree.findall("layer-tree-group")
    [inner] = outer.findall("layer-tree-group")
    assert (outer.get("name"), inner.get("name")) == ("时空基础数据", "三维模型")
    assert len(inner.findall("layer-tree-layer")) == 1
    assert len(sources(project(client, "theme=base"))) == 1
