"""What values of properties are: their IFC type, and the unit they count in."""

from typing import Final

from cim.bim._entity import Entity
from cim.bim._extract_units import Units, unit_symbol
from cim.bim.model import Measure

_METRIC: Final = {
    "IfcLengthMeasure": "m",
    "IfcPositiveLengthMeasure": "m",
    "IfcNonNegativeLengthMeasure": "m",
    "IfcAreaMeasure": "m2",
    "IfcVolumeMeasure": "m3",
}
"""Measures that come in metres, whatever the file counts in."""

_UNIT_OF: Final = {
    "IfcPositivePlaneAngleMeasure": "PLANEANGLEUNIT",
    "IfcMonetaryMeasure": "CURRENCY",
}
"""Units of measures that are not called as they are."""


def measure_of(kind: str, unit: Entity, units: Units) -> Measure:
    """The measure of a value.

    Args:
        kind: IFC's name of its type.
        unit: Its own unit, None for that of the project.
        units: Those of the project.
    """
    if kind in _METRIC:
        return Measure(kind, _METRIC[kind])
    if unit is not None:
        return Measure(kind, unit_symbol(unit))
    if not kind.endswith("Measure"):
        return Measure(kind)
    default = f"{kind.removeprefix('Ifc').removesuffix('Measure').upper()}UNIT"
    return Measure(kind, units.symbols.get(_UNIT_OF.get(kind, default), ""))
