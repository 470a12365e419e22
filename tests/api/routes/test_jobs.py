"""Jobs over HTTP: what is taken in, what is refused. Nothing is built here; see tests/e2e."""

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

from api.cli import tiles
from api.jobs.building import command
from api.jobs.store import JobStore
from api.schemas.jobs import TilesetOptions
from cim.store.base import Store
from tests.api.cities import app_of

LOCAL = "http://localhost:8000"
CITYJSON = b'{"type": "CityJSON", "version": "2.0"}'


@pytest.fixture
def client(tmp_path: Path, city_store: Store) -> TestClient:
    return local_client(tmp_path, city_store)


def local_client(
    workspace: Path, store: Store, address: str = "127.0.0.1", **settings: Any
) -> TestClient:
    """A client on this machine; the app is not started, so that no job runs."""
    app = app_of(workspace, store, jobs=settings)
    return TestClient(app, base_url=LOCAL, client=(address, 50_000), raise_server_exceptions=False)


def send(client: TestClient, *files: tuple[str, bytes], **fields: str) -> Any:
    """Upload files."""
    parts = [("file", (name, data)) for name, data in files]
    return client.post("/api/tilesets", files=parts, data=fields)


def zipped(**files: bytes) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_layer_becomes_a_job(client: TestClient, tmp_path: Path) -> None:
    response = client.post(
        "/api/tilesets",
        json={"layer": "buildings", "options": {"height_field": "height", "title_zh": "楼"}},
    )
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["state"], job["tileset"], job["error"]) == ("queued", "buildings", None)
    assert client.get(response.headers["location"]).json() == job
    assert client.get("/api/jobs").json()["jobs"] == [job]
    kept = JobStore(tmp_path / "index").get(job["id"]).request
    assert kept["options"] == {"height_field": "height", "title_zh": "楼"}


def test_files_become_a_job(client: TestClient, tmp_path: Path) -> None:
    response = send(
        client,
        ("Old Town.city.json", CITYJSON),
        ("roof.png", b"\x89PNG"),
        options=json.dumps({"lod": "2.2"}),
    )
    assert response.status_code == 202, response.text
    job = response.json()
    assert job["tileset"] == "old_town"
    kept = JobStore(tmp_path / "index").get(job["id"]).request
    assert kept == {
        "layer": None,
        "files": ["Old Town.city.json"],
        "options": {"lod": "2.2"},
        "owner": "",
    }
    folder = tmp_path / "index" / "uploads" / job["id"]
    assert (folder / "Old Town.city.json").read_bytes() == CITYJSON
    assert client.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled"
    assert not folder.exists()


def test_a_zip_of_a_model_with_its_textures(client: TestClient, tmp_path: Path) -> None:
    data = zipped(**{"town/a.gml": b"<CityModel/>", "town/textures/a.jpg": b"\xff\xd8\xff"})
    job = send(client, ("town.zip", data)).json()
    kept = JobStore(tmp_path / "index").get(job["id"]).request
    assert kept["files"] == ["town.zip.files/town/a.gml"]
    folder = tmp_path / "index" / "uploads" / job["id"]
    assert (folder / "town.zip.files/town/textures/a.jpg").is_file()


