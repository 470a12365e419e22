"""Who belongs to whom in an open IFC file: parents, types, materials, classifications."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cim.bim._entity import Entity, attribute
from cim.bim.model import Classification


@dataclass(frozen=True, slots=True)
class Links:
    """Relations by step id of the object."""

    parents: Mapping[int, int]
    types: Mapping[int, int]
    materials: Mapping[int, tuple[str, ...]]
    classifications: Mapping[int, tuple[Classification, ...]]


def links_of(file: Entity) -> Links:
    """All such relations of a file."""
    types = {
        one.id(): rel.RelatingType.id()
        for rel in file.by_type("IfcRelDefinesByType")
        for one in rel.RelatedObjects or ()
        if rel.RelatingType is not None
    }
    return Links(_parents(file), types, _materials(file), _classifications(file))


def _parents(file: Entity) -> dict[int, int]:
    """Parents: what contains an element wins over nothing, what it is a part of over all."""
    found: dict[int, int] = {}
    for rel in file.by_type("IfcRelContainedInSpatialStructure"):
        if rel.RelatingStructure is not None:
            found.update((one.id(), rel.RelatingStructure.id()) for one in rel.RelatedElements)
    for name in ("IfcRelNests", "IfcRelAggregates"):
        for rel in file.by_type(name):
            if rel.RelatingObject is not None:
                whole = rel.RelatingObject.id()
                found.update((one.id(), whole) for one in rel.RelatedObjects or ())
    return found


def _materials(file: Entity) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    known: dict[int, tuple[str, ...]] = {}
    for rel in file.by_type("IfcRelAssociatesMaterial"):
        material = rel[5]
        if material is None:
            continue
        number = material.id()
        if number not in known:
            known[number] = tuple(dict.fromkeys(_material_names(material)))
        if known[number]:
            found.update((one.id(), known[number]) for one in rel[4] or ())
    return found


def _material_names(material: Entity) -> Iterator[str]:
    """Names of the materials that a material definition is made of."""
    if material is None:
        return
    if material.is_a("IfcMaterial"):
        if material.Name:
            yield str(material.Name)
        return
    for name in (
        "ForLayerSet", "ForProfileSet", "MaterialLayers", "MaterialProfiles",
        "MaterialConstituents", "Materials", "Material",
    ):  # fmt: skip
        inner = attribute(material, name)
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from _material_names(one)


def _classifications(file: Entity) -> dict[int, tuple[Classification, ...]]:
    found: dict[int, list[Classification]] = defaultdict(list)
    for rel in file.by_type("IfcRelAssociatesClassification"):
        reference = _classification(rel.RelatingClassification)
        if reference is not None:
            for one in rel.RelatedObjects or ():
                found[one.id()].append(reference)
    return {number: tuple(dict.fromkeys(several)) for number, several in found.items()}


def _classification(reference: Entity) -> Classification | None:
    if reference is None:
        return None
    if reference.is_a("IfcClassification"):
        return Classification(str(reference.Name or ""), "", "")
    code = attribute(reference, "Identification") or attribute(reference, "ItemReference")
    source = attribute(reference, "ReferencedSource")
    while source is not None and source.is_a("IfcClassificationReference"):
        source = source.ReferencedSource
    system = "" if source is None else str(source.Name or "")
    return Classification(system, str(code or ""), str(reference.Name or ""))
