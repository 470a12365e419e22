"""Looks things up in an index; one reader for each thread."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from cim.arrays import Float64, Int64
from cim.errors import BackendError
from geocode.index.schema import DEGREES, NAMED, VERSION, unpacked
from geocode.keys import Key, area_anchor
from geocode.model import Area, Door
from geocode.suggest import Suggestion

MOST: Final = 512
"""Doors behind one number that are looked at."""

_COLUMNS: Final = "d.number, d.code, d.area, d.leaves, d.lon, d.lat"
_EXACT: Final = f"""SELECT {_COLUMNS} FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? AND k.number = ? AND k.tail = ? LIMIT {MOST}"""
_BEHIND: Final = f"""SELECT {_COLUMNS} FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? AND k.number = ? LIMIT {MOST}"""
_BELOW: Final = f"""SELECT {_COLUMNS} FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? AND k.number < ? AND k.number > 0 ORDER BY k.number DESC LIMIT 64"""
_ABOVE: Final = f"""SELECT {_COLUMNS} FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? AND k.number > ? ORDER BY k.number LIMIT 64"""

_MAPPED: Final = 256 << 20
"""Bytes of the file kept in the address space: more would count as memory of each worker."""

_POINT: Final = np.dtype([("number", np.int64), ("lon", np.int32), ("lat", np.int32)])
"""A row of places; read one by one, because ten million of them as tuples fill the memory."""

_ONE: Final = f"SELECT {_COLUMNS} FROM door d WHERE d.number = ?"
_WITHIN: Final = f"""SELECT {_COLUMNS} FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? AND k.number BETWEEN ? AND ? ORDER BY k.number LIMIT ?"""
_ALONG: Final = """SELECT d.area, d.lon, d.lat FROM key k JOIN door d ON d.number = k.door
  WHERE k.anchor = ? LIMIT 8192"""

SUGGESTED: Final = ("county", "township", "community", "natural_village", "road", "lane",
                    "estate", "poi")  # fmt: skip
"""Types of areas whose names are suggested."""


def _within(kind: str, above: Mapping[str, str]) -> str:
    """Name of what an area lies in: its county, or what there is above it."""
    kinds = ("city", "province") if kind == "county" else ("county", "city", "province")
    return next((above[one] for one in kinds if one in above), "")


class Placed(NamedTuple):
    """A name and where it is."""

    county: str
    """Canonical name, empty where there is none."""

    kind: str
    value: str


class Index:
    """An index file, open for reading; safe for use from several threads.

    Raises:
        BackendError: It is missing, torn or of another version: it has to be made anew.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BackendError(f"{path}: no geocoder index here; make it with: cim geocode index")
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        try:
            self.settings: Mapping[str, str] = dict(
                self._connection.execute("SELECT name, value FROM setting")
            )
        except sqlite3.DatabaseError as error:
            raise BackendError(f"{path}: torn index ({error}); run: cim geocode index") from error
        if self.settings.get("version") != str(VERSION):
            raise BackendError(f"{path}: index of another version; run: cim geocode index")
        self._values_of_area = lru_cache(1 << 17)(self._read_area)
        self._anchors: set[int] = set()
        self._last = 0
        self.catch_up()

    @property
    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        try:
            connection: sqlite3.Connection = self._local.connection
        except AttributeError:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def setting(self, name: str) -> str:
        """What a setting says now."""
        (value,) = self._connection.execute(
            "SELECT value FROM setting WHERE name = ?", (name,)
        ).fetchone()
        return str(value)

    def close(self) -> None:
        """Release the file."""
        while self._opened:
            self._opened.pop().close()
        self._local = threading.local()

    def catch_up(self) -> None:
        """Take note of the anchors of areas that came since; an area never goes.

        Most keys of misspelt texts have an anchor that is not there: no question is worth asking.
        """
        rows = self._connection.execute(
            "SELECT id, anchor FROM area WHERE id > ? ORDER BY id", (self._last,)
        )
        for number, anchor in rows:
            self._anchors.add(anchor)
            self._last = number

    def doors(self, key: Key) -> list[Door]:
        """The doors of a key."""
        return self._doors(_EXACT, key) if key.anchor in self._anchors else []

    def behind(self, anchor: int, number: int) -> list[Door]:
        """All doors with a number at an anchor."""
        return self._doors(_BEHIND, (anchor, number)) if anchor in self._anchors else []

    def beside(self, anchor: int, number: int) -> tuple[list[Door], list[Door]]:
        """Doors with the next lower and the next higher numbers at an anchor."""
        return self._doors(_BELOW, (anchor, number)), self._doors(_ABOVE, (anchor, number))

    def numbered(self, anchor: int, first: int, last: int, limit: int) -> list[Door]:
        """Doors at an anchor whose numbers lie between two, by number."""
        return self._doors(_WITHIN, (anchor, first, last, limit))

    def areas(self, anchor: int) -> list[Area]:
        """The areas of an anchor, those with most doors first."""
        if anchor not in self._anchors:
            return []
        rows = self._connection.execute(
            "SELECT id, kind, lon, lat, doors FROM area WHERE anchor = ? AND doors > 0 "
            "ORDER BY doors DESC LIMIT ?",
            (anchor, MOST),
        )
        return [
            Area(self._values_of_area(number), kind, lon / DEGREES, lat / DEGREES, doors)
            for number, kind, lon, lat, doors in rows
        ]

    def doors_of(self, fids: Sequence[int]) -> list[Door]:
        """The doors of row numbers that are in the index, in their order."""
        if len(fids) == 1:
            return self._doors(_ONE, tuple(fids))
        marks = ", ".join("?" * len(fids))
        statement = f"SELECT {_COLUMNS} FROM door d WHERE d.number IN ({marks})"
        found = {door.fid: door for door in self._doors(statement, tuple(fids))}
        return [found[fid] for fid in fids if fid in found]

    def named_areas(self) -> list[Suggestion]:
        """Streets, estates, places, villages and divisions, one of a name in each county."""
        groups: dict[tuple[str, str, str], tuple[int, float, float]] = {}
        rows = self._connection.execute(
            "SELECT id, kind, value, doors, lon, lat FROM area WHERE doors > 0 AND parent > 0"
        )
        for number, kind, value, doors, lon, lat in rows:
            if kind in SUGGESTED and not value.isdecimal():
                above = self._values_of_area(number)
                key = kind, value, _within(kind, above)
                count, east, north = groups.get(key, (0, 0.0, 0.0))
                groups[key] = count + doors, east + lon * doors, north + lat * doors
        return [
            Suggestion(*key, doors, lon / doors / DEGREES, lat / doors / DEGREES)
            for key, (doors, lon, lat) in groups.items()
        ]

    def points(self) -> tuple[Int64, Float64]:
        """Row numbers and (n, 2) longitudes and latitudes of all doors."""
        rows = self._connection.execute("SELECT number, lon, lat FROM door")
        every = np.fromiter(rows, _POINT)
        lon_lat = np.column_stack((every["lon"], every["lat"])) / DEGREES
        return every["number"].copy(), lon_lat

    def names(self) -> list[tuple[str, str]]:
        """Type and value of every name."""
        return self._connection.execute("SELECT kind, value FROM name ORDER BY id").fetchall()

    def along(self, road: str, upper: Mapping[str, str]) -> Float64:
        """Where the doors of a street are, those of its sections too: (n, 2) degrees."""
        own = f"SELECT id FROM area WHERE anchor = {area_anchor('road', {'road': road})}"
        anchors = self._connection.execute(
            f"SELECT DISTINCT anchor FROM area WHERE id IN ({own}) "
            f"OR (kind = 'section' AND parent IN ({own}))"
        ).fetchall()
        rows = [row for one in anchors for row in self._connection.execute(_ALONG, one)]
        inside = [
            (lon, lat)
            for area, lon, lat in rows
            if all(self._values_of_area(area).get(kind) == name for kind, name in upper.items())
        ]
        return np.array(inside, np.float64).reshape(-1, 2) / DEGREES

    def last_area(self) -> int:
        """The greatest number of an area."""
        ((last,),) = self._connection.execute("SELECT coalesce(max(id), 0) FROM area")
        return int(last)

    def names_after(self, number: int, last: int | None = None) -> list[Placed]:
        """Names of the areas with numbers above one, up to another, with their counties."""
        rows = self._connection.execute(
            "SELECT id, kind, value FROM area WHERE id > ? AND id <= ?",
            (number, self.last_area() if last is None else last),
        )
        return [
            Placed(self._values_of_area(area).get("county", ""), kind, value)
            for area, kind, value in rows.fetchall()
            if kind in NAMED and not value.isdecimal()
        ]

    def named(self, kind: str) -> list[str]:
        """Names of the areas of a type."""
        rows = self._connection.execute("SELECT DISTINCT value FROM area WHERE kind = ?", (kind,))
        return [value for (value,) in rows]

    def pairs(self, above: str, below: str) -> list[tuple[str, str]]:
        """Names of areas of a type that lie right in areas of another, each behind that one's."""
        return self._connection.execute(
            "SELECT DISTINCT a.value, b.value FROM area b JOIN area a ON a.id = b.parent "
            "WHERE a.kind = ? AND b.kind = ? AND b.doors > 0",
            (above, below),
        ).fetchall()

    def names_within(self, kind: str) -> dict[str, list[tuple[str, str]]]:
        """Type and value of every name, by the area of a type that it lies in, "" for none."""
        above: dict[int, str] = {}
        found: dict[str, dict[tuple[str, str], None]] = {}
        rows = self._connection.execute("SELECT id, parent, kind, value FROM area ORDER BY id")
        for number, parent, own, value in rows:
            area = above[number] = value if own == kind else above.get(parent, "")
            if own in NAMED and not value.isdecimal():
                found.setdefault(area, {})[own, value] = None
        return {area: list(names) for area, names in found.items()}

    def _doors(self, query: str, values: tuple[int, ...]) -> list[Door]:
        upper = self._values_of_area
        rows = self._connection.execute(query, values).fetchall()
        return [
            Door(number, code, upper(area) | unpacked(leaves), lon / DEGREES, lat / DEGREES)
            for number, code, area, leaves, lon, lat in rows
        ]

    def _read_area(self, number: int) -> dict[str, str]:
        """The values of an area and of all above it."""
        row = self._connection.execute(
            "SELECT parent, kind, value FROM area WHERE id = ?", (number,)
        ).fetchone()
        if row is None or not row[0]:
            return {}
        above = self._values_of_area(row[0])
        return {**above, row[1]: row[2]}
