"""Pages of features: from the cache where it is current, from the store where it is not."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from api.ogc.cache import FeatureCache, open_newest
from api.ogc.changes import NO_ROWS, Changes, joined
from api.ogc.crs import CRS84, Box, is_same_ground
from api.ogc.cursors import Cursor
from api.ogc.encoding import PLAIN, Representation, encode
from api.ogc.parameters import ItemsRequest
from api.ogc.selection import Selected, Selector, window
from api.security.sight import is_partial
from cim.arrays import Bool, Int64
from cim.catalog import Layer
from cim.errors import NotFoundError
from cim.store.base import ItemQuery, Position, Store

RECHECK_S = 1.0
"""How often a worker looks for a newer cache file while its own is behind."""

TOLERATED_CHANGES = 0.02
"""Share of a layer's rows that may be encoded anew before the cache is rebuilt at once."""

SETTLED_S = 30.0
"""Seconds that a cache may be behind by less than that before it is rebuilt all the same."""

ATTEMPTS = 3
"""Readings of one page before a layer that changes all the time is taken as it is."""

type Texts = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Page:
    """Some features as text, in the order of their row numbers."""

    texts: Texts
    """GeoJSON features with commas between."""

    returned: int
    matched: int
    """Features that match in the whole layer."""

    next: Cursor | None
    """Where the next page begins, None when there is none."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A cache this worker has open, and when it last looked for a newer one."""

    cache: FeatureCache | None
    checked_s: float
    behind_since_s: float

    def is_current(self, layer: Layer) -> bool:
        """Whether the cache says what the store says."""
        return self.cache is not None and self.cache.version == layer.version


NOTHING_HELD = _Held(None, -math.inf, math.inf)


