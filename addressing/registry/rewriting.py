"""Texts and keys of addresses written anew when their elements changed."""

from collections.abc import Iterable

import numpy as np

from addressing.model import Status
from addressing.registry.collisions import queue
from addressing.registry.rows import AddressRow, Texts
from addressing.registry.schema import CHAIN, LAYER, NAMED
from addressing.registry.table import Addresses
from addressing.registry.values import Reason
from cim.own_tables import in_bulk, journal_rows

_PARTS = f"""
WITH RECURSIVE part(id) AS (
  SELECT value FROM json_each(?)
  UNION
  SELECT e.id FROM cim_address_element e JOIN part ON e.parent_id = part.id
  WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in CHAIN)})
)
SELECT id FROM part
"""


_PAGE = 5_000
"""Rows in memory at a time."""


def divisions_in(addresses: Addresses, ids: Iterable[int]) -> list[int]:
    """Some divisions and all that lie in them."""
    listed = f"[{','.join(str(one) for one in ids)}]"
    return [one for (one,) in addresses.connection.execute(_PARTS, (listed,))]


def naming(addresses: Addresses, kind: str, ids: Iterable[int]) -> str:
    """SQL condition of the addresses that name some elements, or lie in some divisions."""
    column = f"{kind}_id" if kind in NAMED else "division_id"
    chosen = list(ids) if kind in NAMED else divisions_in(addresses, ids)
    return f"{column} IN ({','.join(str(one) for one in chosen)})"


def rewrite(addresses: Addresses, condition: str, reason: Reason, origin: str) -> tuple[int, int]:
    """Write the texts of addresses anew.

    Those that ended before the day of the change keep the text that they had. A valid one whose
    new text another has becomes a draft in the queue.

    Returns:
        How many have a new text, and how many of them wait in the queue.
    """
    day = reason.day.isoformat()
    chosen = f"({condition}) AND (valid_to IS NULL OR valid_to >= ?)"
    fids = addresses.fids(chosen, (day,))
    changed: list[int] = []
    queued: list[tuple[int, AddressRow]] = []
    with in_bulk(addresses.connection, LAYER):
        for start in range(0, len(fids), _PAGE):
            listed = ",".join(str(fid) for fid in fids[start : start + _PAGE])
            for row in tuple(addresses.rows(f"fid IN ({listed}) ORDER BY fid")):
                new, winner = _rewritten(addresses, row, reason)
                changed += [row.fid] * new
                queued += [(row.fid, winner)] if winner else []
        rows = np.array(changed, dtype=np.int64)
        journal_rows(addresses.connection, LAYER, "update", rows, origin)
    for fid, winner in queued:
        queue(addresses, fid, winner.fid)
        detail = {"fields": {"status": ["valid", "draft"]}, "others": [winner.code]}
        addresses.event("corrected", reason, fid=fid, detail=detail)
    return len(changed), len(queued)


def _rewritten(
    addresses: Addresses, row: AddressRow, reason: Reason
) -> tuple[bool, AddressRow | None]:
    """Write one address anew: whether it differs, and which valid one has its text already."""
    texts = Texts.of(row.facts, row.facts.element_rows(addresses.elements, row.names_day))
    key = addresses.key_of(texts.canonical)
    if texts.local == row.text and key == row.key:
        return False, None
    winner, turn = _claim(addresses, row, texts.canonical, key)
    if winner is not None:
        addresses.keep_version(row, reason)
    addresses.connection.execute(
        f"UPDATE {LAYER} SET text = ?, canonical_key = ?, canonical_turn = ?, "
        "version = version + 1, status = ? WHERE fid = ?",
        (texts.local, key, turn, "draft" if winner else row.status.value, row.fid),
    )
    return True, winner


def _claim(
    addresses: Addresses, row: AddressRow, text: str, key: int
) -> tuple[AddressRow | None, int]:
    """The other address that has the text of a valid row, and the turn for the row."""
    if row.status is not Status.VALID:
        return None, 0
    found, turn = addresses.holder(text, key)
    if found is None or found.fid == row.fid:
        return None, found.turn if found else turn
    return found, 0
