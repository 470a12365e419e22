"""Features on their way out of the store: some at a time, in the order that was asked for."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cim.arrays import Int64
from cim.catalog import Layer
from cim.features import FeatureBatch
from cim.store.base import Store

BATCH = 10_000
"""Rows read at a time. Each time is one short query of its own, begun and ended in one thread, so
that a client that reads slowly keeps neither a thread nor an old state of the store."""

VALIDITY = ("valid_from", "valid_to")


def batches(
    store: Store, layer: Layer, fids: Int64, properties: tuple[str, ...] | None
) -> Iterator[FeatureBatch]:
    """The rows, as they are when their turn comes; those deleted meanwhile are left out.

    Columns are those of `properties`, None for all, and when the features are valid.
    """
    known = [field.name for field in layer.fields]
    wanted = None if properties is None else {*properties, *VALIDITY}
    columns = tuple(name for name in known if wanted is None or name in wanted)
    for first in range(0, len(fids), BATCH):
        some = fids[first : first + BATCH]
        read = store.read(layer.name, np.sort(some), columns=columns, batch_size=BATCH)
        for batch in list(read):  # to its end, so that it lets go of the store
            yield _ordered(batch, some)


def _ordered(batch: FeatureBatch, fids: Int64) -> FeatureBatch:
    """The batch in the order of the row numbers."""
    if (fids[1:] > fids[:-1]).all():
        return batch
    there = fids[np.isin(fids, batch.records)]
    order = np.searchsorted(batch.records, there)
    return replace(
        batch,
        geometry=batch.geometry[order],
        attributes=batch.attributes.take(order),
        source_ids=tuple(batch.source_ids[row] for row in order.tolist()),
        records=there,
    )
