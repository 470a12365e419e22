"""Which of many new rows may have their texts: those that no valid address has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from addressing.registry.compose import Composed
from addressing.registry.schema import LAYER
from addressing.registry.table import Addresses

STAGE: Final = """
CREATE TEMP TABLE IF NOT EXISTS cim_enrol (
  row INTEGER PRIMARY KEY, source_id TEXT, canonical_key INTEGER
)
"""
"""Keys and source ids of the rows of an enrolment, where the store can compare them."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What became of the claims of new rows to their texts, by place."""

    winners: dict[int, int] = field(default_factory=dict)
    """Row number of the valid address that has the text; ~place of an earlier new row."""

    turns: dict[int, int] = field(default_factory=dict)
    """Turns of those whose key another text has."""


@dataclass(frozen=True, slots=True)
class _Holder:
    text: str
    turn: int
    fid: int
    """Row number; ~place of a new row."""


def claim(addresses: Addresses, rows: Sequence[Composed | None]) -> Claims:
    """Decide for each new row, in order; None claims nothing.

    Args:
        addresses: Inside a write transaction in which the keys of the rows are staged.
        rows: New rows.
    """
    claims = Claims()
    taken = _taken(addresses)
    for place, one in enumerate(rows):
        if one is None:
            continue
        holders = taken.setdefault(one.key, [])
        same = next((each for each in holders if each.text == one.canonical), None)
        if same is not None:
            claims.winners[place] = same.fid
            continue
        turn = 1 + max((each.turn for each in holders), default=-1)
        if turn:
            claims.turns[place] = turn
        holders.append(_Holder(one.canonical, turn, ~place))
    return claims


def _taken(addresses: Addresses) -> dict[int, list[_Holder]]:
    """The valid addresses whose keys are among the staged ones, by key."""
    found: dict[int, list[_Holder]] = {}
    rows = addresses.connection.execute(
        f"SELECT DISTINCT a.canonical_key, a.fid FROM temp.cim_enrol e CROSS JOIN {LAYER} a "
        "ON a.canonical_key = e.canonical_key AND a.status = 'valid'"
    ).fetchall()
    for key, fid in rows:
        row = addresses.get(fid)
        text = addresses.canonical(row.facts)
        found.setdefault(key, []).append(_Holder(text, row.turn, fid))
    return found
