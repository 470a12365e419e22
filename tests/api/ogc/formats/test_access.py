"""Files hold what the caller may see, to the last byte that is sent."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.ogc.offers import formats
from tests.api.security.cities import bearer, client_of, key_of, secret_city

ITEMS = "/ogc/collections/plates/items"
FILES = [name for name, each in formats().items() if not each.is_paged]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secret")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    store = secret_city(folder)
    roles = {"planner": {"layers": ["plates"], "verbs": ["read"]}}
    with client_of(folder, store, roles=roles) as client:
        yield client
    store.close()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_for_those_who_may_see_the_layer(
    client: TestClient, folder: Path, name: str
) -> None:
    headers = bearer(key_of(folder, "planner", name=f"reader {name}"))
    assert client.get(ITEMS, params={"f": name}).status_code == 404
    response = client.get(ITEMS, params={"f": name}, headers=headers)
    assert response.status_code == 200
    assert len(response.content) > 300
    one = client.get(f"{ITEMS}/2", params={"f": name}, headers=headers)
    assert 0 < len(one.content) <= len(response.content)


@pytest.mark.parametrize("way", ["header", "query"])
def test_a_project_has_what_its_caller_may_see_and_no_key(
    client: TestClient, folder: Path, way: str
) -> None:
    key = key_of(folder, "planner", name=f"project {way}")
    headers = bearer(key) if way == "header" else {}
    query = {"key": key} if way == "query" else {}
    seen = {}
    for who, answer in (
        ("anyone", client.get("/ogc/qgis/city.qgz")),
        ("planner", client.get("/ogc/qgis/city.qgz", headers=headers, params=query)),
    ):
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            seen[who] = archive.read("city.qgs").decode()
    assert "typename='plates'" not in seen["anyone"].replace("&apos;", "'")
    assert "typename='plates'" in seen["planner"].replace("&apos;", "'")
    assert key not in seen["planner"]
