"""Models loaded on request by a server as a user starts it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cim.bim.reading import path_of
from tests.cim.models.making import write
from tests.commands import cim
from tests.e2e.test_tileset_jobs import BOUNDARY, ask, wait
from tests.servers import serving

pytestmark = pytest.mark.e2e


def upload(base: str, *paths: Path, **options: object) -> Any:
    """Send files as a browser does."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
    parts = [f'{head}name="options"\r\n\r\n'.encode() + json.dumps(options).encode() + b"\r\n"]
    for path in paths:
        named = f'{head}name="file"; filename="{path.name}"\r\n\r\n'.encode()
        parts.append(named + path.read_bytes() + b"\r\n")
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    media = f"multipart/form-data; boundary={BOUNDARY}"
    return ask(f"{base}/api/layers/bim/loads", "POST", body, media)


def test_an_uploaded_model_ends_as_entities_and_its_next_version_as_a_difference(
    tmp_path: Path,
) -> None:
    cim("init", tmp_path / "city")
    with serving(tmp_path / "city") as base:
        status, job = upload(base, write(tmp_path))
        assert status == 202
        done = wait(base, job, "succeeded", "failed")
        assert done["error"] is None
        assert done["report"]["loads"][0]["layers"]["bim_elements"]["inserted"] == 6
        _, model = ask(f"{base}{done['href']}")
        assert model["classes"]["IfcWall"] == 4
        _, plan = ask(f"{base}/ogc/collections/bim_elements/items?storey=L0")
        assert plan["numberMatched"] == 4
        wait(base, upload(base, write(tmp_path, (",'L1',", ",'L2',")))[1], "succeeded")
        _, model = ask(f"{base}{done['href']}")
        _, difference = ask(f"{base}{model['versions'][0]['difference']}")
        assert difference["counts"]["changed"] >= 1


def test_of_several_files_the_good_ones_are_loaded_and_the_others_named(tmp_path: Path) -> None:
    cim("init", tmp_path / "city")
    with serving(tmp_path / "city") as base:
        _, job = upload(base, write(tmp_path), path_of("s14_truncated.ifc"))
        failed = wait(base, job, "succeeded", "failed")
        assert failed["state"] == "failed"
        assert failed["error"].endswith("refused: s14_truncated.ifc; loaded: 1")
        assert [one["file"] for one in failed["report"]["loads"]] == ["small.ifc"]
        assert str(tmp_path) not in json.dumps(failed)
