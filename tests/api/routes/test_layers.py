"""The catalogue at run time, through HTTP."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from cim.entities.ids import check_id
from cim.store.base import Store
from tests.api.cities import app_of, buildings, load, open_city

WELLS = {
    "name": "wells",
    "geometry_type": "POINT",
    "title_zh": "检查井",
    "title_en": "Manholes",
    "theme": "resources.components",
    "fields": [{"name": "depth", "type": "number", "title_zh": "井深", "unit": "m"}],
}
LOCAL = {"host": "localhost"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_city(tmp_path)
    load(opened, buildings(5))
    yield opened
    opened.close()


@pytest.fixture
def client(tmp_path: Path, store: Store) -> TestClient:
    return client_of(tmp_path, store)


def client_of(workspace: Path, store: Store, writes: str = "all") -> TestClient:
    """A client of a server of its own, as another worker is one."""
    app = app_of(workspace, store, jobs={"writes": writes})
    return TestClient(app, raise_server_exceptions=False, base_url="http://localhost")


def names(client: TestClient, **asked: Any) -> list[str]:
    return [one["name"] for one in client.get("/api/layers", params=asked).json()["layers"]]


def collections(client: TestClient) -> list[str]:
    return [one["id"] for one in client.get("/ogc/collections").json()["collections"]]


def test_a_published_layer_is_served_by_the_next_request(client: TestClient) -> None:
    made = client.post("/api/layers", json=WELLS)
    assert (made.status_code, made.headers["location"]) == (201, "/api/layers/wells")
    assert collections(client) == ["buildings", "wells"]
    page = client.get("/ogc/collections/wells/items").json()
    assert (page["numberMatched"], page["features"]) == (0, [])
    shown = client.get(made.headers["location"]).json()
    assert (shown["title"]["zh"], shown["theme"]["title"]["zh"]) == ("检查井", "城市部件")
    assert shown["fields"][-1] | {"title": None} == {
        "name": "depth",
        "type": "number",
        "title": None,
        "unit": "m",
        "classification": "public",
        "system": False,
    }


def test_another_worker_sees_what_is_published_and_retired(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    from cim.store.gpkg import GpkgStore  # noqa: PLC0415 - a worker of its own

    other = GpkgStore(store.path)
    worker = client_of(tmp_path, other)
    assert collections(worker) == ["buildings"]
    client.post("/api/layers", json=WELLS)
    assert collections(worker) == ["buildings", "wells"]
    client.delete("/api/layers/wells", params={"why": "重复"})
    assert collections(worker) == ["buildings"]
    other.close()


def test_many_layers_in_one_request_are_published_together(client: TestClient) -> None:
    several = [WELLS | {"name": f"wells_{number}"} for number in range(3)]
    made = client.post("/api/layers", json={"layers": several, "why": "首批"})
    assert made.json() == {"layers": ["wells_0", "wells_1", "wells_2"]}
    wrong = [WELLS, WELLS | {"name": "other", "classification": "secret"}]
    refused = client.post("/api/layers", json={"layers": wrong})
    assert (refused.status_code, refused.json()["field"]) == (400, "classification")
    assert "legal: 'public', 'internal', 'restricted'" in refused.json()["detail"]
    assert "wells" not in names(client)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (WELLS | {"theme": "wells"}, "theme"),
        (WELLS | {"geometry_type": ""}, "geometry_type"),
        (WELLS | {"fields": [{"name": "geom"}]}, "fields"),
        (WELLS | {"fields": [{"name": "a", "type": "blob"}]}, "fields"),
        (WELLS | {"update_cycle": "P"}, "update_cycle"),
        (WELLS | {"table": "nowhere"}, "table"),
        (WELLS | {"colour": "red"}, "LayerIn.colour"),
        ({"layers": []}, "LayersIn.layers"),
    ],
)
def test_the_member_at_fault_is_named(client: TestClient, body: Any, field: str) -> None:
    refused = client.post("/api/layers", json=body)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert field in refused.json()["detail"]
    assert names(client) == ["buildings"]


def test_a_crs_that_does_not_exist_is_refused(client: TestClient) -> None:
    for crs in ("EPSG:999999", "LOCAL", "EPSG:x"):
        refused = client.post("/api/layers", json=WELLS | {"crs": crs})
        assert refused.status_code == 400, refused.text
        assert refused.json()["field"] == "crs"


def test_an_entry_is_changed_where_it_is_as_it_was_read(client: TestClient) -> None:
    read = client.get("/api/layers/buildings")
    tag = {"if-match": read.headers["etag"]}
    said = {"steward": "房管局", "update_cycle": "P1Y", "keywords": ["建筑"], "why": "交接"}
    done = client.patch("/api/layers/buildings", json=said, headers=tag)
    assert (done.status_code, done.json()["steward"]) == (200, "房管局")
    assert done.headers["etag"] != read.headers["etag"]
    assert client.patch("/api/layers/buildings", json=said, headers=tag).status_code == 412
    assert client.patch("/api/layers/buildings", json=said).status_code == 428
    wrong = client.patch("/api/layers/buildings", json=said, headers={"if-match": "x"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "If-Match")
    missing = client.patch("/api/layers/none", json=said, headers={"if-match": "*"})
    assert missing.status_code == 404


def test_old_versions_of_an_entry_can_be_read(client: TestClient) -> None:
    said = {"steward": "房管局", "why": "交接"}
    client.patch("/api/layers/buildings", json=said, headers={"if-match": "*"})
    newest, first = client.get("/api/layers/buildings/versions").json()["versions"]
    assert (newest["version"], newest["why"], newest["entry"]["steward"]) == (2, "交接", "房管局")
    assert client.get("/api/layers/buildings/versions/1").json() == first
    assert first["entry"]["steward"] == ""
    missing = client.get("/api/layers/buildings/versions/3")
    assert (missing.status_code, "legal: 1 to 2" in missing.json()["detail"]) == (404, True)


def test_a_tileset_of_a_retired_layer_is_gone_with_the_reason_until_the_layer_is_back(
    client: TestClient, tmp_path: Path
) -> None:
    folder = tmp_path / "tiles" / "towers"
    folder.mkdir(parents=True)
    extras = {"layer": "buildings", "title": {}, "bounds": [114.3, 30.5, 114.31, 30.51]}
    document = {"asset": {"version": "1.1", "extras": extras}, "geometricError": 1, "root": {}}
    (folder / "tileset.json").write_text(json.dumps(document), encoding="utf-8")

    def listed() -> list[str]:
        return [one["id"] for one in client.get("/3dtiles").json()["tilesets"]]

    file = "/3dtiles/towers/tileset.json"
    assert (client.get(file).status_code, listed()) == (200, ["towers"])
    client.delete("/api/layers/buildings", params={"why": "并入新图层"})
    gone = client.get(file)
    assert (gone.status_code, listed()) == (410, [])
    assert "并入新图层" in gone.json()["detail"]
    client.post("/api/layers/buildings/restore", json={"why": "误停用"})
    assert (client.get(file).status_code, listed()) == (200, ["towers"])


def test_a_retired_layer_is_gone_with_its_reason_and_comes_back(
    client: TestClient, store: Store
) -> None:
    first = client.get("/ogc/collections/buildings/items", params={"limit": 2}).json()
    after = next(link["href"] for link in first["links"] if link["rel"] == "next")
    (batch,) = store.read("buildings")
    entity = batch.attributes["entity_id"][0].as_py()
    assert client.delete("/api/layers/buildings").status_code == 400
    gone = client.delete("/api/layers/buildings", params={"why": "并入新图层"})
    assert (gone.status_code, gone.json()["status"]) == (200, "retired")
    assert collections(client) == []
    one = "/ogc/collections/buildings"
    for path in (one, f"{one}/items", f"{one}/items/1", f"{one}/schema", after):
        answer = client.get(path)
        assert answer.status_code == 410, path
        assert "并入新图层" in answer.json()["detail"]
    assert client.get(f"/api/entities/{entity}").status_code == 410
    assert names(client, status="retired") == ["buildings"]
    again = client.delete("/api/layers/buildings", params={"why": "x"})
    assert again.status_code == 409
    back = client.post("/api/layers/buildings/restore", json={"why": "误停用"})
    assert back.json()["status"] == "published"
    assert client.get(f"{one}/items").json()["numberMatched"] == 5
    assert client.get(f"/api/entities/{entity}").status_code == 200


def test_a_draft_is_seen_by_who_keeps_it_and_by_no_other(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    client.post("/api/layers", json=WELLS | {"status": "draft"})
    reader = client_of(tmp_path, store, "none")
    assert names(client, status="draft") == ["wells"]
    assert names(reader) == ["buildings"]
    assert collections(reader) == ["buildings"]
    assert reader.get("/ogc/collections/wells/items").status_code == 404
    assert reader.get("/api/layers/wells").status_code == 404
    client.post("/api/layers", json={"name": "wells"})
    assert collections(reader) == ["buildings", "wells"]


def test_who_may_not_publish_changes_nothing(store: Store, tmp_path: Path) -> None:
    reader = client_of(tmp_path, store, "none")
    asked = [
        reader.post("/api/layers", json=WELLS),
        reader.patch("/api/layers/buildings", json={}, headers={"if-match": "*"}),
        reader.delete("/api/layers/buildings", params={"why": "x"}),
        reader.post("/api/layers/buildings/restore", json={}),
        reader.post("/api/layers/buildings/measure"),
        reader.put("/api/workspaces/a", json={"title_zh": "甲", "title_en": "A"}),
        reader.delete("/api/workspaces/a"),
        reader.get("/api/tables"),
    ]
    assert {answer.status_code for answer in asked} <= {401, 403}
    assert store.layer("buildings").entry_version == 1


def test_layers_are_found_by_word_theme_and_workspace(client: TestClient) -> None:
    client.put("/api/workspaces/pipes", json={"title_zh": "管网", "title_en": "Networks"})
    client.post("/api/layers", json=WELLS | {"workspaces": ["pipes"], "keywords": ["管网"]})
    assert names(client, q="ＭＡＮholes") == ["wells"]
    assert names(client, q="城市部件 井") == ["wells"]
    assert names(client, theme="resources") == ["wells"]
    assert names(client, theme="planning") == []
    assert names(client, workspace="pipes") == ["wells"]
    assert names(client, q="nothing") == []
    page = client.get("/api/layers", params={"limit": 1, "q": "l"}).json()
    assert (page["total"], [one["name"] for one in page["layers"]]) == (2, ["buildings"])
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert [one["name"] for one in client.get(following).json()["layers"]] == ["wells"]
    for wrong in ({"theme": "x"}, {"status": "x"}, {"limit": 0}, {"colour": "red"}):
        assert client.get("/api/layers", params=wrong).status_code == 400


def test_workspaces_are_made_and_counted(client: TestClient) -> None:
    body = {"title_zh": "管网", "title_en": "Networks"}
    assert client.put("/api/workspaces/pipes", json=body).status_code == 200
    client.post("/api/layers", json=WELLS | {"workspaces": ["pipes"]})
    listed = client.get("/api/workspaces").json()
    assert [(one["name"], one["layers"]) for one in listed["workspaces"]] == [("pipes", 1)]
    assert len(listed["themes"]) == 6
    assert client.put("/api/workspaces/collections", json=body).status_code == 400
    assert client.delete("/api/workspaces/pipes").status_code == 409


def test_quality_is_measured_kept_and_shown(client: TestClient, store: Store) -> None:
    bow = shapely.Polygon([(114.3, 30.5), (114.31, 30.51), (114.31, 30.5), (114.3, 30.51)])
    with closing(sqlite3.connect(store.path)) as connection:
        from cim.store._gpkg_connection import prepare_for_writing  # noqa: PLC0415 - as QGIS
        from cim.store._gpkg_geometry import to_blobs  # noqa: PLC0415

        prepare_for_writing(connection)
        blob = to_blobs(np.array([bow], dtype=object), 4490)[0]
        connection.execute("UPDATE buildings SET geom = ? WHERE fid = 2", (blob,))
        connection.execute("UPDATE buildings SET geom = NULL, name = ' ' WHERE fid = 3")
        connection.commit()
    assert client.get("/api/layers/buildings").json()["quality"] is None
    found = client.post("/api/layers/buildings/measure").json()
    assert (found["features"], found["valid"], found["is_current"]) == (5, 0.6, True)
    assert found["invalid"] == {"Self-intersection": 1, "no geometry": 1}
    assert found["examples"] == [2, 3]
    assert (found["completeness"]["name"], found["completeness"]["note"]) == (0.8, 0.2)
    assert client.get("/api/layers/buildings").json()["quality"] == found
    load(store, buildings(6))
    assert client.get("/api/layers/buildings").json()["quality"]["is_current"] is False


def test_lineage_and_freshness_are_shown(client: TestClient) -> None:
    said = {"update_cycle": "P1M", "source_date": "2020-01"}
    client.patch("/api/layers/buildings", json=said, headers={"if-match": "*"})
    shown = client.get("/api/layers/buildings").json()
    (load_of,) = shown["lineage"]
    assert (load_of["file"], load_of["inserted"]) == ("survey.geojson", 5)
    assert (shown["freshness"]["state"], shown["freshness"]["as_of"]) == ("overdue", "2020-01")


def test_a_table_that_another_program_put_in_is_taken_up(client: TestClient, store: Store) -> None:
    in_gdal(
        f"""
