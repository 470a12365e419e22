"""The queue of addresses that share one text, and how a person decides."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import orjson
from pyproj import Geod

from addressing.model import Status
from addressing.registry.rows import AddressRow
from addressing.registry.table import Addresses
from addressing.registry.values import Collision, Outcome, Reason
from cim.errors import ConflictError, NotFoundError
from cim.own_tables import utc_now

_GEOD: Final = Geod(ellps="GRS80")
_CASES: Final = """
SELECT c.id, a.address_code, w.address_code, c.reason, c.evidence, c.found_at, c.outcome, c.who,
  c.why, c.resolved_at
FROM cim_address_collision c JOIN addresses a ON a.fid = c.fid
JOIN addresses w ON w.fid = c.winner_fid
"""
SAME_DOOR_M: Final = 5.0
"""Doors nearer than this are one door as far as plates are measured."""


def queue(
    addresses: Addresses, fid: int, winner_fid: int, own: Mapping[str, Any] | None = None
) -> int:
    """Put a draft into the queue with the evidence; the number of the case."""
    row, winner = addresses.get(fid), addresses.get(winner_fid)
    distance = distance_m(row, winner)
    evidence = {
        "text": row.text,
        "winner_text": winner.text,
        "source": {"name": row.source, "id": row.source_id},
        "winner_source": {"name": winner.source, "id": winner.source_id},
        "distance_m": distance,
        "differs": differences(row, winner),
        **(own or {}),
    }
    cursor = addresses.connection.execute(
        "INSERT INTO cim_address_collision (fid, winner_fid, reason, evidence, found_at) "
        "VALUES (?, ?, ?, ?, ?)",
        (fid, winner_fid, reason_of(distance), orjson.dumps(evidence).decode(), utc_now()),
    )
    return int(cursor.lastrowid or 0)


def queue_draft(addresses: Addresses, row: AddressRow) -> Collision:
    """Put a draft into the queue whose text a valid address has.

    Raises:
        ConflictError: It is no draft, or no valid address has its text.
    """
    winner, _ = addresses.holder(addresses.canonical(row.facts), row.key)
    if row.status is not Status.DRAFT or winner is None:
        raise ConflictError(
            f"address {row.code} is {row.status.value} and shares its text with no valid address"
        )
    return case_of(addresses, queue(addresses, row.fid, winner.fid))


def reason_of(distance: float | None) -> str:
    """What the doors tell of two addresses with one text."""
    if distance is None:
        return "same_text"
    return "same_door" if distance <= SAME_DOOR_M else "two_doors"


def distance_m(one: AddressRow, other: AddressRow) -> float | None:
    """Metres between two doors on the ellipsoid, None when one is unknown."""
    a, b = one.facts.lon_lat, other.facts.lon_lat
    if a is None or b is None:
        return None
    return round(float(np.asarray(_GEOD.inv(*a, *b)[2])), 2)


def differences(one: AddressRow, other: AddressRow) -> dict[str, list[Any]]:
    """Facts in which two addresses differ, by field."""
    a = {**one.facts.columns(), "lon_lat": one.facts.lon_lat}
    b = {**other.facts.columns(), "lon_lat": other.facts.lon_lat}
    return {name: [a[name], b[name]] for name in a if a[name] != b[name]}


def cases(addresses: Addresses, *, every: bool, after: int, limit: int) -> tuple[Collision, ...]:
    """Cases of the queue, oldest first."""
    chosen = "1" if every else "c.outcome IS NULL"
    rows = addresses.connection.execute(
        f"{_CASES} WHERE {chosen} AND c.id > ? ORDER BY c.id LIMIT ?", (after, limit)
    )
    return tuple(_case(row) for row in rows)


def _case(row: tuple[Any, ...]) -> Collision:
    number, code, winner, reason, evidence, found_at, outcome, who, why, resolved_at = row
    return Collision(
        number,
        code,
        winner,
        reason,
        orjson.loads(evidence),
        found_at,
        outcome,
        who or "",
        why or "",
        resolved_at or "",
    )


def case_of(addresses: Addresses, number: int) -> Collision:
    """A case by its number.

    Raises:
        NotFoundError: There is none.
    """
    row = addresses.connection.execute(f"{_CASES} WHERE c.id = ?", (number,)).fetchone()
    if row is None:
        raise NotFoundError(f"case {number} is not in the queue")
    return _case(row)


def close(addresses: Addresses, fid: int, outcome: Outcome, reason: Reason) -> None:
    """End the open cases of a draft."""
    addresses.connection.execute(
        "UPDATE cim_address_collision SET outcome = ?, who = ?, why = ?, resolved_at = ? "
        "WHERE fid = ? AND outcome IS NULL",
        (outcome, reason.who, reason.why, utc_now(), fid),
    )
