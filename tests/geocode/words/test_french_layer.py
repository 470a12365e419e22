"""A city whose addresses are a layer of French ones."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addressing.registry.store import Registry
from cim.catalog import LayerDraft
from cim.errors import ConfigError, NotFoundError
from cim.store.gpkg import PLUGIN as GPKG
from geocode.city import CityGeocoder
from geocode.layer_source import PARTS, Columns, LayerSource
from geocode.model import Level, Status
from geocode.result import Result
from tests.making import SOURCE, coded, make_batch

LAYER = "adresses"
ROWS = (
    ("10", "Rue de l'Église", "67130", "Barembach", ""),
    ("14", "Rue de l'Église", "67130", "Barembach", ""),
    ("10", "Rue de l'Église", "33740", "Arès", ""),
    ("28BIS", "Avenue du Général de Gaulle", "33740", "Arès", ""),
    ("3", "Rue La Fayette", "75009", "Paris", ""),
    ("", "Boulevard Saint-Michel", "75005", "Paris", ""),
    ("", "", "75009", "Paris", "Gare Saint-Lazare"),
)


class City:
    """A store with a layer of addresses, and its geocoder."""

    def __init__(self, folder: Path) -> None:
        path = folder / "city.gpkg"
        GPKG.create(path, "EPSG:4490")
        self.store = GPKG.open(path)
        self.load(ROWS)
        self.registry = Registry(path, beside=self.store)
        self.geocoder = CityGeocoder(self.registry, folder / "index", self.source())

    def source(self, **columns: str) -> LayerSource:
        """The addresses of the layer."""
        wanted = Columns(**columns)
        return LayerSource(self.store, self.registry.glances, LAYER, "french", wanted)

    def load(self, rows: Sequence[Sequence[str]]) -> None:
        """Let the layer hold these rows, each a thousandth of a degree east of the one before."""
        points = [shapely.Point(2 + 1e-3 * number, 48) for number in range(len(rows))]
        columns: Any = {part: [row[at] for row in rows] for at, part in enumerate(PARTS)}
        batch = replace(
            make_batch(geometry=points, **columns), source_ids=tuple("|".join(row) for row in rows)
        )
        self.store.load(LayerDraft(LAYER, "DOOR", "EPSG:4490"), SOURCE, iter([coded(batch)]))

    def first(self, text: str) -> Result:
        """The best answer."""
        return self.geocoder.search(text).results[0]

    def close(self) -> None:
        """Release files."""
        self.geocoder.close()
        self.registry.close()
        self.store.close()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city of some addresses."""
    made = City(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("10 rue de l'église 67130 Barembach", "10 Rue de l'Église, 67130 Barembach"),
        ("barembach, 10 r de leglise", "10 Rue de l'Église, 67130 Barembach"),
        ("10 rue eglise 33740", "10 Rue de l'Église, 33740 Arès"),
        ("28 bis av du gal de gaulle ares", "28BIS Avenue du Général de Gaulle, 33740 Arès"),
        ("28b av gal de gaule ARES CEDEX", "28BIS Avenue du Général de Gaulle, 33740 Arès"),
        ("3 rue lafayette paris", "3 Rue La Fayette, 75009 Paris"),
        ("bd st michel", "Boulevard Saint-Michel, 75005 Paris"),
        ("gare st lazare", "Gare Saint-Lazare, 75009 Paris"),
        ("boulevardsaint-michel paris", "Boulevard Saint-Michel, 75005 Paris"),
    ],
)  # fmt: skip
def test_an_address_is_found_whatever_way_it_is_written(city: City, text: str, label: str) -> None:
    assert city.first(text).label == label


def test_a_door_has_the_parts_of_geocodejson(city: City) -> None:
    found = city.first("10 rue eglise barembach")
    assert found.parts == {
        "name": "10 Rue de l'Église",
        "housenumber": "10",
        "street": "Rue de l'Église",
        "postcode": "67130",
        "city": "Barembach",
    }
    assert (found.level, found.status) == (Level.DOORPLATE, Status.NORMALISED)
    assert found.layer == LAYER
    assert found.entity_id.startswith("DOOR")
    assert (found.lon, found.lat) == (2.0, 48.0)


