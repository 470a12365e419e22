"""The whole registry as arrays, for the checks."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from addressing.checks.base import AddressTable, ElementTable
from addressing.registry.schema import LAYER
from addressing.registry.store import Registry
from cim.arrays import Bool, Int64
from cim.store.own_tables import Connection, points_of, quote

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
        columns = list(zip(*connection.execute(_ROWS), strict=True)) or [()] * 19
        fids = np.array(columns[0], np.int64)
        entities = connection.execute("SELECT DISTINCT entity FROM cim_address_link").fetchall()
        return Census(
            _addresses(connection, fids, columns),
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


def _addresses(
    connection: Connection, fids: Int64, columns: list[tuple[Any, ...]]
) -> AddressTable:
    bits = np.array(columns[9], np.int64)
    present = {kind: (bits >> place & 1) == 1 for place, kind in enumerate(_PRESENT)}
    below = np.logical_or.reduce([present[kind] for kind in _BELOW])
    named = dict(zip(("division", "road", "estate", "poi"), columns[5:9], strict=True))
    ids = {kind: np.array(values, np.int64) for kind, values in named.items()}
    return AddressTable(
        codes=tuple(columns[1]),
        texts=tuple(columns[2]),
        lon_lat=points_of(columns[3]),
        drafts=np.array(columns[4], bool),
        named=ids,
        present=present,
        streets=np.where(ids["estate"] > 0, -1, _streets(columns)),
        numbers=np.where(present["number"], np.array(columns[14], np.int64), -1),
        alone=np.array([bool(one) for one in columns[15]], bool) & ~below,
        linked=_among(fids, connection.execute("SELECT fid FROM cim_address_link")),
        retired_links=_retired_links(connection, fids),
        touched=_touched(connection, fids, columns[16]),
        keys=np.array(columns[17], np.int64),
        turns=np.array(columns[18], np.int64),
    )


def _streets(columns: list[tuple[Any, ...]]) -> Int64:
    """A number for each street with its section, lane and alley; -1 where there is no street."""
    numbers: dict[tuple[Any, ...], int] = {}
    rows = zip(columns[6], *columns[10:14], strict=True)
    return np.array(
        [numbers.setdefault(key, len(numbers)) if key[0] else -1 for key in rows], np.int64
    )


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


def _touched(connection: Connection, fids: Int64, begins: tuple[str, ...]) -> Any:  # noqa: ANN401 - numpy's days
    """The last day on which each address was made, changed or brought by a register."""
    days = np.array([begin[:10] for begin in begins], "datetime64[D]")
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
