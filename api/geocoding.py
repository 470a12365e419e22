"""The geocoder of a workspace."""

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shapely import intersects_xy
from shapely.geometry.base import BaseGeometry

from addressing.registry.schema import LAYER as ADDRESSES
from addressing.registry.store import Registry
from api.security.rights import LayerRight
from api.security.sight import Sight
from api.settings import Settings, load_settings
from api.workspace import open_store
from cim.arrays import Float64
from cim.catalog import Layer
from cim.errors import BackendError, NotFoundError
from cim.store.base import Store
from geocode.city import CityGeocoder, Searched
from geocode.layer_source import Columns, LayerSource
from geocode.moment import Suggested
from geocode.result import Result
from geocode.reverse.city_layers import BUILDINGS
from geocode.reverse_city import CityReverse
from geocode.reverse_here import Here, Wish
from geocode.source import RegistrySource, Source

logger = logging.getLogger(__name__)

READ: Final = "read"
_MISSING: Final = "the city has no addresses yet; make one with: cim address create"
_NO_LAYER: Final = "the city has no addresses yet; load the layer {!r} of geocoder.layer"


def index_folder(workspace: Path) -> Path:
    """Where a workspace keeps the geocoder's index."""
    return workspace / "index" / "geocode"


def open_registry(workspace: Path, settings: Settings | None = None) -> Registry:
    """The addresses of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    settings = settings or load_settings(workspace)
    return Registry(settings.database_path(workspace))


def source_of(settings: Settings, registry: Registry, store: Store) -> Source:
    """The addresses that the geocoder of a workspace finds.

    Raises:
        ConfigError: The language reads no layers.
    """
    about = settings.geocoder
    if not about.layer:
        return RegistrySource(registry)
    columns = Columns(about.housenumber, about.street, about.postcode, about.city, about.name)
    return LayerSource(store, registry.glances, about.layer, about.language, columns)


def open_source(workspace: Path) -> tuple[Source, Registry]:
    """The addresses that the geocoder of a workspace finds, and its registry.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    settings = load_settings(workspace)
    registry = open_registry(workspace, settings)
    if not settings.geocoder.layer:
        return RegistrySource(registry), registry
    return source_of(settings, registry, open_store(workspace, settings)), registry


