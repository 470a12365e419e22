"""From a place to all that is there: its building, doors, road, estate and divisions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from addressing.registry.doors import facts_within
from addressing.resources import load_divisions
from cim.arrays import Float64
from cim.catalog import Layer
from cim.store.base import Store
from geocode.city import CityGeocoder, Nearby
from geocode.model import LEVEL_OF_KIND, Level
from geocode.result import Result
from geocode.reverse.areas import Areas
from geocode.reverse.city_layers import (
    BUILDINGS,
    DIVISIONS,
    ROADS,
    SPACES,
    STOREYS,
    CityLayers,
    Classes,
    Layers,
)
from geocode.reverse.layers import Thing
from geocode.reverse.lines import Lines
from geocode.reverse.outlines import Outlines
from geocode.reverse_answers import DIVISION_KINDS, on_floor, plain, plain_code
from geocode.reverse_here import Divisions, Here, Road, Wish

_ADCODE: Final = 6
_LINKED: Final = 2_000

_DOORS: Final = frozenset(
    (Level.ROOM, Level.FLOOR, Level.UNIT, Level.BUILDING, Level.DOORPLATE, Level.POI)
)

type Sees = Callable[[Layer], bool]


def _everything(layer: Layer) -> bool:
    del layer
    return True


class CityReverse:
    """What is at places of a city; safe for use from several threads.

    Every answer sees each change of a layer or an address that was committed before it.

    Args:
        geocoder: Of the city.
        store: With its layers.
        boundaries: Layer and field of division codes, as `layer.field`; guessed when empty.
    """

    def __init__(self, geocoder: CityGeocoder, store: Store, boundaries: str = "") -> None:
        self.geocoder = geocoder
        self._layers = CityLayers(store, boundaries)

    def warm(self) -> None:
        """Read what the first request would wait for.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        self.at(0.0, 0.0, Wish(height_m=0.0), self._layers.all())

    def is_current(self, layers: Layers) -> bool:
        """Whether no address and no layer that is looked into has changed since the last look."""
        return self.geocoder.can_reverse() and self._layers.is_current(layers)

    def at(
        self, lon: float, lat: float, wish: Wish, layers: Layers, sees: Sees = _everything
    ) -> Here:
        """What is at a place.

        Args:
            lon: Degrees, EPSG:4490.
            lat: Degrees.
            wish: What is asked.
            layers: What the caller may see; nothing of other layers is told.
            sees: Whether the caller may see a layer at this place.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        known = self._layers.by_class(layers)
        kept = {name: [one for one in known[name] if sees(one)] for name in known}
        return self._at(lon, lat, wish, kept)

    def _at(self, lon: float, lat: float, wish: Wish, layers: Classes) -> Here:
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
            here = here._replace(
                storey=self._at_height(STOREYS, lon, lat, wish.height_m, layers),
                space=self._at_height(SPACES, lon, lat, wish.height_m, layers),
            )
        answers = self._inside(building, lon, lat, wish) if building else []
        codes = {one.result.address_code for one in answers}
        answers += [one for one in doors if one.result.address_code not in codes]
        return here._replace(answers=self._chosen(answers, here, (lon, lat), wish))

    def of_each(
        self, lon_lat: Float64, within_m: float, layers: Layers
    ) -> list[tuple[Result | None, float, str]]:
        """The nearest door of each place, its distance in metres, and the building around it.

        Args:
            lon_lat: (n, 2) degrees, EPSG:4490.
            within_m: How far away doors may be.
            layers: What the caller may see.

        Returns:
            (n,) door or None, metres, and entity id of the building, empty outside all.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        fids, away = self.geocoder.nearest_of_each(lon_lat, within_m)
        near = np.unique(fids[fids >= 0]).tolist()
        known = dict(zip(near, self.geocoder.tell_each(near), strict=True))
        buildings = self.buildings_of_each(lon_lat, layers)
        return [
            (known.get(fid), distance, building)
            for fid, distance, building in zip(
                fids.tolist(), away.tolist(), buildings, strict=True
            )
        ]

    def buildings_of_each(self, lon_lat: Float64, layers: Layers) -> list[str]:
        """Entity id of the building around each of (n, 2) places, empty outside all."""
        found = [""] * len(lon_lat)
        classes = self._layers.by_class(layers)
        for shapes in self._layers.shapes(BUILDINGS, Outlines.of, classes):
            for part, gone in shapes.parts():
                places, owners = part.shapes.holding_many(lon_lat)
                for place, owner in zip(places.tolist(), owners.tolist(), strict=True):
                    if not found[place] and owner not in gone:
                        found[place] = shapes.thing(part, owner).entity_id
        return found

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
        return self.geocoder.reverse(lon, lat, limit=count, within_m=wish.radius_m)

    def _building(self, lon: float, lat: float, layers: Classes) -> Thing | None:
        return next(self._layers.holding(BUILDINGS, Outlines.of, lon, lat, layers), None)

    def _inside(self, building: Thing, lon: float, lat: float, wish: Wish) -> list[Nearby]:
        """The building, with the address that it is known by."""
        linked = (
            facts_within(self.geocoder.registry, building.entity_id, _LINKED)
            if building.entity_id
            else []
        )
        known = on_floor(linked, wish.height_m)
        told = self.geocoder.tell_doors([known.fid]) if known else []
        if told:
            one = told[0]._replace(entity_id=building.entity_id, layer=building.layer)
            one = one if wish.height_m is not None else one._replace(level=Level.BUILDING)
            return [Nearby(one, 0.0)]
        return [Nearby(plain(building.name, Level.BUILDING, (lon, lat), building), 0.0)]

    def _road(
        self, lon: float, lat: float, wish: Wish, doors: Sequence[Nearby], layers: Classes
    ) -> Road | None:
        """The nearest line of a road, else the street of the nearest door that is on one."""
        best: Road | None = None
        for shapes in self._layers.shapes(ROADS, Lines.of, layers):
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
                name = self.geocoder.teller.name("road", told.values["road"])
                return Road(name, one.distance_m, "nearest_door", told.lon, told.lat)
        return None

    def _divisions(
        self, lon: float, lat: float, doors: Sequence[Nearby], layers: Classes
    ) -> Divisions:
        """Divisions by their areas; what no area tells, as the nearest door has it."""
        teller = self.geocoder.teller
        names = {
            kind: teller.name(kind, value)
            for kind, value in (doors[0].result.values.items() if doors else ())
            if kind in DIVISION_KINDS.values()
        }
        adcode = doors[0].result.adcode if doors else ""
        codes: dict[str, str] = {}
        for thing in self._layers.holding(DIVISIONS, Areas.of, lon, lat, layers):
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
            told = told._replace(values={**names, "road": road.name}, entity_id=road.entity_id)
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
        return told._replace(values={**above, kind: name})

    def _nearest_of(self, doors: Sequence[Nearby], kind: str) -> str:
        """The name of a type that the nearest door has which has one."""
        value = next((v for one in doors if (v := one.result.values.get(kind))), "")
        return self.geocoder.teller.name(kind, value) if value else ""

    def _at_height(
        self, class_code: str, lon: float, lat: float, height_m: float, layers: Classes
    ) -> Thing | None:
        """The storey or space of a building model that holds a place and a height."""
        for thing in self._layers.holding(class_code, Outlines.of, lon, lat, layers):
            row = self._layers.row(thing, ("ground_elevation_m", "height_m"))
            low, size = row.get("ground_elevation_m"), row.get("height_m")
            if low is not None and size is not None and low <= height_m < low + size:
                return thing
        return None


def _national_name(code: str) -> str:
    known = load_divisions().by_code.get(code)
    return known.name if known else ""
