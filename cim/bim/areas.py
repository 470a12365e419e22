"""Areas that a file states for its spaces, storeys and buildings."""

from typing import Final

from cim.bim.model import IfcModel, IfcObject

_QUANTITIES: Final = (
    "NetFloorArea", "GrossFloorArea", "NetArea", "GrossArea", "Area", "GSA BIM Area",
    "FloorArea", "SpaceNetFloorAreaBOMA",
)  # fmt: skip
"""Names of quantities, the standard's own first (Qto_SpaceBaseQuantities)."""

_PROPERTIES: Final = (
    "NetFloorArea", "GrossFloorArea", "NetArea", "Area", "NetPlannedArea", "GrossPlannedArea",
)  # fmt: skip


def stated_area(model: IfcModel, one: IfcObject) -> tuple[float, str] | None:
    """Floor area in square metres and where it stands, None where the file states none.

    Quantity sets come before property sets, net before gross.
    """
    areas = stated_areas(model, one)
    return areas[0] if areas else None


def stated_areas(model: IfcModel, one: IfcObject) -> list[tuple[float, str]]:
    """All floor areas that the file states, the first before others, and where they stand."""
    quantities = {
        key: (quantity.value, f"{name}.{key}")
        for name, several in one.quantities.items()
        for key, quantity in several.items()
        if quantity.unit == "m2" and quantity.value > 0
    }
    properties = {
        key: (float(value), f"{name}.{key}")
        for name, several in model.psets_of(one).items()
        for key, value in several.items()
        if isinstance(value, float) and value > 0
    }
    wanted = ((_QUANTITIES, quantities), (_PROPERTIES, properties))
    return [found[name] for names, found in wanted for name in names if name in found]
