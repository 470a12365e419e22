"""What goes into the registry and what comes out of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, Self

from addressing.format import is_bare
from addressing.grammar import Grammar
from addressing.kinds import KINDS
from addressing.model import Link, Place, StandardAddress, Status
from addressing.registry.schema import NUMBERED
from addressing.text import normal_name
from addressing.values import value_of
from cim.arrays import Float64
from cim.errors import ConflictError, InputError

type Resolution = Literal["same", "different", "merge", "split"]
type Outcome = Literal["same", "different", "merge", "split", "corrected", "retired"]
"""How a case ended; the last two when its draft was changed outside the queue."""

_LONGEST = 100
_MOST_WORDS = 500


class FieldError(InputError):
    """A value given for one field is not legal.

    Args:
        field: Name of the field.
        reason: The value at fault and what is legal.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class Part(NamedTuple):
    """An element as it is given: of a parsed text, of a form, of a row of a register."""

    type: str
    value: str
    """Canonical: without unit word when it is a number or letter, simplified when a name."""

    name: str = ""
    """In the city's own script; empty when it is as the value."""

    code: str = ""
    """Code of the division when it is known."""


def part(kind: str, text: str, grammar: Grammar, code: str = "") -> Part:
    """An element of a form: 文三路, 259 or 259号, 3 or 3栋.

    Raises:
        InputError: The type is unknown, or the text is empty, too long or has control characters.
    """
    if kind not in KINDS:
        raise FieldError("type", f"{kind!r} is no type of elements; legal: {', '.join(KINDS)}")
    name = text.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise FieldError(kind, f"{name[:20]!r}; legal: 1 to {_LONGEST} printable characters")
    value = normal_name(grammar, name)
    if not value:
        raise FieldError(kind, f"{name[:20]!r} has no letter or digit of an address")
    if KINDS[kind].unit:
        value = value_of(kind, value, grammar.profile)
    return Part(kind, value, name if _is_named(kind, value) else "", code)


def _is_named(kind: str, value: str) -> bool:
    return kind not in NUMBERED or not is_bare(value)


class Reason(NamedTuple):
    """Who changes the registry, why, and from which day on."""

    who: str
    why: str
    day: date

    @classmethod
    def checked(cls, who: str, why: str, day: date | None, today: date) -> Self:
        """A reason with both texts, of today or earlier.

        Raises:
            FieldError: One is empty or too long, or the day is to come.
        """
        for name, text in (("who", who), ("why", why)):
            if not text.strip() or len(text) > _MOST_WORDS or not text.isprintable():
                raise FieldError(
                    name, f"{text[:20]!r}; legal: 1 to {_MOST_WORDS} printable characters"
                )
        if day is not None and day > today:
            raise FieldError("day", f"{day} is to come; legal: today, {today}, or earlier")
        return cls(who.strip(), why.strip(), day or today)


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address to be made."""

    parts: tuple[Part, ...]
    """Its elements in any order; named ones that are new are added."""

    place: Place | None = None
    division: str = ""
    """Code of the deepest division, where it is known."""

    status: Status = Status.VALID
    """`draft` or `valid`."""

    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """New facts of an address; what is None stays."""

    parts: tuple[Part, ...] | None = None
    """All its elements."""

    division: str = ""
    place: Place | None = None
    status: Status | None = None
    """`draft` or `valid`."""

    links: tuple[Link, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What two addresses with one text are."""

    how: Resolution
    parts: tuple[Part, ...] | None = None
    """New elements of the draft, for `different` and `split`."""

    winner_parts: tuple[Part, ...] | None = None
    """New elements of the valid address, for `split`."""

    division: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One of the elements into which another is split."""

    name: str
    code: str = ""
    """Code of a new division; others get one."""

    members: tuple[str, ...] = ()
    """Codes of the elements and addresses that it takes over; empty: all that are left."""


@dataclass(frozen=True, slots=True)
class Altered:
    """What became of an element and its addresses."""

    codes: tuple[str, ...]
    """Codes of the elements there are now."""

    addresses: int
    """How many have a new text."""

    queued: int
    """How many of them have the text of another now, and wait in the queue."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What a new version of the canonical form changed."""

    elements: int
    """How many have another canonical name."""

    addresses: int
    """How many have another text or key."""

    queued: int
    """How many of them have the text of another now, and wait in the queue."""

    clashing: tuple[str, ...] = ()
    """Codes of elements that have the canonical name of another beside them: merge the two."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of a register for enrolment, column by column."""

    values: Mapping[str, Sequence[str | None]]
    """Canonical values by type of elements; None or empty where a row has none."""

    names: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """Names in the city's script of the named types; where missing, as the values."""

    codes: Sequence[str | None] = ()
    """Code of each row's deepest division, where it is known."""

    source_ids: Sequence[str] = ()
    """Key of each row in its source; a known one is updated. Empty: every row is new."""

    lon_lat: Float64 | None = None
    """(n, 2) degrees CGCS2000 of the doors, NaN where unknown."""

    heights_m: Sequence[float | None] = ()
    storeys: Sequence[int | None] = ()
    footprints: Sequence[str | None] = ()
    texts: Sequence[str | None] = ()
    """As the source wrote them; evidence when two rows collide."""

    drafts: Sequence[bool] = ()
    """Whether a new row is only a draft, for something is in doubt."""

    since: Sequence[str | None] = ()
    """Day (ISO 8601) from which a new row holds; where missing, that of the enrolment."""

    def __len__(self) -> int:
        return max((len(column) for column in self.values.values()), default=0)


