"""The tables of an index file, and how a row is packed."""

from collections.abc import Mapping
from typing import Final

VERSION: Final = 2
"""Of the tables and of the keys; an index of another version is made anew."""

DEGREES: Final = 10_000_000
"""Coordinates are whole numbers of this part of a degree: a centimetre."""

NAMED: Final = ("road", "lane", "estate", "poi", "natural_village", "community", "township")
"""Types whose names may be misspelt."""

TABLES: Final = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE area (
  id INTEGER PRIMARY KEY,
  parent INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  anchor INTEGER NOT NULL,
  doors INTEGER NOT NULL,
  lon INTEGER NOT NULL,
  lat INTEGER NOT NULL
);
CREATE TABLE door (
  number INTEGER PRIMARY KEY,
  code INTEGER NOT NULL,
  area INTEGER NOT NULL,
  leaves TEXT NOT NULL,
  lon INTEGER NOT NULL,
  lat INTEGER NOT NULL
);
CREATE TABLE key (
  anchor INTEGER NOT NULL,
  number INTEGER NOT NULL,
  tail INTEGER NOT NULL,
  door INTEGER NOT NULL,
  PRIMARY KEY (anchor, number, tail, door)
) WITHOUT ROWID;
CREATE TABLE name (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (kind, value)
);
"""

AFTER_LOAD: Final = """
CREATE INDEX area_by_anchor ON area (anchor);
CREATE INDEX area_by_name ON area (parent, kind, value);
ANALYZE;
"""

_LETTERS: Final = {
    "group": "g",
    "number": "n",
    "compound": "c",
    "building": "b",
    "unit": "u",
    "floor": "f",
    "room": "r",
}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}


def packed(values: Mapping[str, str]) -> str:
    """The values that a door has of its own, as one text."""
    return "\t".join(
        [letter + values[kind] for kind, letter in _LETTERS.items() if kind in values]
    )


def unpacked(text: str) -> dict[str, str]:
    """The values of `packed`."""
    return {_KINDS[part[0]]: part[1:] for part in text.split("\t")} if text else {}
