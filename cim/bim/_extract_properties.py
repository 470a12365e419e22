"""Property and quantity sets of an open IFC file, in the child process."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cim.bim._entity import Entity, attribute
from cim.bim._extract_measures import measure_of
from cim.bim._extract_units import Units, power_of, symbol_of, unit_factor
from cim.bim.model import Measure, Measures, Properties, Quantities, Quantity, Value

_MEASURES: Final = {
    "IfcLengthMeasure": "LENGTHUNIT",
    "IfcPositiveLengthMeasure": "LENGTHUNIT",
    "IfcNonNegativeLengthMeasure": "LENGTHUNIT",
    "IfcAreaMeasure": "AREAUNIT",
    "IfcVolumeMeasure": "VOLUMEUNIT",
}
_QUANTITIES: Final = {
    "IfcQuantityLength": "LENGTHUNIT",
    "IfcQuantityArea": "AREAUNIT",
    "IfcQuantityVolume": "VOLUMEUNIT",
}
_DIGITS: Final = 12
"""Significant digits kept where a value changes its unit."""


@dataclass(frozen=True, slots=True)
class Defined:
    """Sets of one object."""

    psets: Properties = field(default_factory=dict)
    quantities: Quantities = field(default_factory=dict)


_NOTHING: Final = Defined()

type _Named = tuple[dict[str, Value], dict[str, Measure]]
type _Seen = dict[int, _Named]
"""Names, values and measures of properties by step id."""

type _Read = tuple[str, dict[str, Value], dict[str, Quantity]]
"""Name of a set, its properties, its quantities."""


@dataclass(frozen=True, slots=True)
class Few:
    """Properties of which not all are wanted."""

    names: frozenset[str]
    """Of properties that are wanted of all objects and types."""

    whole: Collection[int]
    """Step ids of the objects whose sets are wanted whole."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Sets of all objects and types, by step id."""

    by_id: Mapping[int, Defined]
    measures: Measures = field(default_factory=dict)

    def of(self, number: int) -> Defined:
        """Sets of one object, empty for one without."""
        return self.by_id.get(number, _NOTHING)


def definitions_of(file: Entity, units: Units, few: "Few | None" = None) -> Definitions:
    """All sets of a file; a set or property is read once, however many objects share it.

    Args:
        file: Open.
        units: Of the file.
        few: What is wanted; None: everything.
    """
    read: dict[tuple[int, bool], _Read] = {}
    seen: _Seen = {}
    measures: dict[str, dict[str, Measure]] = defaultdict(dict)
    psets: dict[int, dict[str, Mapping[str, Value]]] = defaultdict(dict)
    quantities: dict[int, dict[str, Mapping[str, Quantity]]] = defaultdict(dict)
    for owner, definition in _pairs(file):
        whole = few is None or owner in few.whole
        key = definition.id(), whole
        if key not in read:
            read[key] = (
                _read(definition, units, seen, measures)
                if few is None or whole
                else _read_few(definition, units, few.names)
            )
        name, values, measured = read[key]
        if values:
            before = psets[owner].get(name)
            psets[owner][name] = values if before is None else {**before, **values}
        if measured:
            earlier = quantities[owner].get(name)
            quantities[owner][name] = measured if earlier is None else {**earlier, **measured}
    owners = psets.keys() | quantities.keys()
    found = {n: Defined(psets.get(n, {}), quantities.get(n, {})) for n in owners}
    return Definitions(found, measures)


def _pairs(file: Entity) -> Iterator[tuple[int, Entity]]:
    """Step ids of owners with their definitions."""
    for rel in file.by_type("IfcRelDefinesByProperties"):
        definition = rel[5]
        if definition is None:
            continue
        several = definition if isinstance(definition, tuple) else (definition,)
        owners = [one.id() for one in rel[4] or ()]
        for one in several:
            for owner in owners:
                yield owner, one
    for kind in file.by_type("IfcTypeObject"):
        for one in kind.HasPropertySets or ():
            yield kind.id(), one


def _read_few(definition: Entity, units: Units, names: frozenset[str]) -> _Read:
    """The properties of these names, where the definition is a set of properties."""
    if not definition.is_a("IfcPropertySet"):
        return "", {}, {}
    values: dict[str, Value] = {}
    for one in definition[4] or ():
        if one[0] in names:
            values.update(_property(one, units))
    return str(definition[2] or definition.is_a()), values, {}


def _read(
    definition: Entity, units: Units, seen: _Seen, measures: dict[str, dict[str, Measure]]
) -> _Read:
    name = str(definition[2] or definition.is_a())
    if definition.is_a("IfcPropertySet"):
        values: dict[str, Value] = {}
        for one in definition[4] or ():
            number = one.id()
            if number not in seen:
                seen[number] = (dict(_property(one, units)), dict(_measures(one, units)))
            known, kinds = seen[number]
            values.update(known)
            measures[name].update(kinds)
        return name, values, {}
    if definition.is_a("IfcElementQuantity"):
        return name, {}, dict(_quantities(definition.Quantities, units))
    return name, dict(_own_attributes(definition)), {}


