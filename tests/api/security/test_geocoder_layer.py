"""Who may not see the layer that addresses are, or a part of them, finds none of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from starlette.testclient import TestClient

from cim.catalog import Field, LayerDraft
from cim.store.base import Store
from tests.api.cities import app_of, load, open_city
from tests.api.security.cities import LOCAL, bearer, classify, key_of
from tests.making import make_batch

LAYER = "adresses"
ASKED = (
    "/api/geocode/search?q=3 rue secrete",
    "/api/geocode/suggest?q=rue sec",
    "/api/geocode/reverse?lon=2&lat=48",
    "/nominatim/search?q=3 rue secrete",
    "/photon/api?q=3 rue secrete",
)


@pytest.fixture(params=["nothing", "column", "layer"])
def hidden(request: pytest.FixtureRequest) -> str:
    """What is restricted."""
    return str(request.param)


@pytest.fixture
def store(tmp_path: Path, hidden: str) -> Iterator[Store]:
    """A city with one French address."""
    opened = open_city(tmp_path)
    secret = "restricted" if hidden == "column" else "public"
    draft = LayerDraft(
        LAYER, "DOOR", "EPSG:4490", fields=(Field("street", "string", classification=secret),)
    )
    columns = {"housenumber": ["3"], "street": ["Rue Secrète"], "city": ["Arès"], "name": [""]}
    load(opened, make_batch(geometry=[shapely.Point(2, 48)], **columns), draft)  # type: ignore[arg-type] # columns of a batch
    if hidden == "layer":
        classify(tmp_path, LAYER, "restricted")
    yield opened
    opened.close()


@pytest.mark.parametrize("path", ASKED)
def test_hidden_addresses_are_found_by_those_who_see_them(
    tmp_path: Path, store: Store, hidden: str, path: str
) -> None:
    app = app_of(tmp_path, store, geocoder={"language": "french", "layer": LAYER})
    key = key_of(tmp_path, "steward")
    with TestClient(app, base_url=LOCAL, client=("192.0.2.7", 5)) as client:
        anyone, steward = client.get(path), client.get(path, headers=bearer(key))
    assert "Rue Secr" in steward.text
    assert ("Rue Secr" in anyone.text) is (hidden == "nothing")
    assert anyone.status_code == (200 if hidden == "nothing" else 404)
