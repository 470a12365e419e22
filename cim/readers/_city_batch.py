"""City objects as feature batches: the columns and surfaces all city model formats share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from cim.features import FeatureBatch, Reject
from cim.readers._city_attributes import Attributes, Columns
from cim.readers._city_model import Models, models_of
from cim.readers._city_palette import NO_PALETTE, Palette
from cim.readers._city_rings import Shapes

_TALLEST_M: Final = 1000.0
"""A measured height above this, or not above 0, is a placeholder or of another unit."""

_MOST_CORNERS: Final = 400_000
"""Corners of surfaces after which a batch ends, however few features it has."""


@dataclass(frozen=True, slots=True)
class CityFeature:
    """A first-level city object with its parts."""

    record: int
    id: str
    type: str
    attributes: Attributes
    parts: tuple[Mapping[str, Any], ...]
    """Id, type and attributes of each part."""

    shapes: tuple[Shapes, ...]
    """Those of its own and of its parts."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """Columns of all batches of a file."""

    columns: Columns
    has_parts: bool


type Result = CityFeature | Reject


def portions(results: Iterable[Result], most: int) -> Iterator[list[Result]]:
    """Results in portions of so many, or fewer where their surfaces are many."""
    portion: list[Result] = []
    corners = 0
    for result in results:
        portion.append(result)
        if isinstance(result, CityFeature):
            corners += sum(shapes.corners for shapes in result.shapes)
        if len(portion) == most or corners > _MOST_CORNERS:
            yield portion
            portion, corners = [], 0
    if portion:
        yield portion


def batch_of(
    results: Iterable[Result],
    shape: TableShape,
    crs: str,
    id_field: str | None,
    palette: Palette = NO_PALETTE,
) -> FeatureBatch:
    """The features among the results as a batch, with the rejects beside them."""
    features: list[CityFeature] = []
    rejects: list[Reject] = []
    for result in results:
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            features.append(result)
    models = models_of([one.type for one in features], [one.shapes for one in features])
    return FeatureBatch(
        crs=crs,
        geometry=models.footprints,
        attributes=_table(features, models, shape),
        source_ids=tuple(_id(one, id_field) for one in features),
        records=np.array([one.record for one in features], np.int64),
        surfaces=models.surfaces,
        palette=palette.materials,
        rejects=tuple(rejects),
        notes=(*_collapsed(features, models), *_too_tall(features, models), *palette.notes),
    )


def _collapsed(features: Sequence[CityFeature], models: Models) -> Iterator[str]:
    """What was left out of the objects."""
    flawed = np.flatnonzero(models.collapsed)
    if len(flawed):
        count, first = models.collapsed.sum(), features[int(flawed[0])].id
        what = f"{count} collapsed surfaces or holes (fewer than three different corners)"
        yield f"{what} of {len(flawed)} city objects are left out, the first in {first}"


def _too_tall(features: Sequence[CityFeature], models: Models) -> Iterator[str]:
    """Which objects are too tall to be told in metres."""
    tall = np.flatnonzero(models.height_m > _TALLEST_M)
    if len(tall):
        first = int(tall[0])
        what = f"{len(tall)} city objects are taller than {_TALLEST_M:,.0f} m"
        height = f"{features[first].id} with {models.height_m[first]:,.0f} m"
        yield f"{what}, the first {height}: are their heights in millimetres?"


def _id(one: CityFeature, id_field: str | None) -> str | None:
    if id_field is None:
        return one.id
    value = one.attributes.get(id_field)
    return None if value in (None, "") else str(value)


def _table(features: Sequence[CityFeature], models: Models, shape: TableShape) -> pa.Table:
    """The source's attributes, then those made here where the source has none of the name."""
    own = shape.columns.arrays([one.attributes for one in features])
    heights = [
        _height(one, height)
        for one, height in zip(features, models.height_m.tolist(), strict=True)
    ]
    grounds = pa.array(models.ground_elevation_m, pa.float64(), from_pandas=True)
    made = {
        "cityobject_type": pa.array([one.type for one in features], pa.string()),
        "height_m": pa.array(heights, pa.float64()),
        "ground_elevation_m": grounds,
    }
    if shape.has_parts:
        made["cityobject_parts"] = pa.array([_parts_text(one) for one in features], pa.string())
    return pa.table(own | {name: made[name] for name in made if name not in own})


def _height(one: CityFeature, modelled: float) -> float | None:
    """The measured height where it is one, else that of the model."""
    told = one.attributes.get("measuredHeight")
    if isinstance(told, int | float) and 0.0 < told <= _TALLEST_M:
        return float(told)
    return None if isnan(modelled) else modelled


def _parts_text(one: CityFeature) -> str | None:
    """Ids, types and attributes of an object's parts, as JSON."""
    return orjson.dumps(one.parts).decode() if one.parts else None
