"""The whole registry as arrays, for the checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from addressing.checks.base import AddressTable, ElementTable
from addressing.registry.schema import LAYER
from addressing.registry.store import Registry
from cim.arrays import Bool, Int64
from cim.own_tables import Connection, points_of, quote

_PRESENT: Final = (
    "group", "lane", "alley", "number", "compound", "building", "unit", "floor", "room",
)  # fmt: skip
_BELOW: Final = ("building", "unit", "floor", "room")
"""Types that make an address one of several behind a door."""

_BITS: Final = " + ".join(
    f'("{kind}" IS NOT NULL) * {1 << place}' for place, kind in enumerate(_PRESENT)
)
_ROWS: Final = f"""
SELECT fid, address_code, text, geom, status = 'draft', division_id, coalesce(road_id, 0),
  coalesce(estate_id, 0), coalesce(poi_id, 0), {_BITS},
  section, lane, alley, sub_alley,
  CASE WHEN number GLOB '[0-9]*' THEN CAST(number AS INTEGER) ELSE -1 END,
  number NOT GLOB '*[^0-9]*', valid_from, canonical_key, canonical_turn
FROM {LAYER} WHERE status <> 'retired' ORDER BY fid
"""


_WIDTH: Final = 19
"""Columns of these rows."""

_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Census:
    """All that the registry knows, as of one moment."""

    addresses: AddressTable
    elements: ElementTable
    entities: frozenset[str]
    """Ids of the entities that have an address."""


def take_census(registry: Registry) -> Census:
    """The addresses that are valid or drafts, and all named elements.

    Raises:
        NotFoundError: The city has no addresses yet.
    """
    with registry.reading() as reading:
        connection = reading.connection
        entities = connection.execute("SELECT DISTINCT entity FROM cim_address_link").fetchall()
        return Census(
            _addresses(connection),
            _elements(connection),
            frozenset(entity for (entity,) in entities),
        )


def census_version(registry: Registry) -> int:
    """A number that grows with every change of an address, an element or a layer.

    Raises:
        NotFoundError: The city has no addresses yet.
    """
    with registry.reading() as reading:
        counts = reading.connection.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM cim_address_event), "
            "(SELECT coalesce(max(id), 0) FROM cim_address_batch), "
            "(SELECT coalesce(max(seq), 0) FROM cim_change)"
        ).fetchone()
    return sum(counts)


def _addresses(connection: Connection) -> AddressTable:
    """The addresses; rows become arrays some at a time, for they are large."""
    streets: dict[tuple[Any, ...], int] = {}
    codes: list[str] = []
    texts: list[str] = []
    parts: list[dict[str, Any]] = []
    cursor = connection.execute(_ROWS)
    while (rows := cursor.fetchmany(_AT_ONCE)) or not parts:
        columns = list(zip(*rows, strict=True)) or [()] * _WIDTH
        codes += columns[1]
        texts += columns[2]
        parts.append(_arrays(columns, streets))
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    fids, bits = whole.pop("fids"), whole.pop("bits")
    present = {kind: (bits >> place & 1) == 1 for place, kind in enumerate(_PRESENT)}
    below = np.logical_or.reduce([present[kind] for kind in _BELOW])
    named = {kind: whole.pop(kind) for kind in ("division", "road", "estate", "poi")}
    return AddressTable(
        codes=tuple(codes),
        texts=tuple(texts),
        lon_lat=whole["points"],
        drafts=whole["drafts"],
        named=named,
        present=present,
        streets=np.where(named["estate"] > 0, -1, whole["streets"]),
        numbers=np.where(present["number"], whole["numbers"], -1),
        alone=whole["plain"] & ~below,
        linked=_among(fids, connection.execute("SELECT fid FROM cim_address_link")),
        retired_links=_retired_links(connection, fids),
        touched=_touched(connection, fids, whole["begins"]),
        keys=whole["keys"],
        turns=whole["turns"],
    )


def _arrays(
    columns: Sequence[tuple[Any, ...]], streets: dict[tuple[Any, ...], int]
) -> dict[str, Any]:
    """Columns of some rows as arrays; new streets get the next numbers."""
    keys = zip(columns[6], *columns[10:14], strict=True)
    numbered = [streets.setdefault(key, len(streets)) if key[0] else -1 for key in keys]
    return {
        "fids": np.array(columns[0], np.int64),
        "points": points_of(columns[3]),
        "drafts": np.array(columns[4], bool),
        "division": np.array(columns[5], np.int64),
        "road": np.array(columns[6], np.int64),
        "estate": np.array(columns[7], np.int64),
        "poi": np.array(columns[8], np.int64),
        "bits": np.array(columns[9], np.int64),
        "streets": np.array(numbered, np.int64),
        "numbers": np.array(columns[14], np.int64),
        "plain": np.array([bool(one) for one in columns[15]], bool),
        "begins": np.array([one[:10] for one in columns[16]], "datetime64[D]"),
        "keys": np.array(columns[17], np.int64),
        "turns": np.array(columns[18], np.int64),
    }


def _among(fids: Int64, rows: Any) -> Bool:  # noqa: ANN401 - a cursor
    """Whether each row number is among those of a statement."""
    found = np.array([fid for (fid,) in rows], np.int64)
    return np.isin(fids, found)


def _retired_links(connection: Connection, fids: Int64) -> Bool:
    """Whether an entity of the address is no more."""
    retired = np.zeros(len(fids), bool)
    layers = connection.execute(
        "SELECT DISTINCT e.layer FROM cim_address_link l JOIN cim_entity e "
        "ON e.entity_id = l.entity"
    ).fetchall()
    for (layer,) in layers:
        rows = connection.execute(
            f"SELECT l.fid FROM cim_address_link l JOIN {quote(layer)} t "
            "ON t.entity_id = l.entity WHERE t.valid_to IS NOT NULL"
        )
        retired |= _among(fids, rows)
    return retired


def _touched(connection: Connection, fids: Int64, begins: Any) -> Any:  # noqa: ANN401 - numpy's days
    """The last day on which each address was made, changed or brought by a register."""
    days = begins.copy()
    for first, last, day in connection.execute(
        "SELECT first_fid, last_fid, day FROM cim_address_batch"
    ):
        start, end = np.searchsorted(fids, [first, last + 1])
        days[start:end] = np.maximum(days[start:end], np.datetime64(day))
    for fid, day in connection.execute(
        "SELECT fid, max(day) FROM cim_address_event WHERE fid IS NOT NULL GROUP BY fid"
    ):
        place = int(np.searchsorted(fids, fid))
        if place < len(fids) and fids[place] == fid:
            days[place] = max(days[place], np.datetime64(day))
    return days


def _elements(connection: Connection) -> ElementTable:
    rows = connection.execute(
        "SELECT id, code, kind, name, parent_id, valid_to IS NULL FROM cim_address_element "
        "ORDER BY id"
    ).fetchall()
    ids, codes, kinds, names, parents, valid = zip(*rows, strict=True) if rows else [()] * 6
    return ElementTable(
        np.array(ids, np.int64),
        tuple(codes),
        tuple(kinds),
        tuple(names),
        np.array(parents, np.int64),
        np.array(valid, bool),
    )
