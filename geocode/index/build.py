"""Makes an index from the addresses of a store, in one pass and flat memory but for the keys."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np

from addressing.kinds import KINDS
from addressing.registry.doors import Door
from cim.arrays import Int64
from geocode.index.schema import AFTER_LOAD, DEGREES, NAMED, TABLES, VERSION, packed
from geocode.keys import LEAVES, area_anchor, keys_of

_ROWS: Final = 20_000


def build(path: Path, rows: Iterable[Door], settings: Mapping[str, str]) -> int:
    """Write an index; it appears whole, or not at all. The number of doors in it.

    Args:
        path: Where; what is there is replaced.
        rows: All valid addresses.
        settings: What the index depends on, `Index.settings` of who opens it.
    """
    torn = path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    torn.unlink(missing_ok=True)
    connection = sqlite3.connect(torn, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        connection.executescript(TABLES)
        connection.execute("BEGIN")
        maker = _Maker()
        for part in batched(rows, _ROWS):
            connection.executemany("INSERT INTO door VALUES (?,?,?,?,?,?)", maker.doors(part))
        connection.executemany("INSERT INTO key VALUES (?,?,?,?)", maker.keys())
        connection.executemany("INSERT INTO area VALUES (?,?,?,?,?,?,?,?)", maker.areas())
        connection.executemany("INSERT INTO name (kind, value) VALUES (?,?)", maker.names())
        told = {
            **settings,
            "version": str(VERSION),
            "doors": str(maker.count),
            "made": uuid4().hex,
        }
        connection.executemany("INSERT INTO setting VALUES (?,?)", sorted(told.items()))
        connection.execute("COMMIT")
        connection.executescript(AFTER_LOAD)
        connection.executescript("PRAGMA journal_mode = WAL;")
    finally:
        connection.close()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    torn.replace(path)
    return maker.count


@dataclass(slots=True)
class _AreaSum:
    """An area while its doors are counted."""

    number: int
    parent: int
    kind: str
    value: str
    anchor: int
    doors: int = 0
    lon: float = 0.0
    lat: float = 0.0


@dataclass(slots=True)
class _Maker:
    """Areas and keys of the doors that went by."""

    count: int = 0
    _areas: dict[tuple[int, str, str], _AreaSum] = field(default_factory=dict)
    """By the number of the area above, kind and value; the first is the root."""

    _paths: dict[tuple[tuple[str, str], ...], _AreaSum] = field(default_factory=dict)
    _keys: list[Int64] = field(default_factory=list)

    def doors(self, rows: Iterable[Door]) -> Iterator[tuple[int, int, int, str, int, int]]:
        """Rows of the table of doors."""
        keys = []
        for row in rows:
            area = self._area(row.values)
            area.doors += 1
            area.lon += row.lon
            area.lat += row.lat
            keys += [(*key, row.fid) for key in keys_of(row.values)]
            place = round(row.lon * DEGREES), round(row.lat * DEGREES)
            yield row.fid, row.code, area.number, packed(row.values), *place
            self.count += 1
        self._keys.append(np.array(keys, np.int64).reshape(-1, 4))

    def keys(self) -> Iterator[tuple[int, int, int, int]]:
        """Rows of the table of keys, in its order."""
        every = np.concatenate(self._keys) if self._keys else np.zeros((0, 4), np.int64)
        every = every[np.lexsort((every[:, 3], every[:, 2], every[:, 1], every[:, 0]))]
        for part in np.array_split(every, len(every) // _ROWS + 1):
            yield from map(tuple, part.tolist())

    def areas(self) -> Iterator[tuple[int, int, str, str, int, int, int, int]]:
        """Rows of the table of areas; each has the doors of those below it too."""
        several = list(self._areas.values())
        by_number = {area.number: area for area in several}
        for area in reversed(several):  # those below come after those above
            above = by_number.get(area.parent)
            if above is not None:
                above.doors += area.doors
                above.lon += area.lon
                above.lat += area.lat
        for area in several:
            share = DEGREES / area.doors
            place = round(area.lon * share), round(area.lat * share)
            yield (
                area.number, area.parent, area.kind, area.value, area.anchor, area.doors, *place
            )  # fmt: skip

    def names(self) -> list[tuple[str, str]]:
        """Rows of the table of names."""
        named = {(area.kind, area.value) for area in self._areas.values()}
        return sorted(one for one in named if one[0] in NAMED)

    def _area(self, values: Mapping[str, str]) -> _AreaSum:
        """The area that a door lies in, the deepest."""
        path = tuple([(kind, value) for kind, value in values.items() if kind not in LEAVES])
        found = self._paths.get(path)
        if found is None:
            found = self._paths[path] = self._made(path)
        return found

    def _made(self, path: tuple[tuple[str, str], ...]) -> _AreaSum:
        """An area with all above it."""
        area = self._step(0, ("", ""), {})
        above: dict[str, str] = {}
        for part in sorted(path, key=lambda part: KINDS[part[0]].rank):
            above[part[0]] = part[1]
            area = self._step(area.number, part, above)
        return area

    def _step(self, parent: int, part: tuple[str, str], above: Mapping[str, str]) -> _AreaSum:
        key = (parent, *part)
        area = self._areas.get(key)
        if area is None:
            anchor = area_anchor(part[0], above) if above else 0
            area = self._areas[key] = _AreaSum(len(self._areas) + 1, parent, *part, anchor)
        return area
