"""The command line as a whole."""

import subprocess
import sys

import pytest

from api.cli.main import NOUNS
from tests.commands import ROOT, refusal, run_cim

COMMANDS = [
    ("demo",),
    ("init",),
    ("load",),
    ("layer", "list"),
    ("layer", "show"),
    ("grid", "encode"),
    ("grid", "decode"),
    ("grid", "cover"),
    ("grid", "neighbors"),
    ("grid", "parent"),
    ("grid", "children"),
    ("grid", "convert"),
    ("grid", "aggregate"),
    ("address", "parse"),
    ("address", "standardize"),
    ("address", "import"),
    ("address", "assign"),
    ("address", "show"),
    ("address", "create"),
    ("address", "correct"),
    ("address", "retire"),
    ("address", "replace"),
    ("address", "rename"),
    ("address", "merge"),
    ("address", "split"),
    ("address", "queue"),
    ("address", "resolve"),
    ("address", "history"),
    ("address", "plate"),
    ("address", "check"),
    ("address", "reports"),
    ("geocode", "index"),
    ("geocode", "search"),
    ("geocode", "reverse"),
    ("geocode", "suggest"),
    ("geocode", "batch"),
    ("division", "import"),
    ("division", "show"),
    ("entity", "show"),
    ("entity", "code"),
    ("bim", "check"),
    ("bim", "clash"),
    ("bim", "info"),
    ("tiles", "build"),
    ("tiles", "info"),
    ("tiles", "validate"),
    ("key", "create"),
    ("key", "list"),
    ("key", "revoke"),
    ("audit", "list"),
    ("audit", "verify"),
    ("serve",),
    ("doctor",),
]


def test_help_lists_every_command_with_its_line() -> None:
    shown = run_cim("--help")
    assert shown.code == 0
    for noun, line in NOUNS.items():
        assert noun in shown.out
        assert line.split(":")[0].split(",")[0] in " ".join(shown.out.split())


def test_every_noun_is_among_the_commands_tested_here() -> None:
    assert {command[0] for command in COMMANDS} == set(NOUNS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps_with_an_example(command: tuple[str, ...]) -> None:
    shown = run_cim(*command, "--help")
    assert shown.code == 0
    assert f"Example: cim {' '.join(command)}" in " ".join(shown.out.split())


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, api.cli.main;"
        "heavy = {'numpy', 'pyarrow', 'pyogrio', 'shapely', 'fastapi', 'pygeoapi', 'pyproj'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("map",), "No such command 'map'; see: cim --help"),
        (("grid", "encode", "116"), "Missing argument 'lat'; see: cim grid encode --help"),
        (("load", "x.shp"), "--layer is missing: x.shp needs the name of a layer"),
        (("layer", "list", "--colour"), "No such option: --colour"),
        (("grid", "encode", "116", "40", "--system", "geohash"), "known: beidou, geosot, h3"),
        (("grid", "encode", "116", "40", "--level", "11"), "level 11"),
        (("grid", "encode", "116", "95"), "95"),
        (("grid", "decode", "N50J4Z"), "character 6"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(words: tuple[str, ...], message: str) -> None:
    assert message in refusal(*words)


def test_a_missing_workspace_is_wrong_configuration() -> None:
    done = run_cim("layer", "list", "-w", "nowhere")
    assert done.code == 2
    assert done.err == "cim: nowhere/cim.toml: no such file; make a workspace with: cim init DIR\n"


def test_grid_codes_of_the_standard_come_out_on_a_pipe_as_json() -> None:
    encoded = run_cim("grid", "encode", "116.312602777778", "39.993161111111").rows
    assert encoded == [{"system": "beidou", "level": 8, "code": "N50J47539B825534"}]
    (decoded,) = run_cim("grid", "decode", "N50J475").rows
    assert decoded["level"] == 3
    west, south, east, north = decoded["bounds"]
    assert west < 116.3126 < east
    assert south < 39.9932 < north
    (western,) = run_cim("grid", "encode", "-116.312602777778", "-39.993161111111").rows
    assert western["code"] == "S11J47539B825534"
