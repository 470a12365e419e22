"""Materials of the features of a batch, each once, while the features are read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from cim.appearance import PLAIN, Material, Texture, Wrap
from cim.readers._pictures import Pictures

type Colour = tuple[float, float, float, float]
"""Red, green, blue, opacity, 0 to 1."""

DEFAULT_COLOUR: Final = (0.8, 0.8, 0.8)
"""Diffuse colour of a material that states none (ISO/IEC 19775-1, 12.4.4 Material)."""

_WRAPS: Final[dict[str, Wrap]] = {
    "wrap": "repeat",
    "mirror": "mirror",
    "clamp": "clamp",
    "border": "clamp",
    "none": "clamp",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Materials of a batch, and what could not be drawn."""

    materials: tuple[Material, ...] = ()
    notes: tuple[str, ...] = ()


NO_PALETTE: Final = Palette()
_SHOWN: Final = 80


class Picture(NamedTuple):
    """A texture as a source states it."""

    image: str
    wrap: str = "wrap"


class PaletteMaker:
    """Numbers the materials of features in the order they occur, one batch after the other.

    One belongs to one pass over a source; `finished` ends a batch and starts the next.
    """

    def __init__(self, folder: Path) -> None:
        self._pictures = Pictures(folder)
        self._rows: dict[tuple[Picture | None, Colour | None], int] = {}
        self._materials: dict[Material, int] = {}
        self._textured: set[int] = set()
        self._missing: dict[str, str] = {}
        self._faults: dict[str, tuple[int, str]] = {}

    def row(self, picture: Picture | None, colour: Colour | None) -> int:
        """Row of the palette of a picture and a colour; `PLAIN` when nothing is left of them.

        A picture that is not used leaves the colour. Where there is a picture it takes the place
        of the colour, whose opacity stays (ISO/IEC 19775-1, 17.2.2: RGB textures).
        """
        found = self._rows.get((picture, colour))
        if found is None:
            found = self._new_row(picture, colour)
            self._rows[picture, colour] = found
        return found

    def has_picture(self, row: int) -> bool:
        """Whether the material of a row has a texture."""
        return row in self._textured

    def fault(self, what: str, first: str) -> None:
        """Count something that is not drawn; `first` tells where, when it is the first."""
        count, place = self._faults.get(what, (0, first))
        self._faults[what] = (count + 1, place)

    def finished(self) -> Palette:
        """The palette of the features read since the last one was finished."""
        notes = [
            f"{count} {what}, the first {place}" for what, (count, place) in self._faults.items()
        ]
        if self._missing:
            name, reason = next(iter(self._missing.items()))
            count = len(self._missing)
            notes.append(f"{count} pictures are not drawn, the first {name[:_SHOWN]!r}: {reason}")
        palette = Palette(tuple(self._materials), tuple(notes))
        self._rows, self._materials, self._textured = {}, {}, set()
        self._missing, self._faults = {}, {}
        return palette

    def _new_row(self, picture: Picture | None, colour: Colour | None) -> int:
        texture = None if picture is None else self._texture(picture)
        if texture is None and picture is not None:
            return self.row(None, colour)
        if texture is None and colour is None:
            return PLAIN
        row = self._materials.setdefault(_material(texture, colour), len(self._materials))
        if texture is not None:
            self._textured.add(row)
        return row

    def _texture(self, picture: Picture) -> Texture | None:
        found = self._pictures.find(picture.image)
        if isinstance(found, Path):
            return Texture(picture.image, found, _WRAPS.get(picture.wrap, "repeat"))
        self._missing[picture.image] = found
        return None


def _material(texture: Texture | None, colour: Colour | None) -> Material:
    if texture is None and colour is not None:
        return Material(colour=colour)
    opacity = 1.0 if colour is None else colour[3]
    return Material(
        name="" if texture is None else texture.name,
        colour=(1.0, 1.0, 1.0, opacity),
        texture=texture,
    )


def colour_of(diffuse: object, transparency: object) -> Colour:
    """A material's colour: numbers that cannot be one give the default, opaque."""
    red, green, blue = _shares(diffuse, 3) or DEFAULT_COLOUR
    (clear,) = _shares([transparency], 1) or (0.0,)
    return (red, green, blue, 1.0 - clear)


def _shares(values: object, count: int) -> tuple[float, ...] | None:
    """Numbers as shares from 0 to 1."""
    try:
        numbers = np.array(values, np.float64)
    except (TypeError, ValueError):
        return None
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        return None
    return tuple(np.clip(numbers, 0.0, 1.0).tolist())
