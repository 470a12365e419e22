"""Rows of the layers of a model: its objects in order, with their columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from cim.bim.areas import stated_area
from cim.bim.model import IfcModel, IfcObject
from cim.bim.storeys import storey_numbers
from cim.features import FeatureBatch
from cim.models.layers import LAYER_OF, SCHEMA, ModelLayer
from cim.models.places import Place

_MOST_TEXT: Final = 1_000
"""Characters of a text in a table; the entity itself keeps all."""

_WITH_AREA: Final = frozenset({"building", "storey", "space"})
_LATER: Final = ("ground_elevation_m", "beidou_3d_code")
"""Columns that are known once the object stands on the Earth."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The objects of a layer in order, with their places in the model's frame."""

    layer: ModelLayer
    objects: tuple[IfcObject, ...]
    places: tuple[Place, ...]

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.objects)


def ordered(model: IfcModel) -> list[IfcObject]:
    """All objects but the project: by building, storey upward, kind, class and name."""
    rank = {key: at for at, key in enumerate(model.objects)}
    order: Mapping[str, int] = {"site": 0, "building": 1, "storey": 2, "part": 2, "space": 3}

    def place(one: IfcObject) -> tuple[object, ...]:
        storey = one if one.kind == "storey" else model.objects.get(one.storey or "")
        elevation = None if storey is None else storey.elevation_m
        building = one.key if one.kind == "building" else one.building
        return (
            rank.get(building or "", -1),
            -np.inf if elevation is None else elevation,
            rank.get(storey.key if storey else "", -1),
            order.get(one.kind, 4),
            one.ifc_class,
            _natural(one.name or ""),
            rank[one.key],
        )

    several = (one for one in model.objects.values() if one.kind != "project")
    return sorted(several, key=place)


def rows_of(layer: ModelLayer, objects: Sequence[IfcObject], places: Mapping[str, Place]) -> Rows:
    """The rows of a layer, in the order of the objects."""
    own = tuple(one for one in objects if LAYER_OF.get(one.kind) is layer)
    return Rows(layer, own, tuple(places[one.key] for one in own))


def batch_of(model: IfcModel, rows: Rows, records: Mapping[str, int], crs: str) -> FeatureBatch:
    """The rows as features in the model's frame, without what only the Earth tells.

    Args:
        model: Holds the objects.
        rows: Those of a layer.
        records: Number of each object, by key.
        crs: Name of the frame.
    """
    numbers = storey_numbers(model)
    values = [
        _row(model, one, place, numbers)
        for one, place in zip(rows.objects, rows.places, strict=True)
    ]
    schema = pa.schema([field for field in SCHEMA if field.name not in _LATER])
    geometry = np.zeros(len(rows), object)
    geometry[:] = [place.geometry for place in rows.places]
    return FeatureBatch(
        crs=crs,
        geometry=geometry,
        attributes=pa.Table.from_pylist(values, schema),
        source_ids=tuple(one.key for one in rows.objects),
        records=np.array([records[one.key] for one in rows.objects], np.int64),
    )


def _row(
    model: IfcModel, one: IfcObject, place: Place, numbers: Mapping[str, int]
) -> dict[str, object]:
    storey = one if one.kind == "storey" else model.objects.get(one.storey or "")
    building = one if one.kind == "building" else model.objects.get(one.building or "")
    kind = model.types.get(one.type or "")
    codes = (*one.classifications, *(kind.classifications if kind else ()))
    texts = {
        "predefined_type": one.predefined_type or (kind.predefined_type if kind else None),
        "name": one.name,
        "long_name": one.long_name,
        "description": one.description,
        "object_type": one.object_type,
        "tag": one.tag,
        "type_name": kind.name if kind else None,
        "material": "; ".join(one.materials or (kind.materials if kind else ())),
        "classification": "; ".join(dict.fromkeys(c.code or c.name or c.system for c in codes)),
        "storey": storey.name if storey else None,
        "building": (building.name or building.long_name) if building else None,
    }
    return {
        **{name: short(text) for name, text in texts.items()},
        **_areas(model, one, place),
        "global_id": one.global_id,
        "ifc_class": one.ifc_class,
        "storey_id": storey.key if storey else None,
        "storey_number": numbers.get(storey.key) if storey else None,
        "storey_elevation_m": storey.elevation_m if storey else None,
        "building_id": building.key if building else None,
        "parent_id": one.parent,
        "place_basis": place.basis,
        "height_m": place.height_m,
    }


def _areas(model: IfcModel, one: IfcObject, place: Place) -> dict[str, object]:
    """The area that the file states, else that of the outline; both where both are known."""
    is_outline = place.basis in {"shape", "parts", "contents"}
    is_measured = is_outline and one.kind in _WITH_AREA
    outline = round(float(place.geometry.area), 4) if is_measured else None
    stated = stated_area(model, one) if one.kind in _WITH_AREA else None
    area, source = stated or (outline, None if outline is None else "outline")
    return {"area_m2": area, "area_source": source, "outline_area_m2": outline}


def short(text: str | None) -> str | None:
    """A text that fits into a table, None for a blank one."""
    if not text:
        return None
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"


def _natural(text: str) -> tuple[object, ...]:
    """What sorts `2` before `10`."""
    parts = re.split(r"(\d+)", text[:200])
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
