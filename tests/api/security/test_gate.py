"""Who comes in, with what, and how often."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.security.keys import Keys
from cim.audit import AuditQuery, AuditTrail
from cim.store.base import Store
from tests.api.cities import load as load_batch
from tests.api.security.cities import bearer, client_of, key_of, secret_city

ITEMS = "/ogc/collections/plates/items"
PLANNER = {"layers": ["plates"], "verbs": ["read", "update"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the city."""
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    store = secret_city(folder)
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(folder: Path, store: Store) -> Iterator[TestClient]:
    with client_of(folder, store, roles={"planner": PLANNER}) as client:
        yield client


@pytest.fixture(scope="module")
def key(folder: Path, store: Store) -> str:
    del store
    return key_of(folder, "planner")


def trail(folder: Path) -> AuditTrail:
    return AuditTrail(folder / "access" / "audit.sqlite")


def test_a_hidden_layer_answers_as_one_that_is_not_there(client: TestClient) -> None:
    hidden, absent = client.get(ITEMS), client.get(ITEMS.replace("plates", "absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("plates", "absent") == absent.text


@pytest.mark.parametrize("way", ["bearer", "header", "basic", "query"])
def test_a_key_may_come_in_any_of_four_ways(client: TestClient, key: str, way: str) -> None:
    headers = {
        "bearer": bearer(key),
        "header": {"X-API-Key": key},
        "basic": {"Authorization": f"Basic {base64.b64encode(f'u:{key}'.encode()).decode()}"},
        "query": {},
    }[way]
    answer = client.get(ITEMS, headers=headers, params={"key": key} if way == "query" else {})
    assert answer.status_code == 200
    assert answer.json()["numberMatched"] == 3
    assert answer.headers["cache-control"].startswith("private")
    assert "Authorization" in answer.headers["vary"]


def test_a_key_in_the_query_is_kept_in_next_links_only(client: TestClient, key: str) -> None:
    page = client.get(ITEMS, params={"key": key, "limit": 1}).json()
    links = {link["rel"]: link["href"] for link in page["links"]}
    assert f"key={key}" in links["next"]
    assert key not in "".join(href for rel, href in links.items() if rel != "next")
    assert client.get(links["next"]).json()["numberReturned"] == 1
    assert key not in client.get(ITEMS, headers=bearer(key), params={"limit": 1}).text


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X-API-Key": "nonsense"}, "malformed"),
        ({"Authorization": "Bearer cim_short"}, "malformed"),
        ({"Authorization": f"Bearer cim_aaaaaaaaaa_{'A' * 43}"}, "not known"),
        ({"Authorization": "Bearer"}, "legal: Bearer"),
        ({"Authorization": "Digest x"}, "'Digest' is not taken"),
        ({"Authorization": "Bearer a.b.c"}, "takes no others"),
        ({"Authorization": "Bearer ключ".encode()}, "not ASCII"),
    ],
)
def test_what_is_no_key_is_refused_in_one_line(
    client: TestClient, headers: dict[str, str], words: str
) -> None:
    answer = client.get(ITEMS, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith('Bearer realm="cim-server"')
    assert words in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


def test_a_key_in_two_places_is_refused(client: TestClient, key: str) -> None:
    answer = client.get(ITEMS, headers=bearer(key), params={"key": key})
    assert answer.status_code == 400
    assert key not in answer.text


def test_a_password_that_is_no_key_is_left_to_the_proxy(client: TestClient) -> None:
    assert client.get("/ogc/collections", auth=("user", "password")).status_code == 200


def test_an_expired_key_is_refused(client: TestClient, folder: Path) -> None:
    text = key_of(folder, "planner", expires_at="2999-01-01T00:00:00Z")
    assert client.get(ITEMS, headers=bearer(text)).status_code == 200
    with Keys(folder)._writing() as database:
        database.execute(
            "UPDATE key SET expires_at = '2020-01-01T00:00:00Z' WHERE id = ?",
            (text.split("_")[1],),
        )
    answer = client.get(ITEMS, headers=bearer(text))
    assert answer.status_code == 401
    assert "expired at 2020-01-01T00:00:00Z" in answer.json()["detail"]


def test_a_key_revoked_elsewhere_is_refused_by_the_next_request(
    client: TestClient, folder: Path
) -> None:
    text = key_of(folder, "planner")
    assert client.get(ITEMS, headers=bearer(text)).status_code == 200
    Keys(folder).revoke(text.split("_")[1])
    answer = client.get(ITEMS, headers=bearer(text))
    assert answer.status_code == 401
    assert "was revoked at" in answer.json()["detail"]


def test_the_text_of_a_key_is_nowhere_in_the_workspace(folder: Path, key: str) -> None:
    secret = key.split("_", 2)[2]
    assert (folder / "access" / "keys.sqlite").is_file()
    # another process: to close a file here would drop SQLite's locks on it
    found = subprocess.run(["grep", "-rlF", secret, str(folder)], capture_output=True, check=False)
    assert (found.returncode, found.stdout) == (1, b"")


def test_the_same_page_has_another_validator_for_another_caller(
    client: TestClient, key: str
) -> None:
    public = client.get("/ogc/collections/buildings/items?limit=1")
    known = client.get("/ogc/collections/buildings/items?limit=1", headers=bearer(key))
    assert public.content == known.content
    assert public.headers["etag"] != known.headers["etag"]


def test_a_role_may_do_what_its_verbs_say_and_no_more(client: TestClient, key: str) -> None:
    refused = client.post("/api/tilesets", json={"layer": "plates"}, headers=bearer(key))
    assert refused.status_code == 403
    assert "'zhang' may not publish layer 'plates'" in refused.json()["detail"]
    unknown = client.post("/api/tilesets", json={"layer": "plates"})
    absent = client.post("/api/tilesets", json={"layer": "absent"})
    assert unknown.status_code == absent.status_code == 401


def test_reads_of_restricted_data_and_writes_are_recorded(
    folder: Path, store: Store, key: str
) -> None:
    with client_of(folder, store, roles={"planner": PLANNER}) as client:
        client.get(ITEMS, headers=bearer(key), params={"limit": 2})
        client.get("/ogc/collections/buildings/items", headers=bearer(key))
        client.post("/api/tilesets", json={"layer": "plates"}, headers=bearer(key))
    refused, read, *_ = sorted(
        trail(folder).read(AuditQuery(who="zhang", limit=1000))[:2],
        key=lambda one: one.record.action,
    )
    assert (refused.record.action, refused.record.result) == ("publish", "403")
    assert (read.record.action, read.record.layers, read.record.result) == (
        "read",
        "plates",
        "200",
    )
    assert read.record.address == "192.0.2.7"
    assert read.record.target == ITEMS
    assert key.split("_")[1] == read.record.key
    assert "buildings" not in read.record.layers


def test_the_steward_reads_the_trail_and_nobody_else(
    client: TestClient, folder: Path, key: str
) -> None:
    assert client.get("/api/audit").status_code == 401
    assert client.get("/api/audit", headers=bearer(key)).status_code == 403
    steward = bearer(key_of(folder, "steward", name="li"))
    page = client.get("/api/audit?limit=1", headers=steward).json()
    assert len(page["records"]) == 1
    later = client.get(f"/api/audit?before={page['next']}", headers=steward).json()
    assert later["records"][0]["number"] < page["records"][0]["number"]
    assert client.get("/api/audit?since=yesterday", headers=steward).status_code == 400


def test_more_requests_than_a_caller_may_make_are_refused(folder: Path, store: Store) -> None:
    with client_of(folder, store, requests_per_s=0.5, burst_s=4) as client:
        answers = [client.get("/health/live") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 2


def test_a_role_has_a_limit_of_its_own(folder: Path, store: Store) -> None:
    role = PLANNER | {"requests_per_s": 0.1, "max_body_mb": 0.001}
    with client_of(folder, store, roles={"planner": role}) as client:
        headers = bearer(key_of(folder, "planner"))
        long = client.post("/api/tilesets", content=b"x" * 2_000, headers=headers)
        assert long.status_code == 413
        assert client.get("/health/live", headers=headers).status_code == 429
        assert client.get("/health/live").status_code == 200


def test_a_long_body_without_a_length_is_refused(folder: Path, store: Store) -> None:
    with client_of(folder, store, "127.0.0.1", max_body_mb=0.001) as client:
        answer = client.post(
            "/api/grids/h3/cover",
            content=iter([b" " * 600] * 3),
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 413
    assert "0.001 MB" in answer.json()["detail"]


def test_loading_shows_on_the_next_request_of_each_caller(
    client: TestClient, store: Store, key: str
) -> None:
    from tests.api.cities import PLATES_DRAFT, plates  # noqa: PLC0415

    load_batch(store, plates(), PLATES_DRAFT)
    assert client.get(ITEMS).status_code == 404
    assert client.get(ITEMS, headers=bearer(key)).json()["numberMatched"] == 3
