"""`cim address`: the registry at the command line."""

from pathlib import Path

import pytest

from tests.commands import cim, refusal

ROAD = "浙江省杭州市西湖区文三路"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """An empty workspace."""
    folder = tmp_path / "city"
    cim("init", folder)
    return folder


def made(city: Path, text: str, *words: object, division: str = "330106") -> str:
    """Code of an address made at the command line."""
    done = cim(
        "address", "create", text, "--division", division, "--why", "新建", *words, "-w", city
    )
    code: str = done.row["code"]
    return code


def test_an_address_is_made_shown_and_found(city: Path) -> None:
    code = made(
        city, "西湖区文三路1号", "--at", "120.1,30.2,7.5", "--storey", 2, "--link", "B:auxiliary"
    )
    shown = cim("address", "show", code, "-w", city).row
    assert (shown["text"], shown["version"]) == (f"{ROAD}1号", 1)
    assert shown["place"] == {
        "lon": 120.1, "lat": 30.2, "height_m": 7.5, "storey": 2, "footprint": "",
    }  # fmt: skip
    assert shown["links"] == [{"entity": "B", "role": "auxiliary"}]
    assert [row["code"] for row in cim("address", "find", "文三路", "-w", city).rows] == [code]
    words = ("--bbox", "120,30,121,31", "--status", "valid")
    assert [row["code"] for row in cim("address", "find", *words, "-w", city).rows] == [code]


def test_an_address_lives_at_the_command_line(city: Path) -> None:
    elements = ("--element", "road=文三路", "--element", "number=1")
    code = made(city, "", *elements, "--day", "2024-01-01", "--who", "李雷")
    cim("address", "correct", code, "西湖区文三路3号", "--why", "更正", "--version", 1, "-w", city)
    then = cim("address", "show", code, "--on", "2024-06-01", "-w", city).row
    assert then["text"] == f"{ROAD}1号"
    words = ("--text", "西湖区文三路5号", "--division", "330106", "--why", "重编")
    gone = cim("address", "replace", code, *words, "-w", city).row
    assert gone["status"] == "retired"
    cim("address", "retire", gone["replaced_by"][0], "--why", "拆除", "-w", city)
    history = cim("address", "history", code, "-w", city).rows
    assert [row["action"] for row in history] == ["created", "corrected", "replaced"]
    assert history[0]["who"] == "李雷"


def test_a_street_is_renamed_and_the_old_name_finds_it(city: Path) -> None:
    code = made(city, "西湖区文三路1号")
    road = cim("address", "show", code, "-w", city).row["elements"][3]["code"]
    done = cim("address", "rename", road, "文三大道", "--why", "更名", "-w", city).row
    assert done == {"codes": [road], "addresses": 1, "queued": 0}
    assert [row["code"] for row in cim("address", "find", "文三路1号", "-w", city).rows] == [code]
    assert [row["action"] for row in cim("address", "history", road, "-w", city).rows] == [
        "renamed"
    ]


def test_doubles_of_a_merger_are_decided(city: Path) -> None:
    first = made(city, "滨江区江南大道1号", division="330108")
    second = made(city, "萧山区江南大道1号", division="330109")
    done = cim("address", "merge", "330108", "--into", "330109", "--why", "调整", "-w", city).row
    assert done["queued"] == 1
    case = cim("address", "queue", "-w", city).row
    assert {case["code"], case["winner"]} == {first, second}
    words = ("different", "--text", "萧山区江南大道1号乙", "--division", "330109", "--why", "核实")
    assert cim("address", "resolve", case["id"], *words, "-w", city).row["outcome"] == "different"
    assert cim("address", "queue", "-w", city).rows == []
    assert len(cim("address", "queue", "--all", "-w", city).rows) == 1


def test_a_district_is_split(city: Path) -> None:
    code = made(city, "西湖区文三路1号")
    parts = ("--part", f"甲区:330171={code}", "--part", "乙区:330172")
    done = cim("address", "split", "330106", *parts, "--why", "调整", "-w", city).row
    assert done["codes"] == ["330171", "330172"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "3301060000000011"), "character 16"),
        (("show", "3301060000000018", "--on", "yesterday"), "2026-11-22"),
        (("find", "--status", "gone"), "draft, valid, retired"),
        (("create", "--why", "x"), "text: is missing"),
        (("create", "西湖区文三路9号", "--why", "x", "--at", "1"), "LON,LAT"),
        (("create", "西湖区文三路9号", "--why", "x", "--storey", "1"), "at: is missing"),
        (("create", "西湖区文三路9号", "--why", "x", "--link", "B:owner"), "ENTITY:auxiliary"),
        (("create", "西湖区文三路9号", "--why", " "), "why"),
        (("create", "西湖区文三路1号", "--why", "x", "--division", "330106"), "3301060000000018"),
        (("retire", "3301060000000018", "--why", "x", "--version", "9"), "version 1, not 9"),
        (("resolve", "9", "same", "--why", "x"), "case 9"),
        (("rename", "nil", "x", "--why", "x"), "'nil' does not exist"),
    ],
)
def test_a_mistake_is_one_line(city: Path, words: tuple[str, ...], said: str) -> None:
    made(city, "西湖区文三路1号")
    assert said in refusal("address", *words, "-w", city)
