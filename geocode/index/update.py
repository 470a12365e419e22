"""Brings an index up to date with the doors that changed, in one transaction."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from addressing.kinds import KINDS
from addressing.registry.doors import Door
from geocode.index.schema import DEGREES, NAMED, packed, unpacked
from geocode.keys import LEAVES, area_anchor, keys_of

_WAIT_S: Final = 30.0


def update(path: Path, since: int, head: int, doors: Iterable[Door], gone: Iterable[int]) -> bool:
    """Write changed doors into an index; False when another process did so already.

    Args:
        path: The index.
        since: Where the journal stood when the index was last written.
        head: Where it stands with these changes.
        doors: Doors as they are now.
        gone: Row numbers of those that are no more.
    """
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        if int(_setting(connection, "head")) != since:
            connection.execute("ROLLBACK")
            return False
        for number in gone:
            _remove(connection, number)
        for door in doors:
            _remove(connection, door.fid)
            _add(connection, door)
        connection.execute("UPDATE setting SET value = ? WHERE name = 'head'", (str(head),))
        connection.execute("COMMIT")
    finally:
        connection.close()
    return True


def _setting(connection: sqlite3.Connection, name: str) -> str:
    (value,) = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(value)


def _remove(connection: sqlite3.Connection, number: int) -> None:
    """Take a door out; its areas stay, counted down."""
    row = connection.execute(
        "SELECT area, leaves FROM door WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        return
    area, leaves = row
    values = {**_count(connection, area, -1), **unpacked(leaves)}
    connection.executemany(
        "DELETE FROM key WHERE anchor = ? AND number = ? AND tail = ? AND door = ?",
        [(*key, number) for key in keys_of(values)],
    )
    connection.execute("DELETE FROM door WHERE number = ?", (number,))


def _add(connection: sqlite3.Connection, door: Door) -> None:
    lon, lat = round(door.lon * DEGREES), round(door.lat * DEGREES)
    area = _area(connection, door.values, lon, lat)
    _count(connection, area, 1)
    connection.execute(
        "INSERT INTO door VALUES (?,?,?,?,?,?)",
        (door.fid, door.code, area, packed(door.values), lon, lat),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO key VALUES (?,?,?,?)",
        [(*key, door.fid) for key in keys_of(door.values)],
    )


def _count(connection: sqlite3.Connection, area: int, more: int) -> dict[str, str]:
    """Count doors up or down in an area and all above it; the values of the area."""
    values: list[tuple[str, str]] = []
    while area:
        connection.execute("UPDATE area SET doors = doors + ? WHERE id = ?", (more, area))
        area, kind, value = connection.execute(
            "SELECT parent, kind, value FROM area WHERE id = ?", (area,)
        ).fetchone()
        values.append((kind, value))
    return dict(reversed(values[:-1]))  # the last is the root


def _area(connection: sqlite3.Connection, values: Mapping[str, str], lon: int, lat: int) -> int:
    """The area of a door; what is new of it is made, at the door."""
    path = sorted(
        (one for one in values.items() if one[0] not in LEAVES),
        key=lambda one: KINDS[one[0]].rank,
    )
    number, above = 1, dict[str, str]()
    for kind, value in path:
        above[kind] = value
        row = connection.execute(
            "SELECT id FROM area WHERE parent = ? AND kind = ? AND value = ?",
            (number, kind, value),
        ).fetchone()
        number = row[0] if row else _new_area(connection, number, kind, above, (lon, lat))
    return number


def _new_area(
    connection: sqlite3.Connection,
    parent: int,
    kind: str,
    above: Mapping[str, str],
    place: tuple[int, int],
) -> int:
    if kind in NAMED:
        connection.execute(
            "INSERT OR IGNORE INTO name (kind, value) VALUES (?, ?)", (kind, above[kind])
        )
    made = connection.execute(
        "INSERT INTO area (parent, kind, value, anchor, doors, lon, lat) VALUES (?,?,?,?,0,?,?)",
        (parent, kind, above[kind], area_anchor(kind, above), *place),
    )
    return int(made.lastrowid or 0)
