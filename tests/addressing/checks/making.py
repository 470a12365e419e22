"""Cities of a few doors for the checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from addressing.boundaries import Boundaries
from addressing.checking import load_checks, run_checks
from addressing.checks._streets import METRES_A_DEGREE
from addressing.checks.base import AddressTable, Buildings, ElementTable, Evidence, Limits
from addressing.profile import OddSide

TODAY = date(2026, 11, 22)
ORIGIN = (120.2, 23.0)
KINDS = ("group", "lane", "alley", "number", "compound", "building", "unit", "floor", "room")
COUNTY, ROAD = 1, 2
USUAL = Limits()


@dataclass(frozen=True)
class Door:
    """One address; metres east and north of `ORIGIN`."""

    number: int = 1
    x: float | None = 0.0
    y: float = 0.0
    text: str = ""
    street: int = 0
    alone: bool = True
    draft: bool = False
    linked: bool = False
    retired_link: bool = False
    touched: date = TODAY
    kinds: tuple[str, ...] = ("number",)
    division: int = COUNTY
    road: int = ROAD


def lon_lat(x: float | None, y: float) -> tuple[float, float]:
    """Degrees of a place in metres."""
    if x is None:
        return (np.nan, np.nan)
    scale = METRES_A_DEGREE * float(np.cos(np.radians(ORIGIN[1])))
    return ORIGIN[0] + x / scale, ORIGIN[1] + y / METRES_A_DEGREE


def table(doors: Sequence[Door]) -> AddressTable:
    """The doors as arrays."""
    texts = tuple(door.text or f"street {door.street} no {row}" for row, door in enumerate(doors))
    keys = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return AddressTable(
        codes=tuple(f"C{row}" for row in range(len(doors))),
        texts=texts,
        lon_lat=np.array([lon_lat(door.x, door.y) for door in doors]).reshape(-1, 2),
        drafts=np.array([door.draft for door in doors], bool),
        named={
            "division": np.array([door.division for door in doors], np.int64),
            "road": np.array([door.road for door in doors], np.int64),
            "estate": np.zeros(len(doors), np.int64),
            "poi": np.zeros(len(doors), np.int64),
        },
        present={kind: np.array([kind in door.kinds for door in doors], bool) for kind in KINDS},
        streets=np.array([door.street for door in doors], np.int64),
        numbers=np.array([door.number for door in doors], np.int64),
        alone=np.array([door.alone for door in doors], bool),
        linked=np.array([door.linked for door in doors], bool),
        retired_links=np.array([door.retired_link for door in doors], bool),
        touched=np.array([door.touched for door in doors], "datetime64[D]"),
        keys=np.array([keys[text] for text in texts], np.int64),
        turns=np.zeros(len(doors), np.int64),
    )


ELEMENTS = ElementTable(
    ids=np.array([COUNTY, ROAD]),
    codes=("330106", "R2"),
    kinds=("county", "road"),
    names=("西湖区", "文三路"),
    parents=np.array([0, COUNTY]),
    valid=np.array([True, True]),
)


def evidence(
    doors: Sequence[Door],
    *,
    elements: ElementTable = ELEMENTS,
    odd_side: OddSide = "majority",
    boundaries: Boundaries | None = None,
    buildings: Buildings | None = None,
    limits: Limits = USUAL,
) -> Evidence:
    """Evidence about some doors."""
    addresses = table(doors)
    return Evidence(addresses, elements, TODAY, odd_side, boundaries, buildings, limits)


def found(name: str, seen: Evidence) -> dict[int, Mapping[str, Any]]:
    """Details of what one check finds, by row."""
    (outcome,) = run_checks(load_checks([name]), seen)
    assert outcome.findings is not None, outcome.absent
    rows = outcome.findings.rows.tolist()
    assert rows == sorted(rows)
    return dict(zip(rows, outcome.findings.details, strict=True))


def street(count: int = 30, *, odd_left: bool = True, number: int = 0) -> list[Door]:
    """A street to the east, 10 m between doors, 12 m between its sides, numbers from 1 on."""
    side = 6.0 if odd_left else -6.0
    return [
        Door(one, 5.0 * one, side if one % 2 else -side, street=number)
        for one in range(1, count + 1)
    ]


def box(x: float, y: float, side: float = 10.0) -> shapely.Polygon:
    """A square around a place in metres."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return shapely.Polygon([lon_lat(x + a * side / 2, y + b * side / 2) for a, b in corners])


def buildings(*places: tuple[float, float], linked: Sequence[bool] = ()) -> Buildings:
    """Square buildings around places."""
    polygons = np.array([box(*place) for place in places], object)
    names = tuple(f"B{row}" for row in range(len(places)))
    return Buildings(names, polygons, np.array(linked or [False] * len(places), bool))
