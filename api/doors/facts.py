"""What everybody may know of an address: no entity, no person, nothing of who changed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from addressing.format import write_one
from addressing.kinds import DIVISIONS, KINDS
from addressing.model import AddressElement, Status
from addressing.profile import Profile
from addressing.registry.texts import load_profile_once
from addressing.registry.walk import Walked
from cim.grids.beidou import PLUGIN as BEIDOU

DECIMALS = 5
"""Of degrees: about a metre."""

GRID_LEVEL = 7
"""BeiDou level of the code that is shown: cells of about 8 m."""


@dataclass(frozen=True, slots=True)
class Part:
    """One element of the path."""

    kind: str
    zh: str
    en: str
    name: str
    code: str = ""
    """Division code; empty for all but divisions."""


@dataclass(frozen=True, slots=True)
class OldName:
    """A name that an element had, and the day on which it lost it."""

    kind: str
    name: str
    now: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Successor:
    """An address that took the place of a retired one."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """The public side of an address."""

    code: str
    text: str
    status: Status
    begin: date | None
    end: date | None
    parts: tuple[Part, ...]
    old_names: tuple[OldName, ...]
    position: tuple[float, float] | None
    """Longitude and latitude, degrees CGCS2000, rounded to about a metre."""

    grid: str
    """BeiDou grid code, empty without a position."""

    successors: tuple[Successor, ...] = ()


def door_facts(address: Walked, successors: Iterable[Successor] = ()) -> DoorFacts:
    """The public facts of an address."""
    profile = load_profile_once(address.profile)
    position = None
    if address.lon_lat is not None:
        lon, lat = address.lon_lat
        position = (round(lon, DECIMALS), round(lat, DECIMALS))
    return DoorFacts(
        code=address.code,
        text=address.text,
        status=address.status,
        begin=address.begin,
        end=address.end,
        parts=tuple(_part(element, profile) for element in address.elements),
        old_names=tuple(name for one in address.elements for name in _old_names(one)),
        position=position,
        grid=_grid(position) if position else "",
        successors=tuple(successors),
    )


def _part(element: AddressElement, profile: Profile) -> Part:
    kind = KINDS[element.kind]
    code = element.code if element.kind in DIVISIONS and element.code.isdecimal() else ""
    return Part(kind.name, kind.zh, kind.en, write_one(element, profile, ""), code)


def _old_names(element: AddressElement) -> Iterable[OldName]:
    for alias in element.aliases:
        if alias.reason == "renamed" and alias.name != element.name:
            yield OldName(element.kind, alias.name, element.name, alias.validity.end)


def _grid(position: tuple[float, float]) -> str:
    codes = BEIDOU.encode(np.array([position]), GRID_LEVEL)
    return str(BEIDOU.to_text(codes)[0])
