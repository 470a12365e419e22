"""py3dtiles, the reference reader in Python, opens what we write."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.commands import cim
from tests.conftest import shared_path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "build" / "peers" / "py3dtiles" / "bin" / "python"
HINT = "py3dtiles is missing; make test installs it: make build/peers/py3dtiles/.installed"


def opened(tileset: Path) -> list[dict[str, str]]:
    assert PYTHON.exists(), HINT
    script = Path(__file__).with_name("open_tileset.py")
    done = subprocess.run(
        [PYTHON, script, tileset / "tileset.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "source",
    ["data/models/cityjson/delft.json", "data/models/citygml/cg4j_lod2_buildings_v3.gml"],
)
def test_py3dtiles_opens_every_content(source: str, tmp_path: Path) -> None:
    built = cim("tiles", "build", shared_path(source), "-o", tmp_path / "tiles")
    contents = opened(tmp_path / "tiles")
    assert len(contents) == built.row["tiles"]
    assert all(each["type"] == "Gltf" and "num vertices" in each["text"] for each in contents)
