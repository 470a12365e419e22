"""What is told of a place: its building, doors, road, rooms and divisions, as of now."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from addressing.model import Link
from addressing.registry.store import Registry
from addressing.registry.values import Change
from cim.catalog import LayerDraft
from cim.store.base import Store
from cim.store.gpkg import PLUGIN
from geocode.city import CityGeocoder
from geocode.model import Level
from geocode.reverse.outlines import Outlines
from geocode.reverse_city import CityReverse
from geocode.reverse_here import Here, Wish
from tests.geocode.making import put
from tests.making import SOURCE, coded, make_batch

LON, LAT = 120.13, 30.27
BUILDINGS = LayerDraft("buildings", "BLDG", "EPSG:4490", name_field="name")
ROADS = LayerDraft("roads", "ROAD", "EPSG:4490", name_field="name")
DISTRICTS = LayerDraft("districts", "DIVN", "EPSG:4490", name_field="name")
SPACES = LayerDraft("spaces", "SPAC", "EPSG:4490", name_field="name")


@dataclass(frozen=True)
class City:
    """A city with a street of doors."""

    store: Store
    registry: Registry
    reverse: CityReverse

    def at(self, lon: float, lat: float, **wish: Any) -> Here:
        """What is at a place."""
        return self.reverse.at(lon, lat, Wish(**wish), self.store.layers())

    def load(self, draft: LayerDraft, geometry: list[Any], **columns: Any) -> list[str]:
        """Puts features into a layer; their entity ids."""
        batch = make_batch(geometry=geometry, **columns)
        self.store.load(draft, replace(SOURCE, name="survey"), iter([coded(batch)]))
        (made,) = self.store.read(draft.name)
        ids: list[str] = made.attributes.column("entity_id").to_pylist()
        return ids


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Doors 18, 20 and 22 of a street, eastwards."""
    path = tmp_path / "city.gpkg"
    PLUGIN.create(path, "EPSG:4490")
    store, registry = PLUGIN.open(path), Registry(path)
    for number in (18, 20, 22):
        put(registry, f"浙江省杭州市西湖区文三路{number}号", LON + (number - 20) * 1e-4, LAT)
    geocoder = CityGeocoder(registry, tmp_path / "index")
    yield City(store, registry, CityReverse(geocoder, store))
    geocoder.close()
    registry.close()
    store.close()


def square(lon: float, lat: float, half: float = 5e-5) -> Any:
    return shapely.box(lon - half, lat - half, lon + half, lat + half)


def test_without_layers_the_nearest_door_is_told_with_where_it_lies(city: City) -> None:
    here = city.at(LON, LAT - 1e-4)
    (door,) = here.answers
    assert door.result.label == "浙江省杭州市西湖区文三路20号"
    assert door.distance_m == pytest.approx(11.1, abs=0.1)
    assert door.bearing_deg == pytest.approx(0, abs=0.1)
    assert here.road is not None
    assert (here.road.name, here.road.basis, here.road.side) == ("文三路", "nearest_door", None)
    assert here.divisions.names["county"] == "西湖区"
    assert (here.divisions.adcode, here.divisions.basis) == ("330106", "nearest_door")


def test_a_building_comes_before_nearer_doors_and_brings_its_address(city: City) -> None:
    yard = square(LON, LAT + 2e-4, 3e-4)
    (entity_id,) = city.load(BUILDINGS, [yard], name=["计算中心"])
    assert city.at(LON + 2e-4, LAT).answers[0].result.label == "计算中心"
    address = city.registry.find("浙江省杭州市西湖区文三路20号")
    change = Change(links=(Link(entity_id, "main"),))
    city.registry.correct(address or "", change, who="李雷", why="挂接")
    first, second = city.at(LON + 2e-4, LAT, limit=2).answers
    assert first.result.label == "浙江省杭州市西湖区文三路20号"
    assert (first.result.level, first.distance_m) == (Level.BUILDING, 0.0)
    assert (first.result.entity_id, first.result.layer) == (entity_id, "buildings")
    assert second.result.label.endswith("文三路22号")


def test_a_hole_in_a_building_is_outside(city: City) -> None:
    ring = square(LON, LAT, 3e-4).difference(square(LON, LAT, 1e-4))
    city.load(BUILDINGS, [ring], name=["回字楼"])
    assert city.at(LON, LAT).building is None
    within = city.at(LON + 2e-4, LAT).building
    assert within is not None
    assert within.name == "回字楼"


