"""Which features a request selects: row numbers from the store, remembered while they hold."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from api.ogc.crs import Box
from api.ogc.parameters import ItemsRequest
from api.security.sight import kept_by_sight
from cim.arrays import Int64
from cim.catalog import Layer
from cim.store.base import ItemQuery, Position, Store

NO_LIMIT = 2**62
COUNTS_KEPT = 4096
SELECTIONS_KEPT = 16
"""Selections by box kept whole, so that a client that turns pages pays for the first one only."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The row numbers of a page."""

    fids: Int64
    matched: int
    """Features that match in the whole layer."""

    next_after: int | None
    """Row number after which the next page begins, None when there is none."""


class Selector:
    """Selects features of a store's layers. Safe for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Select from `store`."""
        self._store = store
        self._count = kept_by_sight(COUNTS_KEPT, self._count_at)
        self._inside = kept_by_sight(SELECTIONS_KEPT, self._inside_at)

    def select(self, layer: Layer, request: ItemsRequest) -> Selected:
        """The page of row numbers that a request asks for."""
        if request.boxes is not None:
            everything = self._inside(layer.name, layer.version, request.whole())
            return window(everything, request)
        query = ItemQuery(
            valid=request.valid,
            equals=request.equals,
            after=Position(request.after) if request.after else None,
            offset=request.offset,
            limit=request.limit + 1,
        )
        fids = self._store.fids(layer.name, query)
        follows = int(fids[request.limit - 1]) if len(fids) > request.limit else None
        fids = fids[: request.limit]
        return Selected(fids, self._matched(layer, request, len(fids), follows), follows)

    def _matched(
        self, layer: Layer, request: ItemsRequest, returned: int, follows: int | None
    ) -> int:
        if follows is None and request.after == 0 and (returned > 0 or request.offset == 0):
            return request.offset + returned
        if request.valid is None and not request.equals:
            return layer.item_count
        return self._count(layer.name, layer.version, request.whole())

    def _count_at(self, name: str, _version: int, request: ItemsRequest) -> int:
        """Number of matches; kept by version, so that an edit makes a new count."""
        query = ItemQuery(valid=request.valid, equals=request.equals)
        return self._store.count(name, query)

    def _inside_at(self, name: str, _version: int, request: ItemsRequest) -> Int64:
        """Row numbers of all matches in the request's boxes, ascending, without repeats."""
        query = ItemQuery(valid=request.valid, equals=request.equals, limit=NO_LIMIT)
        found = [self._inside_box(name, query, box) for box in request.boxes or ()]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))

    def _inside_box(self, name: str, query: ItemQuery, box: Box) -> Int64:
        """Row numbers of all features that meet a box, by its outline if it has one."""
        fids = self._store.fids(name, replace(query, bounds=box.bounds))
        if box.shape is None or len(fids) == 0:
            return fids
        shapely.prepare(box.shape)
        met = [
            batch.records[shapely.intersects(batch.geometry, box.shape)]
            for batch in self._store.read(name, fids, columns=())
        ]
        return np.concatenate(met)


def window(fids: Int64, request: ItemsRequest) -> Selected:
    """The page that a request's cursor, offset and limit cut out of all row numbers."""
    first = int(np.searchsorted(fids, request.after, "right")) + request.offset
    last = min(first + request.limit, len(fids))
    follows = int(fids[last - 1]) if first < last < len(fids) else None
    return Selected(fids[first:last], len(fids), follows)
