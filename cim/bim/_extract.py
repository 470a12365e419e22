"""The tree of an open IFC file, in the child process: objects, types, groups, relations.

Attributes are read by position where the schemas agree (GlobalId 0, Name 2, Description 3 and
ObjectType 4 of an object; identifier 1, type 2 and items 3 of a representation; related objects 4
and the relating one 5 of a relation): that costs a microsecond, by name it costs four.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from cim.bim._entity import Entity, attribute, by_type
from cim.bim._extract_links import Links, links_of
from cim.bim._extract_place import facts_of, placement_point, placement_z
from cim.bim._extract_properties import Definitions, Few, definitions_of
from cim.bim._extract_units import Units, units_of
from cim.bim.model import Group, IfcModel, IfcObject, IfcType, Kind, Relation

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("IfcProject", "project"),
    ("IfcSite", "site"),
    ("IfcBuilding", "building"),
    ("IfcFacility", "building"),
    ("IfcBuildingStorey", "storey"),
    ("IfcSpace", "space"),
    ("IfcFacilityPart", "part"),
    ("IfcElement", "element"),
    ("IfcProxy", "element"),
)
_NO_ELEMENTS: Final = ("IfcFeatureElement", "IfcVirtualElement")
"""Openings and additions belong to what they change; virtual elements have no matter."""

_BODIES: Final = frozenset({
    "solidmodel", "sweptsolid", "advancedsweptsolid", "brep", "advancedbrep", "csg", "clipping",
    "surfacemodel", "tessellation", "surface", "surface3d", "advancedsurface", "sectionedspine",
    "sectionedsurface", "boundingbox3d",
})  # fmt: skip
"""Types of representations that are surfaces or solids (IfcShapeRepresentation), lower case."""

_NO_BODY_NAMES: Final = frozenset({
    "box", "axis", "footprint", "annotation", "profile", "clearance", "cog", "reference",
    "lighting", "plan",
})  # fmt: skip


def extract(file: Entity, few: Collection[str] | None = None) -> IfcModel:
    """All of an open file but its shapes.

    Args:
        file: The open file.
        few: Names of the properties that are wanted of elements and types, quantities left out:
            they are most of many files. None: all. Spatial objects come with all of theirs.
    """
    units = units_of(file)
    entities = _entities(file)
    keys = unique_keys(entity for entity, _ in entities)
    types = {one.id(): one for one in file.by_type("IfcTypeObject")}
    type_keys = unique_keys(types.values())
    links = links_of(file)
    spatial = {entity.id() for entity, kind in entities if kind != "element"}
    wanted = None if few is None else Few(frozenset(few), spatial)
    defined = definitions_of(file, units, wanted)
    objects = [
        _object(entity, kind, _Context(keys, type_keys, links, defined, units))
        for entity, kind in entities
    ]
    tree = _with_places(objects)
    return IfcModel(
        schema=str(file.schema_identifier),
        application=_application(file),
        unit=units.length,
        objects=tree,
        types={type_keys[n]: _type(one, type_keys[n], links, defined) for n, one in types.items()},
        groups=tuple(_groups(file, keys, defined)),
        relations=tuple(_relations(file, keys)),
        geo=facts_of(file, units, keys, _sample(file, tree)),
        notes=(*units.notes, *_duplicate_notes(keys, entities), *_tree_notes(tree)),
        measures=defined.measures,
    )


class _Context:
    """What every object is read with."""

    __slots__ = ("defined", "keys", "links", "type_keys", "units")

    def __init__(
        self,
        keys: Mapping[int, str],
        type_keys: Mapping[int, str],
        links: Links,
        defined: Definitions,
        units: Units,
    ) -> None:
        self.keys, self.type_keys = keys, type_keys
        self.links, self.defined, self.units = links, defined, units


def unique_keys(entities: Iterable[Entity]) -> dict[int, str]:
    """Keys by step id: GlobalIds, the repeated ones numbered."""
    seen: dict[str, int] = defaultdict(int)
    keys: dict[int, str] = {}
    taken: set[str] = set()
    for entity in entities:
        text = str(entity[0] or f"#{entity.id()}")
        seen[text] += 1
        key = text if seen[text] == 1 else f"{text}-{seen[text]}"
        while key in taken:
            seen[text] += 1
            key = f"{text}-{seen[text]}"
        taken.add(key)
        keys[entity.id()] = key
    return keys


def _entities(file: Entity) -> list[tuple[Entity, Kind]]:
    """The objects of the tree with their kinds, by step id within a kind."""
    found: dict[int, tuple[Entity, Kind]] = {}
    for name, kind in _KINDS:
        for entity in sorted(by_type(file, name), key=lambda one: int(one.id())):
            if kind != "element" or not any(entity.is_a(other) for other in _NO_ELEMENTS):
                found.setdefault(entity.id(), (entity, kind))
    return list(found.values())


def _object(entity: Entity, kind: Kind, context: _Context) -> IfcObject:
    number = entity.id()
    links, keys = context.links, context.keys
    object_type = _text(entity[4])
    defined = context.defined.of(number)
    type_id = links.types.get(number)
    bodied = kind != "project" and has_body(entity)
    return IfcObject(
        key=keys[number],
        step_id=number,
        global_id=str(entity[0] or ""),
        kind=kind,
        ifc_class=entity.is_a(),
        predefined_type=_predefined(entity, object_type),
        name=_text(entity[2]),
        long_name=_text(attribute(entity, "LongName")) if kind != "element" else None,
        description=_text(entity[3]),
        object_type=object_type,
        tag=_text(attribute(entity, "Tag")) if kind == "element" else None,
        parent=keys.get(links.parents.get(number, -1)),
        type=None if type_id is None else context.type_keys.get(type_id),
        materials=links.materials.get(number) or links.materials.get(type_id or -1, ()),
        classifications=links.classifications.get(number, ()),
        elevation_m=_elevation(entity, context.units) if kind == "storey" else None,
        elevation_is_stated=kind == "storey" and entity.Elevation is not None,
        psets=defined.psets,
        quantities=defined.quantities,
        has_body=bodied,
        position=None if bodied or kind == "project" else placement_point(entity, context.units),
    )


def _type(one: Entity, key: str, links: Links, defined: Definitions) -> IfcType:
    number = one.id()
    found = defined.of(number)
    return IfcType(
        key=key,
        global_id=str(one[0] or ""),
        ifc_class=one.is_a(),
        name=_text(one[2]),
        predefined_type=_predefined(one, _text(attribute(one, "ElementType"))),
        materials=links.materials.get(number, ()),
        classifications=links.classifications.get(number, ()),
        psets=found.psets,
        quantities=found.quantities,
    )


def _groups(file: Entity, keys: Mapping[int, str], defined: Definitions) -> Iterator[Group]:
    groups = list(file.by_type("IfcGroup"))
    group_keys = unique_keys(groups)
    members: dict[int, list[str]] = defaultdict(list)
    for rel in file.by_type("IfcRelAssignsToGroup"):
        if rel.RelatingGroup is not None:
            ids = (one.id() for one in rel.RelatedObjects or ())
            members[rel.RelatingGroup.id()] += [keys[n] for n in ids if n in keys]
    for group in groups:
        yield Group(
            key=group_keys[group.id()],
            global_id=str(group[0] or ""),
            ifc_class=group.is_a(),
            name=_text(group[2]),
            long_name=_text(attribute(group, "LongName")),
            members=tuple(dict.fromkeys(members[group.id()])),
            psets=defined.of(group.id()).psets,
        )


def _relations(file: Entity, keys: Mapping[int, str]) -> Iterator[Relation]:
    """Relations beside the tree, each once."""
    found: dict[Relation, None] = {}
    for rel in file.by_type("IfcRelFillsElement"):
        for voids in rel.RelatingOpeningElement.VoidsElements or ():
            _relate(
                found, keys, "fills", rel.RelatedBuildingElement, voids.RelatingBuildingElement
            )
    for rel in file.by_type("IfcRelCoversBldgElements"):
        for covering in rel.RelatedCoverings or ():
            _relate(found, keys, "covers", covering, rel.RelatingBuildingElement)
    for rel in file.by_type("IfcRelSpaceBoundary"):
        _relate(found, keys, "bounds", rel.RelatedBuildingElement, rel.RelatingSpace)
    for rel in file.by_type("IfcRelServicesBuildings"):
        for served in rel.RelatedBuildings or ():
            _relate(found, keys, "serves", rel.RelatingSystem, served)
    yield from found


def _relate(
    found: dict[Relation, None],
    keys: Mapping[int, str],
    kind: Entity,
    source: Entity,
    target: Entity,
) -> None:
    if source is None or target is None:
        return
    start = keys.get(source.id(), str(source[0] or "") if kind == "serves" else None)
    end = keys.get(target.id())
    if start and end:
        found[Relation(kind, start, end)] = None


def _with_places(objects: list[IfcObject]) -> dict[str, IfcObject]:
    """The objects by key, with storey and building through their parents, parents first."""
    from dataclasses import replace  # noqa: PLC0415

    by_key = {one.key: one for one in objects}
    done: dict[str, IfcObject] = {}

    def place(one: IfcObject, above: frozenset[str]) -> IfcObject:
        if one.key in done:
            return done[one.key]
        parent = by_key.get(one.parent or "")
        if parent is None or parent.key in above:
            placed = replace(one, parent=None)
        else:
            up = place(parent, above | {one.key})
            placed = replace(
                one,
                storey=up.key if up.kind == "storey" else up.storey,
                building=up.key if up.kind == "building" else up.building,
            )
        done[one.key] = placed
        return placed

    for one in objects:
        place(one, frozenset())
    return done


def has_body(entity: Entity) -> bool:
    """Whether a product has a representation that is a surface or solid."""
    shape = attribute(entity, "Representation")
    return shape is not None and any(_is_body(one) for one in shape[2] or ())


def _is_body(representation: Entity) -> bool:
    if (representation[1] or "").lower() in _NO_BODY_NAMES:
        return False
    kind = (representation[2] or "").lower()
    items = representation[3] or ()
    if kind == "mappedrepresentation" or (not kind and items and items[0].is_a("IfcMappedItem")):
        return any(item.is_a("IfcMappedItem") and _is_body(item[0][1]) for item in items)
    if not kind:
        return any(item.is_a("IfcSolidModel") or item.is_a("IfcSurface") for item in items)
    return bool(items) and kind in _BODIES


def _sample(file: Entity, tree: Mapping[str, IfcObject], most: int = 40) -> list[Entity]:
    """Some products that have a body, evenly taken."""
    ids = [one.step_id for one in tree.values() if one.has_body and one.kind != "site"]
    return [file.by_id(number) for number in ids[:: max(1, len(ids) // most)]]


def _elevation(storey: Entity, units: Units) -> float | None:
    """Stated elevation of a storey, or that of its placement."""
    stated = storey.Elevation
    if stated is not None:
        return float(stated) * units.length.metres
    return placement_z(storey.ObjectPlacement, units)


def _predefined(entity: Entity, object_type: str | None) -> str | None:
    value = attribute(entity, "PredefinedType")
    if value == "USERDEFINED" and object_type:
        return object_type
    return None if value in {None, "NOTDEFINED"} else str(value)


def _application(file: Entity) -> str:
    found = file.by_type("IfcApplication")
    return " ".join(str(part) for part in (found[0][2], found[0][1]) if part) if found else ""


def _text(value: object) -> str | None:
    """A text that is not blank."""
    text = "" if value is None else str(value).strip()
    return text or None


def _duplicate_notes(
    keys: Mapping[int, str], entities: list[tuple[Entity, Kind]]
) -> tuple[str, ...]:
    """What to tell of GlobalIds that several objects share, or that are missing."""
    repeated = [one[0] for one, _ in entities if one[0] and keys[one.id()] != one[0]]
    if not repeated:
        return ()
    first = repeated[0]
    count = len(repeated)
    return (f"{count} objects repeat the GlobalId of another, first {first}; -2, -3 … is added",)


def _tree_notes(tree: Mapping[str, IfcObject]) -> tuple[str, ...]:
    lost = [one.key for one in tree.values() if one.kind != "project" and one.parent is None]
    if not lost:
        return ()
    return (f"{len(lost)} objects stand in no building or site, first {lost[0]}",)
