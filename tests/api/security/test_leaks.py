"""Every route, asked by a caller without a key in a city with secrets: none of them gets out."""

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.testclient import TestClient

from api.direct import CityApp
from api.jobs.store import JobStore
from api.routes.geocode_batch import BatchRoute
from api.routes.tilesets import TileRoute
from cim.catalog import Field, LayerDraft
from cim.entities.ids import make_ids
from cim.store.base import Store
from tests.api.cities import BUILDINGS_DRAFT, app_of, build_caches, buildings, load, open_city
from tests.api.security.cities import LOCAL, bearer, classify, key_of
from tests.making import make_batch

HIDDEN = "xgaspipes"
"""Name of the restricted layer; words below are those of nothing else."""

WORDS: Final = (
    HIDDEN,
    "密级管线",
    "Secret mains",
    "阀室七",
    "xpressure",
    "xsecretowner",
    "业主甲乙丙",
)
FORMS: Final = ("", "f=html", "f=json", "lang=en")
MOST_URLS: Final = 40
"""Of one route."""

DRAFT = LayerDraft(
    HIDDEN, "PIPE", "EPSG:4490", title_zh="密级管线", title_en="Secret mains", name_field="name",
    fields=(Field("xpressure", "number", "压力", "Pressure", "MPa"),),
)  # fmt: skip
QUERIES: Final = {
    "/api/geocode/search": ("q=阀室七",),
    "/api/geocode/suggest": ("q=阀",),
    "/api/geocode/reverse": ("lon=114.3&lat=30.5",),
    "/nominatim/search": ("q=阀室七",),
    "/ogc/collections/{collection}/items": (
        *("limit=100", "f=csv", "f=jsonfg", "f=geojsonseq", "f=fgb", "f=gpkg", "f=xlsx"),
        *(
            "f=parquet",
            "sortby=xsecretowner",
            "filter=xsecretowner='业主甲乙丙'",
            "bbox=114,30,115,31",
        ),
    ),
    "/ogc/collections": (f"q={HIDDEN}", "limit=1000"),
    "/api/layers": (f"q={HIDDEN}", "limit=1000"),
    "/": ("", "lang=en"),
}
"""What else to ask some paths."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the city."""
    return tmp_path_factory.mktemp("leaks")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    """Public buildings with a restricted attribute, and restricted pipes."""
    store = open_city(folder)
    owned = (*BUILDINGS_DRAFT.fields, Field("xsecretowner", "string", classification="restricted"))
    draft = LayerDraft("buildings", "BLDG", "EPSG:4490", title_zh="建筑", name_field="name",
                       fields=owned)  # fmt: skip
    load(store, buildings(xsecretowner=["业主甲乙丙"] * 25), draft)
    lines = [shapely.LineString([(114.3, 30.5 + n / 1e4), (114.301, 30.5)]) for n in range(3)]
    load(store, make_batch(geometry=lines, name=["阀室七"] * 3, xpressure=[0.4] * 3), DRAFT)
    classify(folder, HIDDEN, "restricted")
    build_caches(store, folder)
    for name in ("buildings", HIDDEN):
        _write_tileset(folder / "tiles" / name, name)
    JobStore(folder / "index").add(
        "j" * 16, HIDDEN, {"layer": HIDDEN, "files": [], "options": {}}, limit=9
    )
    yield store
    store.close()


def _write_tileset(folder: Path, layer: str) -> None:
    folder.mkdir(parents=True)
    title = {"zh": "密级管线", "en": "Secret mains"} if layer == HIDDEN else {}
    extras = {"layer": layer, "title": title, "bounds": [114.3, 30.5, 114.31, 30.51]}
    asset = {"version": "1.1", "extras": extras}
    text = json.dumps({"asset": asset, "geometricError": 1, "root": {}}, ensure_ascii=False)
    (folder / "tileset.json").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def app(folder: Path, store: Store) -> FastAPI:
    return app_of(folder, store)


@pytest.fixture(scope="module")
def secrets(store: Store) -> tuple[bytes, ...]:
    """What must not get out: words and entity ids."""
    (batch,) = store.read(HIDDEN, columns=("entity_id",))
    return tuple(one.encode() for one in (*WORDS, *batch.attributes["entity_id"].to_pylist()))


@pytest.fixture(scope="module")
def values(store: Store) -> dict[str, Sequence[str]]:
    """Values of the parameters in paths, public ones and hidden ones."""
    entities = {
        name: next(store.read(name, columns=("entity_id",))).attributes["entity_id"][0].as_py()
        for name in ("buildings", HIDDEN)
    }
    both = ("buildings", HIDDEN)
    return {
        **dict.fromkeys(("collection", "layer", "tileset"), both),
        "entity_id": tuple(entities.values()),
        "feature": ("1", "2"),
        "fid": ("1", "2"),
        "dggrs": ("GeoSOT", "H3", "geosot", "h3"),
        "zone": ("8A", "87411cb2effffff"),
        "name": (*both, "style.css"),
        "job_id": ("j" * 16,),
        "system": ("h3",),
        "code": ("4201030000011000001", "x"),
        "prefix": (HIDDEN, "bim"),
        "source": ("survey",),
        **dict.fromkeys(("number", "version", "case"), ("1",)),
        **dict.fromkeys(("key", "path", "workspace", "file"), ("x",)),
        "suffix": ("qlr",),
        "theme": ("A",),
        "form": ("x", "1"),
        "rule": ("x", "1"),
    }


