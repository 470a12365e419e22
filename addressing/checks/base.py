"""What a check is: values in, findings out.

A check looks at all addresses at once, as arrays; a city of a million doors takes seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

import numpy as np

from addressing.boundaries import Boundaries
from addressing.profile import OddSide
from cim.arrays import Bool, Float64, Int64, Objects, require_shape

DEPTH = 12
"""More steps upward than there are levels of elements."""

type Need = Literal["boundaries", "buildings"]
type Subject = Literal["addresses", "buildings"]


@dataclass(frozen=True, slots=True)
class ElementTable:
    """The named elements, one row each."""

    ids: Int64
    """(m,) ascending."""

    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    parents: Int64
    """(m,) id of the element it lies in, 0 at the top."""

    valid: Bool
    """(m,) whether it is valid now."""

    def rows(self, ids: Int64) -> Int64:
        """Row of each id, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.int64)
        place = np.searchsorted(self.ids, ids).clip(max=len(self.ids) - 1)
        return np.where(self.ids[place] == ids, place, -1)

    def divisions(self, rows: Int64) -> Int64:
        """Row of the division with an official code that each element is or lies in; else -1.

        Codes that the registry made for divisions that no table has say nothing to others.
        """
        official = np.array([is_official(code) for code in self.codes], bool)
        up = self.rows(self.parents)
        here = rows.copy()
        for _ in range(DEPTH):
            climbs = here >= 0
            climbs[climbs] = ~official[here[climbs]]
            here[climbs] = up[here[climbs]]
        return here


def is_official(code: str) -> bool:
    """Whether a division code is one of a table: digits, or a path of names (Taiwan)."""
    return code.isdecimal() or "/" in code


@dataclass(frozen=True, slots=True)
class AddressTable:
    """The addresses that are valid or drafts, one row each."""

    codes: tuple[str, ...]
    texts: tuple[str, ...]
    lon_lat: Float64
    """(n, 2) degrees CGCS2000 of the doors, NaN where unknown."""

    drafts: Bool
    """(n,)"""

    named: Mapping[str, Int64]
    """(n,) ids of elements by `division`, `road`, `estate`, `poi`; 0 where there is none."""

    present: Mapping[str, Bool]
    """(n,) whether there is a value, by type of numbered elements."""

    streets: Int64
    """(n,) number of the street with section, lane and alley that counts the doors; -1 none."""

    numbers: Int64
    """(n,) leading number of the door, -1 where there is none."""

    alone: Bool
    """(n,) whether the door number is that number alone, and nothing smaller follows."""

    linked: Bool
    """(n,) whether an entity has the address."""

    retired_links: Bool
    """(n,) whether one of these entities is no more."""

    touched: Any
    """(n,) datetime64[D], when it was made or changed last."""

    keys: Int64
    """(n,) key of the canonical text."""

    turns: Int64
    """(n,) what tells texts of one key apart."""

    def __post_init__(self) -> None:
        count = len(self.codes)
        require_shape("lon_lat", self.lon_lat, count, 2)
        for name in (
            "drafts",
            "streets",
            "numbers",
            "alone",
            "linked",
            "retired_links",
            "keys",
            "turns",
        ):
            require_shape(name, getattr(self, name), count)


@dataclass(frozen=True, slots=True)
class Buildings:
    """Footprints of the city's buildings."""

    entities: tuple[str, ...]
    polygons: Objects
    """(b,) shapely polygons in degrees CGCS2000."""

    linked: Bool
    """(b,) whether an address names the building."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is a fault."""

    gap: int = 20
    """Numbers missing in a row on one side of a street."""

    jump_m: float = 300.0
    """Least distance between neighbours in number that is a jump."""

    jump_times: float = 10.0
    """And so many times the usual distance on that side of the street."""

    aside_m: float = 4.0
    """How far beyond the middle of the street a door is on the wrong side."""

    near_m: float = 10.0
    """Distance within which a door belongs to a building."""

    stale_days: int = 1826
    """Days after which an address that nobody changed is stale: five years."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that checks look at."""

    addresses: AddressTable
    elements: ElementTable
    today: date
    odd_side: OddSide = "majority"
    boundaries: Boundaries | None = None
    buildings: Buildings | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found."""

    rows: Int64
    """(k,) rows of the addresses; of a check of buildings, rows of the buildings."""

    details: tuple[Mapping[str, Any], ...]
    """(k,) what was found at each, as plain values."""

    def __post_init__(self) -> None:
        require_shape("rows", self.rows, len(self.details))


def findings(rows: Sequence[int] | Int64, details: Sequence[Mapping[str, Any]]) -> Findings:
    """Findings of rows with a detail each."""
    return Findings(np.asarray(rows, np.int64), tuple(details))


class Check(Protocol):
    """A named rule."""

    @property
    def name(self) -> str:
        """Its name, that of its file."""
        ...

    @property
    def title(self) -> Mapping[str, str]:
        """What is wrong, by language, `zh` and `en`."""
        ...

    @property
    def needs(self) -> tuple[Need, ...]:
        """Parts of the evidence without which it cannot run."""
        ...

    @property
    def about(self) -> Subject:
        """What the rows of its findings are."""
        ...

    def find(self, evidence: Evidence) -> Findings:
        """All findings, in the order of rows."""
        ...
