"""The work behind the commands that read and change the registry of addresses."""

import getpass
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from addressing.model import Link, Place, Status
from addressing.registry.reading import given_parts, read_parts
from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.values import Change, Decision, FieldError, NewAddress, Part, Piece
from api.grid_cells import parse_bounds
from api.schemas.registry import AlteredOut, CaseOut, EventOut, FoundOut, RegisteredOut
from api.settings import load_settings


@dataclass(frozen=True, slots=True)
class By:
    """Who changes the registry, why, and from which day on."""

    who: str
    why: str
    day: date | None

    @classmethod
    def of(cls, who: str, why: str, day: str) -> "By":
        """Of words of a command; the user's own name when none is given.

        Raises:
            FieldError: The day is none.
        """
        return cls(who or getpass.getuser(), why, day_of(day))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new address, or a corrected one, is to be."""

    text: str = ""
    elements: Sequence[str] = ()
    """`road=文三路`."""

    division: str = ""
    at: str = ""
    """`lon,lat` or `lon,lat,height`."""

    storey: int | None = None
    footprint: str = ""
    links: Sequence[str] = ()
    """`ENTITY` or `ENTITY:auxiliary`."""

    def parts(self) -> tuple[Part, ...] | None:
        """The elements, None when none are given.

        Raises:
            FieldError: They are not legal, or given in two ways.
        """
        if self.text and self.elements:
            raise FieldError("elements", "given together with a text; legal: one of them")
        if self.text:
            return read_parts(self.text, self.division)
        if not self.elements:
            return None
        pairs = [one.partition("=") for one in self.elements]
        return given_parts(((kind, value) for kind, _, value in pairs), self.division)

    def place(self) -> Place | None:
        """The place, None when none is given.

        Raises:
            FieldError: It is none.
        """
        if not self.at:
            if self.storey is not None or self.footprint:
                raise FieldError("at", "is missing; legal: with --storey or --footprint too")
            return None
        try:
            lon, lat, *rest = (float(one) for one in self.at.split(","))
            (height,) = rest or (None,)
            return Place(lon, lat, height, self.storey, self.footprint)
        except ValueError as error:
            raise FieldError(
                "at", f"{self.at!r}; legal: LON,LAT or LON,LAT,HEIGHT, degrees CGCS2000"
            ) from error

    def new(self, status: Status) -> NewAddress:
        """The address to be made.

        Raises:
            FieldError: It has no elements.
        """
        parts = self.parts()
        if parts is None:
            raise FieldError("text", "is missing; legal: a text, or --element of each")
        return NewAddress(parts, self.place(), self.division, status, links_of(self.links))


class Desk:
    """The registry of a workspace, at the command line.

    Args:
        workspace: Folder of the city.
    """

    def __init__(self, workspace: Path) -> None:
        self.registry = Registry(load_settings(workspace).database_path(workspace))

    def show(self, code: str, on: str = "") -> dict[str, Any]:
        """An address, now or as of a day."""
        record = self.registry.record(code, day_of(on))
        return RegisteredOut.of(record).model_dump(mode="json")

    def find(self, query: Mapping[str, str], limit: int) -> Iterable[dict[str, Any]]:
        """Addresses that meet conditions."""
        bounds = parse_bounds(query["bbox"]) if query["bbox"] else None
        status = status_of(query["status"]) if query["status"] else None
        asked = Query(
            query["text"], query["prefix"], query["element"], bounds, status, limit=limit
        )
        rows = self.registry.search(asked).rows
        return [FoundOut.of(row).model_dump(mode="json") for row in rows]

    def create(self, wanted: Wanted, status: Status, by: By) -> dict[str, Any]:
        """A new address."""
        new = wanted.new(status)
        made = self.registry.create(new, who=by.who, why=by.why, day=by.day)
        return self.show(made.code)

    def correct(
        self, code: str, wanted: Wanted, by: By, *, valid: bool, version: int | None
    ) -> dict[str, Any]:
        """A corrected address."""
        change = Change(
            wanted.parts(),
            wanted.division,
            wanted.place(),
            Status.VALID if valid else None,
            links_of(wanted.links) if wanted.links else None,
        )
        self.registry.correct(code, change, who=by.who, why=by.why, day=by.day, version=version)
        return self.show(code)

    def retire(self, code: str, by: By, version: int | None) -> dict[str, Any]:
        """A retired address."""
        self.registry.retire(code, who=by.who, why=by.why, day=by.day, version=version)
        return self.show(code)

    def replace(
        self, code: str, codes: Sequence[str], texts: Sequence[Wanted], by: By
    ) -> dict[str, Any]:
        """A replaced address."""
        successors: list[NewAddress | str] = [*codes, *(one.new(Status.VALID) for one in texts)]
        self.registry.replace(code, successors, who=by.who, why=by.why, day=by.day)
        return self.show(code)

    def history(self, code: str) -> Iterable[dict[str, Any]]:
        """What happened to an address or an element."""
        looks_like_address = code.isdecimal() and len(code) > _DIVISION
        found = self.registry.events if looks_like_address else self.registry.element_events
        return [EventOut.of(one).model_dump(mode="json") for one in found(code)]

    def rename(self, element: str, name: str, by: By) -> dict[str, Any]:
        """A renamed element."""
        done = self.registry.rename(element, name, who=by.who, why=by.why, day=by.day)
        return AlteredOut.of(done).model_dump()

    def merge(self, elements: Sequence[str], into: str, by: By) -> dict[str, Any]:
        """Merged elements."""
        done = self.registry.merge(elements, into, who=by.who, why=by.why, day=by.day)
        return AlteredOut.of(done).model_dump()

    def split(self, element: str, pieces: Sequence[str], by: By) -> dict[str, Any]:
        """A split element."""
        given = [piece_of(one) for one in pieces]
        done = self.registry.split(element, given, who=by.who, why=by.why, day=by.day)
        return AlteredOut.of(done).model_dump()

    def queue(self, *, every: bool, limit: int) -> Iterable[dict[str, Any]]:
        """Cases of the queue."""
        found = self.registry.collisions(every=every, limit=limit)
        return [CaseOut.of(one).model_dump() for one in found]

    def resolve(
        self,
        case: int,
        how: Literal["same", "different", "merge", "split"],
        draft: Wanted,
        winner: Wanted,
        by: By,
    ) -> dict[str, Any]:
        """A decided case."""
        decision = Decision(how, draft.parts(), winner.parts(), draft.division)
        done = self.registry.resolve(case, decision, who=by.who, why=by.why, day=by.day)
        return CaseOut.of(done).model_dump()

    def rekey(self, by: By) -> dict[str, Any]:
        """What a new version of the canonical form changed."""
        return asdict(self.registry.rekey(who=by.who, why=by.why))


_DIVISION = 12
"""Digits of the longest division code; an address code is longer."""


def day_of(text: str) -> date | None:
    """A day, None for an empty text.

    Raises:
        FieldError: It is none.
    """
    return _read("day", text, date.fromisoformat, "a day such as 2026-11-22") if text else None


def status_of(text: str) -> Status:
    """A status.

    Raises:
        FieldError: It is none.
    """
    return _read("status", text, Status, ", ".join(Status))


def _read[T](field: str, text: str, reader: Callable[[str], T], legal: str) -> T:
    try:
        return reader(text)
    except ValueError as error:
        raise FieldError(field, f"{text!r}; legal: {legal}") from error


def links_of(words: Sequence[str]) -> tuple[Link, ...]:
    """Links of words `ENTITY` or `ENTITY:auxiliary`.

    Raises:
        FieldError: A role is unknown.
    """
    found = []
    for word in words:
        entity, _, role = word.partition(":")
        if role not in {"", "main", "auxiliary"} or not entity:
            raise FieldError("link", f"{word!r}; legal: ENTITY:main, ENTITY:auxiliary")
        found.append(Link(entity, "auxiliary" if role == "auxiliary" else "main"))
    return tuple(found)


def piece_of(word: str) -> Piece:
    """A part of a split of a word `NAME:CODE=MEMBER,MEMBER`; code and members may be left out."""
    head, _, members = word.partition("=")
    name, _, code = head.partition(":")
    return Piece(name, code, tuple(one for one in members.split(",") if one))
