"""Which features a request selects: row numbers from the store, remembered while they hold."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from api.ogc.crs import Box
from api.ogc.cursors import Cursor
from api.ogc.parameters import ItemsRequest
from api.security.sight import current_tag
from cim.arrays import Int64
from cim.catalog import Layer
from cim.filters import model as m
from cim.store.base import ItemQuery, Position, SortKey, Store

NO_LIMIT = 2**62
KEPT_BYTES = 64 * 2**20
"""Selections kept whole, so that a client that turns pages pays for the first one only."""

KEPT_COUNT = 4_096
NODE_BYTES = 256
"""About what a node of a condition takes in memory, generously."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The row numbers of a page."""

    fids: Int64
    matched: int
    """Features that match in the whole layer."""

    next: Cursor | None
    """Where the next page begins, None when there is none."""


class Selector:
    """Selects features of a store's layers. Safe for use from several threads."""

    def __init__(self, store: Store, within_s: float | None = None) -> None:
        """Select from `store`; a condition may take `within_s` of processor time."""
        self._store = store
        self._within_s = within_s
        self._kept = _Kept()

    def select(self, layer: Layer, request: ItemsRequest) -> Selected:
        """The page of row numbers that a request asks for.

        Raises:
            CostlyError: Its condition takes too long.
        """
        if request.selects_all:
            return self._next_rows(layer, request)
        key = (current_tag(), layer.name, layer.version, request.whole())
        everything = self._kept.get(key)
        if everything is None:
            everything = self._store.fids(layer.name, self._query(request))
            self._kept.put(key, everything, _weight(request))
        first = self._first(layer, request, everything) + request.offset
        last = min(first + request.limit, len(everything))
        follows = None
        if first < last < len(everything):
            follows = Cursor(self._position(layer, int(everything[last - 1]), request.order), last)
        return Selected(everything[first:last], len(everything), follows)

    def _next_rows(self, layer: Layer, request: ItemsRequest) -> Selected:
        """A page of a whole layer in the order of its rows."""
        after = None if request.after is None else request.after.position
        query = ItemQuery(after=after, offset=request.offset, limit=request.limit + 1)
        fids = self._store.fids(layer.name, query)
        is_last = len(fids) <= request.limit
        follows = None if is_last else Cursor(Position(int(fids[request.limit - 1])))
        fids = fids[: request.limit]
        is_counted = is_last and after is None and (len(fids) > 0 or request.offset == 0)
        matched = request.offset + len(fids) if is_counted else layer.item_count
        return Selected(fids, matched, follows)

    def _first(self, layer: Layer, request: ItemsRequest, everything: Int64) -> int:
        """Where the rows behind the request's cursor begin."""
        after = request.after
        if after is None:
            return 0
        if not request.order:
            return int(np.searchsorted(everything, after.position.fid, "right"))
        if (
            0 < after.place <= len(everything)
            and everything[after.place - 1] == after.position.fid
        ):
            return after.place
        behind = replace(self._query(request), after=after.position, limit=1)
        following = self._store.fids(layer.name, behind)
        found = np.flatnonzero(np.isin(everything, following))
        return int(found[0]) if len(found) else len(everything)

    def _query(self, request: ItemsRequest) -> ItemQuery:
        """All that a request selects, in its order."""
        return ItemQuery(
            valid=request.valid,
            equals=request.equals,
            where=m.all_of(_inside(request.boxes), request.where),
            order=request.order,
            limit=NO_LIMIT,
            within_s=self._within_s,
        )

    def _position(self, layer: Layer, fid: int, order: tuple[SortKey, ...]) -> Position:
        """The place of a row in an order."""
        if not order:
            return Position(fid)
        columns = tuple(key.field for key in order)
        for batch in self._store.read(layer.name, np.array([fid], np.int64), columns=columns):
            values = batch.attributes.to_pylist()[0]
            return Position(fid, tuple(values[name] for name in columns))
        return Position(fid, (None,) * len(columns))


def window(fids: Int64, request: ItemsRequest) -> Selected:
    """The page that a request's cursor, offset and limit cut out of all row numbers."""
    behind = 0 if request.after is None else request.after.position.fid
    first = int(np.searchsorted(fids, behind, "right")) + request.offset
    last = min(first + request.limit, len(fids))
    follows = Cursor(Position(int(fids[last - 1])), last) if first < last < len(fids) else None
    return Selected(fids[first:last], len(fids), follows)


def _inside(boxes: tuple[Box, ...] | None) -> m.Expression | None:
    """The condition of a shape that it meets one of the boxes; nothing meets none."""
    if boxes is None:
        return None
    met = tuple(
        m.Spatial(
            "s_intersects", m.Property(m.GEOMETRY), m.Shape(box.shape or shapely.box(*box.bounds))
        )
        for box in boxes
    )
    if not met:
        return m.Literal(value=False)
    return met[0] if len(met) == 1 else m.Logic("or", met)


def _weight(request: ItemsRequest) -> int:
    """About how many bytes a request takes; a condition may be larger than what it selects."""
    if request.where is None:
        return NODE_BYTES
    nodes = list(m.walk(request.where))
    shapes = [node.geometry for node in nodes if isinstance(node, m.Shape)]
    return NODE_BYTES * (len(nodes) + int(shapely.get_num_coordinates(shapes).sum()))


class _Kept:
    """The selections last used, as many as fit into `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[Int64, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Int64 | None:
        """A selection, None if it is not kept."""
        with self._guard:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][0]

    def put(self, key: Hashable, fids: Int64, key_bytes: int) -> None:
        """Keep a selection, and let go of those not used for longest."""
        with self._guard:
            if key not in self._found:
                self._found[key] = fids, fids.nbytes + key_bytes
                self._bytes += fids.nbytes + key_bytes
            while len(self._found) > KEPT_COUNT or self._bytes > KEPT_BYTES:
                _, (_, gone) = self._found.popitem(last=False)
                self._bytes -= gone