pyogrio.raw.write({str(store.path)!r}, layer="消火栓", driver="GPKG", append=True,
    geometry=shapely.to_wkb(shapely.points([114.3, 114.31, 114.32], [30.5, 30.51, 30.52])),
    field_data=[np.array(["甲", "乙", "丙"], object), np.array(["a", "b", "c"], object)],
    fields=["名称", "source"], geometry_type="Point", crs="EPSG:4490")
"""
    )
    assert client.get("/api/tables").json() == {
        "tables": [{"table": "消火栓", "geometry_type": "POINT"}]
    }
    body = {
        "name": "hydrants",
        "table": "消火栓",
        "class_code": "FURN",
        "title_zh": "消火栓",
        "name_field": "名称",
    }
    made = client.post("/api/layers", json=body)
    assert made.status_code == 201, made.text
    assert client.get("/api/tables").json() == {"tables": []}
    page = client.get("/ogc/collections/hydrants/items", params={"bbox": "114.305,30,115,31"})
    features = page.json()["features"]
    assert [one["properties"]["名称"] for one in features] == ["乙", "丙"]
    assert [one["properties"]["source_source"] for one in features] == ["b", "c"]
    for feature in features:
        assert check_id(feature["properties"]["entity_id"]).startswith("FURN")
        assert feature["properties"]["h3_code"]
    said = in_gdal(
        f"""
