"""Units of an IFC file: what its lengths, areas and volumes count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cim.bim._entity import Entity, attribute
from cim.bim.model import LengthUnit

_PREFIXES: Final = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2,
    "DECA": 1e1, "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9,
    "PICO": 1e-12, "FEMTO": 1e-15, "ATTO": 1e-18,
}  # fmt: skip
"""IfcSIPrefix."""

_POWERS: Final = {"LENGTHUNIT": 1, "AREAUNIT": 2, "VOLUMEUNIT": 3}
_SYMBOLS: Final = {"LENGTHUNIT": "m", "AREAUNIT": "m2", "VOLUMEUNIT": "m3"}


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a file."""

    length: LengthUnit
    factors: Mapping[str, float]
    """Metres, square metres, cubic metres in a unit, by LENGTHUNIT, AREAUNIT, VOLUMEUNIT."""

    notes: tuple[str, ...]


def units_of(file: Entity) -> Units:
    """The units that the project assigns; metres where it assigns none."""
    assigned: dict[str, Entity] = {}
    for project in file.by_type("IfcProject"):
        units = attribute(project, "UnitsInContext")
        for unit in (units.Units if units else None) or ():
            kind = attribute(unit, "UnitType")
            if kind in _POWERS:
                assigned.setdefault(kind, unit)
    factors = {
        kind: unit_factor(assigned[kind], power) if kind in assigned else None
        for kind, power in _POWERS.items()
    }
    metres = factors["LENGTHUNIT"]
    notes = () if metres is not None else ("the file states no length unit; taken as metres",)
    length = LengthUnit(_name(assigned.get("LENGTHUNIT")), 1.0 if metres is None else metres)
    known = {
        kind: length.metres ** _POWERS[kind] if factor is None else factor
        for kind, factor in factors.items()
    }
    return Units(length, known, notes)


def unit_factor(unit: Entity, power: int) -> float | None:
    """SI units in one unit of length (power 1), area (2) or volume (3)."""
    if unit.is_a("IfcSIUnit"):
        return float(_PREFIXES.get(unit.Prefix or "", 1.0) ** power)
    if unit.is_a("IfcConversionBasedUnit"):
        measure = unit.ConversionFactor
        if measure is None or measure.ValueComponent is None:
            return None
        base = unit_factor(measure.UnitComponent, power)
        return None if base is None else float(measure.ValueComponent.wrappedValue) * base
    return None


def symbol_of(kind: str) -> str:
    """`m`, `m2` or `m3`."""
    return _SYMBOLS[kind]


def power_of(kind: str) -> int:
    """1, 2 or 3."""
    return _POWERS[kind]


def _name(unit: Entity) -> str:
    if unit is None:
        return ""
    if unit.is_a("IfcSIUnit"):
        return " ".join(part for part in (unit.Prefix, unit.Name) if part)
    return str(attribute(unit, "Name") or "")
