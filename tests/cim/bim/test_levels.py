"""CIM levels: judged by measures that are stated, from rules that are data."""

import json
from pathlib import Path

import pytest

from cim.bim.check.run import read_subject
from cim.bim.levels.judge import HOUSE_LEVELS, LevelVerdict, house_levels, judge, read_levels
from cim.bim.limits import Limits
from cim.errors import InputError
from tests.cim.bim.reading import path_of
from tests.commands import cim, refusal

HOUSE = "AC20-FZK-Haus.ifc"
WALLS = "s05_ifc4x3_m_utm31_mapconversion.ifc"
EMPTY = "s11_ifc4_no_geometry_at_all.ifc"


def verdict_of(name: str) -> LevelVerdict:
    return judge(read_subject(path_of(name), Limits()), house_levels())


def test_a_detailed_house_is_a_component_model_that_names_no_products() -> None:
    verdict = verdict_of(HOUSE)
    assert verdict.level is not None
    assert (verdict.level.id, verdict.level.title.zh) == ("CIM6", "构件级模型")
    assert verdict.geometry is not None
    assert verdict.information is not None
    assert (verdict.geometry.name, verdict.information.name) == ("G3", "N2")
    assert [(one.measure, one.needs) for one in verdict.lacks] == [("products", 0.1)]
    assert verdict.next is not None
    assert verdict.next.id == "CIM7"


def test_four_walls_are_the_lowest_that_a_building_model_can_be() -> None:
    verdict = verdict_of(WALLS)
    assert verdict.level is not None
    assert verdict.level.id == "CIM4"
    assert {one.measure for one in verdict.lacks} == {"classes", "spaces"}
    assert verdict.measures["shaped"] == 1.0


def test_a_model_without_shapes_has_no_level_and_says_why() -> None:
    document = verdict_of(EMPTY).document()
    assert document["level"] is None
    assert document["next"] == "CIM4"
    assert document["lacks"] == [{"measure": "shaped", "value": 0.0, "needs": 0.5}]


def test_levels_are_marked_as_not_verified() -> None:
    levels = house_levels()
    assert not levels.is_verified
    assert "未与原文核对" in levels.origin.zh
    assert "not verified" in levels.origin.en
    assert [level.id for level in levels.levels] == [f"CIM{number}" for number in range(1, 8)]


def test_the_command_tells_what_is_in_a_model() -> None:
    told = cim("bim", "info", path_of(HOUSE)).row
    assert told["schema"] == "IFC4"
    assert told["objects"]["space"] == 7
    assert told["classes"]["IfcWallStandardCase"] == 13
    assert [storey["name"] for storey in told["storeys"]] == ["Erdgeschoss", "Dachgeschoss"]
    assert sum(storey["elements"] for storey in told["storeys"]) == told["objects"]["element"]
    assert told["georeference"]["basis"] == "IfcSite latitude and longitude"
    assert told["georeference"]["confidence"] == "medium"
    assert told["level"]["level"] == "CIM6"
    assert told["level"]["verified"] is False


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("shaped = 0.5", "shape = 0.5", "no measure 'shape'; known: shaped, classes"),
        ("shaped = 0.5", "shaped = -1", "shaped = -1; legal: a number from 0"),
        ('geometry = "G1"', 'geometry = "G9"', "geometry 'G9'; known: G1, G2"),
        ("verified = false", "verify = false", "no key 'verify'; known: verified"),
        ('id = "CIM1"', 'ids = "CIM1"', "no 'id'"),
    ],
)
def test_a_file_of_levels_that_is_not_legal_is_refused(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = HOUSE_LEVELS.read_text("utf-8")
    assert old in text
    file = tmp_path / "levels.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match="levels") as refused:
        read_levels(file)
    assert told in str(refused.value)
    assert told in refusal("bim", "info", path_of(WALLS), "--levels", file)


def test_a_tileset_of_a_loaded_model_tells_its_level(tmp_path: Path) -> None:
    city = tmp_path / "city"
    cim("init", city)
    cim("load", path_of(WALLS), "-w", city)
    cim("tiles", "build", path_of(WALLS), "-o", tmp_path / "t", "-w", city)
    document = json.loads((tmp_path / "t" / "tileset.json").read_text("utf-8"))
    told = document["asset"]["extras"]["cim_levels"][WALLS]
    assert (told["level"], told["zh"], told["verified"]) == ("CIM4", "精细模型", False)
