"""The page that a scanned plate opens."""

import re
from pathlib import Path
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from tests.api.cities import app_of, load, open_city
from tests.api.doors.making import SECRETS, DoorCity, door_city
from tests.making import make_batch

HTML = {"Accept": "text/html"}


def _page(client: TestClient, code: str, **query: str) -> Any:
    return client.get(f"/a/{code}", params=query, headers=HTML)


def test_the_page_shows_the_public_facts_in_both_languages(doors: DoorCity) -> None:
    client, one = doors.client(), doors.road[0]
    for language, word in (("zh", "标准地址编码"), ("en", "Address code")):
        page = _page(client, one.code, lang=language).text
        assert "浙江省杭州市西湖区文三路1号" in page
        assert word in page or "地址编码" in page
        assert "120.13005, 30.27005" in page
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page
    assert " ".join(re.findall("....", one.code)) in page


def test_a_browser_gets_the_page_and_a_program_the_facts(doors: DoorCity) -> None:
    client, one = doors.client(), doors.road[0]
    assert _page(client, one.code).headers["content-type"].startswith("text/html")
    answer = client.get(f"/a/{one.code}")
    assert answer.headers["vary"].startswith("Accept, Accept-Language")
    facts = answer.json()
    assert facts["text"] == "浙江省杭州市西湖区文三路1号"
    assert facts["status"] == "valid"
    assert facts["position"] == {"lon": 120.13005, "lat": 30.27005}
    assert [part["name"] for part in facts["elements"]][-2:] == ["文三路", "1号"]


def test_nobody_learns_who_changed_an_address_or_what_it_belongs_to(doors: DoorCity) -> None:
    client, one = doors.client(), doors.road[0]
    for text in (client.get(f"/a/{one.code}").text, _page(client, one.code).text):
        assert "李雷" not in text
        assert "BLDG" not in text


def test_the_page_is_small_needs_nothing_and_says_so(doors: DoorCity) -> None:
    answer = _page(doors.client(), doors.road[0].code)
    assert len(answer.content) < 50_000
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in answer.text
    assert not re.findall(r'(?:src|href)="https?://', answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_services_of_the_settings_are_links(doors: DoorCity) -> None:
    services = ["政务 <服务> | City & services | https://example.gov.cn/?a=1&b=2"]
    client = doors.client(addresses={"services": services})
    page = _page(client, doors.road[0].code, lang="en").text
    assert 'href="https://example.gov.cn/?a=1&amp;b=2"' in page
    assert "City &amp; services" in page


def test_the_map_shows_neighbours_and_public_buildings_only(doors: DoorCity) -> None:
    page = _page(doors.client(), doors.road[0].code).text
    assert page.count('<path class="p"') == 12
    assert page.count('<path class="b"') == 1


def test_a_dense_neighbourhood_keeps_the_page_small(tmp_path: Path) -> None:
    made = door_city(tmp_path)
    lon, lat = 120.13, 30.27
    shapes = [
        shapely.Point(lon + x * 1e-5, lat + y * 1e-5).buffer(2e-6)
        for x in range(-40, 40)
        for y in range(-10, 10)
    ]
    load(made.store, make_batch(geometry=shapes), SECRETS)
    answer = _page(made.client(), made.road[0].code)
    assert answer.status_code == 200
    assert 20_000 < len(answer.content) < 50_000
    made.registry.close()
    made.store.close()


def test_an_unknown_code_is_met_with_help(doors: DoorCity) -> None:
    answer = _page(doors.client(), "3301060000099997", lang="en")
    assert answer.status_code == 404
    assert "No such address" in answer.text
    assert 'name="code"' in answer.text


def test_a_mistyped_code_names_the_digit_and_what_may_be_meant(doors: DoorCity) -> None:
    code = doors.road[2].code
    wrong = code[:9] + ("7" if code[9] != "7" else "8") + code[10:]
    answer = doors.client().get(f"/a/{wrong}")
    assert answer.status_code == 404
    assert {"code": code, "digit": 10} in answer.json()["guesses"]
    page = _page(doors.client(), wrong, lang="en").text
    assert f'href="{code}?lang=en"' in page
    assert "digit 10 differs" in page


@pytest.mark.parametrize("code", ["<svg onload=alert(1)>", "%E9%97%A8", "0", "1" * 300])
def test_any_text_in_the_place_of_a_code_is_safe(doors: DoorCity, code: str) -> None:
    answer = _page(doors.client(), code)
    assert answer.status_code == 404
    assert "<svg" not in answer.text


def test_a_draft_is_not_shown(doors: DoorCity) -> None:
    answer = _page(doors.client(), doors.draft.code)
    assert answer.status_code == 404
    assert "该地址尚未生效" in answer.text
    assert "99号" not in answer.text
    assert "99" not in doors.client().get(f"/a/{doors.draft.code}").json()["detail"]


def test_a_replaced_address_leads_to_the_one_of_today(tmp_path: Path) -> None:
    made = door_city(tmp_path)
    old, middle, new = (one.code for one in made.road[:3])
    made.retire(old, middle)
    made.retire(middle, new)
    client = made.client()
    answer = client.get(f"/a/{old}")
    assert answer.status_code == 410
    assert answer.json()["successors"] == [{"code": new, "text": "浙江省杭州市西湖区文三路3号"}]
    assert answer.headers["link"] == f'<http://testserver/a/{new}>; rel="successor-version"'
    page = _page(client, old, lang="zh")
    assert page.status_code == 410
    assert "该地址已注销" in page.text
    assert f'href="{new}?lang=zh"' in page.text
    made.registry.close()
    made.store.close()


def test_a_retired_address_that_nothing_replaced_says_so(tmp_path: Path) -> None:
    made = door_city(tmp_path)
    made.retire(made.road[0].code)
    page = _page(made.client(), made.road[0].code, lang="en")
    assert page.status_code == 410
    assert "No address took its place." in page.text
    made.registry.close()
    made.store.close()


def test_a_renamed_street_keeps_its_former_name_on_the_page(tmp_path: Path) -> None:
    made = door_city(tmp_path)
    street = next(one for one in made.road[0].elements if one.kind == "road")
    made.registry.rename(street.code, "文四路", who="李雷", why="更名")
    client, code = made.client(), made.road[0].code
    assert client.get(f"/a/{code}").json()["old_names"][0]["name"] == "文三路"
    page = _page(client, code, lang="zh").text
    assert "文四路1号" in page
    assert "曾用名" in page
    made.registry.close()
    made.store.close()


def test_typed_digits_lead_to_the_page(doors: DoorCity) -> None:
    code = doors.road[0].code
    spaced = " ".join(re.findall("....", code))
    answer = doors.client().get("/a", params={"code": spaced, "lang": "en"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/a/{code}?lang=en"


def test_a_city_without_addresses_answers_too(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    client = TestClient(app_of(tmp_path, store), raise_server_exceptions=False)
    assert _page(client, "3301060000000016").status_code == 404
    assert _page(client, "3301060000000015").status_code == 404
    assert client.get("/api/addresses/checks").status_code == 404
    store.close()
