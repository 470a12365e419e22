"""From a place to all that is there: its building, doors, road, estate and divisions."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from addressing.registry.doors import facts_within
from addressing.resources import load_divisions
from cim.arrays import Objects
from cim.catalog import Layer
from cim.store.base import Store
from geocode.city import CityGeocoder, Nearby
from geocode.model import LEVEL_OF_KIND, Level
from geocode.result import Result
from geocode.reverse.areas import Areas
from geocode.reverse.layers import LiveShapes, Shapes, Thing
from geocode.reverse.lines import Lines
from geocode.reverse.outlines import Outlines
from geocode.reverse_answers import DIVISION_KINDS, on_floor, plain, plain_code
from geocode.reverse_here import Divisions, Here, Road, Wish

BUILDINGS, ROADS, DIVISIONS = "BLDG", "ROAD", "DIVN"
STOREYS, SPACES = "STOR", "SPAC"
"""Classes of the layers that are looked into."""

CODE_FIELDS: Final = ("division_code", "adcode", "xzqdm", "code", "区划代码", "行政区划代码")
"""Columns that may hold the codes of divisions, the likeliest first."""

_ADCODE: Final = 6
_LINKED: Final = 2_000
_DOORS: Final = frozenset(
    (Level.ROOM, Level.FLOOR, Level.UNIT, Level.BUILDING, Level.DOORPLATE, Level.POI)
)

type Layers = Mapping[str, Layer]
"""Layers that the caller may see, by name."""


class CityReverse:
    """What is at places of a city; safe for use from several threads.

    Every answer sees each change of a layer or an address that was committed before it.

    Args:
        geocoder: Of the city.
        store: With its layers.
        boundaries: Layer and field of division codes, as `layer.field`; guessed when empty.
    """

    def __init__(self, geocoder: CityGeocoder, store: Store, boundaries: str = "") -> None:
        self._geocoder = geocoder
        self._store = store
        self._boundaries = boundaries
        self._live: dict[tuple[str, str], LiveShapes[Any]] = {}
        self._guard = threading.Lock()

    def at(self, lon: float, lat: float, wish: Wish, layers: Layers) -> Here:
        """What is at a place.

        Args:
            lon: Degrees, EPSG:4490.
            lat: Degrees.
            wish: What is asked.
            layers: What the caller may see; nothing of other layers is told.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        doors = self._doors(lon, lat, wish)
        building = self._building(lon, lat, layers)
        road = self._road(lon, lat, wish, doors, layers)
        divisions = self._divisions(lon, lat, doors, layers)
        here = Here(
            answers=[],
            divisions=divisions,
            building=building,
            road=road,
            estate=self._nearest_of(doors, "estate"),
            community=divisions.names.get("community")
            or self._nearest_of(doors, "natural_village"),
        )
        if wish.height_m is not None:
            here = replace(
                here,
                storey=self._at_height(STOREYS, lon, lat, wish.height_m, layers),
                space=self._at_height(SPACES, lon, lat, wish.height_m, layers),
            )
        answers = self._inside(building, lon, lat, wish) if building else []
        codes = {one.result.address_code for one in answers}
        answers += [one for one in doors if one.result.address_code not in codes]
        return replace(here, answers=self._chosen(answers, here, (lon, lat), wish))

    def _chosen(
        self, answers: list[Nearby], here: Here, place: tuple[float, float], wish: Wish
    ) -> list[Nearby]:
        """The answers of the levels wanted; where no door is near, what is coarser."""
        if wish.levels:
            answers = [one for one in answers if one.result.level in wish.levels]
            wanted = wish.levels - _DOORS
            coarse = [one for one in self._coarse(here, place) if one.result.level in wanted]
            return (answers + coarse)[: wish.limit]
        return (answers or list(self._coarse(here, place)))[: wish.limit]

    def _doors(self, lon: float, lat: float, wish: Wish) -> list[Nearby]:
        count = wish.limit if not wish.levels else max(wish.limit, 20)
        return self._geocoder.reverse(lon, lat, limit=count, within_m=wish.radius_m)

    def _building(self, lon: float, lat: float, layers: Layers) -> Thing | None:
        return next(self._holding(BUILDINGS, Outlines.of, lon, lat, layers), None)

    def _inside(self, building: Thing, lon: float, lat: float, wish: Wish) -> list[Nearby]:
        """The building, with the address that it is known by."""
        linked = (
            facts_within(self._geocoder.registry, building.entity_id, _LINKED)
            if building.entity_id
            else []
        )
        known = on_floor(linked, wish.height_m)
        told = self._geocoder.tell_doors([known.fid]) if known else []
        if told:
            one = replace(told[0], entity_id=building.entity_id, layer=building.layer)
            one = one if wish.height_m is not None else replace(one, level=Level.BUILDING)
            return [Nearby(one, 0.0)]
        return [Nearby(plain(building.name, Level.BUILDING, (lon, lat), building), 0.0)]

    def _road(
        self, lon: float, lat: float, wish: Wish, doors: Sequence[Nearby], layers: Layers
    ) -> Road | None:
        """The nearest line of a road, else the street of the nearest door that is on one."""
        best: Road | None = None
        for shapes in self._shapes(ROADS, Lines.of, layers):
            for part, gone in shapes.parts():
                near = part.shapes.nearest(lon, lat, wish.radius_m, gone)
                if near is not None and (best is None or near.distance_m < best.distance_m):
                    thing = shapes.thing(part, near.owner)
                    best = Road(
                        thing.name, near.distance_m, "line", near.lon, near.lat, near.side,
                        thing.entity_id,
                    )  # fmt: skip
        if best is not None:
            return best
        for one in doors:
            told = one.result
            if "road" in told.values:
                name = self._geocoder.teller.name("road", told.values["road"])
                return Road(name, one.distance_m, "nearest_door", told.lon, told.lat)
        return None

    def _divisions(
        self, lon: float, lat: float, doors: Sequence[Nearby], layers: Layers
    ) -> Divisions:
        """Divisions by their areas; what no area tells, as the nearest door has it."""
        teller = self._geocoder.teller
        names = {
            kind: teller.name(kind, value)
            for kind, value in (doors[0].result.values.items() if doors else ())
            if kind in DIVISION_KINDS.values()
        }
        adcode = doors[0].result.adcode if doors else ""
        codes: dict[str, str] = {}
        for thing in self._holding(DIVISIONS, Areas.of, lon, lat, layers):
            code = plain_code(thing.code)
            kind = DIVISION_KINDS.get(len(code), "")
            if kind and kind not in codes:
                codes[kind] = code
                names[kind] = thing.name or _national_name(code) or names.get(kind, code)
        if not codes:
            return Divisions(names, adcode, "nearest_door" if names else "none")
        finest = max(codes.values(), key=len)
        return Divisions(names, finest[:_ADCODE].ljust(_ADCODE, "0"), "polygon")

    def _coarse(self, here: Here, place: tuple[float, float]) -> Iterator[Nearby]:
        """The road, the estate and the divisions as answers, the finest first."""
        names = here.divisions.names
        road = here.road
        if road is not None and road.name:
            text = "".join(names.values()) + road.name
            told = plain(text, Level.ROAD, (road.lon, road.lat), None, here.divisions.adcode)
            told = replace(told, values={**names, "road": road.name}, entity_id=road.entity_id)
            yield Nearby(told, road.distance_m)
        if here.estate:
            yield Nearby(self._named(here, "estate", here.estate, place), 0.0)
        for kind in reversed([kind for kind in DIVISION_KINDS.values() if kind in names]):
            yield Nearby(self._named(here, kind, names[kind], place), 0.0)

    def _named(self, here: Here, kind: str, name: str, place: tuple[float, float]) -> Result:
        """An estate or a division as an answer, at the place itself."""
        order = list(DIVISION_KINDS.values())
        upto = order[: order.index(kind)] if kind in order else order
        above = {one: here.divisions.names[one] for one in upto if one in here.divisions.names}
        text = "".join([*above.values(), name])
        told = plain(text, LEVEL_OF_KIND[kind], place, None, here.divisions.adcode)
        return replace(told, values={**above, kind: name})

    def _nearest_of(self, doors: Sequence[Nearby], kind: str) -> str:
        """The name of a type that the nearest door has which has one."""
        value = next((v for one in doors if (v := one.result.values.get(kind))), "")
        return self._geocoder.teller.name(kind, value) if value else ""

    def _at_height(
        self, class_code: str, lon: float, lat: float, height_m: float, layers: Layers
    ) -> Thing | None:
        """The storey or space of a building model that holds a place and a height."""
        for thing in self._holding(class_code, Outlines.of, lon, lat, layers):
            fields = {field.name for field in layers[thing.layer].fields}
            if not {"ground_elevation_m", "height_m"} <= fields:
                continue
            (row,) = self._rows(thing, ("ground_elevation_m", "height_m"))
            low, size = row["ground_elevation_m"], row["height_m"]
            if low is not None and size is not None and low <= height_m < low + size:
                return thing
        return None

    def _rows(self, thing: Thing, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        batches = self._store.read(thing.layer, np.array([thing.fid]), columns=columns)
        return [row for batch in batches for row in batch.attributes.to_pylist()]

    def _holding(
        self,
        class_code: str,
        make: Callable[[Objects], Any],
        lon: float,
        lat: float,
        layers: Layers,
    ) -> Iterator[Thing]:
        """The features of a class whose shapes hold a place."""
        for shapes in self._shapes(class_code, make, layers):
            for part, gone in shapes.parts():
                for place in part.shapes.holding(lon, lat):
                    if place not in gone:
                        yield shapes.thing(part, place)

    def _shapes(
        self, class_code: str, make: Callable[[Objects], Any], layers: Layers
    ) -> Iterator[Shapes[Any]]:
        """The layers of a class as of now."""
        for layer in layers.values():
            if layer.class_code == class_code and layer.item_count:
                field = self._code_field(layer) if class_code == DIVISIONS else ""
                if class_code != DIVISIONS or field:
                    yield self._kept(layer.name, field, make).at(layer)

    def _kept(self, name: str, field: str, make: Callable[[Objects], Any]) -> LiveShapes[Any]:
        live = self._live.get((name, field))
        if live is None:
            with self._guard:
                live = self._live.setdefault((name, field), LiveShapes(self._store, make, field))
        return live

    def _code_field(self, layer: Layer) -> str:
        """The column of division codes, empty when there is none."""
        name, _, field = self._boundaries.partition(".")
        if name == layer.name:
            return field
        known = {one.name.lower(): one.name for one in layer.fields}
        return next((known[one] for one in CODE_FIELDS if one in known), "")


def _national_name(code: str) -> str:
    known = load_divisions().by_code.get(code)
    return known.name if known else ""
