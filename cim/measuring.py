"""Quality of a layer, measured over all its features, batch after batch."""

from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.catalog import SYSTEM_FIELDS, Layer, LayerQuality
from cim.features import FeatureBatch
from cim.progress import Progress, silent
from cim.store.base import Store

BATCH: Final = 5_000
MOST_EXAMPLES: Final = 20
MISSING: Final = "no geometry"
EMPTY: Final = "empty geometry"


class _Tally:
    """What is counted as the batches of a layer pass."""

    def __init__(self, layer: Layer) -> None:
        self._filled = {field.name: 0 for field in layer.fields if field.name not in SYSTEM_FIELDS}
        self._features = 0
        self._reasons = Counter[str]()
        self._examples: list[int] = []

    def add(self, batch: FeatureBatch) -> int:
        """Look at a batch; the number of features so far."""
        self._features += len(batch)
        for name in self._filled:
            self._filled[name] += _count_filled(batch.attributes[name])
        self._look_at(batch)
        return self._features

    def quality(self, now: str, version: int) -> LayerQuality:
        """What was found; a layer without features has nothing wrong."""
        count = self._features
        shares = {
            name: round(filled / count, 4) if count else 1.0
            for name, filled in self._filled.items()
        }
        sound = count - self._reasons.total()
        return LayerQuality(
            measured_at=now,
            version=version,
            features=count,
            valid=round(sound / count, 4) if count else 1.0,
            complete=round(float(np.mean(list(shares.values()))), 4) if shares else 1.0,
            completeness=shares,
            invalid=dict(self._reasons.most_common()),
            examples=tuple(self._examples),
        )

    def _look_at(self, batch: FeatureBatch) -> None:
        shapes = batch.geometry
        missing, empty = shapely.is_missing(shapes), shapely.is_empty(shapes)
        broken = ~(missing | empty | shapely.is_valid(shapes))
        self._reasons.update({MISSING: int(missing.sum()), EMPTY: int(empty.sum())})
        reasons = shapely.is_valid_reason(shapes[broken]).tolist()
        self._reasons.update(reason.partition("[")[0].strip() for reason in reasons)
        self._reasons += Counter[str]()
        room = MOST_EXAMPLES - len(self._examples)
        self._examples += batch.records[missing | empty | broken][:room].tolist()


def measure(store: Store, name: str, now: str, progress: Progress = silent) -> LayerQuality:
    """Validity and completeness of the features that are valid now. Memory stays flat.

    Args:
        store: Holds the layer.
        name: Of the layer.
        now: ISO 8601 UTC.
        progress: Called after each batch.
    """
    layer = store.layer(name)
    tally = _Tally(layer)
    for batch in store.read(name, batch_size=BATCH):
        progress(tally.add(batch), layer.item_count)
    return tally.quality(now, layer.version)


def _count_filled(column: pa.ChunkedArray) -> int:
    """Values that say something: not null, and no text of blanks."""
    if pa.types.is_string(column.type):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        return len(column) - int(pc.sum(pc.fill_null(blank, True)).as_py() or 0)  # noqa: FBT003 - pyarrow's
    return len(column) - int(column.null_count)
