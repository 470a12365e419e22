"""The geocoder of a city: its index made from the store, kept up to date with every change."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import batched
from math import cos, hypot, radians
from pathlib import Path
from typing import Final, NamedTuple

from addressing.registry.store import Registry
from cim.arrays import Float64, Int64
from cim.errors import BackendError
from geocode.direct import Direct, read_direct
from geocode.index.build import build
from geocode.index.pieces import write_pieces
from geocode.index.read import Index
from geocode.index.update import update
from geocode.language import Found, Telling
from geocode.model import Asked
from geocode.moment import Moment, Suggested, moment_of, numbered_names
from geocode.ranking import Answer
from geocode.result import Result
from geocode.reverse.doors import Doors, bearing_deg
from geocode.source import DoorReader, RegistrySource, Source
from geocode.suggest import Suggester

NAME: Final = "addresses.sqlite"
_IN: Final = 500


def make_index(source: Source, folder: Path) -> int:
    """Make the index of a city's addresses anew; the number of doors in it.

    Raises:
        NotFoundError: The city has no addresses yet.
    """
    with source.doors() as feed:
        settings = {"head": str(feed.head), "grammar": source.settings()}
        return build(folder / NAME, feed.doors, settings)


class Nearby(NamedTuple):
    """A door, or something else, and how far away it is."""

    result: Result
    distance_m: float
    """0 inside."""

    bearing_deg: float | None = None
    """Direction in which it lies, seen from the place asked for, clockwise from north; None
    inside."""


class Searched(NamedTuple):
    """What a search found."""

    asked: Asked | None
    results: list[Result]
    """The best first; empty when nothing is known."""

    head: int = 0
    """Where the journal of addresses stood."""


class CityGeocoder:
    """The geocoder of a workspace; safe for use from several threads.

    Each request sees every change that was committed before it. An index that is missing, torn,
    old or of another store is made anew.

    Args:
        registry: The city's registry.
        folder: Folder of the index.
        source: The city's addresses, None for those of the registry.
    """

    def __init__(self, registry: Registry, folder: Path, source: Source | None = None) -> None:
        self._registry = registry
        self._source = source or RegistrySource(registry)
        self._folder = folder
        self._guard = threading.Lock()
        self._seen = (-1, -1)
        """Version of the store and head of the journal when they were looked at last."""

        self._index: Index | None = None
        self._now: Moment | None = None
        self._points: tuple[int, Doors] | None = None
        self._names: tuple[int, Suggester] | None = None
        self._whole: tuple[Moment, DoorReader] | None = None

    def search(
        self, text: str, limit: int = 10, middle: tuple[float, float] | None = None
    ) -> Searched:
        """The places that a text may mean, at most `limit`.

        Args:
            text: As a person writes it.
            limit: Most places.
            middle: Longitude and latitude of the middle of the map; of places that are equally
                sure the nearer one comes first.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        direct = read_direct(text)
        if direct is not None:
            head = self._current().head
            return Searched(None, self._named_outright(direct, limit), head)
        now = self._now or self._current()
        found = now.geocoder.search(text)
        head, told = self._told(now, found, text, limit, middle)
        if head != now.head and (later := self._current()) is not now:
            now, found = later, later.geocoder.search(text)
            _, told = self._told(now, found, text, limit, middle)
        return Searched(found.asked, told, now.head)

    def look_up(
        self, text: str, limit: int = 10, middle: tuple[float, float] | None = None
    ) -> Searched | None:
        """What `search` finds, None where that may take longer than some milliseconds.

        It does where addresses have changed, and where much of a text has to be guessed.
        """
        now = self._now
        if now is None or not self.is_current() or read_direct(text) is not None:
            return None
        found = now.geocoder.look_up(text)
        if found is None:
            return None
        _, told = self._told(now, found, text, limit, middle)
        return Searched(found.asked, told, now.head)

    def _told(
        self,
        now: Moment,
        found: Found,
        text: str,
        limit: int,
        middle: tuple[float, float] | None,
    ) -> tuple[int, list[Result]]:
        """Where the journal stood, -1 where nothing told that, and answers as they are told.

        The question that reads what is known of the doors tells it: none more is asked unless it
        has gone on, or no door is among the answers.
        """
        answers = found.answers if middle is None else _near_first(found.answers, middle)
        answers = answers[:limit]
        fids = [one.candidate.doors[0].fid for one in answers if len(one.candidate.doors) == 1]
        head, facts = self._source.facts(fids) if fids else (-1, {})
        return head, now.teller.tell(answers, facts, text)

    def _named_outright(self, direct: Direct, limit: int) -> list[Result]:
        """The doors of a code, or those around a point."""
        if direct.kind == "point":
            around = self.reverse(direct.lon, direct.lat, limit=limit)
            return [one.result._replace(accuracy_m=one.distance_m) for one in around]
        fids = self._source.fids_of(direct.code, limit)
        return self.tell_doors(fids)

    def tell_doors(self, fids: Sequence[int]) -> list[Result]:
        """The doors of row numbers as they are told, in their order; those gone are left out."""
        now = self._current()
        _, facts = self._source.facts(fids)
        several = now.index.doors_of(fids)
        return [now.teller.tell_door(door, facts.get(door.fid)) for door in several]

    def tell_each(self, fids: Sequence[int]) -> list[Result | None]:
        """The doors of row numbers as they are told, None for those gone."""
        now = self._current()
        _, facts = self._source.facts(fids)
        found: dict[int, Result] = {}
        for part in batched(fids, _IN):
            several = now.index.doors_of(part)
            found |= {one.fid: now.teller.tell_door(one, facts.get(one.fid)) for one in several}
        return [found.get(fid) for fid in fids]

    def first_of_each(self, texts: Iterable[str | None]) -> list[Result | None]:
        """The best place for each text, None where nothing is known.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        now = self._current()
        given = list(texts)
        found = [now.geocoder.search(text or "").answers[:1] for text in given]
        doors_of = (one.candidate.doors for several in found for one in several)
        fids = {several[0].fid for several in doors_of if len(several) == 1}
        _, facts = self._source.facts(fids)
        told = [
            next(iter(now.teller.tell(several, facts, text or "")), None)
            for several, text in zip(found, given, strict=True)
        ]
        for place, text in enumerate(given):
            if told[place] is None and text and (direct := read_direct(text)) is not None:
                told[place] = next(iter(self._named_outright(direct, 1)), None)
        return told

    def reverse(
        self, lon: float, lat: float, *, limit: int = 1, within_m: float = 200.0
    ) -> list[Nearby]:
        """The doors nearest to a place, the nearest first.

        Args:
            lon: Degrees, EPSG:4490.
            lat: Degrees.
            limit: Most doors.
            within_m: How far away they may be.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        now = self._now or self._current()
        near = self._near(now, lon, lat, limit, within_m)
        while near is None:
            near = self._near(self._current(), lon, lat, limit, within_m)
        return near

    def _near(
        self, now: Moment, lon: float, lat: float, limit: int, within_m: float
    ) -> list[Nearby] | None:
        """The doors near a place; None when addresses have changed since `now`.

        The question that reads the doors tells where the journal stands: none more is asked
        unless it has gone on, or nothing is near.
        """
        away = self._around(now).near(lon, lat, limit, within_m)
        if not away:
            return [] if self._current() is now else None
        head, found = self._whole_doors(now).read([fid for fid, _ in away])
        if head != now.head and self._current() is not now:
            return None
        near = []
        for fid, distance in away:
            if fid in found:
                told = now.teller.tell_whole(found[fid])
                near.append(Nearby(told, distance, bearing_deg(lon, lat, told.lon, told.lat)))
        return near

    def _whole_doors(self, now: Moment) -> DoorReader:
        """What reads doors as of now."""
        kept = self._whole
        if kept is None or kept[0] is not now:
            kept = self._whole = (now, self._source.reader())
        return kept[1]

    def nearest_of_each(self, lon_lat: Float64, within_m: float) -> tuple[Int64, Float64]:
        """Row number and distance in metres of the door nearest to each place.

        Args:
            lon_lat: (n, 2) degrees, EPSG:4490.
            within_m: How far away they may be.

        Returns:
            (n,) row numbers, -1 where there is none; (n,) metres, infinite there.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        return self._around(self._current()).nearest_of_each(lon_lat, within_m)

    @property
    def teller(self) -> Telling:
        """Tells names and codes as the city writes them, as of the latest answer."""
        return (self._now or self._current()).teller

    def columns(self) -> frozenset[str]:
        """Columns of the layer that answers tell of; `Source.columns`."""
        return self._source.columns()

    @property
    def layer(self) -> str:
        """Name of the layer of the city's addresses."""
        return self._source.layer

    @property
    def registry(self) -> Registry:
        """The city's registry of addresses."""
        return self._registry

    def suggest(
        self, text: str, limit: int = 10, middle: tuple[float, float] | None = None
    ) -> list[Suggested]:
        """Names that begin with what was typed, the likeliest first.

        Args:
            text: Characters, pinyin or first letters.
            limit: Most names.
            middle: Longitude and latitude of the middle of the map.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        now = self._current()
        with self._guard:
            if self._names is None or self._names[0] != now.head:
                self._names = (now.head, Suggester(now.index.named_areas()))
            suggester = self._names[1]
        begun = now.geocoder.begun(text) or text
        several = suggester.suggest(begun, limit, middle)
        if several:
            return [Suggested(one, now.teller.name(one.kind, one.value)) for one in several]
        return numbered_names(now, begun, limit)

    def close(self) -> None:
        """Release files."""
        if self._index is not None:
            self._index.close()

    def can_suggest(self) -> bool:
        """Whether the names are at hand that `suggest` looks into, and still hold."""
        names = self._names
        return names is not None and self.is_current() and self._is_of_now(names[0])

    def can_reverse(self) -> bool:
        """Whether the places are at hand that `reverse` looks into, and still hold."""
        points = self._points
        return points is not None and self.is_current() and self._is_of_now(points[0])

    def _is_of_now(self, head: int) -> bool:
        return self._now is not None and self._now.head == head

    def is_current(self) -> bool:
        """Whether no address has changed since this geocoder looked last."""
        now = self._now
        if now is None:
            return False
        version = self._source.version()
        if self._seen != (version, now.head):
            if self._source.head() != now.head:
                return False
            self._seen = (version, now.head)
        return True

    def _current(self) -> Moment:
        """The geocoder as of now.

        The journal is looked at only when anything in the store has changed since.
        """
        version = self._source.version()  # before the journal: what comes later is seen
        now = self._now
        if now is not None and self._seen == (version, now.head):
            return now
        head = self._source.head()
        if now is None or now.head != head:
            with self._guard:
                now = self._now
                if now is None or now.head != head:
                    now = self._now = self._caught_up()
        self._seen = (version, now.head)
        return now

    def _around(self, now: Moment) -> Doors:
        """The doors as points, as of now."""
        points = self._points
        if points is not None and points[0] == now.head:
            return points[1]
        with self._guard:
            points = self._points
            if points is None or points[0] != now.head:
                points = self._points = (now.head, self._moved(points, now))
            return points[1]

    def _moved(self, before: tuple[int, Doors] | None, now: Moment) -> Doors:
        """The doors as points, those that changed beside the others while they are few."""
        if before is not None and before[0] < now.head:
            with self._source.doors(before[0]) as feed:
                fresh = {door.fid: (door.lon, door.lat) for door in feed.doors}
                changed = before[1].with_changes(fresh, feed.gone)
            if changed is not None:
                return changed
        return Doors.of(*now.index.points())

    def _caught_up(self) -> Moment:
        """The geocoder over an index that stands where the store stands."""
        index = self._index or self._opened()
        since = int(index.setting("head"))
        head = self._source.head()  # after the index: a store never lies behind its own
        if since > head:
            index = self._renewed(index)
            head = int(index.setting("head"))
        elif since < head:
            with self._source.doors(since) as feed:
                update(self._folder / NAME, since, feed.head, feed.doors, feed.gone)
                head = feed.head
        index.catch_up()
        self._index = index
        with self._source.doors(head) as feed:
            now = self._now
            if now is not None and (now.index, now.names) == (index, feed.names):
                return replace(now, head=head)
            return moment_of(index, head, feed.names, self._source.language)

    def _opened(self) -> Index:
        """The index as it lies there when it is sound, else a new one."""
        try:
            index = Index(self._folder / NAME)
        except BackendError:
            return self._renewed(None)
        is_old = index.settings["grammar"] != self._source.settings()
        return self._renewed(index) if is_old else index

    def _renewed(self, old: Index | None) -> Index:
        if old is not None:
            old.close()
        make_index(self._source, self._folder)
        index = Index(self._folder / NAME)
        write_pieces(index)
        return index


def _near_first(answers: list[Answer], middle: tuple[float, float]) -> list[Answer]:
    """Answers with those of equal confidence by their distance from a place."""
    lon, lat = middle
    east = cos(radians(lat))

    def away(one: Answer) -> float:
        return hypot((one.candidate.lon - lon) * east, one.candidate.lat - lat)

    return sorted(answers, key=lambda one: (-round(one.confidence, 4), away(one)))
