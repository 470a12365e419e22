"""What a building model holds, in numbers: the measures that levels are judged by."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from cim.bim.check.base import Subject, is_of
from cim.bim.model import IfcModel, IfcObject

MEASURES: Final = (
    "shaped", "classes", "fittings", "fine", "connectors", "spaces", "identified", "typed",
    "materials", "properties", "systems", "quantified", "products", "assets",
)  # fmt: skip
"""Names of the measures; assets/bim/levels.toml says what each is."""

_FITTINGS: Final = (
    "IfcDoor", "IfcWindow", "IfcStair", "IfcStairFlight", "IfcRamp", "IfcRampFlight", "IfcRailing",
)  # fmt: skip
_CONNECTORS: Final = (
    "IfcFastener", "IfcMechanicalFastener", "IfcReinforcingBar", "IfcReinforcingMesh",
    "IfcDiscreteAccessory", "IfcTendon", "IfcTendonAnchor", "IfcVibrationIsolator",
    "IfcPipeFitting", "IfcDuctFitting", "IfcCableCarrierFitting", "IfcJunctionBox",
)  # fmt: skip
_FINE: Final = (
    *_CONNECTORS, "IfcMember", "IfcPlate", "IfcRailing", "IfcBuildingElementPart",
    "IfcFurnishingElement", "IfcFurniture", "IfcSystemFurnitureElement", "IfcFlowTerminal",
    "IfcFlowFitting", "IfcFlowSegment", "IfcFlowController", "IfcSanitaryTerminal",
    "IfcLightFixture", "IfcPipeSegment", "IfcDuctSegment", "IfcValve",
)  # fmt: skip
_PRODUCT_SETS: Final = ("pset_manufacturer",)
_PRODUCT_WORDS: Final = (
    "manufacturer",
    "modelreference",
    "modellabel",
    "articlenumber",
    "生产厂家",
)
_ASSET_SETS: Final = (
    "pset_asset", "pset_condition", "pset_servicelife", "pset_warranty", "pset_maintenance",
    "cobie_", "pset_repair",
)  # fmt: skip


def measures_of(subject: Subject) -> dict[str, float]:
    """The measures of a model, by name."""
    model = subject.model
    elements = subject.of("element")
    shaped = [one for one in elements if _is_shaped(subject, one)]

    def share(test: Callable[[IfcObject], object]) -> float:
        return sum(bool(test(one)) for one in elements) / len(elements) if elements else 0.0

    keys = {one.key for one in shaped}
    return {
        "shaped": share(lambda one: one.key in keys),
        "classes": len({one.ifc_class for one in shaped}),
        "fittings": _count(shaped, _FITTINGS),
        "fine": share(lambda one: is_of(one, _FINE)),
        "connectors": _count(shaped, _CONNECTORS),
        "spaces": sum(_has_body(subject, one) for one in subject.of("space")),
        "identified": share(lambda one: one.global_id and one.name and one.parent),
        "typed": share(lambda one: one.type),
        "materials": share(lambda one: _materials(model, one)),
        "properties": share(lambda one: _has_values(model, one)),
        "systems": len(model.groups),
        "quantified": share(lambda one: _is_quantified(model, one)),
        "products": share(lambda one: _names_product(model, one)),
        "assets": share(lambda one: _has_set(model, one, _ASSET_SETS)),
    }


def _count(elements: Iterable[IfcObject], classes: Collection[str]) -> int:
    return sum(is_of(one, tuple(classes)) for one in elements)


def _has_body(subject: Subject, one: IfcObject) -> bool:
    return one.key in subject.shapes


def _is_shaped(subject: Subject, one: IfcObject) -> bool:
    """Whether an element, or one of its parts, has a shape."""
    if _has_body(subject, one):
        return True
    return any(_has_body(subject, part) for part in subject.children.get(one.key, ()))


def _materials(model: IfcModel, one: IfcObject) -> tuple[str, ...]:
    return one.materials or (model.types[one.type].materials if one.type else ())


def _has_values(model: IfcModel, one: IfcObject) -> bool:
    sets = model.psets_of(one).values()
    return any(value is not None and value != "" for values in sets for value in values.values())


def _is_quantified(model: IfcModel, one: IfcObject) -> bool:
    kind = model.types.get(one.type or "")
    return bool(one.quantities or one.classifications or (kind and kind.classifications))


def _has_set(model: IfcModel, one: IfcObject, beginnings: tuple[str, ...]) -> bool:
    return any(name.lower().startswith(beginnings) for name in model.psets_of(one))


def _names_product(model: IfcModel, one: IfcObject) -> bool:
    """Whether it tells who made it, in the standard's set or in one of its own."""
    for name, values in model.psets_of(one).items():
        if name.lower().startswith(_PRODUCT_SETS) and any(values.values()):
            return True
        for key, value in values.items():
            plain = key.replace(" ", "").replace("_", "").lower()
            if value and plain in _PRODUCT_WORDS:
                return True
    return False
