"""An address as a row of the layer: from elements to columns and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import orjson

from addressing.model import AddressElement, Place, Status, Validity
from addressing.registry.elements import ElementRow, Elements
from addressing.registry.placing import Placing
from addressing.registry.schema import CHAIN, NAMED, NUMBERED
from addressing.registry.texts import canonical_text, local_text, profile_name, rank
from addressing.registry.values import FieldError, Part, divided
from cim.own_tables import point_of

_NUMBERED_SET = frozenset(NUMBERED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an address is: the columns from which all else is derived."""

    division_id: int
    road_id: int | None = None
    estate_id: int | None = None
    poi_id: int | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    """Type and value of the numbered elements, from large to small."""

    own_names: tuple[tuple[str, str], ...] = ()
    """Type and name of those whose name in the city's script is not the value."""

    lon_lat: tuple[float, float] | None = None
    height_m: float | None = None
    storey: int | None = None
    footprint: str | None = None

    @classmethod
    def of(cls, parts: Sequence[Part], elements: Elements, code: str = "") -> Self:
        """The facts of given elements; named ones that are new are added.

        Args:
            parts: In any order.
            elements: The city's elements.
            code: Code of the deepest division.

        Raises:
            FieldError: An element is there twice, none says where, or two contradict.
        """
        by_kind = divided(sorted(parts, key=rank))
        divisions = [one for kind, one in by_kind.items() if kind in CHAIN]
        placing = Placing(elements)
        division_id = placing.division(divisions, code)
        if not (by_kind.keys() - set(CHAIN)):
            raise FieldError("elements", "only divisions; legal: a street, estate or number too")
        road, estate, poi = (
            placing.named(by_kind[kind], division_id) if kind in by_kind else None
            for kind in NAMED
        )
        numbered = [one for kind, one in by_kind.items() if kind in _NUMBERED_SET]
        return cls(
            division_id,
            road,
            estate,
            poi,
            tuple((one.type, one.value) for one in numbered),
            tuple(
                (one.type, one.name)
                for one in numbered
                if one.name and one.name != one.value and not one.value[-1:].isascii()
            ),
        )

    @classmethod
    def from_state(cls, state: dict[str, Any], geom: bytes | None) -> Self:
        """The facts of columns by name and a point's blob."""
        return cls(
            state["division_id"],
            state["road_id"],
            state["estate_id"],
            state["poi_id"],
            tuple((kind, state[kind]) for kind in NUMBERED if state[kind] is not None),
            tuple(orjson.loads(state["own_names"]).items()) if state["own_names"] else (),
            point_of(geom),
            state["height"],
            state["storey"],
            state["footprint"],
        )

    def columns(self) -> dict[str, Any]:
        """Columns by name, but for status and point."""
        numbers = dict(self.numbers)
        return {
            **{kind: numbers.get(kind) for kind in NUMBERED},
            "own_names": orjson.dumps(dict(self.own_names)).decode() if self.own_names else None,
            "height": self.height_m,
            "storey": self.storey,
            "footprint": self.footprint,
            "division_id": self.division_id,
            "road_id": self.road_id,
            "estate_id": self.estate_id,
            "poi_id": self.poi_id,
        }

    def named_ids(self) -> tuple[int, ...]:
        """Row numbers of street, estate and place, as far as there are any."""
        return tuple(one for one in (self.road_id, self.estate_id, self.poi_id) if one)

    def element_rows(self, elements: Elements, day: date | None = None) -> tuple[ElementRow, ...]:
        """The named elements, now or as they were on a day."""
        if day is None:
            chain = elements.chain(self.division_id)
            return (*chain, *(elements.row(one) for one in self.named_ids()))
        chain = elements.past_chain(self.division_id, day)
        return (*chain, *(elements.past(one, day) for one in self.named_ids()))

    def parts(self, rows: Sequence[ElementRow]) -> list[Part]:
        """All elements from large to small."""
        names = dict(self.own_names)
        found = [row.part for row in rows]
        found += [Part(kind, value, names.get(kind, "")) for kind, value in self.numbers]
        return sorted(found, key=rank)

    def placed(self, place: Place | None) -> Self:
        """The facts at another place; None leaves them where they are."""
        if place is None:
            return self
        return replace(
            self,
            lon_lat=(place.lon, place.lat),
            height_m=place.height_m,
            storey=place.storey,
            footprint=place.footprint or None,
        )

    def located_as(self, other: Self) -> Self:
        """The facts at the place of another."""
        return replace(
            self,
            lon_lat=other.lon_lat,
            height_m=other.height_m,
            storey=other.storey,
            footprint=other.footprint,
        )

    def place(self) -> Place | None:
        """Where the address is."""
        if self.lon_lat is None:
            return None
        return Place(*self.lon_lat, self.height_m, self.storey, self.footprint or "")


@dataclass(frozen=True, slots=True)
class Texts:
    """What is written from the facts."""

    canonical: str
    local: str

    @classmethod
    def of(cls, facts: Facts, rows: Sequence[ElementRow]) -> Self:
        """The texts of facts whose named elements are `rows`."""
        parts = facts.parts(rows)
        deepest = max((row for row in rows if row.kind in CHAIN), key=lambda row: rank(row.part))
        return cls(canonical_text(parts), local_text(parts, profile_name(deepest.code)))


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A row of the layer."""

    fid: int
    code: str
    text: str
    status: Status
    version: int
    valid_from: str
    valid_to: str | None
    key: int
    turn: int
    source: str | None
    source_id: str | None
    facts: Facts
    geom: bytes | None

    @property
    def names_day(self) -> date | None:
        """The day whose names the text has: that of its end; None while it has none."""
        return date.fromisoformat(self.valid_to) if self.valid_to else None


def path_of(facts: Facts, elements: Elements, day: date | None = None) -> list[AddressElement]:
    """The elements of an address as values of the model."""
    rows = facts.element_rows(elements, day)
    by_kind = {row.kind: row for row in rows}
    path: list[AddressElement] = []
    above = ""
    for one in facts.parts(rows):
        row = by_kind.get(one.type)
        if row is not None:
            element = elements.full(row)
        else:
            code = f"{above}/{one.type}:{one.value}"
            element = AddressElement(code, one.type, one.name or one.value, above, plain=one.value)
        above = element.code
        path.append(element)
    return path


def validity(begin: str, end: str | None) -> Validity:
    """When a row holds; one that ended on its first day has no begin."""
    first, last = date.fromisoformat(begin), date.fromisoformat(end) if end else None
    return Validity(None if last and last <= first else first, last)
