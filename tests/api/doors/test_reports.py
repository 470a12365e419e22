"""Reports of faults from the page behind a plate."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.doors.limiting import AN_HOUR_S, Limiter
from api.errors import QueueFullError
from tests.api.doors.making import DoorCity

LIST = "/api/addresses/reports"
LOCAL = {"Host": "127.0.0.1"}


@pytest.fixture
def client(doors: DoorCity) -> TestClient:
    return doors.client(jobs={"writes": "all"})


def test_a_form_is_kept_and_thanked_for(doors: DoorCity, client: TestClient) -> None:
    code = doors.road[0].code
    sent = client.post(f"/a/{code}/reports?lang=en", data={"kind": "gone", "note": "拆 了\r\n<b>"})
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/a/{code}?lang=en&thanks=1"
    page = client.get(sent.headers["location"], headers={"Accept": "text/html"}).text
    assert "Received. Thank you" in page
    (kept,) = [one for one in client.get(LIST).json()["reports"] if one["kind"] == "gone"]
    assert kept["address_code"] == code
    assert kept["note"] == "拆 了 <b>"


def test_a_program_reports_in_json(doors: DoorCity, client: TestClient) -> None:
    path = f"/api/addresses/{doors.road[1].code}/reports"
    made = client.post(path, json={"kind": "number_wrong"})
    assert made.status_code == 201
    settled = client.post(
        f"{LIST}/{made.json()['id']}/settle", json={"who": "王芳", "outcome": "已换新牌"}
    )
    assert settled.json()["settled_at"]
    numbers = [one["id"] for one in client.get(LIST).json()["reports"]]
    assert made.json()["id"] not in numbers
    every = client.get(LIST, params={"every": True}).json()["reports"]
    assert made.json()["id"] in [one["id"] for one in every]


def test_reports_come_in_pages(doors: DoorCity, client: TestClient) -> None:
    path = f"/api/addresses/{doors.road[2].code}/reports"
    for _ in range(3):
        client.post(path, json={"kind": "other"})
    first = client.get(LIST, params={"limit": 2}).json()
    second = client.get(LIST, params={"limit": 1000, "after": first["next"]}).json()
    assert len(first["reports"]) == 2
    assert second["reports"][0]["id"] > first["reports"][1]["id"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [({"kind": "nope"}, "kind"), ({}, "kind"), ({"kind": "gone", "note": "x" * 501}, "note")],
)
def test_a_report_that_is_none_is_refused(
    doors: DoorCity, client: TestClient, body: dict[str, str], field: str
) -> None:
    code = doors.road[0].code
    for answer in (
        client.post(f"/a/{code}/reports", data=body),
        client.post(f"/api/addresses/{code}/reports", json=body),
    ):
        assert answer.status_code in (400, 415)
        if body:
            assert answer.json()["field"] == field


def test_a_long_body_is_refused(doors: DoorCity, client: TestClient) -> None:
    path = f"/a/{doors.road[0].code}/reports"
    assert client.post(path, data={"kind": "gone", "note": "x" * 10_000}).status_code == 413
    other = client.post(path, content=b"{}", headers={"Content-Type": "application/json"})
    assert other.status_code == 415


def test_nothing_is_reported_about_what_nobody_may_know(
    doors: DoorCity, client: TestClient
) -> None:
    for code in (doors.draft.code, "3301060000099997"):
        path = f"/api/addresses/{code}/reports"
        assert client.post(path, json={"kind": "gone"}).status_code == 404


def test_a_city_may_take_no_reports(doors: DoorCity) -> None:
    client = doors.client(addresses={"reports": False})
    code = doors.road[0].code
    assert "<form" not in client.get(f"/a/{code}", headers={"Accept": "text/html"}).text
    path = f"/api/addresses/{code}/reports"
    assert client.post(path, json={"kind": "gone"}).status_code == 409


def test_pages_of_other_sites_report_nothing(doors: DoorCity, client: TestClient) -> None:
    code = doors.road[0].code
    strange = {"Sec-Fetch-Site": "cross-site"}
    sent = client.post(f"/a/{code}/reports", data={"kind": "gone"}, headers=strange)
    assert sent.status_code == 403


def test_a_client_reports_ten_times_an_hour(doors: DoorCity) -> None:
    client = doors.client()
    path = f"/api/addresses/{doors.road[0].code}/reports"
    answers = [client.post(path, json={"kind": "other"}) for _ in range(11)]
    assert [one.status_code for one in answers] == [201] * 10 + [429]
    assert answers[-1].headers["retry-after"]
    form = client.post(f"/a/{doors.road[0].code}/reports?lang=en", data={"kind": "other"})
    assert form.status_code == 429
    assert "Please try later." in form.text


def test_a_city_takes_so_many_a_day(doors: DoorCity) -> None:
    client = doors.client(addresses={"reports_per_day": 1})
    path = f"/api/addresses/{doors.road[0].code}/reports"
    client.post(path, json={"kind": "other"})
    answer = client.post(path, json={"kind": "other"})
    assert answer.status_code == 429
    assert "addresses.reports_per_day" in answer.json()["detail"]


def test_only_stewards_see_reports(doors: DoorCity) -> None:
    stranger = doors.client(jobs={"writes": "none"})
    assert stranger.get(LIST).status_code == 403
    settle = stranger.post(f"{LIST}/1/settle", json={"who": "x", "outcome": "y"})
    assert settle.status_code == 403


def test_an_unknown_report_cannot_be_settled(client: TestClient) -> None:
    body = {"who": "x", "outcome": "y"}
    assert client.post(f"{LIST}/99999/settle", json=body).status_code == 404


def test_the_hour_of_a_client_passes(tmp_path: Path) -> None:
    del tmp_path
    now = [0.0]
    limiter = Limiter(most=2, clock=lambda: now[0])
    limiter.take("a")
    limiter.take("a")
    limiter.take("b")
    with pytest.raises(QueueFullError, match="at most 2"):
        limiter.take("a")
    now[0] = AN_HOUR_S
    limiter.take("a")
