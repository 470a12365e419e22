"""Numbers of storeys as people count them: 1 on the ground, 2 above, -1 below, and no 0."""

from collections import defaultdict
from typing import Final

from cim.bim.model import IfcModel, IfcObject

_SAME_M: Final = 0.3
"""Storeys of one building whose elevations differ by less count as one: wings, split slabs."""

_GROUND_M: Final = -1.0
"""The lowest storey not below this is the first; foundations and basements lie deeper."""


def storey_numbers(model: IfcModel) -> dict[str, int]:
    """Number of each storey by its key, empty storeys counted.

    Storeys without an elevation have no number.
    """
    of_building: dict[str | None, list[IfcObject]] = defaultdict(list)
    for storey in model.of_kind("storey"):
        if storey.elevation_m is not None:
            of_building[storey.building].append(storey)
    found: dict[str, int] = {}
    for several in of_building.values():
        found |= _numbered(several)
    return found


def _numbered(storeys: list[IfcObject]) -> dict[str, int]:
    """Numbers of the storeys of one building."""
    levels: list[tuple[float, list[str]]] = []
    for storey in sorted(storeys, key=_elevation):
        if not levels or _elevation(storey) - levels[-1][0] > _SAME_M:
            levels.append((_elevation(storey), []))
        levels[-1][1].append(storey.key)
    deep = sum(elevation < _GROUND_M for elevation, _ in levels)
    places = [place - deep for place in range(len(levels))]
    return {
        key: place + (place >= 0)
        for place, (_, keys) in zip(places, levels, strict=True)
        for key in keys
    }


def _elevation(storey: IfcObject) -> float:
    return storey.elevation_m or 0.0
