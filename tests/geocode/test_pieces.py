"""Names by pieces, beside the index of keys."""

import shutil
from pathlib import Path

import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from geocode.index.pieces import Pieces, folder_of
from geocode.index.read import Index
from tests.geocode.making import put


@pytest.fixture
def index(registry: Registry, folder: Path) -> Index:
    """The index of the small city with a longer name in it."""
    put(registry, "西湖区莫干山路8号浙江省农业科学院")
    geocoder = CityGeocoder(registry, folder)
    geocoder.search("文三路")
    geocoder.close()
    return Index(folder / "addresses.sqlite")


def names(pieces: Pieces, text: str, county: str = "") -> list[str]:
    return [one.name.value for one in pieces.find(text, county)]


def test_part_of_a_name_leads_to_it(index: Index) -> None:
    pieces = Pieces(index)
    assert names(pieces, "农业科学院") == ["浙江省农业科学院"]
    assert names(pieces, "农业科学院", "西湖区") == ["浙江省农业科学院"]
    assert names(pieces, "农业科学院", "上城区") == []
    assert names(pieces, "") == []


@pytest.mark.parametrize("harm", ["gone", "torn", "no mark"])
def test_what_is_missing_or_torn_is_made_anew(index: Index, harm: str) -> None:
    folder = folder_of(index)
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "torn":
        (folder / "meta.json").write_text("{", "utf-8")
    else:
        (folder / "last").unlink()
    assert names(Pieces(index), "农业科学院") == ["浙江省农业科学院"]


def test_a_name_that_came_since_is_found_without_rebuild(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    assert hangzhou.search("博物馆").results == []
    put(registry, "西湖区莫干山路10号浙江自然博物馆")
    found = hangzhou.search("自然博物馆").results
    assert [one.values.get("poi") for one in found] == ["浙江自然博物馆"]
    assert found[0].status in ("corrected", "ambiguous", "parent_fallback")
