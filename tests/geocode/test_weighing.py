"""The weights that confidence comes from."""

import tomllib
from hashlib import sha256
from pathlib import Path

from geocode.plausible import plausibility
from geocode.slips import is_alike, is_slip
from geocode.weighing import FEATURES, utility, weights

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "geocode"


def test_every_feature_has_a_weight() -> None:
    assert list(weights()) == list(FEATURES)


def test_more_edits_and_idle_characters_speak_against_a_candidate() -> None:
    for name in ("second_edit", "unread", "on_purpose"):
        assert weights()[name] < 0
    assert utility((0.0,) * len(FEATURES)) == 0


def test_the_files_are_those_that_are_described() -> None:
    source = tomllib.loads((FOLDER / "SOURCE.toml").read_text("utf-8"))
    for one in (source, *source["further"]):
        content = (FOLDER / one["file"]).read_bytes()
        assert one.get("sha256", sha256(content).hexdigest()) == sha256(content).hexdigest()


def test_a_name_as_places_have_it_is_plausible() -> None:
    assert plausibility("文安街", "国安街") > plausibility("文齉街", "文安街")


def test_slips_and_likeness() -> None:
    assert is_slip("文山路", "文三路")
    assert not is_slip("三街", "五街")
    assert is_alike("束门路", "东门路")
    assert is_alike("文山路", "文三路")
    assert not is_alike("文龟路", "文三路")
