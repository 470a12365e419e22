"""What appearances of CityGML paint, by gml:id; held in memory or, when much, in a file."""

import sqlite3
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.arrays import Float32
from cim.readers._city_palette import Colour, Picture

_MOST_HELD: Final = 100_000
"""Targets in memory, some 50 MB; then they go to a temporary file."""

_TABLE: Final = """
    CREATE TABLE target (
        what TEXT, id TEXT, theme TEXT, image TEXT, wrap TEXT, numbers BLOB,
        PRIMARY KEY (what, id)
    ) WITHOUT ROWID
"""
_PUT: Final = """
    INSERT INTO target VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        theme = excluded.theme, image = excluded.image, wrap = excluded.wrap,
        numbers = excluded.numbers
    WHERE excluded.theme < theme
"""
_GET: Final = "SELECT theme, image, wrap, numbers FROM target WHERE what = ? AND id = ?"
_COLOUR, _TEXTURE = "colour", "texture"

type _Row = tuple[str, str, str, bytes]
"""Theme, picture, its wrap, and the colour or the texture coordinates."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A colour of a theme."""

    theme: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Textured:
    """A picture of a theme on a ring."""

    theme: str
    picture: Picture
    uv: Float32
    """(n, 2) texture coordinates of the corners of the ring, the closing one too; u, v up."""


class Targets:
    """Colours of surfaces and textures of rings; of several themes, the first by name counts."""

    def __init__(self, most_held: int = _MOST_HELD) -> None:
        self._most_held = most_held
        self._held: dict[tuple[str, str], _Row] = {}
        self._file: sqlite3.Connection | None = None
        self._has_colours = False

    @property
    def has_colours(self) -> bool:
        """Whether anything has a colour."""
        return self._has_colours

    def colour(self, key: str) -> Painted | None:
        """The colour of a surface."""
        row = self._row(_COLOUR, key)
        if row is None:
            return None
        red, green, blue, opacity = np.frombuffer(row[3], np.float64).tolist()
        return Painted(row[0], (red, green, blue, opacity))

    def texture(self, ring: str) -> Textured | None:
        """The texture of a ring."""
        row = self._row(_TEXTURE, ring)
        if row is None:
            return None
        theme, image, wrap, numbers = row
        uv = np.frombuffer(numbers, np.float32).reshape(-1, 2)
        return Textured(theme, Picture(image, wrap), uv)

    def add_colour(self, key: str, painted: Painted) -> None:
        """Take a colour, unless there is one of an earlier theme."""
        numbers = np.array(painted.colour, np.float64).tobytes()
        self._add(_COLOUR, key, (painted.theme, "", "", numbers))
        self._has_colours = True

    def add_texture(self, ring: str, textured: Textured) -> None:
        """Take a texture, unless there is one of an earlier theme."""
        picture = textured.picture
        row = (textured.theme, picture.image, picture.wrap, textured.uv.tobytes())
        self._add(_TEXTURE, ring, row)

    def close(self) -> None:
        """Forget everything; the temporary file vanishes."""
        self._held = {}
        if self._file is not None:
            self._file.close()
            self._file = None

    def _row(self, what: str, key: str) -> _Row | None:
        held = self._held.get((what, key))
        if self._file is None:
            return held
        stored: _Row | None = self._file.execute(_GET, (what, key)).fetchone()
        if held is None or stored is None:
            return held or stored
        return held if held[0] < stored[0] else stored

    def _add(self, what: str, key: str, row: _Row) -> None:
        held = self._held.get((what, key))
        if held is None or row[0] < held[0]:
            self._held[what, key] = row
        if len(self._held) >= self._most_held:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to the file, which SQLite deletes when it is closed."""
        if self._file is None:
            self._file = sqlite3.connect("", check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = OFF")
            self._file.execute(_TABLE)
        rows = ((*key, *row) for key, row in self._held.items())
        self._file.executemany(_PUT, rows)
        self._held = {}
