"""What is told of a place, as values."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from geocode.city import Nearby
from geocode.model import Level
from geocode.reverse.layers import Thing

type Basis = Literal["polygon", "nearest_door", "line", "none"]
"""What something rests on: an area or line of a layer, or what the nearest door says."""


class Wish(NamedTuple):
    """What is asked of a place."""

    limit: int = 1
    """Most answers."""

    radius_m: float = 200.0
    """How far away doors and roads may be."""

    levels: frozenset[Level] = frozenset()
    """Answers of these levels only; none: the building, doors, else what is coarser."""

    height_m: float | None = None
    """Ellipsoidal height of the place."""


class Road(NamedTuple):
    """The road at a place."""

    name: str
    distance_m: float
    basis: Basis
    lon: float
    """Of the nearest point of it that is known."""

    lat: float
    side: str | None = None
    """`left` or `right`: where the place lies, seen along the road's line; None without a line."""

    entity_id: str = ""


class Divisions(NamedTuple):
    """The divisions that a place lies in."""

    names: Mapping[str, str]
    """Name as the city writes it, by type."""

    adcode: str
    basis: Basis


class Here(NamedTuple):
    """What is at a place."""

    answers: list[Nearby]
    """The building first, then doors, the nearest first; where there is none, what is coarser."""

    divisions: Divisions
    building: Thing | None = None
    road: Road | None = None
    estate: str = ""
    community: str = ""
    storey: Thing | None = None
    space: Thing | None = None
    """The room of a building model at the height asked for."""
