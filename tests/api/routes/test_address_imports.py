"""Uploads of registers: what is taken in, what is refused. Nothing is imported here."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

from api.cli import address
from api.jobs.building import command
from api.jobs.store import JobStore
from api.schemas.imports import ImportRequestOptions
from cim.store.base import Store
from tests.api.routes.test_jobs import local_client

CSV = "id,address\n1,文三路1号\n".encode()
WHO = json.dumps({"who": "李雷"})


@pytest.fixture
def client(tmp_path: Path, city_store: Store) -> TestClient:
    return local_client(tmp_path, city_store)


def send(client: TestClient, *names: str, **fields: str) -> Any:
    parts = [("file", (name, CSV)) for name in names]
    return client.post("/api/addresses/imports", files=parts or None, data=fields)


def test_files_become_an_import(client: TestClient, tmp_path: Path) -> None:
    options = json.dumps({"who": "李雷", "full": True, "dry_run": False, "encoding": "GBK"})
    mapping = '[columns]\ntext = "address"\n'
    response = send(client, "门牌.csv", "b.xlsx", options=options, mapping=mapping)
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["kind"], job["layer"], job["tileset"]) == ("import", None, None)
    words = command(JobStore(tmp_path / "index").get(job["id"]), tmp_path)
    uploads = tmp_path / "index" / "uploads" / job["id"]
    assert words[words.index("address") + 1] == "import"
    wanted = {"--who=李雷", "--full", "--encoding=GBK", f"--mapping={uploads / '.mapping.toml'}"}
    assert wanted <= set(words)
    assert "--dry-run" not in words
    assert words[-3:] == ["--", str(uploads / "b.xlsx"), str(uploads / "门牌.csv")]
    assert (uploads / ".mapping.toml").read_text("utf-8") == mapping


@pytest.mark.parametrize(
    ("names", "fields", "status", "said"),
    [
        (("a.csv",), {}, 400, "who"),
        (("a.exe",), {"options": WHO}, 422, "no table; legal endings"),
        ((), {"options": WHO}, 415, "multipart/form-data"),
        (("../a.csv",), {"options": WHO}, 400, "is not a file name"),
        ((".mapping.toml",), {"options": WHO}, 400, "is not a file name"),
        (("a.csv",), {"options": '{"who": "x", "workers": 3}'}, 400, "workers"),
        (("a.csv",), {"options": WHO, "mapping": "[columns"}, 400, "is no TOML"),
        (("a.csv",), {"options": WHO, "mapping": "text = 1"}, 400, "unknown key 'text'"),
        (("a.csv",), {"options": WHO, "name": "x"}, 400, "unknown; legal: file, options, mapping"),
    ],
)
def test_what_is_not_legal_is_refused_by_name(
    client: TestClient, names: tuple[str, ...], fields: dict[str, str], status: int, said: str
) -> None:
    response = send(client, *names, **fields)
    assert response.status_code == status, response.text
    assert said in response.text


def test_who_may_not_write_is_refused(tmp_path: Path, city_store: Store) -> None:
    stranger = local_client(tmp_path, city_store, "10.0.0.9")
    assert send(stranger, "a.csv", options=WHO).status_code == 401


def test_every_option_of_an_import_is_one_of_the_command() -> None:
    group: Any = typer.main.get_command(address.app)
    known = {name for one in group.commands["import"].params for name in one.opts}
    for name in ImportRequestOptions.model_fields:
        assert f"--{name.replace('_', '-')}" in known
