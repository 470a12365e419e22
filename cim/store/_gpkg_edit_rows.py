"""Rows of a layer as an edit finds them, and the digests that tell one state from another."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cim.store._gpkg_query import among
from cim.store._gpkg_schema import quote

_DIGEST_BYTES: Final = 9


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a layer."""

    values: Mapping[str, Any]
    """Stored values by column, geometry among them."""

    state: str
    """Digest of all of them."""

    @property
    def blob(self) -> bytes | None:
        """The geometry as GeoPackage has it."""
        found: bytes | None = self.values["geom"]
        return found


def read_rows(connection: sqlite3.Connection, layer: str, fids: Iterable[int]) -> dict[int, Row]:
    """Rows by number, retired ones included; those that do not exist are left out."""
    numbers = np.array(sorted(set(fids)), np.int64)
    if not len(numbers):
        return {}
    condition, values = among(numbers)
    cursor = connection.execute(f"SELECT * FROM {quote(layer)} WHERE {condition}", values)
    names = [column[0] for column in cursor.description]
    found = (dict(zip(names, row, strict=True)) for row in cursor)
    return {row["fid"]: Row(row, _digest(row)) for row in found}


def states_of(connection: sqlite3.Connection, layer: str, fids: Iterable[int]) -> dict[int, str]:
    """State of each row by number; rows that do not exist are left out.

    A state changes with any value of the row and with nothing else.
    """
    return {fid: row.state for fid, row in read_rows(connection, layer, fids).items()}


def _digest(row: Mapping[str, Any]) -> str:
    """A digest of stored values: texts, numbers, bytes and NULL, each with its type."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name, value in row.items():
        digest.update(f"{name}={type(value).__name__}:".encode())
        digest.update(value if isinstance(value, bytes) else str(value).encode())
        digest.update(b"\0")
    return digest.hexdigest()
