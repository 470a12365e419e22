"""City objects as feature batches: the columns and surfaces all city model formats share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from cim.features import FeatureBatch, Reject, Surfaces
from cim.readers._city_attributes import Attributes, Columns
from cim.readers._city_model import Model

_TALLEST_M: Final = 1000.0
"""A measured height above this, or not above 0, is a placeholder or of another unit."""


@dataclass(frozen=True, slots=True)
class CityFeature:
    """A first-level city object with its parts."""

    record: int
    id: str
    type: str
    attributes: Attributes
    parts: tuple[Mapping[str, Any], ...]
    """Id, type and attributes of each part."""

    model: Model


@dataclass(frozen=True, slots=True)
class TableShape:
    """Columns of all batches of a file."""

    columns: Columns
    has_parts: bool


def batch_of(
    results: Iterable[CityFeature | Reject],
    shape: TableShape,
    crs: str,
    id_field: str | None,
) -> FeatureBatch:
    """The features among the results as a batch, with the rejects beside them."""
    features: list[CityFeature] = []
    rejects: list[Reject] = []
    for result in results:
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            features.append(result)
    models = [one.model for one in features]
    return FeatureBatch(
        crs=crs,
        geometry=np.array([*(model.footprint for model in models), None], object)[:-1],
        attributes=_table(features, shape),
        source_ids=tuple(_id(one, id_field) for one in features),
        records=np.array([one.record for one in features], np.int64),
        surfaces=_surfaces(models),
        rejects=tuple(rejects),
        notes=_notes(features),
    )


def _notes(features: Sequence[CityFeature]) -> tuple[str, ...]:
    """What was left out of the objects."""
    flawed = [one.id for one in features if one.model.collapsed]
    if not flawed:
        return ()
    count = sum(one.model.collapsed for one in features)
    what = f"{count} collapsed surfaces or holes (fewer than three different corners)"
    return (f"{what} of {len(flawed)} city objects are left out, the first in {flawed[0]}",)


def _id(one: CityFeature, id_field: str | None) -> str | None:
    if id_field is None:
        return one.id
    value = one.attributes.get(id_field)
    return None if value in (None, "") else str(value)


def _table(features: Sequence[CityFeature], shape: TableShape) -> pa.Table:
    """The source's attributes, then those made here where the source has none of the name."""
    own = shape.columns.arrays([one.attributes for one in features])
    grounds = [one.model.ground_elevation_m for one in features]
    made = {
        "cityobject_type": pa.array([one.type for one in features], pa.string()),
        "height_m": pa.array([_height(one) for one in features], pa.float64()),
        "ground_elevation_m": pa.array(grounds, pa.float64()),
    }
    if shape.has_parts:
        made["cityobject_parts"] = pa.array([_parts_text(one) for one in features], pa.string())
    return pa.table(own | {name: made[name] for name in made if name not in own})


def _height(one: CityFeature) -> float | None:
    """The measured height where it is one, else that of the model."""
    told = one.attributes.get("measuredHeight")
    if isinstance(told, int | float) and 0.0 < told <= _TALLEST_M:
        return float(told)
    return one.model.height_m


def _parts_text(one: CityFeature) -> str | None:
    """Ids, types and attributes of an object's parts, as JSON."""
    return orjson.dumps(one.parts).decode() if one.parts else None


def _surfaces(models: Sequence[Model]) -> Surfaces:
    counts = [len(model.lods) for model in models]
    surfaces = [surface for model in models for surface in model.surfaces]
    return Surfaces(
        feature=np.repeat(np.arange(len(models)), counts),
        lod=tuple(lod for model in models for lod in model.lods),
        geometry=np.array([*surfaces, None], object)[:-1],
        kinds=tuple(kinds for model in models for kinds in model.kinds),
    )
