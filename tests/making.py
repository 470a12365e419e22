"""Small features for tests, made with defaults."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodedFeatures, CodeLevels, code
from cim.features import FeatureBatch, Surfaces
from cim.geometry import representative_points

DRAFT = LayerDraft("buildings", "BLDG", "EPSG:4490", title_zh="建筑", name_field="name")
SOURCE = SourceRecord("survey", "survey.geojson", "00", "EPSG:4490", "field id")


def squares(count: int, *, size: float = 0.0005, lon: float = 114.3, lat: float = 30.5) -> Any:
    """`count` squares in rows of ten, in degrees."""
    west = lon + size * 2 * (np.arange(count) % 10)
    south = lat + size * 2 * (np.arange(count) // 10)
    return shapely.box(west, south, west + size, south + size)


def make_batch(
    count: int = 3,
    *,
    geometry: Any = None,
    ids: Sequence[str] | None = None,
    surfaces: Surfaces | None = None,
    **columns: Sequence[object],
) -> FeatureBatch:
    """A batch of buildings with ids `b1`, `b2`, …, names and heights."""
    shapes = squares(count) if geometry is None else np.asarray(geometry, dtype=object)
    count = len(shapes)
    attributes = {"name": [f"{n} 号楼" for n in range(1, count + 1)], "height": [9.0] * count}
    batch = FeatureBatch(
        crs="EPSG:4490",
        geometry=np.asarray(shapes, dtype=object),
        attributes=pa.table(attributes | columns),
        source_ids=tuple(ids or [f"b{n}" for n in range(1, count + 1)]),
        records=np.arange(1, count + 1),
    )
    return batch if surfaces is None else replace(batch, surfaces=surfaces)


def coded(batch: FeatureBatch) -> CodedFeatures:
    """The batch with grid codes at the usual levels."""
    return code(batch, representative_points(batch.geometry), CodeLevels())