def test_a_number_between_two_is_placed_between_them(city: City) -> None:
    found = city.first("12 rue de l'église barembach")
    assert found.status is Status.INTERPOLATED
    assert found.lon == pytest.approx(2.0005)


def test_a_number_that_is_not_there_leads_to_the_street(city: City) -> None:
    found = city.first("99 rue de l'église barembach")
    assert (found.status, found.level) == (Status.PARENT_FALLBACK, Level.ROAD)
    assert found.confidence < 0.8


def test_a_street_in_two_towns_is_ambiguous_and_the_nearer_comes_first(city: City) -> None:
    for lon, town in ((2.0, "Barembach"), (2.01, "Arès")):
        found = city.geocoder.search("10 rue de l'église", 5, (lon, 48.0)).results
        assert {one.status for one in found[:2]} == {Status.AMBIGUOUS}
        assert found[0].parts is not None
        assert found[0].parts["city"] == town


def test_a_misspelt_street_is_told_as_corrected(city: City) -> None:
    found = city.first("3 rue la fayete paris")
    assert found.corrections == {"road": "rue fayette"}
    assert found.verdicts["road"] == "corrected"


def test_another_postcode_is_not_believed(city: City) -> None:
    sure, unsure = city.first("3 rue la fayette 75009"), city.first("3 rue la fayette 33000")
    assert unsure.confidence < sure.confidence


@pytest.mark.parametrize("text", ["", " ", "''", "xyzzy", "\x00", "' OR 1=1 --", "東京都", "0"])
def test_what_says_nothing_leads_nowhere(city: City, text: str) -> None:
    assert city.geocoder.search(text).results == []


def test_a_change_is_seen_by_the_next_request(city: City) -> None:
    assert city.geocoder.search("7 quai voltaire").results == []
    city.load([*ROWS[1:], ("7", "Quai Voltaire", "75007", "Paris", "")])
    assert city.first("7 quai voltaire").label == "7 Quai Voltaire, 75007 Paris"
    left = [one.label for one in city.geocoder.search("10 rue eglise barembach").results]
    assert "10 Rue de l'Église, 67130 Barembach" not in left


def test_the_nearest_door_and_names_while_typing_speak_french(city: City) -> None:
    (door,) = city.geocoder.reverse(2.0, 48.0)
    assert door.result.label == "10 Rue de l'Église, 67130 Barembach"
    names = [one.name for one in city.geocoder.suggest("av du gén")]
    assert names == ["Avenue du Général de Gaulle"]


def test_an_index_of_other_columns_is_made_anew(city: City, tmp_path: Path) -> None:
    assert city.first("3 rue la fayette").parts
    other = CityGeocoder(city.registry, tmp_path / "index", city.source(postcode=""))
    found = other.search("3 rue la fayette").results[0]
    assert found.label == "3 Rue La Fayette, Paris"
    other.close()


def test_a_layer_without_streets_and_towns_is_refused(city: City, tmp_path: Path) -> None:
    source = city.source(street="rue", city="commune")
    other = CityGeocoder(city.registry, tmp_path / "other", source)
    with pytest.raises(NotFoundError, match="has neither a column 'rue' nor 'commune'"):
        other.search("x")


def test_chinese_addresses_are_kept_in_the_registry(city: City) -> None:
    with pytest.raises(ConfigError, match=r"leave geocoder\.layer empty"):
        LayerSource(city.store, city.registry.glances, LAYER, "chinese", Columns())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("aeirsué '-,.12359 \n\u00ad你"), max_size=60))
def test_no_text_is_too_odd_to_be_searched(city: City, text: str) -> None:
    for one in city.geocoder.search(text).results:
        assert 0 <= one.confidence <= 1
        assert one.label
