"""How the tests of the DGGS resources ask, and what they ask about."""

from typing import Any

import numpy as np
from starlette.testclient import TestClient

from api.ogc.dggs.systems import Dggrs, find
from cim.arrays import Float64, Uint64
from cim.recoding import birthplaces
from cim.store.base import Store

REL = "https://www.opengis.net/def/rel/ogc/1.0"
IDS = ("BeiDou", "GeoSOT", "H3")
ROOT = "/ogc/dggs"
BUILDINGS = "/ogc/collections/buildings/dggs"
ORIGINS = (ROOT, BUILDINGS)
LEVELS = {"BeiDou": 5, "GeoSOT": 19, "H3": 11}
"""Levels whose cells are about as large as a building."""

COARSE = {"BeiDou": 4, "GeoSOT": 16, "H3": 8}
"""Levels whose cells hold several buildings."""

AREA = (114.2998, 30.4997, 114.3051, 30.5016)
"""West, south, east, north of a box with some of the buildings."""


def get(client: TestClient, path: str, **parameters: str) -> dict[str, Any]:
    """The JSON of a path; parameters have `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    response = client.get(path, params=named)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(client: TestClient, path: str, /, *status: int, **parameters: str) -> dict[str, Any]:
    """The problem document of a request refused with 400, or with the status given."""
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    response = client.get(path, params=named)
    assert response.status_code == (status[0] if status else 400), response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    return body


def text_of(box: tuple[float, ...]) -> str:
    """A box as a parameter."""
    return ",".join(map(str, box))


def links(body: dict[str, Any], rel: str) -> list[dict[str, str]]:
    """Links of an OGC relation."""
    return [link for link in body["links"] if link["rel"] == f"{REL}/{rel}"]


def places(store: Store, layer: str = "buildings") -> Float64:
    """(n, 2) representative points of a layer, by row number."""
    return np.concatenate([birthplaces(batch) for batch in store.read(layer)])


def codes_of(system: Dggrs, texts: list[str]) -> Uint64:
    """Codes of zone ids."""
    return system.grid.from_text(texts)


def zone_of(store: Store, name: str, level: int, row: int = 0) -> str:
    """The zone of a level that holds a building."""
    system = find(name)
    return system.text(system.grid.encode(places(store)[row : row + 1], level))[0]
