"""Bodies about the addresses of the registry."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from addressing.kinds import ga_code
from addressing.model import AddressElement, Link, Place, Status
from addressing.registry.reading import given_parts, read_parts
from addressing.registry.rows import AddressRow
from addressing.registry.search import MOST, Query
from addressing.registry.values import (
    Altered,
    Change,
    Collision,
    Decision,
    NewAddress,
    Part,
    Piece,
    Record,
    RegistryEvent,
)
from api.errors import ParameterError
from api.grid_cells import parse_bounds
from cim.errors import InputError


class Body(BaseModel):
    """A body that has no other members than those named."""

    model_config = ConfigDict(extra="forbid")


class Why(Body):
    """Who changes the registry, and why."""

    who: str = Field(description="责任人 / Who answers for it", max_length=500)
    why: str = Field(description="变更原因 / Why", max_length=500)
    day: date | None = Field(default=None, description="生效日期 / Effective day, not to come")


class ElementIn(Body):
    """One element of an address."""

    type: str = Field(description="Type, such as `road` or `number`")
    value: str = Field(description="Its name, or its number with or without its unit word")


class PlaceBody(Body):
    """Where an address is."""

    lon: float = Field(description="Degrees, CGCS2000")
    lat: float
    height_m: float | None = Field(default=None, description="Above the ellipsoid")
    storey: int | None = None
    footprint: str = Field(default="", description="Entity id whose footprint holds the door")

    def place(self) -> Place:
        """The value.

        Raises:
            ParameterError: It is not on the globe.
        """
        try:
            return Place(**self.model_dump())
        except ValueError as error:
            raise ParameterError("place", str(error)) from error


class LinkBody(Body):
    """An entity that has the address."""

    entity: str = Field(min_length=1, max_length=200)
    role: Literal["main", "auxiliary"] = "main"


class Elements(Body):
    """What an address is made of: a text to be read, or its elements."""

    text: str | None = Field(default=None, description="地址文本 / Text to be read")
    elements: list[ElementIn] | None = Field(default=None, description="Elements, instead of text")
    division: str = Field(default="", description="行政区划代码 / Code of the deepest division")

    def parts(self) -> tuple[Part, ...] | None:
        """The elements, None when none are given.

        Raises:
            ParameterError: Both a text and elements are given.
            FieldError: They are not legal.
        """
        if self.text is not None and self.elements is not None:
            raise ParameterError("text", "given together with elements; legal: one of them")
        if self.text is not None:
            return read_parts(self.text, self.division)
        if self.elements is not None:
            return given_parts(((one.type, one.value) for one in self.elements), self.division)
        return None


class NewAddressIn(Elements):
    """An address to be made."""

    place: PlaceBody | None = None
    status: Literal["draft", "valid"] = "valid"
    links: list[LinkBody] = Field(default_factory=list)

    def new(self) -> NewAddress:
        """The value.

        Raises:
            ParameterError: Neither text nor elements are given.
        """
        parts = self.parts()
        if parts is None:
            raise ParameterError("text", "is missing; legal: text or elements")
        place = self.place.place() if self.place else None
        return NewAddress(parts, place, self.division, Status(self.status), _links(self.links))


class CreateIn(NewAddressIn, Why):
    """An address to be made, by whom and why."""


class CorrectIn(Elements, Why):
    """What is to be changed; members that are left out stay."""

    place: PlaceBody | None = None
    status: Literal["valid"] | None = Field(default=None, description="Makes a draft valid")
    links: list[LinkBody] | None = None

    def change(self) -> Change:
        """The value."""
        return Change(
            self.parts(),
            self.division,
            self.place.place() if self.place else None,
            Status(self.status) if self.status else None,
            None if self.links is None else _links(self.links),
        )


class ReplaceIn(Why):
    """What takes the place of an address."""

    successors: list[str | NewAddressIn] = Field(
        min_length=1, description="Codes of addresses, or addresses to be made"
    )

    def given(self) -> list[NewAddress | str]:
        """The values."""
        return [one if isinstance(one, str) else one.new() for one in self.successors]


class RenameIn(Why):
    """A new name."""

    name: str


class MergeIn(Why):
    """What becomes part of an element."""

    elements: list[str] = Field(min_length=1, description="Codes of the elements that end")


class PieceIn(Body):
    """One of the elements into which another is split."""

    name: str
    code: str = Field(default="", description="Code of a new division; others get one")
    members: list[str] = Field(
        default_factory=list,
        description="Codes of elements and addresses that it takes over; empty: the rest",
    )


class SplitIn(Why):
    """Into what an element is split."""

    pieces: list[PieceIn] = Field(min_length=2)

    def given(self) -> list[Piece]:
        """The values."""
        return [Piece(one.name, one.code, tuple(one.members)) for one in self.pieces]


class ResolveIn(Why):
    """What two addresses with one text are."""

    how: Literal["same", "different", "merge", "split"]
    draft: Elements | None = Field(default=None, description="New elements of the draft")
    winner: Elements | None = Field(default=None, description="New elements of the valid one")

    def decision(self) -> Decision:
        """The value."""
        draft, winner = self.draft or Elements(), self.winner or Elements()
        return Decision(self.how, draft.parts(), winner.parts(), draft.division or winner.division)


class AliasOut(BaseModel):
    """Another name of an element."""

    name: str
    begin: date | None
    end: date | None
    reason: str = Field(description="`renamed`, `merged`, `split` or empty")


class NamedElementOut(BaseModel):
    """One element of a registered address."""

    type: str
    value: str = Field(description="Canonical: simplified, numbers without unit word")
    name: str = Field(description="In the city's own script")
    code: str
    parent: str
    ga_code: str | None = Field(description="Element type code of GA/T 2000.32 when known")
    aliases: list[AliasOut]

    @classmethod
    def of(cls, element: AddressElement) -> Self:
        """The body of an element."""
        return cls(
            type=element.kind,
            value=element.value,
            name=element.name,
            code=element.code,
            parent=element.parent,
            ga_code=ga_code(element.kind, element.value) or None,
            aliases=[
                AliasOut(
                    name=one.name,
                    begin=one.validity.begin,
                    end=one.validity.end,
                    reason=one.reason,
                )
                for one in element.aliases
            ],
        )


class RegisteredOut(BaseModel):
    """A registered address."""

    code: str
    text: str = Field(description="As the city writes it")
    canonical: str
    status: Status
    version: int
    begin: date | None
    end: date | None
    place: PlaceBody | None
    elements: list[NamedElementOut]
    links: list[LinkBody]
    source: str | None
    source_id: str | None
    replaced_by: list[str] = Field(description="Codes of what is in its place today")

    @classmethod
    def of(cls, record: Record) -> Self:
        """The body of a record."""
        address = record.address
        place = address.place
        return cls(
            code=address.code,
            text=record.text,
            canonical=record.canonical,
            status=address.status,
            version=record.version,
            begin=address.validity.begin,
            end=address.validity.end,
            place=None
            if place is None
            else PlaceBody(
                lon=place.lon,
                lat=place.lat,
                height_m=place.height_m,
                storey=place.storey,
                footprint=place.footprint,
            ),
            elements=[NamedElementOut.of(one) for one in address.elements],
            links=[LinkBody(entity=one.entity, role=one.role) for one in address.links],
            source=record.source,
            source_id=record.source_id,
            replaced_by=list(record.replaced_by),
        )


class SearchIn(Body):
    """Which addresses; all conditions hold."""

    text: str = Field(
        default="",
        max_length=500,
        description="地址、其一部分或旧名 / An address or part of one",
    )
    prefix: str = Field(
        default="", max_length=500, description="标准地址前缀 / Beginning of the standard text"
    )
    element: str = Field(default="", description="要素编码 / Code of an element it names")
    bbox: str = Field(default="", description="west,south,east,north, degrees CGCS2000")
    status: Status | None = None
    entity: str = Field(default="", description="实体编码 / Entity that has the address")
    after: str = Field(default="", description="`next` of the page before")
    limit: int = Field(default=100, ge=1, le=MOST)

    def query(self, after: str) -> Query:
        """The value; `after` is a checked code."""
        try:
            bounds = parse_bounds(self.bbox) if self.bbox else None
        except InputError as error:
            raise ParameterError("bbox", str(error).removeprefix("bbox: ")) from error
        return Query(
            self.text,
            self.prefix,
            self.element,
            bounds,
            self.status,
            self.entity,
            after,
            self.limit,
        )


class FoundOut(BaseModel):
    """An address in a list."""

    code: str
    text: str
    status: Status
    version: int
    lon: float | None
    lat: float | None

    @classmethod
    def of(cls, row: AddressRow) -> Self:
        """The body of a row."""
        lon, lat = row.facts.lon_lat or (None, None)
        return cls(
            code=row.code,
            text=row.text,
            status=row.status,
            version=row.version,
            lon=lon,
            lat=lat,
        )


class FoundPageOut(BaseModel):
    """Some of the addresses found."""

    addresses: list[FoundOut]
    next: str | None = Field(description="`after` of the next page, null at the end")


class EventOut(BaseModel):
    """One change."""

    action: str
    day: date
    at: str = Field(description="ISO 8601 UTC")
    who: str
    why: str
    address: str | None
    element: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, event: RegistryEvent) -> Self:
        """The body of an event."""
        return cls(
            action=event.action,
            day=event.day,
            at=event.at,
            who=event.who,
            why=event.why,
            address=event.address or None,
            element=event.element or None,
            detail=dict(event.detail),
        )


class HistoryOut(BaseModel):
    """What happened, oldest first."""

    events: list[EventOut]


class AlteredOut(BaseModel):
    """What became of an element and its addresses."""

    codes: list[str] = Field(description="Codes of the elements there are now")
    addresses: int = Field(description="How many addresses have a new text")
    queued: int = Field(description="How many of them wait in the queue")

    @classmethod
    def of(cls, altered: Altered) -> Self:
        """The body."""
        return cls(codes=list(altered.codes), addresses=altered.addresses, queued=altered.queued)


class CaseOut(BaseModel):
    """Two addresses with one text."""

    id: int
    code: str = Field(description="The draft that waits")
    winner: str = Field(description="The valid address that has the text")
    reason: str = Field(description="`same_text`, `same_door` or `two_doors`")
    evidence: dict[str, Any]
    found_at: str
    outcome: str | None
    who: str
    why: str
    resolved_at: str

    @classmethod
    def of(cls, case: Collision) -> Self:
        """The body of a case."""
        return cls(
            id=case.id,
            code=case.code,
            winner=case.winner,
            reason=case.reason,
            evidence=dict(case.evidence),
            found_at=case.found_at,
            outcome=case.outcome,
            who=case.who,
            why=case.why,
            resolved_at=case.resolved_at,
        )


class CasesOut(BaseModel):
    """Cases of the queue."""

    cases: list[CaseOut]


class ElementsOut(BaseModel):
    """Named elements."""

    elements: list[NamedElementOut]


def _links(links: Sequence[LinkBody]) -> tuple[Link, ...]:
    return tuple(Link(one.entity, one.role) for one in links)
