"""Doors with all that is told of them, read by one question: tens of thousands a second."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from addressing.registry.schema import HEAD_NOW, LAYER, NUMBERED
from addressing.registry.store import Registry
from cim.own_tables import point_of

_NAMED: Final = slice(11, 15)
_NUMBERS: Final = slice(15, None)
"""Where ids of named elements, and values, stand in a row."""
_QUESTION: Final = f"""
SELECT {HEAD_NOW}, l.role = 'main',
  a.fid, a.address_code, a.geom, a.text, a.beidou_code, a.geosot_code, a.h3_code,
  l.entity, e.layer,
  a.division_id, a.road_id, a.estate_id, a.poi_id, {", ".join(f'a."{kind}"' for kind in NUMBERED)}
FROM {LAYER} a LEFT JOIN cim_address_link l ON l.fid = a.fid
  LEFT JOIN cim_entity e ON e.entity_id = l.entity
WHERE a.status = 'valid' AND a.fid """
_OF_ONE: Final = f"{_QUESTION}= ?"
_ELEMENT: Final = "SELECT kind, value, parent_id FROM cim_address_element WHERE id = ?"


class WholeDoor(NamedTuple):
    """One valid address."""

    fid: int
    """Its row number, which stays."""

    code: str
    """Sixteen digits."""

    text: str
    """As the city writes it."""

    values: Mapping[str, str]
    """Canonical value by element type."""

    lon: float
    """Degrees, EPSG:4490."""

    lat: float
    codes: tuple[str | None, str | None, str | None]
    """Of the BeiDou, GeoSOT and H3 grids."""

    entity_id: str
    """The building or other thing that it is linked to, its main one first."""

    layer: str
    """Of that thing."""

    parts: Mapping[str, str] | None = None
    """Its parts as they are written, where it is no address of the registry."""


class WholeDoors:
    """Reads doors; safe for use from several threads.

    The names of streets and divisions are kept: make another one when the journal has gone on.

    Args:
        registry: The city's addresses.
    """

    def __init__(self, registry: Registry) -> None:
        self._ask = registry.glances.rows
        self._names: dict[tuple[int | None, ...], Mapping[str, str]] = {}
        self._elements: dict[int, tuple[str, str, int]] = {}

    def read(self, fids: Sequence[int]) -> tuple[int, dict[int, WholeDoor]]:
        """Where the journal stood, and the valid doors of row numbers that have a point.

        Returns:
            -1 when no row was found, for then nothing told where the journal stands.
        """
        rows = self._ask(_OF_ONE if len(fids) == 1 else _of_several(len(fids)), fids)
        if len(rows) > 1:  # of several things that a door is linked to the main one comes last
            rows.sort(key=_is_main)
        found = {door.fid: door for row in rows if (door := self._door(row)) is not None}
        return (rows[0][0] if rows else -1), found

    def _door(self, row: tuple[Any, ...]) -> WholeDoor | None:
        place = point_of(row[4])
        if place is None:
            return None
        named, (lon, lat) = row[_NAMED], place
        own = zip(NUMBERED, row[_NUMBERS], strict=True)
        values = {
            **(self._names.get(named) or self._read_names(named)),
            **{kind: value for kind, value in own if value is not None},
        }
        _, _, fid, code, _, text, beidou, geosot, h3, entity_id, layer = row[: _NAMED.start]
        codes = beidou, geosot, h3
        return WholeDoor(fid, code, text, values, lon, lat, codes, entity_id or "", layer or "")

    def _read_names(self, named: tuple[int | None, ...]) -> Mapping[str, str]:
        """Values of a division with all that it lies in, and of a street, an estate, a place."""
        division, *others = named
        elements = [self._element(one) for one in others if one is not None]
        own = {kind: value for kind, value, _ in elements}
        values = self._names[named] = {**self._chain(division or 0), **own}
        return values

    def _chain(self, division: int) -> dict[str, str]:
        """Values of a division and of those it lies in, from the largest down."""
        if not division:
            return {}
        kind, value, parent = self._element(division)
        return {**self._chain(parent), kind: value}

    def _element(self, number: int) -> tuple[str, str, int]:
        """Type and value of a named element, and the number of what it lies in, 0 for nothing."""
        found = self._elements.get(number)
        if found is None:
            ((kind, value, parent),) = self._ask(_ELEMENT, (number,))
            found = self._elements[number] = kind, value, parent
        return found


def _of_several(count: int) -> str:
    return f"{_QUESTION}IN ({', '.join('?' * count)})"


def _is_main(row: tuple[Any, ...]) -> bool:
    return bool(row[1])