def open_geocoder(workspace: Path) -> CityGeocoder:
    """The geocoder of a workspace.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    source, registry = open_source(workspace)
    return CityGeocoder(registry, index_folder(workspace), source)


def open_reverse(workspace: Path) -> tuple[CityReverse, Store]:
    """What is at places of a workspace, and its store.

    Raises:
        ConfigError: There is no workspace here, or its settings or store are wrong.
    """
    settings = load_settings(workspace)
    store = open_store(workspace, settings)
    registry = open_registry(workspace, settings)
    source = source_of(settings, registry, store)
    geocoder = CityGeocoder(registry, index_folder(workspace), source)
    return CityReverse(geocoder, store, settings.addresses.boundaries), store


class TakesLongerError(Exception):
    """An answer that was wanted at once may take longer than some milliseconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The geocoder as one caller may see it: nothing is told of what is hidden from it."""

    geocoder: CityGeocoder
    reverse: CityReverse
    layers: Mapping[str, Layer]
    rights: Mapping[str, LayerRight]
    area: BaseGeometry | None
    """Where the caller may see addresses; None for everywhere."""

    is_hurried: bool = False
    """Whether answers are wanted at once; what may take longer is refused with
    `TakesLongerError`."""

    @property
    def head(self) -> int:
        """Where the journal of addresses stands."""
        return self.layers[self.geocoder.layer].version

    def search(self, text: str, limit: int, middle: tuple[float, float] | None = None) -> Searched:
        """`CityGeocoder.search`."""
        find = self.geocoder.look_up if self.is_hurried else self.geocoder.search
        found = find(text, limit, middle)
        if found is None:
            raise TakesLongerError
        told = [self._shown(one) for one in found.results if self._is_in(one.lon, one.lat)]
        return found._replace(results=told)

    def at(self, lon: float, lat: float, wish: Wish) -> Here:
        """`CityReverse.at`."""

        def sees(layer: Layer) -> bool:
            area = self._area(layer)
            return area is None or bool(intersects_xy(area, lon, lat))

        if self.is_hurried and not self.reverse.is_current(self.layers):
            raise TakesLongerError
        here = self.reverse.at(lon, lat, wish, self.layers, sees)
        told = [
            one._replace(result=self._shown(one.result))
            for one in here.answers
            if self._is_in(one.result.lon, one.result.lat)
        ]
        return here._replace(answers=told)

    def suggest(
        self, text: str, limit: int, middle: tuple[float, float] | None
    ) -> list[Suggested]:
        """`CityGeocoder.suggest`."""
        if self.is_hurried and not self.geocoder.can_suggest():
            raise TakesLongerError
        found = self.geocoder.suggest(text, limit, middle)
        return [one for one in found if self._is_in(one.place.lon, one.place.lat)]

    def first_of_each(self, texts: Iterable[str | None]) -> list[Result | None]:
        """`CityGeocoder.first_of_each`."""
        found = self.geocoder.first_of_each(texts)
        return [one if one and self._is_in(one.lon, one.lat) else None for one in found]

    def of_each(self, lon_lat: Float64, within_m: float) -> list[tuple[Result | None, float, str]]:
        """`CityReverse.of_each`; buildings of layers that are hidden in part are not told."""
        whole = {name: one for name, one in self.layers.items() if self._is_whole(one)}
        found = self.reverse.of_each(lon_lat, within_m, whole)
        return [
            (one if one and self._is_in(one.lon, one.lat) else None, away, building)
            for one, away, building in found
        ]

    def building_layers(self) -> tuple[str, ...]:
        """Layers of buildings that the caller sees as a whole."""
        return tuple(
            name
            for name, one in self.layers.items()
            if one.class_code == BUILDINGS and self._is_whole(one)
        )

    def _is_whole(self, layer: Layer) -> bool:
        return self._area(layer) is None

    def _area(self, layer: Layer) -> BaseGeometry | None:
        """Where the caller may see features of a layer that it sees; None for everywhere."""
        return self.rights[layer.name].areas[READ]

    def _is_in(self, lon: float, lat: float) -> bool:
        return self.area is None or bool(intersects_xy(self.area, lon, lat))

    def _shown(self, one: Result) -> Result:
        """An answer without an entity of a layer that is hidden."""
        hidden = one.layer and one.layer not in self.layers
        return one._replace(entity_id="", layer="") if hidden else one


class SeenGeocoding:
    """The geocoder of a city as each caller may see it.

    Args:
        reverse: Of the city.
        geocoder: Of the city.
    """

    def __init__(self, geocoder: CityGeocoder, reverse: CityReverse) -> None:
        self._geocoder = geocoder
        self._reverse = reverse
        self.is_warm = False
        """Whether what all requests need has been read."""

    def of(self, sight: Sight, *, is_hurried: bool = False) -> Seen:
        """The geocoder for a caller.

        Raises:
            NotFoundError: The city has no addresses, or none that the caller may see.
        """
        now = sight.snapshot()
        name = self._geocoder.layer
        if name not in now.layers:
            raise NotFoundError(_MISSING if name == ADDRESSES else _NO_LAYER.format(name))
        if name != ADDRESSES:
            seen = {field.name for field in now.layers[name].fields}
            if not self._geocoder.columns() <= seen:
                raise NotFoundError(_NO_LAYER.format(name))
        area = now.rights[name].areas[READ]
        return Seen(self._geocoder, self._reverse, now.layers, now.rights, area, is_hurried)

    def at_once(self) -> AbstractContextManager[None]:
        """For a request that is answered in one go: whether anything has changed is asked once."""
        return self._geocoder.registry.glances.held()

    def warm(self) -> None:
        """Read what the first request would wait for; to be run in the background."""
        try:
            self._geocoder.search("0")
            self._geocoder.suggest("0")
            self._reverse.warm()
        except (NotFoundError, BackendError):
            logger.info("the geocoder has nothing to prepare yet")
        self.is_warm = True
