"""What the registry keeps: elements with their history, and standard addresses made of them.

The text of an address is never stored as typed; `addressing.format` writes it from the elements.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from addressing.kinds import KINDS
from cim.errors import InputError

type Action = Literal["created", "corrected", "renamed", "merged", "split", "retired", "replaced"]
type LinkRole = Literal["main", "auxiliary"]


class Status(StrEnum):
    """Where an address stands in its life."""

    DRAFT = "draft"
    VALID = "valid"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Validity:
    """From a day, up to a day that is no more part of it; None is open."""

    begin: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.begin and self.end and self.end <= self.begin:
            raise InputError(f"validity ends {self.end}, not after its begin {self.begin}")

    def holds(self, day: date | None) -> bool:
        """Whether a day is part of it; None asks for now, which an end rules out."""
        if day is None:
            return self.end is None
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name: an old one, a short one, a local one."""

    name: str
    validity: Validity = ALWAYS
    reason: str = ""
    """`renamed`, `merged`, `short`, `local`; empty when not known."""


@dataclass(frozen=True, slots=True)
class AddressElement:
    """A named part of addresses: a division, a street, an estate, a building, a room."""

    code: str
    """Permanent; that of a division is its division code."""

    kind: str
    """One of `addressing.kinds.KINDS`."""

    name: str
    """In the city's own script; of a numbered element its value: 28, 3, 501."""

    parent: str = ""
    """Code of the element it lies in, empty at the top."""

    aliases: tuple[Alias, ...] = ()
    validity: Validity = ALWAYS
    plain: str = ""
    """The name in normal characters, as canonical texts have it; empty when it is the name."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"element type {self.kind!r} is unknown; legal: {', '.join(KINDS)}")
        if not self.code or not self.name.strip():
            raise InputError(f"element {self.code!r} {self.name!r} lacks a code or a name")

    @property
    def type(self) -> str:
        """The type, as texts are written from it."""
        return self.kind

    @property
    def value(self) -> str:
        """The value, as canonical texts are written from it."""
        return self.plain or self.name

    def name_on(self, day: date | None) -> str:
        """The name on a day: an old one when an alias by renaming held then."""
        old = (a for a in self.aliases if a.reason == "renamed" and day and a.validity.end)
        return next((alias.name for alias in old if alias.validity.holds(day)), self.name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is."""

    lon: float
    """Degrees, CGCS2000 (EPSG:4490), of the door."""

    lat: float
    height_m: float | None = None
    """Above the ellipsoid."""

    storey: int | None = None
    footprint: str = ""
    """Id of the entity on whose footprint the door is."""

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):  # noqa: PLR2004 - degrees
            raise InputError(
                f"door at lon {self.lon}, lat {self.lat}; legal: degrees on the globe"
            )


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of an address."""

    action: Action
    day: date
    reason: str = ""
    others: tuple[str, ...] = ()
    """Address codes that it came from, or that came from it."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the address belongs to."""

    entity: str
    """Entity id of a building, unit or room."""

    role: LinkRole = "main"


@dataclass(frozen=True, slots=True)
class StandardAddress:
    """One door: a path of elements from large to small."""

    code: str
    """Sixteen digits, permanent: `addressing.code`."""

    elements: tuple[AddressElement, ...]
    status: Status = Status.DRAFT
    place: Place | None = None
    links: tuple[Link, ...] = ()
    lineage: tuple[Event, ...] = ()
    validity: Validity = field(default=ALWAYS)

    def __post_init__(self) -> None:
        ranks = [KINDS[element.kind].rank for element in self.elements]
        if not ranks:
            raise InputError(f"address {self.code} has no elements")
        if ranks != sorted(ranks):
            order = ", ".join(element.kind for element in self.elements)
            raise InputError(f"address {self.code}: elements {order}; legal: from large to small")
