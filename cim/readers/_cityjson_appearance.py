"""Materials and textures of CityJSON: per geometry, one row of the palette for each surface.

Source: CityJSON 2.0.1, section 6 (appearance), the same in 1.0 and 1.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from cim.arrays import Float32, Int64
from cim.readers._city_palette import Colour, PaletteMaker, Picture, colour_of
from cim.readers._city_rings import Paint

_NOWHERE: Final = -(2**62)
"""In texture vertices: the corner has none. No file has so many that this could be one."""

_MISFIT_VALUES: Final = "geometries whose material or texture values do not fit their surfaces"
_UNTEXTURED: Final = [[None]]
_SHOWN: Final = 60
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
    count = len(surfaces)
    colours = _surface_colours(geometry, depth, count, appearance)
    textures = _texture_rings(geometry, depth, appearance)
    if colours is None and textures is None:
        return None
    placed = _placed(surfaces, textures or [None] * count, appearance)
    rows = _rows(placed.textures, colours or [None] * count, appearance)
    drawn = {row for row in set(rows) if appearance.palette.has_picture(row)}
    if not drawn:
        return Paint(np.array(rows, np.int32), None)
    corners = [sum(map(len, surface)) for surface in surfaces]
    textured = np.repeat(np.array([row in drawn for row in rows]), corners)
    uv = appearance.places[np.where(textured, placed.numbers, -1)]
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


class _Placed(NamedTuple):
    """Textures of the surfaces of a geometry."""

    textures: list[int | None]
    """Texture of each surface."""

    numbers: Int64
    """(n,) texture vertex of each corner, or `_NOWHERE`."""


def _placed(
    surfaces: Sequence[Sequence[Any]], values: Sequence[Any], appearance: Appearance
) -> _Placed:
    """The textures that values state; those that do not fit their surface are counted."""
    placed = _joined(surfaces, values, appearance)
    if placed is None:
        existing = [one if _exist(one, appearance) else None for one in values]
        placed = _joined(surfaces, existing, appearance)
    placed = placed or _Placed([None] * len(surfaces), np.zeros(0, np.int64))
    for value, texture in zip(values, placed.textures, strict=True):
        if texture is None and not _is_untextured(value):
            appearance.palette.fault(_MISFIT_RINGS, f"with {str(value)[:_SHOWN]}")
    return placed


def _joined(
    surfaces: Sequence[Sequence[Any]], values: Sequence[Any], appearance: Appearance
) -> _Placed | None:
    """Textures that fit; None when one of their vertices is no number or does not exist."""
    textures: list[int | None] = []
    numbers: list[int] = []
    for surface, rings in zip(surfaces, values, strict=True):
        texture = _texture_that_fits(surface, rings, appearance)
        textures.append(texture)
        if texture is None:
            numbers += [_NOWHERE] * sum(map(len, surface))
        else:
            for ring in rings:
                numbers += ring[1:]
    if {*map(type, numbers)} - {int}:
        return None
    if numbers and (max(numbers) >= len(appearance.places) - 1 or min(numbers) < _NOWHERE):
        return None
    array = np.array(numbers, np.int64)
    return _Placed(textures, array) if ((array >= 0) | (array == _NOWHERE)).all() else None


def _texture_that_fits(
    surface: Sequence[Any],
    rings: Any,  # noqa: ANN401 - anything JSON holds
    appearance: Appearance,
) -> int | None:
    """The texture of a surface, when it exists and has as many vertices as the surface corners."""
    if rings is None or rings == _UNTEXTURED:
        return None
    if not isinstance(rings, list) or {*map(type, rings)} != {list}:
        return None
    if [len(ring) - 1 for ring in rings] != [*map(len, surface)]:
        return None
    texture = rings[0][0]
    known = type(texture) is int and 0 <= texture < len(appearance.pictures)
    return texture if known else None


def _is_untextured(rings: Any) -> bool:  # noqa: ANN401 - anything JSON holds
    """Whether a surface is said to have no texture: null, or a null for each ring."""
    return rings is None or (isinstance(rings, list) and all(one == [None] for one in rings))


def _exist(rings: Any, appearance: Appearance) -> bool:  # noqa: ANN401 - anything JSON holds
    """Whether all texture vertices of a surface exist."""
    legal = range(len(appearance.places) - 1)
    return isinstance(rings, list) and all(
        type(one) is int and one in legal
        for ring in rings
        if isinstance(ring, list)
        for one in ring[1:]
    )


def _rows(
    textures: Sequence[int | None], colours: Sequence[Colour | None], appearance: Appearance
) -> list[int]:
    """Row of the palette of each surface."""
    pairs = list(zip(textures, colours, strict=True))
    rows = {
        (texture, colour): appearance.palette.row(
            None if texture is None else appearance.pictures[texture], colour
        )
        for texture, colour in dict.fromkeys(pairs)
    }
    return [rows[pair] for pair in pairs]


def _surface_colours(
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
        flat = list(chain.from_iterable(values))
        places = np.array(flat, np.float32).reshape(-1, 2)
    except (TypeError, ValueError):
        return nowhere
    return np.concatenate((places, nowhere)) if len(places) == len(values) else nowhere


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