def test_buildings_that_change_are_seen_by_the_next_request(city: City) -> None:
    city.load(BUILDINGS, [square(LON, LAT), square(LON + 1, LAT)], name=["甲", "乙"])
    assert city.at(LON, LAT).building is not None
    city.load(BUILDINGS, [square(LON + 2, LAT), square(LON + 1, LAT)], name=["甲", "丙"])
    assert city.at(LON, LAT).building is None
    moved, renamed = city.at(LON + 2, LAT).building, city.at(LON + 1, LAT).building
    assert moved is not None
    assert renamed is not None
    assert (moved.name, renamed.name) == ("甲", "丙")
    city.load(BUILDINGS, [square(LON + 2, LAT)], name=["甲"], ids=["b1"])
    assert city.at(LON + 1, LAT).building is None


def test_a_layer_that_the_caller_may_not_see_is_not_told(city: City) -> None:
    city.load(BUILDINGS, [square(LON, LAT)], name=["机要楼"])
    layers = {name: one for name, one in city.store.layers().items() if name != "buildings"}
    assert city.reverse.at(LON, LAT, Wish(), layers).building is None


def test_a_roads_line_tells_on_which_side_a_place_lies(city: City) -> None:
    west, east = (LON - 0.01, LAT - 5e-5), (LON + 0.01, LAT - 5e-5)
    detour = shapely.MultiLineString([[west, east], [(LON, LAT + 0.1), (LON, LAT + 0.2)]])
    city.load(ROADS, [detour], name=["文三路（主路）"])
    north, south = city.at(LON, LAT).road, city.at(LON, LAT - 1e-4).road
    assert north is not None
    assert south is not None
    assert (north.name, north.basis) == ("文三路（主路）", "line")
    assert (north.side, south.side) == ("left", "right")
    assert north.distance_m == pytest.approx(5.56, abs=0.02)
    assert city.at(LON, LAT + 0.05).road is None


def test_divisions_come_from_their_areas_where_there_are_some(city: City) -> None:
    areas = [square(LON, LAT, 0.01), square(LON, LAT, 0.1)]
    columns = {"name": ["北山街道", "拱墅区"], "division_code": ["330105001000", "330105"]}
    city.load(DISTRICTS, areas, **columns)
    told = city.at(LON, LAT).divisions
    assert (told.basis, told.adcode) == ("polygon", "330105")
    assert (told.names["township"], told.names["county"]) == ("北山街道", "拱墅区")
    assert city.at(LON + 1, LAT).divisions.basis == "none"


def test_far_from_doors_the_division_answers(city: City) -> None:
    city.load(DISTRICTS, [square(LON, LAT, 0.1)], name=["拱墅区"], division_code=["330105"])
    (found,) = city.at(LON + 0.05, LAT).answers
    assert (found.result.level, found.result.label) == (Level.DISTRICT, "拱墅区")


def test_levels_choose_what_is_told(city: City) -> None:
    (road,) = city.at(LON, LAT, levels=frozenset({Level.ROAD})).answers
    assert road.result.level is Level.ROAD
    assert road.result.label.endswith("文三路")
    several = city.at(LON, LAT, limit=9, levels=frozenset({Level.DISTRICT, Level.CITY})).answers
    assert [one.result.level for one in several] == [Level.DISTRICT, Level.CITY]


def test_a_height_chooses_the_room(city: City) -> None:
    rooms = [square(LON, LAT), square(LON, LAT)]
    columns = {"ground_elevation_m": [10.0, 13.0], "height_m": [3.0, 3.0]}
    city.load(SPACES, rooms, name=["101", "201"], **columns)
    below, above = city.at(LON, LAT, height_m=12.9).space, city.at(LON, LAT, height_m=13.0).space
    assert below is not None
    assert above is not None
    assert (below.name, above.name) == ("101", "201")
    assert city.at(LON, LAT, height_m=16.5).space is None
    assert city.at(LON, LAT).space is None


@given(seed=st.integers(0, 1 << 32))
def test_points_are_held_by_the_outlines_that_shapely_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    middles = random.uniform(-0.004, 0.004, (30, 2))
    sizes = random.uniform(1e-4, 2e-2, 30)
    discs = shapely.buffer(shapely.points(middles), sizes)
    shapes = shapely.difference(discs, shapely.buffer(shapely.points(middles), sizes / 2))
    outlines, points = Outlines.of(shapes), random.uniform(-0.01, 0.01, (50, 2))
    wanted = [np.flatnonzero(shapely.contains_xy(shapes, *point)).tolist() for point in points]
    assert [sorted(outlines.holding(*point)) for point in points.tolist()] == wanted
    places, owners = outlines.holding_many(points)
    assert [sorted(owners[places == at].tolist()) for at in range(50)] == wanted
