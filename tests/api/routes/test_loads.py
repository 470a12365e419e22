"""Uploads that are to be loaded: what is taken in, what is refused. Nothing is loaded here."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

from api.cli import load
from api.jobs.building import command
from api.jobs.store import JobStore
from api.schemas.loads import LoadRequestOptions
from cim.store.base import Store
from tests.api.routes.test_jobs import local_client

IFC = b"ISO-10303-21;"


@pytest.fixture
def client(tmp_path: Path, city_store: Store) -> TestClient:
    return local_client(tmp_path, city_store)


def send(client: TestClient, *names: str, layer: str = "bim", **fields: str) -> Any:
    parts = [("file", (name, IFC)) for name in names]
    return client.post(f"/api/layers/{layer}/loads", files=parts or None, data=fields)


def test_files_become_a_load_of_a_layer(client: TestClient, tmp_path: Path) -> None:
    options = {"class": "BLDG", "anchor": "114.3,30.5,20", "swap_axes": False, "source": "a b"}
    response = send(client, "医院.ifc", "b.ifczip", options=json.dumps(options))
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["kind"], job["layer"], job["tileset"]) == ("load", "bim", None)
    words = command(JobStore(tmp_path / "index").get(job["id"]), tmp_path)
    uploads = tmp_path / "index" / "uploads" / job["id"]
    at = words.index("load")
    assert words[at : at + 2] == ["load", "--layer=bim"]
    assert {"--class=BLDG", "--anchor=114.3,30.5,20", "--source=a b"} <= set(words)
    assert "--swap-axes" not in words
    assert words[-3:] == ["--", str(uploads / "b.ifczip"), str(uploads / "医院.ifc")]


@pytest.mark.parametrize(
    ("names", "layer", "fields", "status", "said"),
    [
        (("a.ifc",), "Bim", {}, 400, "layer name 'Bim' is not legal"),
        (("a.exe",), "bim", {}, 422, "no model; legal endings"),
        (("../a.ifc",), "bim", {}, 400, "is not a file name"),
        (("a.ifc",), "bim", {"options": '{"fields": "/etc/passwd"}'}, 400, "fields"),
        (("a.ifc",), "bim", {"options": "{"}, 400, "is not JSON"),
        (("a.ifc",), "bim", {"name": "x"}, 400, "unknown; legal: file, options"),
    ],
)
def test_what_is_not_legal_is_refused_by_name(
    client: TestClient,
    names: tuple[str, ...],
    layer: str,
    fields: dict[str, str],
    status: int,
    said: str,
) -> None:
    response = send(client, *names, layer=layer, **fields)
    assert (response.status_code, said in response.json()["detail"]) == (status, True)


def test_json_is_no_upload(client: TestClient) -> None:
    response = client.post("/api/layers/bim/loads", json={})
    assert response.status_code == 415


def test_too_large_an_upload_is_refused(tmp_path: Path, city_store: Store) -> None:
    client = local_client(tmp_path, city_store, max_upload_mb=0.000_001)
    assert send(client, "a.ifc").status_code == 413


def test_another_machine_may_not_load(tmp_path: Path, city_store: Store) -> None:
    client = local_client(tmp_path, city_store, "10.0.0.9")
    assert send(client, "a.ifc").status_code == 401


def test_options_are_those_of_the_command() -> None:
    parameters = typer.main.get_command(load.app).params
    of_the_server = {"sources", "layer", "workspace", "progress", "fields", "rules"}
    names = {str(parameter.name) for parameter in parameters} - of_the_server
    assert set(LoadRequestOptions.model_fields) == names
