"""Identity codes over the web and from the command line."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cim import plugins
from tests.commands import cim, refusal

ADDRESS = "4201030000000016"
PROPERTY = "320505400202GB00001F00010069"


def validate(client: TestClient, **query: Any) -> Any:
    response = client.get("/api/codes/validate", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_all_schemes_are_listed_in_both_languages(client: TestClient) -> None:
    listed = client.get("/api/codes").json()["schemes"]
    assert tuple(scheme["name"] for scheme in listed) == plugins.names("cim.codes")
    assert all(scheme["title"]["zh"] and scheme["title"]["en"] for scheme in listed)


def test_a_code_is_taken_apart(client: TestClient) -> None:
    answer = validate(client, scheme="real_property", value=PROPERTY.lower())
    assert answer["valid"]
    (verdict,) = answer["verdicts"]
    assert verdict["normalized"] == PROPERTY
    assert verdict["parts"]["parcel"] == "320505400202GB00001"


def test_a_wrong_code_is_an_answer_not_an_error(client: TestClient) -> None:
    answer = validate(client, scheme="address", value=ADDRESS[:-1] + "1")
    assert not answer["valid"]
    assert answer["could_be"] == []
    assert "legal: '6'" in answer["verdicts"][0]["reason"]


def test_the_scheme_of_a_code_is_found(client: TestClient) -> None:
    answer = validate(client, value=ADDRESS)
    assert answer["scheme"] == "auto"
    assert answer["could_be"] == ["address"]
    assert answer["verdicts"][0]["scheme"] == "address"
    assert not validate(client, value="?")["valid"]


def test_many_codes_are_checked_as_columns(client: TestClient) -> None:
    body = {"value": [ADDRESS, "x", PROPERTY]}
    answer = client.post("/api/codes/validate", json=body).json()
    assert answer["valid"] == [True, False, True]
    assert answer["scheme"] == ["address", None, "real_property"]
    assert answer["normalized"] == [ADDRESS, None, PROPERTY]
    assert answer["reason"][1] == "'x' fits no scheme with a rule"
    answer = client.post("/api/codes/validate", json=body | {"scheme": "address"}).json()
    assert answer["valid"] == [True, False, False]
    assert "legal: 16" in answer["reason"][1]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"value": "x", "scheme": "jgj496"}, "scheme"), ({}, "value"), ({"value": ""}, "value")],
)
def test_a_wrong_question_is_400(client: TestClient, query: dict[str, str], field: str) -> None:
    response = client.get("/api/codes/validate", params=query)
    assert response.status_code == 400
    assert response.json()["field"] == field


def test_too_many_codes_at_once_are_413(client: TestClient) -> None:
    response = client.post("/api/codes/validate", json={"value": ["x"] * 100_001})
    assert response.status_code == 413


def test_the_command_line_checks_codes_too() -> None:
    row = cim("entity", "code", "--check", ADDRESS).row
    assert (row["scheme"], row["parts"]["division_code"]) == ("address", "420103")
    message = refusal("entity", "code", "--check", ADDRESS[:-1], "--scheme", "address")
    assert message.endswith("has 15 characters; legal: 16")
    assert "division:" in refusal("entity", "code", "--check", "x")
    assert "known: address" in refusal("entity", "code", "--check", "x", "--scheme", "y")
    assert "give a layer" in refusal("entity", "code")
