"""Materials and textures of CityJSON: per geometry, one row of the palette for each surface.

Source: CityJSON 2.0.1, section 6 (appearance), the same in 1.0 and 1.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np

from cim.arrays import Float32
from cim.readers._city_palette import Colour, PaletteMaker, Picture, colour_of
from cim.readers._city_rings import Paint

_NOWHERE: Final = -1
"""In texture vertices: the corner has none."""

_MISFIT_VALUES: Final = "geometries whose material or texture values do not fit their surfaces"
_MISFIT_RINGS: Final = "surfaces whose texture vertices do not fit their corners"

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Appearance:
    """The appearance object of a document or of a line."""

    colours: Sequence[Colour]
    pictures: Sequence[Picture]
    places: Float32
    """(t + 1, 2) texture vertices, and at the end one that is none."""

    material_theme: str | None
    """Theme of materials to take where a geometry has it."""

    texture_theme: str | None
    palette: PaletteMaker


def appearance_of(value: object, palette: PaletteMaker) -> Appearance:
    """An appearance object; what is broken in it counts as not there."""
    body = value if isinstance(value, dict) else {}
    return Appearance(
        colours=[_colour(one) for one in _list(body.get("materials"))],
        pictures=[_picture(one) for one in _list(body.get("textures"))],
        places=_places(_list(body.get("vertices-texture"))),
        material_theme=_text(body.get("default-theme-material")),
        texture_theme=_text(body.get("default-theme-texture")),
        palette=palette,
    )


def paint_of(
    geometry: Json, depth: int, surfaces: Sequence[Sequence[Any]], appearance: Appearance
) -> Paint | None:
    """How the surfaces of a geometry look; None when it tells nothing.

    Args:
        geometry: A geometry object of surfaces.
        depth: Levels of lists around the surfaces in its boundaries.
        surfaces: Its surfaces, each a list of rings.
        appearance: What its numbers refer to.
    """
    colours = _material_numbers(geometry, depth, len(surfaces), appearance)
    textures = _texture_rings(geometry, depth, appearance)
    if colours is None and textures is None:
        return None
    count = len(surfaces)
    rows: list[int] = []
    numbers: list[int] = []
    for surface, colour, rings in zip(
        surfaces, colours or [None] * count, textures or [None] * count, strict=True
    ):
        told = None if rings is None else _told(surface, rings, appearance)
        picture = None if told is None else told.picture
        row = appearance.palette.row(picture, colour)
        rows.append(row)
        if told is not None and appearance.palette.has_picture(row):
            numbers += told.numbers
        else:
            numbers += [_NOWHERE] * sum(map(len, surface))
    places = np.array(numbers, np.int64)
    uv = appearance.places[places] if (places != _NOWHERE).any() else None
    return Paint(np.array(rows, np.int32), uv)


def per_surface(values: object, boundaries: Any, depth: int) -> list[Any] | None:  # noqa: ANN401 - lists in lists
    """A value for each surface, from lists as deep as the boundaries; None where they do not fit.

    A null stands for all surfaces below it.
    """
    if values is None:
        below = boundaries
        for _ in range(depth):
            below = list(chain.from_iterable(below))
        return [None] * len(below)
    if not isinstance(values, list) or len(values) != len(boundaries):
        return None
    if depth == 0:
        return values
    found: list[Any] = []
    for some, inner in zip(values, boundaries, strict=True):
        part = per_surface(some, inner, depth - 1)
        if part is None:
            return None
        found += part
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """The texture of a surface."""

    picture: Picture
    numbers: list[int]
    """Texture vertex of each corner of each ring."""


def _told(surface: Sequence[Any], rings: object, appearance: Appearance) -> _Told | None:
    """The texture of a surface; None when it has none, or one that does not fit it."""
    if not isinstance(rings, list) or not rings or rings[0] == [None] or rings[0] is None:
        return None
    numbers = _corner_numbers(surface, rings, appearance)
    texture = rings[0][0] if isinstance(rings[0], list) and rings[0] else None
    if numbers is None or type(texture) is not int:
        appearance.palette.fault(_MISFIT_RINGS, f"names {str(rings)[:60]}")
        return None
    if not 0 <= texture < len(appearance.pictures):
        appearance.palette.fault("surfaces whose texture does not exist", f"names {texture}")
        return None
    return _Told(appearance.pictures[texture], numbers)


def _corner_numbers(
    surface: Sequence[Any], rings: list[Any], appearance: Appearance
) -> list[int] | None:
    """Texture vertices of all corners of a surface; None when they do not fit."""
    if {*map(type, rings)} != {list} or len(rings) != len(surface):
        return None
    if [len(ring) + 1 for ring in surface] != [len(ring) for ring in rings]:
        return None
    numbers = [number for ring in rings for number in ring[1:]]
    if {*map(type, numbers)} != {int} or min(numbers) < 0:
        return None
    return numbers if max(numbers) < len(appearance.places) - 1 else None


def _material_numbers(
    geometry: Json, depth: int, count: int, appearance: Appearance
) -> list[Colour | None] | None:
    """The colour of each surface, from the theme chosen."""
    theme = _theme(geometry.get("material"), appearance.material_theme)
    if theme is None:
        return None
    if "value" in theme:
        numbers: list[Any] | None = [theme["value"]] * count
    else:
        numbers = per_surface(theme.get("values"), geometry.get("boundaries"), depth)
    if numbers is None:
        appearance.palette.fault(_MISFIT_VALUES, f"of type {geometry.get('type')}")
        return None
    legal = range(len(appearance.colours))
    return [
        appearance.colours[number] if type(number) is int and number in legal else None
        for number in numbers
    ]


def _texture_rings(geometry: Json, depth: int, appearance: Appearance) -> list[Any] | None:
    """The texture values of each surface, from the theme chosen."""
    theme = _theme(geometry.get("texture"), appearance.texture_theme)
    if theme is None:
        return None
    rings = per_surface(theme.get("values"), geometry.get("boundaries"), depth)
    if rings is None:
        appearance.palette.fault(_MISFIT_VALUES, f"of type {geometry.get('type')}")
    return rings


def _theme(themes: object, default: str | None) -> Json | None:
    """The default theme where a geometry has it, else its first by name."""
    if not isinstance(themes, dict) or not themes:
        return None
    found = themes.get(default) if default in themes else themes[min(themes)]
    return found if isinstance(found, dict) else None


def _colour(material: object) -> Colour:
    body = material if isinstance(material, dict) else {}
    return colour_of(body.get("diffuseColor"), body.get("transparency"))


def _picture(texture: object) -> Picture:
    body = texture if isinstance(texture, dict) else {}
    return Picture(str(body.get("image") or ""), str(body.get("wrapMode") or "wrap"))


def _places(values: list[Any]) -> Float32:
    """Texture vertices, v up as CityJSON states them, and a last one that is none."""
    nowhere = np.full((1, 2), np.nan, np.float32)
    try:
        places = np.array(values, np.float32).reshape(-1, 2) if values else nowhere[:0]
    except (TypeError, ValueError):
        places = nowhere[:0]
    return np.concatenate((places, nowhere))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
