"""Some features of a layer for its small map: spread over its rows, never read whole."""

from dataclasses import dataclass

import numpy as np
import shapely

from api.ogc import crs as systems
from cim.arrays import Int64, Objects
from cim.catalog import Layer
from cim.store.base import ItemQuery, Position, Store

MOST = 600
"""Features of a sample."""

SMALL = 5_000
"""Features up to which all row numbers are read and thinned."""

RUNS = 60
"""Places of a large layer from which neighbouring rows are taken."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Features of a layer in longitude and latitude."""

    fids: Int64
    """(n,) row numbers."""

    geometry: Objects
    """(n,) of them, none of them missing or empty."""


def sample(store: Store, layer: Layer, most: int = MOST) -> Sample:
    """At most `most` features that are valid now, spread evenly over the rows of the layer."""
    if layer.item_count <= SMALL:
        fids = store.fids(layer.name, ItemQuery(limit=SMALL))
        return read(store, layer, thinned(fids, most))
    return read(store, layer, _runs(store, layer, most))


def read(store: Store, layer: Layer, fids: Int64) -> Sample:
    """The features of these rows that have a geometry."""
    batches = list(store.read(layer.name, fids, columns=())) if len(fids) else []
    if not batches:
        return Sample(np.zeros(0, np.int64), np.zeros(0, object))
    rows = np.concatenate([batch.records for batch in batches])
    shapes = np.concatenate([batch.geometry for batch in batches])
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return Sample(rows[kept], _lon_lat(shapely.force_2d(shapes[kept]), layer.crs))


def thinned(fids: Int64, most: int) -> Int64:
    """At most `most` of the row numbers, evenly spread over them."""
    if len(fids) <= most:
        return fids
    return fids[np.linspace(0, len(fids) - 1, most).astype(np.int64)]


def _runs(store: Store, layer: Layer, most: int) -> Int64:
    """Short runs of rows from places spread over the layer; costs `RUNS` look-ups by key."""
    starts = np.linspace(0, layer.item_count, RUNS, endpoint=False).astype(np.int64)
    length = max(1, most // RUNS)
    runs = [
        store.fids(layer.name, ItemQuery(after=Position(at), limit=length))
        for at in starts.tolist()
    ]
    return np.unique(np.concatenate(runs))


def _lon_lat(geometry: Objects, crs: str) -> Objects:
    if systems.is_same_ground(crs, systems.CRS84):
        return geometry
    return systems.transform(geometry, crs, systems.crs_of(systems.CRS84))
