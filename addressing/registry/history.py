"""What an address was, and what became of it."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from addressing.model import Event, Status
from addressing.registry.elements import ElementRow
from addressing.registry.rows import AddressRow, Facts, Texts
from addressing.registry.table import Addresses
from addressing.registry.values import RegistryEvent
from cim.errors import NotFoundError

_DAY, _AT = 2, 3
"""Columns of `_EVENTS`."""

_EVENTS = """
SELECT e.id, e.action, e.day, e.at, e.who, e.why, a.address_code, n.code, e.detail
FROM cim_address_event e
LEFT JOIN addresses a ON a.fid = e.fid
LEFT JOIN cim_address_element n ON n.id = e.element_id
"""


def address_on(addresses: Addresses, row: AddressRow, day: date) -> tuple[AddressRow, date]:
    """The row as it was at the end of a day, its text written with the names of then.

    Returns:
        The row, and the day whose names it has: of a retired address that of its end.

    Raises:
        NotFoundError: The address was made later.
    """
    text = day.isoformat()
    if text < row.valid_from:
        raise NotFoundError(f"address {row.code} is of {row.valid_from}; {text} is before it")
    found = addresses.connection.execute(
        "SELECT version, state, geom, canonical_key FROM cim_address_version "
        "WHERE fid = ? AND valid_from <= ? AND ? < valid_to ORDER BY version DESC LIMIT 1",
        (row.fid, text, text),
    ).fetchone()
    if found is not None:
        version, state, geom, key = found
        columns = orjson.loads(state)
        row = replace(
            row,
            version=version,
            status=Status(columns["status"]),
            facts=Facts.from_state(columns, geom),
            geom=geom,
            key=key,
            valid_to=None,
        )
    names_day = min(day, row.names_day or day)
    texts = Texts.of(row.facts, row.facts.element_rows(addresses.elements, names_day))
    return replace(row, text=texts.local), names_day


def events_of(addresses: Addresses, row: AddressRow) -> tuple[RegistryEvent, ...]:
    """What happened to an address, and since it was made to the elements that it names.

    In the order of the days from which the changes held.
    """
    named = [one.id for one in row.facts.element_rows(addresses.elements)]
    marks = ", ".join("?" * len(named))
    own = addresses.connection.execute(f"{_EVENTS} WHERE e.fid = ?", (row.fid,)).fetchall()
    own += addresses.connection.execute(
        "SELECT 0, action, day, at, who, why, ?, NULL, '{}' FROM cim_address_batch "
        "WHERE first_fid <= ? AND ? <= last_fid",
        (row.code, row.fid, row.fid),
    ).fetchall()
    made, first = min((one[_AT], one[0]) for one in own)
    others = addresses.connection.execute(
        f"{_EVENTS} WHERE e.element_id IN ({marks}) AND e.fid IS NULL "
        "AND (e.day > ? OR (e.day = ? AND e.at >= ? AND e.id > ?))",
        (*named, row.valid_from, row.valid_from, made, first),
    ).fetchall()
    order = sorted([*own, *others], key=lambda one: (one[_DAY], one[_AT], one[0]))
    return tuple(_event(one) for one in order)


def element_events(addresses: Addresses, row: ElementRow) -> tuple[RegistryEvent, ...]:
    """What happened to an element, oldest first."""
    found = addresses.connection.execute(
        f"{_EVENTS} WHERE e.element_id = ? ORDER BY e.id", (row.id,)
    )
    return tuple(_event(one) for one in found)


def _event(row: tuple[Any, ...]) -> RegistryEvent:
    number, action, day, at, who, why, address, element, detail = row
    return RegistryEvent(
        number,
        action,
        date.fromisoformat(day),
        at,
        who,
        why,
        address or "",
        element or "",
        orjson.loads(detail),
    )


def lineage_of(addresses: Addresses, row: AddressRow) -> tuple[Event, ...]:
    """The steps in the life of an address."""
    return tuple(
        Event(one.action, one.day, one.why, tuple(one.detail.get("others", ())))  # type: ignore[arg-type]
        for one in events_of(addresses, row)
    )


def successors_of(addresses: Addresses, row: AddressRow) -> tuple[str, ...]:
    """Codes of the addresses that took the place of a retired one, today; empty when none did."""
    if row.status is not Status.RETIRED:
        return (row.code,)
    found = addresses.connection.execute(
        "SELECT detail FROM cim_address_event WHERE fid = ? AND action IN ('replaced', 'merged', "
        "'split') ORDER BY id DESC LIMIT 1",
        (row.fid,),
    ).fetchone()
    codes = orjson.loads(found[0]).get("others", []) if found else []
    current = [one for code in codes for one in successors_of(addresses, addresses.require(code))]
    return tuple(dict.fromkeys(current))
