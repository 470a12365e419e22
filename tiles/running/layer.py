"""A layer of the store as the source of a build: workers read it themselves, range by range."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow.compute as pc

from cim import plugins
from cim.arrays import Bool, Int64
from cim.clamping import Clamping
from cim.crs import CITY_CRS, settle
from cim.features import FeatureBatch, select
from cim.store.base import ItemQuery, Position, Store, StoreFactory
from tiles.grounding import Grounding, on_ground
from tiles.options import BuildOptions

VALID_TO = "valid_to"
"""Column with the end of a row's validity, null for what is valid now."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where a layer is: small, and it travels to worker processes."""

    path: Path
    """Of the store."""

    layer: str
    kind: str = "gpkg"
    """Name of the store's plugin."""

    clamping: Clamping = field(default_factory=Clamping)
    """How features come to the ground."""

    def open(self) -> Store:
        """The store, for this process."""
        factory: StoreFactory = plugins.load(self.kind, "cim.store")
        return factory.open(self.path)


def column_kinds(store: Store, source: LayerSource) -> dict[str, str]:
    """Columns of the layer's features, as batches have them, with their types by name."""
    return {field.name: field.type for field in store.layer(source.layer).fields}


def schema_digest(store: Store, source: LayerSource) -> str:
    """What must stay for results of an earlier build to be of use, as text."""
    layer = store.layer(source.layer)
    fields = [[field.name, field.type] for field in layer.fields]
    return orjson.dumps([layer.name, layer.crs, fields]).decode()


def ranges(source: LayerSource, rows: int) -> Iterator[Int64]:
    """Row numbers of all features valid now, in pieces of at most `rows`.

    The store is opened anew for each piece: an open one maps what it has read into memory, in the
    end the whole file.
    """
    after = None
    while True:
        with closing(source.open()) as store:
            fids = store.fids(source.layer, ItemQuery(after=after, limit=rows))
        if not len(fids):
            return
        yield fids
        after = Position(int(fids[-1]))


def read(
    store: Store, source: LayerSource, fids: Int64, options: BuildOptions
) -> Iterator[FeatureBatch]:
    """Those of some features that are valid now, in longitude and latitude, on the ground.

    What lies in them already was judged when it was loaded: the area of EPSG:4490 is China, and a
    layer of a place elsewhere is no less true for that.
    """
    grounding = Grounding(options, source.clamping)
    for batch in store.read(source.layer, fids, surfaces=True):
        current = select(batch, _is_valid(batch))
        if len(current):
            yield on_ground(_in_city_crs(current, source.layer), grounding, 0.0)


def _in_city_crs(batch: FeatureBatch, where: str) -> FeatureBatch:
    """The batch in longitude and latitude."""
    if batch.crs == CITY_CRS:
        return batch
    settled = settle(batch, where=where)
    return replace(settled.batch, rejects=settled.batch.rejects + settled.rejects)


def _is_valid(batch: FeatureBatch) -> Bool:
    """(n,) features that are not retired."""
    return np.asarray(pc.is_null(batch.attributes[VALID_TO]).to_numpy())