@dataclass(frozen=True, slots=True)
class Record:
    """An address with what the registry keeps about it."""

    address: StandardAddress
    text: str
    """As the city writes it."""

    canonical: str
    version: int
    """Counts its changes; a change may ask that it is still this one."""

    source: str | None = None
    source_id: str | None = None
    replaced_by: tuple[str, ...] = ()
    """Codes of what is today in the place of a retired address."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be enrolled."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnrolOutcome:
    """What an enrolment did."""

    codes: tuple[str, ...]
    """Address code of each row, empty where the row was refused."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    queued: tuple[int, ...] = ()
    """Rows that became drafts in the queue, for another valid address has their text."""

    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """One change with who, when and why."""

    id: int
    action: str
    day: date
    at: str
    """ISO 8601 UTC."""

    who: str
    why: str
    address: str = ""
    """Address code, empty for a change of an element."""

    element: str = ""
    """Element code, empty for a change of one address only."""

    detail: Mapping[str, Any] = field(default_factory=dict)
    """What it was and what it became, and the codes of others concerned."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Two addresses with one text."""

    id: int
    code: str
    """The draft that waits."""

    winner: str
    """The valid address that has the text."""

    reason: str
    evidence: Mapping[str, Any]
    """Both texts, both sources, distance between the doors, fields that differ."""

    found_at: str
    outcome: Outcome | None = None
    who: str = ""
    why: str = ""
    resolved_at: str = ""


class DuplicateError(ConflictError):
    """A valid address has this text already.

    Args:
        text: The canonical text.
        winner: Code of the address that has it.
    """

    def __init__(self, text: str, winner: str) -> None:
        super().__init__(f"address {text!r} is there already: {winner}")
        self.field = "elements"
        self.winner = winner


class StaleError(ConflictError):
    """The address was changed since it was read."""


def divided(parts: Iterable[Part]) -> Mapping[str, Part]:
    """The elements by type.

    Raises:
        InputError: A type is there twice.
    """
    found: dict[str, Part] = {}
    for one in parts:
        if one.type in found:
            raise FieldError(
                one.type, f"{found[one.type].value!r} and {one.value!r}; legal: one of a type"
            )
        found[one.type] = one
    if not found:
        raise FieldError("elements", "none is given; legal: a division and what lies in it")
    return found
