"""3D Tiles and the map page as files."""

import gzip
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cim.store.base import Store
from tests.api.cities import app_of

GLB = b"glTF" + bytes(range(256)) * 40


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    tiles = tmp_path / "tiles" / "buildings"
    tiles.mkdir(parents=True)
    extras = {
        "title": {"zh": "建筑", "en": "Buildings"},
        "layer": "buildings",
        "bounds": [114.3, 30.5, 114.4, 30.6],
        "feature_count": 25,
        "height_reference": "ellipsoid",
    }
    document = {"asset": {"version": "1.1", "extras": extras}, "padding": "x" * 4000}
    (tiles / "tileset.json").write_text(json.dumps(document))
    (tiles / "0.glb").write_bytes(GLB)
    (tiles / ".lock").write_text("")
    (tmp_path / "tiles" / "broken").mkdir()
    (tmp_path / "tiles" / "broken" / "tileset.json").write_text("{")
    (tmp_path / "tiles" / "foreign").mkdir()
    (tmp_path / "tiles" / "foreign" / "tileset.json").write_text('{"asset": {"version": "1.0"}}')
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "tiles" / "buildings" / "out").symlink_to(tmp_path / "secret.txt")
    return tmp_path


@pytest.fixture
def client(workspace: Path, city_store: Store) -> TestClient:
    return TestClient(app_of(workspace, city_store))


def build_page(workspace: Path) -> None:
    """A map page as Vite builds one."""
    viewer = workspace / "viewer"
    (viewer / "assets").mkdir(parents=True)
    (viewer / "index.html").write_text("<!doctype html><title>地图</title>")
    (viewer / "assets" / "index-Q2bMt6Q6.js").write_text("plain")
    (viewer / "assets" / "index-Q2bMt6Q6.js.gz").write_bytes(gzip.compress(b"packed"))
    (viewer / "assets" / "index-Q2bMt6Q6.js.br").write_bytes(b"brotli")


def test_tilesets_are_listed_with_what_their_builder_wrote(client: TestClient) -> None:
    assert client.get("/3dtiles").json() == {
        "tilesets": [
            {
                "id": "buildings",
                "title": {"zh": "建筑", "en": "Buildings"},
                "layer": "buildings",
                "href": "/3dtiles/buildings/tileset.json",
                "bounds": [114.3, 30.5, 114.4, 30.6],
                "feature_count": 25,
                "height_reference": "ellipsoid",
            },
            {
                "id": "foreign",
                "title": {"zh": "foreign", "en": "foreign"},
                "layer": None,
                "href": "/3dtiles/foreign/tileset.json",
                "bounds": None,
                "feature_count": None,
                "height_reference": None,
            },
        ]
    }


def test_a_tile_has_its_media_type_and_a_validator(client: TestClient) -> None:
    response = client.get("/3dtiles/buildings/0.glb", headers={"Accept-Encoding": "identity"})
    assert response.content == GLB
    assert response.headers["content-type"] == "model/gltf-binary"
    again = client.get(
        "/3dtiles/buildings/0.glb", headers={"If-None-Match": response.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_tile_that_changed_is_sent_again(client: TestClient, workspace: Path) -> None:
    first = client.get("/3dtiles/buildings/0.glb")
    (workspace / "tiles" / "buildings" / "0.glb").write_bytes(GLB + b"new!")
    second = client.get(
        "/3dtiles/buildings/0.glb", headers={"If-None-Match": first.headers["etag"]}
    )
    assert second.content == GLB + b"new!"


def test_a_document_is_compressed_for_who_takes_it(client: TestClient) -> None:
    packed = client.get("/3dtiles/buildings/tileset.json", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/3dtiles/buildings/tileset.json", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert "Accept-Encoding" in packed.headers["vary"]


def test_part_of_a_file_can_be_asked_for(client: TestClient) -> None:
    response = client.get("/3dtiles/buildings/0.glb", headers={"Range": "bytes=0-3"})
    assert (response.status_code, response.content) == (206, b"glTF")


def test_the_head_of_a_file_can_be_asked_for(client: TestClient) -> None:
    response = client.head("/3dtiles/buildings/0.glb", headers={"Accept-Encoding": "identity"})
    assert response.content == b""
    assert response.headers["content-length"] == str(len(GLB))


@pytest.mark.parametrize(
    "path",
    [
        "/3dtiles/buildings/none.glb",
        "/3dtiles/buildings",
        "/3dtiles/buildings/",
        "/3dtiles/buildings/.lock",
        "/3dtiles/buildings/out",
        "/3dtiles/buildings/%2e%2e/%2e%2e/secret.txt",
        "/3dtiles/buildings/..%2f..%2fsecret.txt",
        "/3dtiles/%2e%2e/secret.txt",
        "/3dtiles/buildings/%00",
        "/3dtiles/buildings/..%5c..%5csecret.txt",
        "/3dtiles//etc/passwd",
        "/..%2fsecret.txt",
    ],
)
def test_there_is_no_way_out_of_the_folder(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404, path
    assert "secret" not in response.text.replace("secret.txt", "")


def test_other_origins_may_read_tiles(client: TestClient) -> None:
    response = client.get("/3dtiles/buildings/0.glb", headers={"Origin": "https://a.cn"})
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_page_that_is_not_built_says_how(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 503
    assert "make setup" in response.text
    assert "地图页面尚未构建" in response.text


def test_the_map_page(client: TestClient, workspace: Path) -> None:
    build_page(workspace)
    response = client.get("/")
    assert "地图" in response.text
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", b"packed"),
        ("identity", None, b"plain"),
    ],
)
def test_files_of_the_page_are_kept_for_good_and_compressed(
    client: TestClient, workspace: Path, accepted: str, coding: str | None, body: bytes
) -> None:
    build_page(workspace)
    with client.stream(
        "GET", "/assets/index-Q2bMt6Q6.js", headers={"Accept-Encoding": accepted}
    ) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers.get("content-encoding") == coding
    assert (gzip.decompress(raw) if coding == "gzip" else raw) == body
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]
