"""The layers of an IFC model as tables: elements, spaces, storeys, buildings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import shapely

from cim.arrays import Objects
from cim.bim.areas import stated_area
from cim.bim.model import IfcModel, IfcObject, Kind
from cim.bim.storeys import storey_numbers
from cim.errors import InputError

ELEMENTS: Final = "elements"
LAYERS: Final = ("elements", "spaces", "storeys", "buildings")
"""The first one is read where none is named."""

_KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    "elements": ("element", "site", "building", "part"),
    "spaces": ("space",),
    "storeys": ("storey",),
    "buildings": ("building",),
}
_MOST_TEXT: Final = 1_000
"""Characters of a text that a table takes; the model itself keeps all."""

_TEXTS: Final = (
    "global_id", "ifc_class", "predefined_type", "name", "long_name", "description",
    "object_type", "tag", "type_name", "material", "classification", "storey", "storey_id",
    "building", "building_id", "parent_id",
)  # fmt: skip
SCHEMA: Final = pa.schema([
    *((name, pa.string()) for name in _TEXTS),
    ("elevation_m", pa.float64()),
    ("storey_elevation_m", pa.float64()),
    ("storey_number", pa.int32()),
    ("is_external", pa.bool_()),
    ("area_m2", pa.float64()),
    ("area_source", pa.string()),
    ("outline_area_m2", pa.float64()),
    ("is_space", pa.bool_()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """The objects of one layer, in the order of their records."""

    name: str
    objects: tuple[IfcObject, ...]
    shapes_of: tuple[Kind, ...]
    """Kinds whose shapes make its geometry."""

    @property
    def has_bodies(self) -> bool:
        """Whether its features have shapes of their own."""
        return self.name in {"elements", "spaces"}


def kinds_of(layer: str | None, where: str) -> tuple[Kind, ...]:
    """Kinds of objects whose shapes a layer needs.

    Raises:
        InputError: There is no such layer.
    """
    name = layer or ELEMENTS
    if name not in LAYERS:
        raise InputError(f"{where}: no layer {name!r}; known: {', '.join(LAYERS)}")
    return _KINDS["spaces" if name == "spaces" else "elements"]


def layer_of(model: IfcModel, layer: str | None) -> Layer:
    """A layer of a model; elements and spaces without a shape of their own are not in it."""
    name = layer or ELEMENTS
    kinds = _KINDS[name]
    bodied = name in {"elements", "spaces"}
    objects = tuple(
        one for one in model.objects.values() if one.kind in kinds and (one.has_body or not bodied)
    )
    return Layer(name, objects, kinds_of(name, ""))


def shapeless(model: IfcModel, layer: Layer) -> int:
    """Elements or spaces that the file gives no shape of their own."""
    kind: Kind = "space" if layer.name == "spaces" else "element"
    several = (one for one in model.objects.values() if one.kind == kind and not one.has_body)
    return sum(1 for _ in several) if layer.has_bodies else 0


def table_of(model: IfcModel, objects: Sequence[IfcObject], outlines: Objects) -> pa.Table:
    """Attributes of some objects.

    Args:
        model: Holds them.
        objects: In the order of the rows.
        outlines: (n,) their footprints in metres, None where there is none.
    """
    areas = shapely.area(outlines).tolist()
    numbers = storey_numbers(model)
    hosts = {one.source: one.target for one in model.relations if one.kind == "fills"}
    rows = [
        _row(model, one)
        | _areas(model, one, area)
        | {
            "storey_number": numbers.get(one.key if one.kind == "storey" else one.storey or ""),
            "is_external": _is_external(model, one, hosts),
        }
        for one, area in zip(objects, areas, strict=True)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def _is_external(model: IfcModel, one: IfcObject, hosts: Mapping[str, str]) -> bool | None:
    """Whether an element is part of the outside, as its property sets state it (IsExternal).

    What states nothing follows the element that it is a part of, and then the wall that it fills.
    """
    for key in (one.key, one.parent, hosts.get(one.key)):
        near = model.objects.get(key or "")
        if near is None or near.kind != "element":
            continue
        stated = (values.get("IsExternal") for values in model.psets_of(near).values())
        found = next((value for value in stated if isinstance(value, bool)), None)
        if found is not None:
            return found
    return None


def _areas(model: IfcModel, one: IfcObject, outline: float) -> dict[str, object]:
    """The area that the file states for a space, storey or building, else that of its outline."""
    if one.kind not in {"space", "storey", "building"}:
        return {}
    stated = stated_area(model, one)
    if stated is None:
        return {"area_m2": outline, "area_source": "outline", "outline_area_m2": outline}
    return {"area_m2": stated[0], "area_source": stated[1], "outline_area_m2": outline}


def _row(model: IfcModel, one: IfcObject) -> dict[str, object]:
    storey = model.objects.get(one.storey or "")
    building = model.objects.get(one.building or "")
    kind = model.types.get(one.type or "")
    codes = (c.code or c.name or c.system for c in one.classifications)
    return {
        "global_id": one.global_id,
        "ifc_class": one.ifc_class,
        "predefined_type": _short(one.predefined_type or (kind.predefined_type if kind else None)),
        "name": _short(one.name),
        "long_name": _short(one.long_name),
        "description": _short(one.description),
        "object_type": _short(one.object_type),
        "tag": _short(one.tag),
        "type_name": _short(kind.name if kind else None),
        "material": _short("; ".join(one.materials or (kind.materials if kind else ()))),
        "classification": _short("; ".join(codes)),
        "storey": _short(storey.name if storey else None),
        "storey_id": one.storey,
        "building": _short(building.name if building else None),
        "building_id": one.building,
        "parent_id": one.parent,
        "elevation_m": one.elevation_m,
        "storey_elevation_m": storey.elevation_m if storey else None,
        "is_space": one.kind == "space",
    }


def _short(text: str | None) -> str | None:
    """A text that fits into a table, None for a blank one."""
    if not text:
        return None
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
