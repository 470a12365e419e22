"""The valid addresses as doors: what a search engine is fed with, whole or what changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final, NamedTuple

from addressing.registry.schema import CODE, HEAD_NOW, LAYER, NUMBERED
from addressing.registry.store import Registry
from addressing.registry.table import Addresses
from cim.own_tables import changed_fids, journal_head, point_of

_COLUMNS: Final = ", ".join(f'"{kind}"' for kind in NUMBERED)
_SELECT: Final = (
    f"SELECT fid, address_code, division_id, road_id, estate_id, poi_id, geom, {_COLUMNS} "
    f"FROM {LAYER}"
)
_IN: Final = 500


class Door(NamedTuple):
    """One valid address."""

    fid: int
    """Its row number, which stays."""

    code: int
    """The address code as a number."""

    values: Mapping[str, str]
    """Canonical value by element type."""

    lon: float
    """Degrees, EPSG:4490."""

    lat: float


class AreaName(NamedTuple):
    """One way to write a named element."""

    kind: str
    value: str
    """The canonical value it has now."""

    name: str
    """Its name now, in the city's script."""

    written: str
    """As it may be written: the value, or an alias."""

    code: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The addresses as of one moment."""

    head: int
    """Where the journal stands."""

    doors: Iterator[Door]
    names: list[AreaName]
    gone: frozenset[int] = frozenset()
    """Row numbers that changed and are no valid address now."""


class DoorFacts(NamedTuple):
    """What else the registry knows of a door."""

    fid: int
    text: str
    """As the city writes it."""

    codes: tuple[str | None, str | None, str | None]
    """Of the BeiDou, GeoSOT and H3 grids."""

    height_m: float | None
    """Ellipsoidal, of the floor."""

    storey: int | None
    entity_id: str = ""
    """The building or other thing that it is linked to, its main one first."""

    layer: str = ""
    """Of that thing."""

    parts: Mapping[str, str] | None = None
    """Its parts as they are written, where it is no address of the registry."""


_FACTS: Final = f"""
SELECT {HEAD_NOW}, a.fid, a.text, a.beidou_code, a.geosot_code, a.h3_code, a.height, a.storey,
  l.entity, e.layer, l.role
FROM {LAYER} a LEFT JOIN cim_address_link l ON l.fid = a.fid
  LEFT JOIN cim_entity e ON e.entity_id = l.entity
"""
_FACTS_OF_ONE: Final = f"{_FACTS} WHERE a.fid = ?"


@contextmanager
def doors(registry: Registry, since: int | None = None) -> Iterator[Feed]:
    """The valid addresses that have a point, all as of one moment.

    Args:
        registry: The city's addresses.
        since: Only those that changed after this place in the journal; None for all.

    Raises:
        NotFoundError: The city has no addresses yet.
    """
    with registry.reading() as addresses:
        head = journal_head(addresses.connection, LAYER)
        if since is None:
            rows = addresses.connection.execute(f"{_SELECT} WHERE status = 'valid'")
            yield Feed(head, _doors(addresses, rows), _names(addresses))
            return
        fids = changed_fids(addresses.connection, LAYER, since).tolist()
        found = list(_doors(addresses, _rows(addresses, fids)))
        gone = frozenset(fids) - {door.fid for door in found}
        yield Feed(head, iter(found), _names(addresses), gone)


def facts_of(registry: Registry, fids: Collection[int]) -> tuple[int, dict[int, DoorFacts]]:
    """Where the journal stood, and what is known of doors, by row number.

    Each statement sees the latest commit.

    Returns:
        Where it stood at the first statement; -1 when no row was found, for then nothing told.
    """
    ask = registry.glances.rows
    if len(fids) == 1:
        rows = ask(_FACTS_OF_ONE, tuple(fids))
    else:
        parts = batched(fids, _IN)
        rows = [row for part in parts for row in ask(_facts_of_several(len(part)), part)]
    head = rows[0][0] if rows else -1
    if len(rows) > 1:  # of several things that a door is linked to the main one comes last
        rows.sort(key=_is_main)
    return head, {row[1]: _facts(row) for row in rows}


def _is_main(row: tuple[Any, ...]) -> bool:
    return bool(row[-1] == "main")


def _facts_of_several(count: int) -> str:
    return f"{_FACTS} WHERE a.fid IN ({', '.join('?' * count)})"


def facts_within(registry: Registry, entity_id: str, limit: int) -> list[DoorFacts]:
    """What is known of the valid addresses that are linked to an entity, its main ones first."""
    condition = (
        "WHERE l.entity = ? AND a.status = 'valid' ORDER BY l.role <> 'main', a.fid LIMIT ?"
    )
    rows = registry.glances.rows(_FACTS + condition, (entity_id, limit))
    return [_facts(row) for row in rows]


def _facts(row: tuple[Any, ...]) -> DoorFacts:
    _, fid, text, beidou, geosot, h3, height_m, storey, entity_id, layer, _ = row
    return DoorFacts(
        fid, text, (beidou, geosot, h3), height_m, storey, entity_id or "", layer or ""
    )


def fids_of(registry: Registry, code: str, limit: int) -> list[int]:
    """Row numbers of the address of a code, or of those that an entity is linked to.

    Args:
        registry: The city's addresses.
        code: A sound address code, or an entity id.
        limit: Most rows.
    """
    with registry.reading() as addresses:
        rows = addresses.connection.execute(
            f"SELECT fid FROM {LAYER} WHERE {CODE} = ? "
            "UNION SELECT fid FROM cim_address_link WHERE entity = ? ORDER BY 1 LIMIT ?",
            (int(code) if code.isdecimal() else None, code, limit),
        )
        return [fid for (fid,) in rows]


def head_of(registry: Registry) -> int:
    """Where the journal of addresses stands; 0 while the city has none."""
    with registry.reading() as addresses:
        return journal_head(addresses.connection, LAYER)


def _rows(addresses: Addresses, fids: list[int]) -> Iterator[tuple[Any, ...]]:
    """Rows of row numbers."""
    for part in batched(fids, _IN):
        marks = ", ".join("?" * len(part))
        statement = f"{_SELECT} WHERE status = 'valid' AND fid IN ({marks})"
        yield from addresses.connection.execute(statement, part)


def _doors(addresses: Addresses, rows: Iterable[tuple[Any, ...]]) -> Iterator[Door]:
    """Doors of rows; those without a point are left out."""
    elements = addresses.elements
    chains: dict[int, dict[str, str]] = {}
    for fid, code, division, road, estate, poi, geom, *numbers in rows:
        place = point_of(geom)
        if place is None:
            continue
        chain = chains.get(division)
        if chain is None:
            chain = chains[division] = {one.kind: one.value for one in elements.chain(division)}
        values = dict(chain)
        for named in (road, estate, poi):
            if named is not None:
                row = elements.row(named)
                values[row.kind] = row.value
        own = zip(NUMBERED, numbers, strict=True)
        values |= {kind: value for kind, value in own if value is not None}
        yield Door(fid, int(code), values, *place)


def _names(addresses: Addresses) -> list[AreaName]:
    """Names and old names of all named elements."""
    return [
        AreaName(*row)
        for row in addresses.connection.execute(
            "SELECT kind, value, name, value, code FROM cim_address_element "
            "WHERE valid_to IS NULL "
            "UNION SELECT e.kind, e.value, e.name, a.value, e.code FROM cim_address_alias a "
            "JOIN cim_address_element e ON e.id = a.element_id WHERE e.valid_to IS NULL"
        )
    ]
