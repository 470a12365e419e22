"""What the geocoder is asked and what it answers, as values.

Named tuples: a query makes many of them, and a frozen dataclass costs four times as much to make.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

type Verdict = Literal["matched", "corrected", "contradicted", "missing"]

NO_CORRECTIONS: Final[Mapping[str, str]] = MappingProxyType({})


class Level(StrEnum):
    """How fine an answer is, from the finest."""

    ROOM = "room"
    FLOOR = "floor"
    UNIT = "unit"
    BUILDING = "building"
    DOORPLATE = "doorplate"
    POI = "poi"
    INTERSECTION = "intersection"
    ESTATE = "estate"
    ROAD = "road"
    COMMUNITY = "community"
    STREET = "street"
    """A township or sub-district (街道), as Chinese maps name this level."""

    DISTRICT = "district"
    CITY = "city"
    PROVINCE = "province"


class Status(StrEnum):
    """How an answer was come by."""

    EXACT = "exact"
    NORMALISED = "normalised"
    CORRECTED = "corrected"
    INTERPOLATED = "interpolated"
    PARENT_FALLBACK = "parent_fallback"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


LEVELS: Final = tuple(Level)
"""From the finest to the coarsest."""

LEVEL_OF_KIND: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "room": Level.ROOM,
        "floor": Level.FLOOR,
        "unit": Level.UNIT,
        "building": Level.BUILDING,
        "number": Level.DOORPLATE,
        "compound": Level.DOORPLATE,
        "poi": Level.POI,
        "estate": Level.ESTATE,
        "zone": Level.ESTATE,
        "road": Level.ROAD,
        "section": Level.ROAD,
        "lane": Level.ROAD,
        "alley": Level.ROAD,
        "sub_alley": Level.ROAD,
        "natural_village": Level.COMMUNITY,
        "group": Level.COMMUNITY,
        "community": Level.COMMUNITY,
        "township": Level.STREET,
        "county": Level.DISTRICT,
        "city": Level.CITY,
        "province": Level.PROVINCE,
    }
)
"""The level that an element of a type (`addressing.kinds`) brings."""


class Door(NamedTuple):
    """One address of the gazetteer."""

    fid: int
    """Row number of the address in the store's layer."""

    code: int
    """The address code as a number, 0 when it has none."""

    values: Mapping[str, str]
    """Canonical value by element type."""

    lon: float
    lat: float


class Area(NamedTuple):
    """A street, an estate, a village or a division of the gazetteer."""

    values: Mapping[str, str]
    """Canonical value by element type, its own among them."""

    kind: str
    """The type of the area itself."""

    lon: float
    lat: float
    """Mean of the doors in it."""

    doors: int
    """How many doors are in it."""


class Asked(NamedTuple):
    """A query, read."""

    text: str
    values: Mapping[str, str]
    """Canonical value by element type, the first of each type."""

    doubtful: frozenset[str] = frozenset()
    """Types whose name the gazetteer does not know: it only looks like one."""

    rest: tuple[str, ...] = ()
    """Stretches that were not read."""


class Candidate(NamedTuple):
    """A door or an area that may be meant."""

    values: Mapping[str, str]
    lon: float
    lat: float
    doors: tuple[Door, ...] = ()
    """The doors it stands for: one, or all behind a door that is no address of its own."""

    corrections: Mapping[str, str] = NO_CORRECTIONS
    """Name as it is known, by the type it was given as, where the query spelled it another way."""

    edits: int = 0
    alike: bool = True
    """Whether the corrected name sounds the same, or lacks or has a character, or has two
    swapped; not when another character stands in it."""

    slip: bool = True
    """Whether the query's spelling may be a slip of the pen, not a name that somebody means."""

    typed: str = ""
    """What stands in the query where the corrected name is read."""

    unread: int = 0
    """Characters of the query that say nothing under this reading."""

    given: Mapping[str, str] | None = None
    """What the query gives under this reading, None when it is the one it was first read as."""

    share: float = 0.0
    """Where only pieces of a name led here: 1 when all that the query says is part of it, else
    half the share of its pieces that the query has."""

    crossing: str = ""
    """Canonical name of the street that meets the one of `values` here."""

    unmet: bool = False
    """Whether it is one of two streets whose crossing is asked for and not known."""

    interpolated: bool = False
    accuracy_m: float = 0.0
