"""Answers about a place that are no doors: buildings, roads, divisions."""

from collections.abc import Sequence
from typing import Final

from addressing.registry.doors import DoorFacts
from geocode.model import Level, Status
from geocode.result import Result
from geocode.reverse.layers import Thing

_FLOOR_M: Final = 0.5
"""How far below a floor's height a place may be and still be on it."""

DIVISION_KINDS: Final = {2: "province", 4: "city", 6: "county", 9: "township", 12: "community"}
"""Type of a division by the length of its code."""


def on_floor(linked: Sequence[DoorFacts], height_m: float | None) -> DoorFacts | None:
    """The address of a building: that of the floor at a height, where floors have heights.

    Else the shortest: rooms have longer ones than their building.
    """
    if not linked:
        return None
    if height_m is not None:
        below = [
            (one.height_m, one)
            for one in linked
            if one.height_m is not None and one.height_m <= height_m + _FLOOR_M
        ]
        if below:
            return max(below, key=lambda one: one[0])[1]
    return min(linked, key=lambda one: len(one.text))


def plain(
    label: str, level: Level, place: tuple[float, float], thing: Thing | None, adcode: str = ""
) -> Result:
    """An answer that is no address."""
    return Result(
        label=label,
        level=level,
        status=Status.EXACT,
        confidence=1.0,
        lon=round(place[0], 7),
        lat=round(place[1], 7),
        accuracy_m=0.0,
        values={},
        verdicts={},
        adcode=adcode,
        entity_id=thing.entity_id if thing else "",
        layer=thing.layer if thing else "",
    )


def plain_code(code: str) -> str:
    """A division code without the zeros that fill it up."""
    if len(code) == max(DIVISION_KINDS) and code.endswith("000"):
        code = code[:9]
    if len(code) == 9 and code.endswith("000"):  # noqa: PLR2004 - a township's digits
        code = code[:6]
    while len(code) in (4, 6) and code.endswith("00"):
        code = code[:-2]
    return code
