"""The shapes of a layer of the store, as of its latest change.

What changed lies beside the shapes that were there while it is little; when it is much, all are
read anew in the background.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from cim.arrays import Int64, Objects
from cim.catalog import Layer
from cim.crs import CITY_CRS, transform
from cim.errors import CimError
from cim.features import FeatureBatch, select
from cim.store.base import Store

logger = logging.getLogger(__name__)

MOST_CHANGED: Final = 2_000
"""Changed features from which on all shapes are read anew."""

_ID: Final = "entity_id"
_UNTIL: Final = "valid_to"
_NO_FIDS: Final = np.zeros(0, np.int64)
_NOTHING: Final = np.zeros(0, object)


class Thing(NamedTuple):
    """A feature of a layer."""

    layer: str
    entity_id: str
    """Empty when it has none yet."""

    name: str
    """Empty when it has none."""

    code: str
    """Division code, of what is a division."""

    fid: int


@dataclass(frozen=True, slots=True)
class Part[S]:
    """Some features of a layer with their shapes."""

    fids: Int64
    entity_ids: pa.StringArray
    names: pa.StringArray
    codes: pa.StringArray
    shapes: S
    """Made of the geometry of the same features."""


@dataclass(frozen=True, slots=True)
class Shapes[S]:
    """The features of a layer at one place of the journal."""

    layer: str
    head: int
    whole: Part[S]
    """All as they were at `since`."""

    since: int
    fresh: Part[S] | None = None
    """Those that changed after that, as they are now."""

    stale: frozenset[int] = frozenset()
    """Their places in `whole`: what it says of them does not count."""

    def parts(self) -> Iterator[tuple[Part[S], frozenset[int]]]:
        """Each part with the places that do not count in it."""
        yield self.whole, self.stale
        if self.fresh is not None:
            yield self.fresh, frozenset()

    def thing(self, part: Part[S], place: int) -> Thing:
        """The feature at a place of a part."""
        columns = (part.entity_ids, part.names, part.codes)
        entity_id, name, code = (column[place].as_py() or "" for column in columns)
        return Thing(self.layer, entity_id, name, code, int(part.fids[place]))


class LiveShapes[S]:
    """The shapes of one layer, brought up to date when asked for.

    Args:
        store: Where the layer is.
        make: Makes shapes of geometries in lon/lat degrees, EPSG:4490.
        code_field: Column of division codes, where it has one.
    """

    def __init__(self, store: Store, make: Callable[[Objects], S], code_field: str = "") -> None:
        self._store = store
        self._make = make
        self._code_field = code_field
        self._now: Shapes[S] | None = None
        self._guard = threading.Lock()
        self._renewing: threading.Thread | None = None

    def is_current(self, layer: Layer) -> bool:
        """Whether the shapes are at hand as of a version of the layer."""
        now = self._now
        return now is not None and now.head >= layer.version

    def at(self, layer: Layer) -> Shapes[S]:
        """The shapes as of a version of the layer, or a later one."""
        now = self._now
        if now is not None and now.head >= layer.version:
            return now
        with self._guard:
            now = self._now
            if now is None:
                now = self._now = self._whole(layer)
            elif now.head < layer.version:
                now = self._now = self._caught_up(now, layer)
            return now

    def _caught_up(self, now: Shapes[S], layer: Layer) -> Shapes[S]:
        changed = self._store.changed_fids(layer.name, now.since)
        if len(changed) > MOST_CHANGED and self._renewing is None:
            self._renewing = threading.Thread(target=self._renew, args=(layer,), daemon=True)
            self._renewing.start()
        fresh = self._read(layer, changed) if len(changed) else None
        stale = frozenset(np.flatnonzero(np.isin(now.whole.fids, changed)).tolist())
        return Shapes(layer.name, layer.version, now.whole, now.since, fresh, stale)

    def _renew(self, layer: Layer) -> None:
        """Read all shapes anew; those who ask meanwhile get the old ones and what changed."""
        try:
            whole = self._whole(layer)
            with self._guard:
                now = self._now
                if now is not None and now.head > whole.head:
                    whole = self._caught_up(whole, self._store.layer(layer.name))
                self._now = whole
        except CimError:
            logger.exception("layer %s: shapes cannot be read", layer.name)
        finally:
            self._renewing = None

    def _whole(self, layer: Layer) -> Shapes[S]:
        part = self._read(layer, None)
        return Shapes(layer.name, layer.version, part, layer.version)

    def _read(self, layer: Layer, fids: Int64 | None) -> Part[S]:
        """Features with shapes: all that are valid now, or those of row numbers that still are."""
        told = (_ID, layer.name_field or "", self._code_field)
        batches = [
            _valid(batch)
            for batch in self._store.read(layer.name, fids, columns=(_UNTIL, *filter(None, told)))
        ]
        entity_ids, names, codes = (_texts(batches, name) for name in told)
        return Part(
            np.concatenate([_NO_FIDS, *(one.records for one in batches)]),
            entity_ids,
            names,
            codes,
            self._make(np.concatenate([_NOTHING, *map(_degrees, batches)])),
        )


def _valid(batch: FeatureBatch) -> FeatureBatch:
    """The features that have not ended."""
    ended = batch.attributes.column(_UNTIL)
    if ended.null_count == len(ended):
        return batch
    return select(batch, np.array(ended.is_null().to_pylist(), np.bool_))


def _degrees(batch: FeatureBatch) -> Objects:
    same = batch.crs == CITY_CRS
    return batch.geometry if same else transform(batch.geometry, batch.crs, CITY_CRS)


def _texts(batches: Sequence[FeatureBatch], name: str) -> pa.StringArray:
    """A column as texts, all empty where there is none of the name."""
    if not name:
        return pa.nulls(sum(len(batch) for batch in batches), pa.string())
    columns = [batch.attributes.column(name).cast(pa.string()) for batch in batches]
    return pa.concat_arrays(
        [pa.array([], pa.string()), *(c for one in columns for c in one.chunks)]
    )
