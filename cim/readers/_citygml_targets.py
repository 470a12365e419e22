"""What appearances of CityGML paint, by gml:id; held in memory or, when many, in a file."""

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
        id TEXT PRIMARY KEY, theme TEXT, image TEXT, wrap TEXT, uv BLOB
    ) WITHOUT ROWID
"""
_PUT: Final = """
    INSERT INTO target VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
        theme = excluded.theme, image = excluded.image, wrap = excluded.wrap, uv = excluded.uv
    WHERE excluded.theme < theme
"""
_GET: Final = "SELECT theme, image, wrap, uv FROM target WHERE id = ?"


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
        self._colours: dict[str, Painted] = {}
        self._textures: dict[str, Textured] = {}
        self._file: sqlite3.Connection | None = None

    @property
    def has_colours(self) -> bool:
        """Whether anything has a colour."""
        return bool(self._colours)

    def colour(self, key: str) -> Painted | None:
        """The colour of a surface."""
        return self._colours.get(key)

    def texture(self, ring: str) -> Textured | None:
        """The texture of a ring."""
        held = self._textures.get(ring)
        if self._file is None:
            return held
        row = self._file.execute(_GET, (ring,)).fetchone()
        if row is None or (held is not None and held.theme < row[0]):
            return held
        uv = np.frombuffer(row[3], np.float32).reshape(-1, 2)
        return Textured(row[0], Picture(row[1], row[2]), uv)

    def add_colour(self, key: str, painted: Painted) -> None:
        """Take a colour, unless there is one of an earlier theme."""
        held = self._colours.get(key)
        if held is None or painted.theme < held.theme:
            self._colours[key] = painted

    def add_texture(self, ring: str, textured: Textured) -> None:
        """Take a texture, unless there is one of an earlier theme."""
        held = self._textures.get(ring)
        if held is None or textured.theme < held.theme:
            self._textures[ring] = textured
        if len(self._textures) >= self._most_held:
            self._spill()

    def close(self) -> None:
        """Forget everything; the temporary file vanishes."""
        self._colours, self._textures = {}, {}
        if self._file is not None:
            self._file.close()
            self._file = None

    def _spill(self) -> None:
        """Move the textures in memory to the file, which SQLite deletes when it is closed."""
        if self._file is None:
            self._file = sqlite3.connect("", check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = OFF")
            self._file.execute(_TABLE)
        rows = (
            (ring, one.theme, one.picture.image, one.picture.wrap, one.uv.tobytes())
            for ring, one in self._textures.items()
        )
        self._file.executemany(_PUT, rows)
        self._textures = {}