def _own_attributes(definition: Entity) -> Iterator[tuple[str, Value]]:
    """Predefined sets (IfcDoorLiningProperties …): their attributes that hold plain values."""
    info = definition.get_info(include_identifier=False, recursive=False)
    skipped = {"GlobalId", "OwnerHistory", "Name", "Description", "type", "id"}
    for key, value in info.items():
        if key not in skipped and isinstance(value, (str, int, float, bool)):
            yield key, value


def _property(one: Entity, units: Units) -> Iterator[tuple[str, Value]]:
    """Name and value of a property; those of a complex one have its name before theirs."""
    kind = one.is_a()
    if kind == "IfcPropertySingleValue":
        yield one[0], _value(one[2], one[3], units)
    elif kind == "IfcComplexProperty":
        for part in one.HasProperties or ():
            for inner, value in _property(part, units):
                yield f"{one[0]}.{inner}", value
    else:
        yield one[0], _rare(one, kind, units)


def _measures(one: Entity, units: Units) -> Iterator[tuple[str, Measure]]:
    """Name and measure of a property whose values are of one type."""
    kind = one.is_a()
    if kind == "IfcPropertySingleValue":
        value, unit = one[2], one[3]
    elif kind == "IfcPropertyListValue":
        value, unit = next(iter(one.ListValues or ()), None), one.Unit
    elif kind == "IfcPropertyBoundedValue":
        value = one.UpperBoundValue if one.LowerBoundValue is None else one.LowerBoundValue
        unit = one.Unit
    elif kind == "IfcPropertyEnumeratedValue":
        value, unit = next(iter(one.EnumerationValues or ()), None), None
    else:
        for part in one.HasProperties or () if kind == "IfcComplexProperty" else ():
            for inner, measure in _measures(part, units):
                yield f"{one[0]}.{inner}", measure
        return
    if value is not None:
        yield one[0], measure_of(value.is_a(), unit, units)


def _rare(one: Entity, kind: str, units: Units) -> Value:
    """The value of a property that is not a single one."""
    if kind == "IfcPropertyEnumeratedValue":
        return _values(one.EnumerationValues, None, units)
    if kind == "IfcPropertyListValue":
        return _values(one.ListValues, one.Unit, units)
    if kind == "IfcPropertyBoundedValue":
        bounds = (one.LowerBoundValue, one.UpperBoundValue)
        return [_value(bound, one.Unit, units) for bound in bounds]
    if kind == "IfcPropertyTableValue":
        table = zip(one.DefiningValues or (), one.DefinedValues or (), strict=False)
        return [[_value(a, None, units), _value(b, None, units)] for a, b in table]
    return _reference(one) if kind == "IfcPropertyReferenceValue" else None


def _reference(one: Entity) -> str | None:
    target = one.PropertyReference
    if target is None:
        return None
    name = attribute(target, "Name") or attribute(target, "Identification")
    return str(name or target.is_a())


def _values(values: Entity, unit: Entity, units: Units) -> list[Value]:
    return [_value(value, unit, units) for value in values or ()]


def _value(value: Entity, unit: Entity, units: Units) -> Value:
    """A plain value; lengths, areas and volumes in metres."""
    if value is None:
        return None
    plain = value.wrappedValue
    if not isinstance(plain, float):
        return plain if isinstance(plain, (str, int, bool)) else str(plain)
    kind = _MEASURES.get(value.is_a())
    return plain if kind is None else _in_metres(plain, kind, unit, units)


def _quantities(quantities: Entity, units: Units) -> Iterator[tuple[str, Quantity]]:
    for one in quantities or ():
        kind = one.is_a()
        if kind == "IfcPhysicalComplexQuantity":
            for inner, quantity in _quantities(one.HasQuantities, units):
                yield f"{one[0]}.{inner}", quantity
            continue
        value = one[3]
        if value is None:
            continue
        dimension = _QUANTITIES.get(kind)
        if dimension is None:
            yield one[0], Quantity(float(value), "")
        else:
            metric = _in_metres(float(value), dimension, one[2], units)
            yield one[0], Quantity(metric, symbol_of(dimension))


def _in_metres(value: float, kind: str, unit: Entity, units: Units) -> float:
    own = None if unit is None else unit_factor(unit, power_of(kind))
    factor = units.factors[kind] if own is None else own
    return value if factor == 1.0 else float(f"{value * factor:.{_DIGITS}g}")
