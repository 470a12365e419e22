"""Any damage to a tileset is told, never a traceback."""

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from cim.errors import CimError
from tests.tiles.making import build_tileset, house_surfaces, make_features
from tiles.gltf import glb
from tiles.tiles3d.check import Finding
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

JUNK: tuple[Any, ...] = (
    None,
    -1,
    0,
    3.7,
    True,
    10**18,
    "x",
    "",
    [],
    {},
    [1],
    [None],
    {"a": 1},
    "../../etc",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    limits = Limits(features=20, upper_features=4)
    batch = make_features(60, surfaces=house_surfaces("2"))
    build_tileset(tmp_path / "out", batch, limits=limits, tiles_per_document=2)
    return tmp_path / "out"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to all values inside a JSON value."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    found = [path] if path else []
    return found + [place for key in keys for place in places(value[key], (*path, key))]


def damaged(document: Any, chance: random.Random) -> Any:
    """The document with one value replaced by junk."""
    changed = copy.deepcopy(document)
    *way, last = chance.choice(places(changed))
    inner = changed
    for key in way:
        inner = inner[key]
    inner[last] = chance.choice(JUNK)
    return changed


def look(folder: Path) -> list[Finding]:
    """Validate and describe; only errors of this program may be raised."""
    with contextlib.suppress(CimError):
        info(folder)
    return validate(folder)


@pytest.mark.parametrize("seed", range(4))
def test_junk_in_any_document_is_no_traceback(seed: int, folder: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's choice
    for path in (folder / "tileset.json", next(folder.glob("content/schema-*.json"))):
        sound = path.read_bytes()
        for _ in range(25):
            path.write_bytes(orjson.dumps(damaged(orjson.loads(sound), chance)))
            look(folder)
        path.write_bytes(sound)


@pytest.mark.parametrize("seed", range(4))
def test_junk_in_any_glb_is_no_traceback(seed: int, folder: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's choice
    path = next(folder.glob("content/*/0-0-0-*.glb"))
    document, binary = glb.unpack(path.read_bytes(), where="x")
    for _ in range(30):
        path.write_bytes(glb.pack(damaged(document, chance), binary))
        look(folder)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_are_no_traceback(seed: int, folder: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's choice
    path = next(folder.glob("content/*/0-0-0-*.glb"))
    sound = path.read_bytes()
    for _ in range(30):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]))
        look(folder)


def test_endless_chain_of_tiles_is_not_followed_to_the_end(folder: Path) -> None:
    path = folder / "tileset.json"
    document = orjson.loads(path.read_bytes())
    tile: dict[str, Any] = {key: document["root"][key] for key in ("boundingVolume", "refine")}
    chain = {**tile, "geometricError": 0}
    for _ in range(240):
        chain = {**tile, "geometricError": 0, "children": [chain]}
    document["root"] = chain
    path.write_text(json.dumps(document))
    assert [finding.rule for finding in validate(folder)] == ["not-checked"]
