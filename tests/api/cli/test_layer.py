"""`cim layer`, as a data steward types it."""

from pathlib import Path

import pytest

from tests.commands import cim, refusal


@pytest.fixture
def city(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city")
    return tmp_path / "city"


def test_a_layer_is_published_described_measured_and_retired(city: Path) -> None:
    fields = '[{"name":"depth","type":"number","unit":"m"}]'
    said = ("--set", "title_zh=检查井", "--set", "theme=resources.components")
    point = ("--geometry-type", "point", "--set", f"fields={fields}")
    made = cim("layer", "publish", "wells", *point, *said, "--who", "张三", "-w", city).row
    assert (made["name"], made["geometry"], made["status"]) == ("wells", "POINT", "published")
    done = cim("layer", "alter", "wells", "--set", "keywords=井，管网", "-w", city).row
    assert done["entry_version"] == 2
    shown = cim("layer", "show", "wells", "-w", city).row
    assert (shown["keywords"], shown["fields"][-1]["unit"]) == (["井", "管网"], "m")
    assert cim("layer", "measure", "-w", city).row["valid"] == 1.0
    cim("layer", "retire", "wells", "--why", "重复", "--who", "李四", "-w", city)
    listed = ("layer", "list", "-w", city)
    assert [row["name"] for row in cim(*listed, "--status", "retired").rows] == ["wells"]
    cim("layer", "restore", "wells", "-w", city)
    past = cim("layer", "versions", "wells", "-w", city).rows
    assert [(one["version"], one["entry"]["status"]) for one in past] == [
        *((4, "published"), (3, "retired"), (2, "published"), (1, "published")),
    ]
    assert (past[1]["who"], past[1]["why"], past[3]["who"]) == ("李四", "重复", "张三")
    assert cim("layer", "lineage", "wells", "-w", city).rows == []
    assert cim("layer", "tables", "-w", city).rows == []


def test_a_workspace_is_made_and_removed(city: Path) -> None:
    cim("layer", "workspace", "pipes", "--title-zh", "管网", "-w", city)
    said = ("--geometry-type", "POINT", "--set", "workspaces=pipes")
    cim("layer", "publish", "wells", *said, "-w", city)
    assert len(cim("layer", "list", "--within", "pipes", "-w", city).rows) == 1
    line = refusal("layer", "workspace", "pipes", "--remove", "-w", city)
    assert line == "workspace 'pipes' holds 1 layers, such as wells"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("publish", "wells"), "geometry_type: layer 'wells' is new and needs one"),
        (("publish", "w", "--set", "theme"), "--set 'theme': must be NAME=VALUE"),
        (("publish", "w", "--geometry-type", "POINT", "--set", "fields=x"), "--set fields: nei"),
        (("alter", "wells"), "nothing to change; name a member with --set"),
        (("alter", "wells", "--set", "steward=x"), "layer 'wells' does not exist"),
        (("retire", "wells", "--why", " "), "layer 'wells' does not exist"),
        (("list", "--theme", "x"), "theme: 'x' is unknown; known: base"),
    ],
)
def test_a_mistake_is_one_line(city: Path, words: tuple[str, ...], message: str) -> None:
    assert refusal("layer", *words, "-w", city).startswith(message)