info = pyogrio.read_info({str(store.path)!r}, layer="hydrants")
print(info["features"], info["capabilities"]["fast_spatial_filter"])
"""
    )
    assert said.split() == ["3", "True"]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def in_gdal(code: str) -> str:
    """Run code with pyogrio in a process of its own, as QGIS is one."""
    script = f"import numpy as np, pyogrio, shapely\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_workspace_is_the_ogc_api_with_fewer_layers(client: TestClient) -> None:
    client.put("/api/workspaces/pipes", json={"title_zh": "管网", "title_en": "Networks"})
    client.post("/api/layers", json=WELLS | {"workspaces": ["pipes"]})
    for name in ("pipes", "resources"):
        root = f"http://localhost/ogc/{name}"
        landing = client.get(f"/ogc/{name}/", params={"lang": "zh"}).json()
        assert landing["title"].startswith("江汉示范区 · ")
        data = next(link["href"] for link in landing["links"] if link["rel"] == "data")
        assert data == f"{root}/collections"
        (only,) = client.get(data).json()["collections"]
        items = next(link["href"] for link in only["links"] if link["rel"] == "items")
        assert items == f"{root}/collections/wells/items"
        assert client.get(items).json()["numberMatched"] == 0
        other = client.get(f"{root}/collections/buildings/items")
        assert other.status_code == 404
        assert "'buildings' does not exist; known: wells" in other.json()["detail"]
    assert client.get("/ogc/planning/collections").json()["collections"] == []
    assert client.get("/ogc/nowhere/collections").status_code == 404
    assert client.get("/ogc/pipes").json()["title"].endswith("管网")
    page = client.get("/ogc/pipes/", params={"f": "html"})
    assert (page.status_code, "管网" in page.text) == (200, True)
    link = 'href="http://localhost/ogc/pipes/?f=html'
    assert link in client.get("/ogc/", params={"f": "html"}).text
    assert 'id="workspaces"' not in page.text
    assert collections(client) == ["buildings", "wells"]


def test_the_list_of_collections_follows_what_changes_and_nothing_else(
    client: TestClient, store: Store
) -> None:
    client.post("/api/layers", json=WELLS | {"licence": "CC-BY-4.0", "keywords": ["井"]})
    first = client.get("/ogc/collections", params={"lang": "en"})
    tag = {"if-none-match": first.headers["etag"]}
    assert client.get("/ogc/collections", params={"lang": "en"}, headers=tag).status_code == 304
    wells = first.json()["collections"][1]
    assert (wells["title"], wells["keywords"], wells["cim:theme"]) == (
        *("Manholes", ["井"], "resources.components"),
    )
    licence = [link["href"] for link in wells["links"] if link["rel"] == "license"]
    assert licence == ["https://creativecommons.org/licenses/by/4.0/"]
    load(store, buildings(7))
    again = client.get("/ogc/collections", params={"lang": "en"}, headers=tag)
    assert (again.status_code, again.json()["collections"][0]["itemCount"]) == (200, 7)
    assert again.json()["collections"][0]["updated"]
    other = client.get("http://127.0.0.1/ogc/collections", params={"lang": "en"}).json()
    assert other["collections"][1]["links"][0]["href"].startswith("http://127.0.0.1/ogc/")
    plain = client.get("/ogc/collections", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_the_list_of_collections_is_searched_and_paged(client: TestClient) -> None:
    client.post("/api/layers", json=WELLS)
    page = client.get("/ogc/collections", params={"limit": 1}).json()
    assert (page["numberMatched"], page["numberReturned"]) == (2, 1)
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert [one["id"] for one in client.get(following).json()["collections"]] == ["wells"]
    found = client.get("/ogc/collections", params={"q": "检查井", "theme": "resources"}).json()
    assert [one["id"] for one in found["collections"]] == ["wells"]
    for wrong in ({"limit": 0}, {"theme": "x"}, {"q": "x" * 201}, {"colour": "red"}):
        assert client.get("/ogc/collections", params=wrong).status_code == 400