def served_by(app: FastAPI) -> Iterator[tuple[str, frozenset[str]]]:
    """Path and methods of all that an application answers, past its framework too."""
    assert isinstance(app, CityApp)
    yield from routes_of(app.router)
    yield from ((path, frozenset({"GET", "POST"})) for path in app.direct)


def routes_of(thing: Any, above: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Path and methods of all routes; a kind of route that is not known here is a failure."""
    if isinstance(thing, BatchRoute):
        yield thing._path, frozenset({"GET", "POST"})
    elif isinstance(thing, TileRoute):
        yield "/3dtiles/{tileset}/tileset.json", frozenset({"GET"})
    elif isinstance(thing, Mount):
        yield from routes_of(thing.app, above + thing.path)
    elif hasattr(thing, "original_router"):
        yield from routes_of(thing.original_router, above)
    elif hasattr(thing, "endpoint"):
        yield above + thing.path, frozenset(thing.methods or {"GET"})
    elif hasattr(thing, "routes"):
        for route in thing.routes:
            yield from routes_of(route, above)
    elif hasattr(thing, "_app"):
        yield from routes_of(thing._app, above)
    else:
        raise AssertionError(f"{thing!r}: tell this test what it serves")


def urls_of(path: str, values: dict[str, Sequence[str]]) -> Iterator[str]:
    """Addresses to ask for a path."""
    names = [part.partition("}")[0].partition(":")[0] for part in path.split("{")[1:]]
    for name in names:
        assert name in values, f"{path}: tell this test a value of {name!r}"
    for chosen in itertools.product(*(values[name] for name in names)):
        filled = path.replace(":path", "")
        for name, value in zip(names, chosen, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        for query in (*QUERIES.get(path, ()), *FORMS):
            yield f"{filled}?{query}" if query else filled


def held(answer: Any, secrets: tuple[bytes, ...]) -> list[bytes]:
    """The secrets that an answer tells; what was asked for may be said again."""
    text = answer.content + str(answer.headers).encode()
    asked = str(answer.request.url).encode()
    return [word for word in secrets if word in text and word not in asked]


def test_no_route_tells_the_public_what_is_hidden(
    app: FastAPI, values: dict[str, Sequence[str]], secrets: tuple[bytes, ...]
) -> None:
    client = TestClient(
        app, base_url=LOCAL, client=("192.0.2.9", 1), raise_server_exceptions=False
    )
    found, asked = [], 0
    for path, methods in served_by(app):
        for url in itertools.islice(urls_of(path, values), MOST_URLS):
            for method in sorted(methods - {"HEAD"}):
                body: dict[str, str] | None = (
                    None if method in {"GET", "OPTIONS", "DELETE"} else {}
                )
                answer = client.request(method, url, json=body)
                asked += 1
                found += [(method, url, answer.status_code, w) for w in held(answer, secrets)]
                if answer.status_code == 500:
                    found.append((method, url, 500, answer.content[:200]))
    assert not found, found[:10]
    assert asked > 300


def test_paths_of_hidden_things_answer_as_those_of_nothing(
    app: FastAPI, values: dict[str, Sequence[str]]
) -> None:
    client = TestClient(
        app, base_url=LOCAL, client=("192.0.2.9", 1), raise_server_exceptions=False
    )
    entity = values["entity_id"][1]
    absent = str(make_ids(np.array([entity[:20]], np.dtypes.StringDType()), np.array([777]))[0])
    for path, methods in served_by(app):
        if "GET" not in methods:
            continue
        for url in itertools.islice(urls_of(path, values), MOST_URLS):
            for secret, nothing in ((HIDDEN, "nothinghere"), (entity, absent)):
                if secret not in url:
                    continue
                one, other = client.get(url), client.get(url.replace(secret, nothing))
                assert one.status_code == other.status_code, url
                assert plain(one.text, secret) == plain(other.text, nothing), url


def plain(text: str, name: str) -> str:
    """The text of an answer without what was asked for."""
    return text.replace(name, "…")


def test_a_key_opens_all_of_it(
    folder: Path, app: FastAPI, values: dict[str, Sequence[str]], secrets: tuple[bytes, ...]
) -> None:
    client = TestClient(
        app,
        base_url=LOCAL,
        headers=bearer(key_of(folder, "steward")),
        client=("192.0.2.9", 1),
        raise_server_exceptions=False,
    )
    told: set[bytes] = set()
    for path, methods in served_by(app):
        if "GET" not in methods:
            continue
        for url in itertools.islice(urls_of(path, values), MOST_URLS):
            text = client.get(url).content
            told |= {word for word in secrets if word in text}
    assert told == set(secrets)
