"""Units of an IFC file: what its lengths, areas and volumes count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cim.bim._entity import Entity, attribute
from cim.bim.model import LengthUnit

_PREFIXES: Final = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2,
    "DECA": 1e1, "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9,
    "PICO": 1e-12, "FEMTO": 1e-15, "ATTO": 1e-18,
}  # fmt: skip
"""IfcSIPrefix."""

_PREFIX_SYMBOLS: Final = {
    "GIGA": "G", "MEGA": "M", "KILO": "k", "HECTO": "h", "DECI": "d", "CENTI": "c", "MILLI": "m",
    "MICRO": "µ", "NANO": "n",
}  # fmt: skip
_SI_SYMBOLS: Final = {
    "METRE": "m", "SQUARE_METRE": "m2", "CUBIC_METRE": "m3", "GRAM": "g", "SECOND": "s",
    "AMPERE": "A", "KELVIN": "K", "MOLE": "mol", "CANDELA": "cd", "RADIAN": "rad",
    "STERADIAN": "sr", "HERTZ": "Hz", "NEWTON": "N", "PASCAL": "Pa", "JOULE": "J", "WATT": "W",
    "COULOMB": "C", "VOLT": "V", "FARAD": "F", "OHM": "Ω", "SIEMENS": "S", "WEBER": "Wb",
    "TESLA": "T", "HENRY": "H", "DEGREE_CELSIUS": "°C", "LUMEN": "lm", "LUX": "lx",
    "BECQUEREL": "Bq", "GRAY": "Gy", "SIEVERT": "Sv",
}  # fmt: skip
"""IfcSIPrefix and IfcSIUnitName as the SI brochure writes them."""

_POWERS: Final = {"LENGTHUNIT": 1, "AREAUNIT": 2, "VOLUMEUNIT": 3}
_SYMBOLS: Final = {"LENGTHUNIT": "m", "AREAUNIT": "m2", "VOLUMEUNIT": "m3"}


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a file."""

    length: LengthUnit
    factors: Mapping[str, float]
    """Metres, square metres, cubic metres in a unit, by LENGTHUNIT, AREAUNIT, VOLUMEUNIT."""

    notes: tuple[str, ...]
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Symbol of each unit that the project assigns, by IfcUnitEnum or IfcDerivedUnitEnum."""


def units_of(file: Entity) -> Units:
    """The units that the project assigns; metres where it assigns none."""
    assigned: dict[str, Entity] = {}
    symbols: dict[str, str] = {}
    for project in file.by_type("IfcProject"):
        units = attribute(project, "UnitsInContext")
        for unit in (units.Units if units else None) or ():
            kind = attribute(unit, "UnitType")
            symbols.setdefault(kind or "CURRENCY", unit_symbol(unit))
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
    return Units(length, known, notes, symbols)


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


def unit_symbol(unit: Entity) -> str:
    """A unit as people write it: `mm`, `W m-2 K-1`; its name where it has no symbol."""
    if unit.is_a("IfcSIUnit"):
        prefix = _PREFIX_SYMBOLS.get(unit.Prefix or "", unit.Prefix or "")
        return prefix + _SI_SYMBOLS.get(unit.Name, str(unit.Name).lower())
    if unit.is_a("IfcDerivedUnit"):
        return " ".join(map(_factor_symbol, unit.Elements or ()))
    name = str(attribute(unit, "Name") or attribute(unit, "Currency") or "")
    return "°" if name.upper() == "DEGREE" else name


def _factor_symbol(element: Entity) -> str:
    """A unit with its exponent (IfcDerivedUnitElement)."""
    symbol, exponent = unit_symbol(element.Unit), element.Exponent
    return symbol if exponent == 1 else f"{symbol}{exponent}"


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
