"""Where the features of a layer are: one representative point each, remembered while it holds.

A feature is data of the one zone of a level that holds its representative point: the point from
which the grid codes of its entity are made. So the zones of a level share out the features.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from api.ogc.selection import NO_LIMIT
from api.ogc.times import Span
from api.security.sight import kept_by_sight
from cim.arrays import Float64, Int64
from cim.catalog import Layer
from cim.features import FeatureBatch, select
from cim.filters.model import Expression
from cim.recoding import birthplaces
from cim.store.base import ItemQuery, Store

KEPT = 16
"""Selections of a layer whose points are kept: 24 bytes a feature."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which features of a layer."""

    valid: Span | None = None
    """Valid at some time in this interval; None: now."""

    where: Expression | None = None
    """Only features of which this is true; geometry in the storage CRS."""


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Points:
    """The places of some features."""

    fids: Int64
    """(n,) row numbers, ascending."""

    lon_lat: Float64
    """(n, 2) degrees."""


class Places:
    """Places of the features of a store. Safe for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Read from `store`."""
        self._store = store
        self._points = kept_by_sight(KEPT, self._points_at)

    def points(self, layer: Layer, selection: Selection = EVERYTHING) -> Points:
        """The places of the selected features that have geometry."""
        return self._points(layer.name, layer.version, selection)

    def features(
        self, layer: Layer, fids: Int64, columns: tuple[str, ...] | None
    ) -> Iterator[FeatureBatch]:
        """Features by row number, with all columns or just some."""
        return self._store.read(layer.name, fids, columns=columns)

    def table(self, layer: Layer, fids: Int64, columns: tuple[str, ...]) -> pa.Table | None:
        """Columns of features in the order of `fids`; None when there are no features."""
        tables = [batch.attributes for batch in self.features(layer, fids, columns)]
        return pa.concat_tables(tables) if tables else None

    def _points_at(self, name: str, _version: int, selection: Selection) -> Points:
        """Kept by version, so that an edit makes them new."""
        query = ItemQuery(valid=selection.valid, where=selection.where, limit=NO_LIMIT)
        fids = self._store.fids(name, query)
        rows, places = [np.zeros(0, np.int64)], [np.zeros((0, 2))]
        for batch in self._store.read(name, fids, columns=()) if len(fids) else ():
            kept = ~(shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry))
            chosen = select(batch, kept)
            rows.append(chosen.records)
            places.append(birthplaces(chosen).reshape(-1, 2))
        return Points(np.concatenate(rows), np.concatenate(places))
