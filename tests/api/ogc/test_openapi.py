"""The OpenAPI documents are valid, complete and true."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator
from starlette.testclient import TestClient

from api.ogc import offers
from api.ogc import parameters as params
from api.ogc.formats.base import OPTIONS
from tests.api.cities import BUILDINGS_DRAFT

BRIEF = "/ogc/openapi"
LAYER = "/ogc/collections/buildings/api"
ITEMS = "/collections/{collectionId}/items"
FORM_FREE = ("limit", "bbox", "datetime")


def document(client: TestClient, path: str, language: str = "en") -> dict[str, Any]:
    response = client.get(path, params={"lang": language})
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    body: dict[str, Any] = response.json()
    return body


def parameters_of(made: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    known = made["components"]["parameters"]
    listed = [known[one["$ref"].rsplit("/", 1)[1]] for one in operation["parameters"]]
    return {one["name"]: one for one in listed}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", [BRIEF, LAYER])
def test_the_documents_are_valid(client: TestClient, path: str, language: str) -> None:
    made = document(client, path, language)
    assert [error.message for error in OpenAPIV30SpecValidator(made).iter_errors()] == []


def test_all_parameters_of_items_are_documented(client: TestClient) -> None:
    """What the routes read is what the document says, neither more nor less."""
    made = document(client, BRIEF)
    items = parameters_of(made, made["paths"][ITEMS]["get"])
    assert set(items) == {*params.ITEMS, *OPTIONS, "collectionId", "fields"}
    item = parameters_of(made, made["paths"][f"{ITEMS}/{{featureId}}"]["get"])
    assert set(item) == {*params.ITEM, *OPTIONS, "collectionId", "featureId"}
    assert items["encoding"]["schema"]["enum"] == ["utf-8", "gbk"]
    assert all(one["description"] for one in items.values())


def test_parameters_have_the_form_that_the_standard_gives_them(client: TestClient) -> None:
    """OGC 17-069r4, requirements fc-limit-definition, fc-bbox-definition, fc-time-definition."""
    made = document(client, BRIEF)
    items = parameters_of(made, made["paths"][ITEMS]["get"])
    for name in FORM_FREE:
        found = items[name]
        assert (found["in"], found["required"]) == ("query", False)
        assert (found["style"], found["explode"]) == ("form", False)
    assert items["limit"]["schema"]["type"] == "integer"
    assert items["datetime"]["schema"]["type"] == "string"
    box = items["bbox"]["schema"]
    assert (box["type"], box["minItems"], box["maxItems"]) == ("array", 4, 6)
    assert box["items"] == {"type": "number"}


def test_the_document_of_a_layer_names_its_fields(client: TestClient) -> None:
    made = document(client, LAYER)
    assert set(made["paths"]) >= {"/collections/buildings", "/collections/buildings/items"}
    items = parameters_of(made, made["paths"]["/collections/buildings/items"]["get"])
    assert items["floors"]["schema"]["type"] == "integer"
    assert items["surveyed"]["schema"]["format"] == "date"
    assert items["height"]["description"] == "Height"
    assert any(uri.endswith("/4490") for uri in items["crs"]["schema"]["enum"])
    fields = made["components"]["schemas"]["layerFeature"]["properties"]["properties"]
    assert fields["properties"]["height"]["x-ogc-unit"] == "m"
    assert "fields" not in items
    assert BUILDINGS_DRAFT.title_en in made["info"]["title"]


def test_the_document_of_a_layer_speaks_chinese(client: TestClient) -> None:
    made = document(client, LAYER, "zh")
    items = parameters_of(made, made["paths"]["/collections/buildings/items"]["get"])
    assert items["height"]["description"] == "高度"


def test_every_format_is_documented(client: TestClient) -> None:
    made = document(client, BRIEF)
    operation = made["paths"][ITEMS]["get"]
    assert set(operation["responses"]["200"]["content"]) >= set(offers.media_types().values())
    forms = parameters_of(made, operation)["f"]["schema"]["enum"]
    assert set(forms) == {*params.FORMATS, *offers.media_types()}


def test_every_operation_that_writes_is_documented(client: TestClient) -> None:
    paths = document(client, BRIEF)["paths"]
    assert {"get", "post"} <= set(paths[ITEMS])
    assert {"get", "put", "patch", "delete"} <= set(paths[f"{ITEMS}/{{featureId}}"])


def test_a_layer_leads_to_its_document(client: TestClient) -> None:
    links = client.get("/ogc/collections/buildings").json()["links"]
    (found,) = [link for link in links if link["rel"] == "service-desc"]
    assert client.get(found["href"]).headers["content-type"] == found["type"]


@pytest.mark.parametrize("accept", ["image/png", "application/xml;q=0.9", "text/csv"])
def test_a_form_that_is_not_offered_is_406(client: TestClient, accept: str) -> None:
    response = client.get("/ogc/collections", headers={"Accept": accept})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert "application/json" in response.json()["detail"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("image/png, */*;q=0.1", "application/json"),
        ("application/json;q=0.1, text/html", "text/html"),
        ("application/geo+json", "application/json"),
        ("", "application/json"),
    ],
)
def test_accept_decides_the_form(client: TestClient, accept: str, media: str) -> None:
    response = client.get("/ogc/collections", headers={"Accept": accept})
    assert response.headers["content-type"].split(";")[0] == media
