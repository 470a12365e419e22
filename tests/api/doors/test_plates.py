"""Plates over the web."""

import pytest

from tests.addressing.plate.making import open_png, pages_of, read_codes
from tests.api.doors.making import HOST, DoorCity


def _plate(code: str, form: str) -> str:
    return f"/api/addresses/{code}/plate.{form}"


@pytest.mark.parametrize("size", ["large", "medium", "small"])
def test_the_decoder_reads_the_plate_as_picture_and_document(doors: DoorCity, size: str) -> None:
    client, code = doors.client(), doors.road[0].code
    link = f"https://{HOST}/a/{code}"
    picture = client.get(_plate(code, "png"), params={"size": size, "dpi": 100})
    assert picture.headers["content-type"] == "image/png"
    assert read_codes(open_png(picture.content)) == [link]
    document = client.get(_plate(code, "pdf"), params={"size": size})
    assert document.headers["content-disposition"] == f'inline; filename="{code}.pdf"'
    (page,) = pages_of(document.content)
    assert read_codes(page) == [link]


def test_the_plate_is_written_as_its_own_city_writes(doors: DoorCity) -> None:
    client = doors.client()
    here = client.get(_plate(doors.road[0].code, "svg")).text
    there = client.get(_plate(doors.tainan.code, "svg")).text
    assert "<title>文三路1号 (WENSAN LU)" in here
    assert "<title>東安路123巷5弄3號 (DONG'AN LU 123 XIANG 5 NONG)" in there


def test_a_plate_that_has_not_changed_is_not_sent_again(doors: DoorCity) -> None:
    client, path = doors.client(), _plate(doors.road[0].code, "svg")
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    other = client.get(path, params={"size": "small"}, headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_without_a_host_no_plate_is_made(doors: DoorCity) -> None:
    client = doors.client(addresses={"host": ""})
    answer = client.get(_plate(doors.road[0].code, "svg"))
    assert answer.status_code == 409
    assert "addresses.host in cim.toml is empty" in answer.json()["detail"]


def test_a_draft_gets_no_plate(doors: DoorCity) -> None:
    answer = doors.client().get(_plate(doors.draft.code, "svg"))
    assert answer.status_code == 409
    assert "is draft; only valid ones" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/addresses/3301060000099997/plate.svg", 404),
        ("/api/addresses/3301060000099990/plate.svg", 400),
        ("/api/addresses/nonsense/plate.svg", 400),
        ("/api/addresses/3301060000099997/plate.gif", 400),
        ("/api/addresses/3301060000099997/plate.png?dpi=9999", 400),
        ("/api/addresses/3301060000099997/plate.svg?size=huge", 400),
    ],
)
def test_what_cannot_be_drawn_is_refused(doors: DoorCity, path: str, status: int) -> None:
    answer = doors.client().get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