def linked() -> bytes:
    """A zip file with a symbolic link."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.gml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped(**{"../a.gml": b"x"}), "leads out of the archive"),
        (zipped(**{"a/../../a.gml": b"x"}), "leads out of the archive"),
        (zipped(**{"/etc/a.gml": b"x"}), "not relative"),
        (zipped(**{"C:/a.gml": b"x"}), "not relative"),
        (zipped(**{"a\\b.gml": b"x"}), "not relative"),
        (zipped(**{"a.gml": bytes(30_000_000)}), "unpacks to more than 20 MB"),
        (zipped(**{"readme.txt": b"x"}), "no model; legal endings"),
        (linked(), "is a link"),
        (b"PK\3\4 and no more", "no zip file"),
        (b"", "no zip file"),
        (zipped(**{"a.gml": b"x" * 5000})[:-30], "no zip file"),
    ],
)
def test_unsafe_archives_are_refused(
    tmp_path: Path, city_store: Store, data: bytes, reason: str
) -> None:
    client = local_client(tmp_path, city_store, max_upload_mb=1)
    response = send(client, ("a.zip", data))
    assert response.status_code == 422
    assert reason in response.json()["detail"]
    assert response.headers["content-type"] == "application/problem+json"
    assert list((tmp_path / "index" / "uploads").iterdir()) == []
    assert client.get("/api/jobs").json() == {"jobs": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "layer"),
        ({"layer": "../x"}, "layer"),
        ({"layer": "buildings", "name": "Große Stadt"}, "name"),
        ({"layer": "buildings", "name": "../x"}, "name"),
        ({"layer": "buildings", "more": 1}, "more"),
        ({"layer": "buildings", "options": {"output": "/etc"}}, "options.output"),
        ({"layer": "buildings", "options": {"terrain": "/etc/passwd"}}, "options.terrain"),
        ({"layer": "buildings", "options": {"base_height_m": "1 --output=/x"}},
         "options.base_height_m"),
        ([], "body"),
    ],
)  # fmt: skip
def test_requests_that_are_not_legal_name_the_field(
    client: TestClient, body: Any, field: str
) -> None:
    response = client.post("/api/tilesets", json=body)
    assert (response.status_code, response.json()["field"]) == (400, field)


def test_each_option_and_its_value_are_one_word(client: TestClient, tmp_path: Path) -> None:
    options = {"attribute": ["a", "--output=/x"], "swap_axes": True, "outlines": False}
    job = client.post("/api/tilesets", json={"layer": "buildings", "options": options}).json()
    words = command(JobStore(tmp_path / "index").get(job["id"]), tmp_path)
    assert {"--attribute=a", "--attribute=--output=/x", "--swap-axes"} <= set(words)
    assert "--outlines" not in words
    assert words[-2:] == ["--", "layer:buildings"]


def test_an_unknown_layer_is_not_found(client: TestClient) -> None:
    assert client.post("/api/tilesets", json={"layer": "nope"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"x", "text/plain", 415),
        (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=a", 400),
        (b"--a\r\n", "multipart/form-data; boundary=a", 400),
        (b"--a\r\n\r\nx\r\n--a--\r\n", "multipart/form-data; boundary=a", 400),
        (b'--a\r\nContent-Disposition: form-data; name="file"; filename="a.gml"\r\n\r\nx',
         "multipart/form-data; boundary=a", 400),
        (b"--a--\r\n", "multipart/form-data; boundary=a", 400),
    ],
)  # fmt: skip
def test_bodies_that_are_broken_are_refused(
    client: TestClient, tmp_path: Path, content: bytes, media: str, status: int
) -> None:
    response = client.post("/api/tilesets", content=content, headers={"Content-Type": media})
    assert response.status_code == status, response.text
    assert not list((tmp_path / "index" / "uploads").glob("*"))


@pytest.mark.parametrize("name", ["../a.gml", "/a.gml", ".hidden.gml", "a/b.gml", "..\\a.gml"])
def test_file_names_that_are_paths_are_refused(client: TestClient, name: str) -> None:
    response = send(client, (name, b"x"))
    assert response.status_code == 400
    assert "is not a file name" in response.json()["detail"]


def test_an_unknown_field_is_refused(client: TestClient) -> None:
    response = send(client, ("a.gml", b"x"), colour="red")
    assert (response.status_code, response.json()["field"]) == (400, "colour")


def test_a_file_that_makes_no_name_needs_one(client: TestClient) -> None:
    response = send(client, ("楼.gml", b"x"))
    assert (response.status_code, response.json()["field"]) == (400, "name")
    assert send(client, ("楼.gml", b"x"), name="lou").json()["tileset"] == "lou"


def test_too_large_an_upload_is_refused(tmp_path: Path, city_store: Store) -> None:
    client = local_client(tmp_path, city_store, max_upload_mb=0.1)
    response = send(client, ("a.gml", bytes(200_000)))
    assert (response.status_code, response.json()["title"]) == (413, "Too large")

    def endless() -> Iterator[bytes]:
        yield b'--a\r\nContent-Disposition: form-data; name="file"; filename="a.gml"\r\n\r\n'
        for _ in range(200):
            yield bytes(1_000)

    headers = {"Content-Type": "multipart/form-data; boundary=a"}
    response = client.post("/api/tilesets", content=endless(), headers=headers)
    assert response.status_code == 413
    assert list((tmp_path / "index" / "uploads").iterdir()) == []


def test_a_full_queue_is_told(tmp_path: Path, city_store: Store) -> None:
    client = local_client(tmp_path, city_store, queue=2)
    jobs = [client.post("/api/tilesets", json={"layer": "buildings"}) for _ in range(3)]
    assert [job.status_code for job in jobs] == [202, 202, 429]
    assert int(jobs[2].headers["retry-after"]) > 0
    client.delete(jobs[0].headers["location"])
    assert client.post("/api/tilesets", json={"layer": "buildings"}).status_code == 202


def test_a_job_ends_once(client: TestClient) -> None:
    place = client.post("/api/tilesets", json={"layer": "buildings"}).headers["location"]
    assert client.delete(place).json()["state"] == "cancelled"
    again = client.delete(place)
    assert (again.status_code, again.json()["title"]) == (409, "Conflict")
    assert client.delete("/api/jobs/nope").status_code == 404
    assert client.get("/api/jobs/nope").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"X-Forwarded-For": "1.2.3.4"}, 401),
        ({"Forwarded": "for=1.2.3.4"}, 401),
        ({"Origin": LOCAL}, 202),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Host": "rebound.example"}, 401),
    ],
)
def test_only_this_machine_may_write(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    response = client.post("/api/tilesets", json={"layer": "buildings"}, headers=headers)
    assert response.status_code == status
    assert (
        response.json().get("title") == {202: None, 401: "Unauthorized", 403: "Forbidden"}[status]
    )


def test_who_may_write_is_a_setting(tmp_path: Path, city_store: Store) -> None:
    body = {"layer": "buildings"}
    far = local_client(tmp_path, city_store, "192.0.2.7")
    assert far.post("/api/tilesets", json=body).status_code == 401
    assert far.get("/api/jobs").status_code == 200
    everyone = local_client(tmp_path, city_store, "192.0.2.7", writes="all")
    place = everyone.post("/api/tilesets", json=body).headers["location"]
    assert far.delete(place).status_code == 401
    evil = everyone.post("/api/tilesets", json=body, headers={"Origin": "https://evil.example"})
    assert evil.status_code == 403
    nobody = local_client(tmp_path, city_store, writes="none")
    assert 'jobs.writes is "none"' in nobody.post("/api/tilesets", json=body).json()["detail"]


def test_other_origins_learn_nothing_by_preflight(client: TestClient) -> None:
    response = client.options(
        "/api/tilesets",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-credentials" not in response.headers


def test_jobs_are_documented(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    post = document["paths"]["/api/tilesets"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert {"202", "403", "413", "429"} <= set(post["responses"])
    assert set(document["paths"]["/api/jobs/{job_id}"]) == {"get", "delete"}


def test_options_are_those_of_the_command() -> None:
    build = typer.main.get_command(tiles.app).commands["build"]  # type: ignore[attr-defined]
    of_the_server = {"sources", "output", "workspace", "progress", "workers"}
    files_beside = {"terrain", "terrain_heights"}
    names = {parameter.name for parameter in build.params} - of_the_server - files_beside
    assert set(TilesetOptions.model_fields) == names


@pytest.mark.parametrize(
    "name", ["a.las", "a.ply", "a.obj", "a.glb", "a.shp", "a.gpkg", "a.ifc", "a.ifczip"]
)
def test_models_of_every_kind_are_taken_in(client: TestClient, name: str) -> None:
    assert send(client, (name, b"x")).status_code == 202


@pytest.mark.parametrize("bim", ["../secret", "/etc", "Duplex", "a=b c", ""])
def test_models_to_link_are_tilesets_of_the_workspace(client: TestClient, bim: str) -> None:
    answer = client.post("/api/tilesets", json={"layer": "buildings", "options": {"bim": [bim]}})
    assert answer.status_code == 400
    assert "bim" in answer.text


def test_a_linked_model_becomes_its_path_in_the_workspace(
    client: TestClient, tmp_path: Path
) -> None:
    options = {"bim": ["duplex=BLDG1"], "spaces": True}
    job = client.post("/api/tilesets", json={"layer": "buildings", "options": options}).json()
    words = command(JobStore(tmp_path / "index").get(job["id"]), tmp_path)
    assert {f"--bim={tmp_path}/tiles/duplex=BLDG1", "--spaces"} <= set(words)
