"""Files of tilesets in folders and archives over HTTP."""

import gzip
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cim.store.base import Store
from tests.api.cities import app_of
from tests.commands import cim, run_cim
from tiles.archive import pack

GLB = b"glTF" + bytes(range(256)) * 40
HASHED = "0/a-0123456789abcdef.glb"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder `both`, the same as an archive `packed`, and an archive `foreign` that deflates."""
    folder = tmp_path / "tiles" / "both"
    (folder / "0").mkdir(parents=True)
    document = {"asset": {"version": "1.1", "extras": {"title": {"zh": "楼", "en": "Houses"}}}}
    (folder / "tileset.json").write_text(json.dumps(document) + " " * 4000)
    (folder / "0" / "0.glb").write_bytes(GLB)
    (folder / HASHED).write_bytes(GLB)
    (folder / "large.bin").write_bytes(bytes(range(256)) * 10_000)
    (folder / "0.subtree").write_bytes(b"subt")
    pack(folder, tmp_path / "tiles" / "packed.3tz")
    with zipfile.ZipFile(tmp_path / "tiles" / "foreign.3tz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("tileset.json", "0/0.glb", HASHED, "large.bin", "0.subtree"):
            archive.write(folder / name, name)
    return tmp_path


@pytest.fixture
def client(workspace: Path, city_store: Store) -> TestClient:
    return TestClient(app_of(workspace, city_store), raise_server_exceptions=False)


EACH = pytest.mark.parametrize("tileset", ["both", "packed", "foreign"])


def test_folders_and_archives_are_listed(client: TestClient) -> None:
    listed = client.get("/3dtiles").json()["tilesets"]
    assert [each["id"] for each in listed] == ["both", "foreign", "packed"]
    assert {each["title"]["zh"] for each in listed} == {"楼"}


@EACH
def test_files_are_the_same_wherever_they_lie(client: TestClient, tileset: str) -> None:
    for path, media in (
        ("tileset.json", "application/json"),
        ("0/0.glb", "model/gltf-binary"),
        ("0.subtree", "application/octet-stream"),
        ("large.bin", "application/octet-stream"),
    ):
        headers = PLAIN | {"Origin": "https://a.cn"}
        whole = client.get(f"/3dtiles/{tileset}/{path}", headers=headers)
        assert whole.content == client.get(f"/3dtiles/both/{path}").content
        assert whole.headers["content-type"] == media
        assert whole.headers["cache-control"] == "no-cache"
        assert whole.headers["access-control-allow-origin"] == "*"


@EACH
def test_a_name_with_a_digest_never_changes(client: TestClient, tileset: str) -> None:
    response = client.get(f"/3dtiles/{tileset}/{HASHED}")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@EACH
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_did_not_change_is_not_sent_again(
    client: TestClient, tileset: str, coding: str
) -> None:
    address, headers = f"/3dtiles/{tileset}/0/0.glb", {"Accept-Encoding": coding}
    first = client.get(address, headers=headers)
    assert first.content == GLB
    assert first.headers.get("content-encoding", "identity") == coding
    again = client.get(address, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@EACH
def test_plain_and_compressed_have_validators_of_their_own(
    client: TestClient, tileset: str
) -> None:
    address = f"/3dtiles/{tileset}/tileset.json"
    plain, packed = (
        client.get(address, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip")
    )
    assert plain.headers["etag"] != packed.headers["etag"]
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert packed.json() == plain.json()


@EACH
@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-3", 206, 0, 4),
        ("bytes=10-", 206, 10, len(GLB)),
        ("bytes=-5", 206, len(GLB) - 5, len(GLB)),
        ("bytes=0-999999", 206, 0, len(GLB)),
        ("bytes=0-1,4-5", 200, 0, len(GLB)),
        ("bytes=5-2", 200, 0, len(GLB)),
        ("bytes=-", 200, 0, len(GLB)),
        ("lines=1-2", 200, 0, len(GLB)),
    ],
)
def test_part_of_a_file(
    client: TestClient, tileset: str, asked: str, status: int, start: int, end: int
) -> None:
    response = client.get(f"/3dtiles/{tileset}/0/0.glb", headers=PLAIN | {"Range": asked})
    assert (response.status_code, response.content) == (status, GLB[start:end])
    if status == 206:
        assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(GLB)}"


@EACH
def test_a_part_that_does_not_exist(client: TestClient, tileset: str) -> None:
    response = client.get(f"/3dtiles/{tileset}/0/0.glb", headers={"Range": "bytes=999999-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(GLB)}"


@EACH
def test_a_part_of_what_has_changed_is_the_whole(client: TestClient, tileset: str) -> None:
    headers = PLAIN | {"Range": "bytes=0-3", "If-Range": '"old"'}
    assert client.get(f"/3dtiles/{tileset}/0/0.glb", headers=headers).content == GLB


@EACH
def test_a_head_has_no_body(client: TestClient, tileset: str) -> None:
    for path, size in (("0/0.glb", len(GLB)), ("large.bin", 2_560_000)):
        response = client.head(f"/3dtiles/{tileset}/{path}", headers=PLAIN)
        assert (response.content, response.headers["content-length"]) == (b"", str(size))


@EACH
def test_other_methods_are_refused(client: TestClient, tileset: str) -> None:
    response = client.post(f"/3dtiles/{tileset}/0/0.glb")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    ["packed/none.glb", "packed", "packed/", "packed/@3dtilesIndex1@x", "packed/../both/0/0.glb",
     "packed.3tz", ".hidden/tileset.json", "packed/0/.lock"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/3dtiles/{path.replace('..', '%2e%2e')}").status_code == 404


def test_a_replaced_archive_is_served_at_once(client: TestClient, workspace: Path) -> None:
    address = "/3dtiles/packed/0/0.glb"
    first = client.get(address)
    (workspace / "tiles" / "both" / "0" / "0.glb").write_bytes(GLB + b"new!")
    pack(workspace / "tiles" / "both", workspace / "tiles" / "packed.3tz")
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.content == GLB + b"new!"


def test_the_folder_goes_before_the_archive(client: TestClient, workspace: Path) -> None:
    tiles = workspace / "tiles"
    shutil.copy(tiles / "packed.3tz", tiles / "both.3tz")
    (tiles / "both" / "0" / "0.glb").write_bytes(b"glTF of the folder")
    assert client.get("/3dtiles/both/0/0.glb").content == b"glTF of the folder"
    (tiles / "both" / "tileset.json").unlink()
    assert client.get("/3dtiles/both/0/0.glb").content == GLB


def test_a_torn_archive_is_one_line(client: TestClient, workspace: Path) -> None:
    (workspace / "tiles" / "torn.3tz").write_bytes(b"PK\3\4 and no more")
    response = client.get("/3dtiles/torn/tileset.json")
    assert response.status_code == 422
    assert "cut short" in response.json()["detail"]
    assert str(workspace) not in response.text
    listed = client.get("/3dtiles").json()["tilesets"]
    assert "torn" not in [each["id"] for each in listed]


def test_a_twin_that_lies_compressed_is_sent(client: TestClient, workspace: Path) -> None:
    twin = workspace / "tiles" / "both" / "0" / "0.glb.gz"
    twin.write_bytes(gzip.compress(b"from the twin"))
    response = client.get("/3dtiles/both/0/0.glb", headers={"Accept-Encoding": "gzip"})
    assert response.content == b"from the twin"
    assert client.get("/3dtiles/both/0/0.glb", headers=PLAIN).content == GLB


def test_doctor_says_which_archives_are_hidden_by_folders(tmp_path: Path) -> None:
    cim("init", tmp_path / "city")
    folder = tmp_path / "city" / "tiles" / "both"
    folder.mkdir(parents=True)
    (folder / "tileset.json").write_text('{"asset": {"version": "1.1"}}')
    pack(folder, folder.with_suffix(".3tz"))
    pack(folder, folder.with_name("alone.3tz"))
    (folder.parent / "torn.3tz").write_bytes(b"x")
    found = {row["check"]: row for row in run_cim("doctor", "-w", tmp_path / "city").rows}
    assert found["tileset both"]["status"] == "warning"
    assert "both.3tz" in found["tileset both"]["found"]
    assert found["tileset alone"]["status"] == "ok"
    assert found["tileset torn"]["status"] == "fault"
