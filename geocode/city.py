"""The geocoder of a city: its index made from the store, kept up to date with every change."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from addressing.cities import profile_for
from addressing.lexicon import Name
from addressing.registry.doors import AreaName, doors, head_of
from addressing.registry.store import Registry
from addressing.registry.texts import grammar_version
from cim.errors import BackendError
from geocode.gazetteer import IndexGazetteer
from geocode.geocoder import Geocoder
from geocode.index.build import build
from geocode.index.read import Index
from geocode.index.update import update
from geocode.reading import city_parser

NAME: Final = "addresses.sqlite"
_DIVISIONS: Final = ("province", "city", "county", "township", "community")
_COUNTY: Final = 6


def make_index(registry: Registry, folder: Path) -> int:
    """Make the index of a city's addresses anew; the number of doors in it.

    Raises:
        NotFoundError: The city has no addresses yet.
    """
    with doors(registry) as feed:
        settings = {"head": str(feed.head), "grammar": grammar_version()}
        return build(folder / NAME, feed.doors, settings)


class CityGeocoder:
    """The geocoder of a workspace; safe for use from several threads.

    Each request sees every change that was committed before it. An index that is missing, torn,
    old or of another store is made anew.

    Args:
        registry: The city's addresses.
        folder: Folder of the index.
    """

    def __init__(self, registry: Registry, folder: Path) -> None:
        self._registry = registry
        self._folder = folder
        self._guard = threading.Lock()
        self._head = -1
        self._geocoder: Geocoder | None = None
        self._index: Index | None = None

    def current(self) -> Geocoder:
        """The geocoder as of now.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        head = head_of(self._registry)
        if self._geocoder is None or head != self._head:
            with self._guard:
                if self._geocoder is None or head != self._head:
                    self._geocoder = self._caught_up(head)
                    self._head = head
        return self._geocoder

    def close(self) -> None:
        """Release files."""
        if self._index is not None:
            self._index.close()

    def _caught_up(self, head: int) -> Geocoder:
        """The geocoder over an index that stands where the store stands."""
        index = self._index or self._opened(head)
        since = int(index.setting("head"))
        if since > head:
            index = self._renewed(index)
        elif since < head:
            with doors(self._registry, since) as feed:
                update(self._folder / NAME, since, feed.head, feed.doors, feed.gone)
        self._index = index
        return self._over(index)

    def _opened(self, head: int) -> Index:
        """The index as it lies there when it is sound, else a new one."""
        try:
            index = Index(self._folder / NAME)
        except BackendError:
            return self._renewed(None)
        if index.settings.get("grammar") != grammar_version() or not head:
            return self._renewed(index)
        return index

    def _renewed(self, old: Index | None) -> Index:
        if old is not None:
            old.close()
        make_index(self._registry, self._folder)
        return Index(self._folder / NAME)

    def _over(self, index: Index) -> Geocoder:
        """A geocoder with the names the city has now."""
        with doors(self._registry, head_of(self._registry)) as feed:
            names = feed.names
        within = _within(names)
        gazetteer = IndexGazetteer(index)
        parser = city_parser(profile_for(within), within, map(_as_name, names))
        return Geocoder(parser, gazetteer)


def _within(names: list[AreaName]) -> tuple[str, ...]:
    """Codes of the counties, or what there is above them, that the city's addresses lie in."""
    by_kind: Mapping[str, set[str]] = {
        kind: {name.code for name in names if name.kind == kind} for kind in _DIVISIONS
    }
    for kind in ("county", "city", "province"):
        if by_kind[kind]:
            return tuple(sorted(by_kind[kind]))
    return ()


def _as_name(name: AreaName) -> Name:
    """A name as a parser takes it."""
    official = name.value if name.value != name.written else ""
    return Name(name.written, name.kind, name.code if name.kind in _DIVISIONS else "", official)
