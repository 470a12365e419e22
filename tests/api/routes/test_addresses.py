"""Addresses over the web."""

from typing import Any

import pytest
from starlette.testclient import TestClient

PARSE = "/api/addresses/parse"


def parse(client: TestClient, address: str, **query: Any) -> Any:
    response = client.get(PARSE, params={"address": address, **query})
    assert response.status_code == 200, response.text
    return response.json()


def test_an_address_is_taken_apart_with_places_in_the_text(client: TestClient) -> None:
    text = "收件人：张三 杭州市西湖區文三路２５９号"
    found = parse(client, text)
    assert found["canonical"] == "杭州市西湖区文三路259号"
    assert [text[one["start"] : one["end"]] for one in found["elements"]] == [
        "杭州市",
        "西湖區",
        "文三路",
        "２５９号",
    ]
    assert found["noise"][0]["rule"] == "recipients"
    assert found["english"] == "No. 259, Wensan Lu, Xihu Qu, Hangzhou Shi"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "empty"), ("北京市", "divisions_only"), ("中山路1号；人民路2号", "two_addresses")],
)
def test_what_is_odd_is_an_answer_not_an_error(
    client: TestClient, text: str, problem: str
) -> None:
    assert parse(client, text)["problems"] == [problem]


def test_many_addresses_are_read_in_order(client: TestClient) -> None:
    body = {"address": ["文三路1号", "", "文三路2号"], "profile": "mainland"}
    found = client.post(PARSE, json=body).json()["addresses"]
    assert [one["canonical"] for one in found] == ["文三路1号", "", "文三路2号"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"address": "文三路1号", "profile": "utopia"}, "profile"),
        ({"address": "文三路1号", "division": "33010"}, "division"),
        ({"address": "号" * 501}, "address"),
        ({}, "address"),
    ],
)
def test_a_wrong_parameter_is_named(client: TestClient, query: dict[str, str], field: str) -> None:
    response = client.get(PARSE, params=query)
    assert response.status_code == 400
    assert response.json()["field"] == field


def test_too_many_addresses_are_refused(client: TestClient) -> None:
    response = client.post(PARSE, json={"address": ["文三路1号"] * 10_001})
    assert response.status_code == 413