class Items:
    """The features of a city's layers. Safe for use from several threads."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        rebuild: Callable[[str], None],
        within_s: float | None = None,
    ) -> None:
        """Serve `store` with the caches in `folder`; `rebuild` asks for a layer's new cache.

        A request's condition may take `within_s` of processor time.
        """
        self._store = store
        self._folder = folder
        self._rebuild = rebuild
        self._held: dict[str, _Held] = {}
        self._known: dict[str, Changes] = {}
        self._guard = threading.Lock()
        self._learning = threading.Lock()
        """Held by who finds out what changed; the others wait and take what was found."""

        self._selector = Selector(store, within_s)

    def ready_page(self, layer: Layer, request: ItemsRequest) -> Page | None:
        """The page, if the cache has it as it stands; costs no input or output."""
        cache = self._cache(layer)
        if cache is None or not _is_all(layer, cache, request):
            return None
        if cache.version != layer.version:
            return self._untouched_page(layer, cache, request)
        selected = window(cache.fids, request)
        first = int(np.searchsorted(cache.fids, selected.fids[0])) if len(selected.fids) else 0
        texts = cache.span(first, first + len(selected.fids))
        return Page(texts, len(selected.fids), selected.matched, selected.next)

    def _untouched_page(
        self, layer: Layer, cache: FeatureCache, request: ItemsRequest
    ) -> Page | None:
        """The page, if no row that changed since the cache was made lies in or before it.

        So those who read while others edit need not wait for a thread each time. What changed
        is known from this worker's own edits, else as soon as one request for this version was
        answered in a thread.
        """
        known = self._known.get(layer.name)
        is_known = known is not None and known.fits(layer, cache)
        if known is None or not is_known or request.boxes is not None or request.offset:
            return None
        selected = window(cache.fids, request)
        if selected.next is None:  # rows may have come at the end
            return None
        behind = 0 if request.after is None else request.after.position.fid
        begin, end = np.searchsorted(known.changed, (behind, selected.fids[-1]), "right")
        if begin != end:
            return None
        first = int(np.searchsorted(cache.fids, selected.fids[0]))
        texts = cache.span(first, first + len(selected.fids))
        return Page(texts, len(selected.fids), layer.item_count, Cursor(selected.next.position))

    def note(self, name: str, before: int, after: int, fids: Sequence[int]) -> None:
        """Take in that an edit of this worker brought a layer from one version to another.

        May be slow: not for the event loop. Looks after the layer's cache too, because readers
        of pages that no edit touched never do.
        """
        self._refresh(self._store.layer(name))
        with self._learning:
            known = self._known.get(name)
            if known is None or known.version != before:
                cache = self._held.get(name, NOTHING_HELD).cache
                if cache is None or cache.version != before:
                    return
                known = Changes(before, before, NO_ROWS)
            changed = joined(known.changed, np.unique(np.array(fids, np.int64)))
            self._known[name] = Changes(after, known.since, changed)

    def page(self, layer: Layer, request: ItemsRequest) -> Page:
        """The page, whatever it takes. May be slow: not for the event loop."""
        for _ in range(ATTEMPTS):
            self._refresh(layer)
            self._learn(layer)
            page = self.ready_page(layer, request) or self._gathered(layer, request)
            now = self._store.layer(layer.name)
            if now.version == layer.version:
                break
            layer = now
        return page

    def feature(self, layer: Layer, fid: int, representation: Representation) -> bytes:
        """One feature that is valid now.

        Raises:
            NotFoundError: There is none with this row number.
        """
        only = self.only(layer, fid)
        self._refresh(layer)
        texts = self._texts(layer, only, representation)
        if not texts:
            raise NotFoundError(f"layer {layer.name!r} has no valid feature {fid}")
        return bytes(texts[0])

    def only(self, layer: Layer, fid: int) -> Int64:
        """(1,) the row number of a feature that is valid now.

        Raises:
            NotFoundError: There is none with this row number.
        """
        found = self._store.fids(layer.name, ItemQuery(after=Position(fid - 1), limit=1))
        if not len(found) or found[0] != fid:
            raise NotFoundError(f"layer {layer.name!r} has no valid feature {fid}")
        return found

    def select(self, layer: Layer, request: ItemsRequest) -> Selected:
        """The row numbers that a request asks for. May be slow: not for the event loop."""
        return self._selector.select(layer, request)

    def _gathered(self, layer: Layer, request: ItemsRequest) -> Page:
        """The page by way of row numbers from the store."""
        selected = self._selector.select(layer, request)
        texts = self._texts(layer, selected.fids, request.representation)
        return Page(b",".join(texts), len(texts), selected.matched, selected.next)

    def _texts(self, layer: Layer, fids: Int64, representation: Representation) -> list[Texts]:
        """Text of each row; rows deleted meanwhile are left out."""
        cache = self._cache(layer)
        if cache is None or representation is not PLAIN or len(fids) == 0:
            return [text for _, text in self._encoded(layer, fids, representation)]
        fresh, rows = self._fresh(layer, cache, fids)
        if fresh.all():
            return list(cache.spans(rows))
        kept = iter(cache.spans(rows[fresh]))
        encoded = dict(self._encoded(layer, fids[~fresh], representation))
        pairs = zip(fids.tolist(), fresh.tolist(), strict=True)
        texts = (next(kept) if is_fresh else encoded.get(fid) for fid, is_fresh in pairs)
        return [text for text in texts if text is not None]

    def _cache(self, layer: Layer) -> FeatureCache | None:
        """The cache of a layer, for callers who may see all of it."""
        cache = self._held.get(layer.name, NOTHING_HELD).cache
        return None if cache is None or is_partial(layer.name) else cache

    def _fresh(self, layer: Layer, cache: FeatureCache, fids: Int64) -> tuple[Bool, Int64]:
        """Which rows the cache has as they are now, and where."""
        if len(cache.fids) == 0:
            return np.zeros(len(fids), np.bool_), np.zeros(len(fids), np.int64)
        rows = np.minimum(np.searchsorted(cache.fids, fids), len(cache.fids) - 1)
        fresh = cache.fids[rows] == fids
        if cache.version != layer.version:
            fresh &= ~np.isin(fids, self._changes(layer, cache))
        return fresh, rows

    def _learn(self, layer: Layer) -> None:
        """Find out what changed since the cache was made, so that untouched pages are ready."""
        cache = self._cache(layer)
        if cache is not None and cache.version != layer.version:
            self._changes(layer, cache)

    def _changes(self, layer: Layer, cache: FeatureCache) -> Int64:
        """Row numbers that changed since a cache was made; only what is not known is read."""
        known = self._known.get(layer.name)
        if known is not None and known.fits(layer, cache):
            return known.changed
        with self._learning:
            return self._learned(layer, cache)

    def _learned(self, layer: Layer, cache: FeatureCache) -> Int64:
        """What `_changes` gives, for one caller at a time."""
        known = self._known.get(layer.name)
        if known is not None and known.fits(layer, cache):
            return known.changed
        if known is None or not known.leads_to(layer, cache):
            known = Changes(cache.version, cache.version, NO_ROWS)
        more = self._store.changed_fids(layer.name, known.version)
        changed = joined(known.changed, more)
        self._known[layer.name] = Changes(layer.version, cache.version, changed)
        return changed

    def _encoded(
        self, layer: Layer, fids: Int64, representation: Representation
    ) -> Iterator[tuple[int, bytes]]:
        """Row number and text of each row, encoded now."""
        if len(fids) == 0:
            return
        for batch in self._store.read(layer.name, fids, columns=representation.properties):
            yield from zip(batch.records.tolist(), encode(batch, representation), strict=True)

    def _refresh(self, layer: Layer) -> None:
        """Take up a newer cache file if there is one; ask for a new one if this one is behind."""
        held, now = self._held.get(layer.name, NOTHING_HELD), time.monotonic()
        if held.is_current(layer) or now - held.checked_s < RECHECK_S:
            return
        cache = open_newest(self._folder, layer)
        fits = cache is not None and cache.version == layer.version
        behind_since = now if fits else min(held.behind_since_s, now)
        with self._guard:
            self._held = {**self._held, layer.name: _Held(cache, now, behind_since)}
        if not fits and self._is_worth_a_build(layer, cache, now - behind_since):
            self._rebuild(layer.name)

    def _is_worth_a_build(self, layer: Layer, cache: FeatureCache | None, behind_s: float) -> bool:
        if cache is None or behind_s > SETTLED_S:
            return True
        if is_partial(layer.name):  # who sees a part only knows a part of the changes
            return False
        changed = self._changes(layer, cache)
        return len(changed) > TOLERATED_CHANGES * len(cache.fids)


def _is_all(layer: Layer, cache: FeatureCache, request: ItemsRequest) -> bool:
    """Whether the request asks for every feature in the form that the cache has.

    A box around the whole layer selects all, as GIS programs ask for when a layer is opened;
    unless some features have no geometry, which no box selects.
    """
    if request.boxes is None:
        return request.is_plain
    return (
        replace(request, boxes=None).is_plain
        and cache.unplaced == 0
        and any(_is_around(layer, box) for box in request.boxes)
    )


def _is_around(layer: Layer, box: Box) -> bool:
    if layer.bounds is None or box.shape is not None or not is_same_ground(layer.crs, CRS84):
        return False
    west, south, east, north = layer.bounds
    outer = box.bounds
    return outer[0] <= west and outer[1] <= south and outer[2] >= east and outer[3] >= north
