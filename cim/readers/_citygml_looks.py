"""Appearances of CityGML 1.0 to 3.0: colours and textures by the gml:id of what they paint.

Source: OGC 12-019 (CityGML 2.0), clause 9; OGC 21-006r2 (CityGML 3.0 GML encoding), appearance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.appearance import PLAIN
from cim.arrays import Float32
from cim.readers._city_palette import PaletteMaker, Picture, colour_of
from cim.readers._city_rings import Paint
from cim.readers._citygml_documents import Element, id_of, local
from cim.readers._citygml_faces import Face
from cim.readers._citygml_targets import Painted, Targets, Textured

_GENERATED: Final = "textures placed by TexCoordGen are not drawn"
_GEOREFERENCED: Final = "textures of type GeoreferencedTexture are not drawn"
_DEPRECATED: Final = "surfaces of the deprecated type TexturedSurface are drawn plain"
_MISFIT: Final = "surfaces whose texture coordinates do not fit their corners"


@dataclass(frozen=True, slots=True)
class Looks:
    """What paints the surfaces of a city object: its own appearances, then those of the file."""

    own: Targets
    shared: Targets
    palette: PaletteMaker

    def texture(self, ring: Element) -> Textured | None:
        """The texture of a ring."""
        key = id_of(ring)
        return None if key is None else self.own.texture(key) or self.shared.texture(key)

    def colour(self, face: Element) -> Painted | None:
        """The colour of a polygon: its own, or that of the nearest element around it."""
        node = face if self.own.has_colours or self.shared.has_colours else None
        while node is not None:
            key = id_of(node)
            found = key and (self.own.colour(key) or self.shared.colour(key))
            if found:
                return found
            node = node.getparent()
        return None


def looks_of(element: Element, shared: Targets, palette: PaletteMaker) -> Looks:
    """What paints the surfaces of a city object, with the appearances it holds itself."""
    own = Targets()
    for found in element.iter("{*}Appearance", "{*}TexturedSurface", "{*}_TexturedSurface"):
        if local(found.tag) != "Appearance":
            palette.fault(_DEPRECATED, id_of(found) or id_of(element) or "one without id")
            continue
        theme = theme_of(found)
        for member in found:
            for data in member:
                add_targets(own, theme, data, palette)
    return Looks(own, shared, palette)


def theme_of(appearance: Element) -> str:
    """The theme of an appearance; empty, which is the first of all, where it states none."""
    for child in appearance:
        if local(child.tag) == "theme":
            return (child.text or "").strip()
    return ""


def add_targets(targets: Targets, theme: str, data: Element, palette: PaletteMaker) -> None:
    """Put what a surface data element paints to the targets; count what cannot be drawn."""
    kind = local(data.tag)
    if kind == "X3DMaterial":
        colour = colour_of(
            _text(data, "diffuseColor").split() or None, _text(data, "transparency") or 0.0
        )
        for key in _uris(data):
            targets.add_colour(key, Painted(theme, colour))
    elif kind == "ParameterizedTexture":
        picture = Picture(_text(data, "imageURI"), _text(data, "wrapMode") or "wrap")
        for ring, uv in _coordinates(data):
            targets.add_texture(ring, Textured(theme, picture, uv))
        for _ in data.iter("{*}TexCoordGen"):
            palette.fault(_GENERATED, picture.image)
    elif kind == "GeoreferencedTexture":
        palette.fault(_GEOREFERENCED, _text(data, "imageURI"))


def _text(data: Element, name: str) -> str:
    found = data.find(f"{{*}}{name}")
    return "" if found is None else (found.text or "").strip()


def _uris(data: Element) -> Iterator[str]:
    """Ids that a material paints."""
    for target in data.iter("{*}target"):
        key = (target.text or "").strip() or (target.get("uri") or "").strip()
        if key:
            yield key.removeprefix("#")


def _coordinates(data: Element) -> Iterator[tuple[str, Float32]]:
    """Ids of rings and their texture coordinates.

    CityGML 1 and 2 name the ring in an attribute of the coordinates, 3 in elements beside them.
    """
    for places in data.iter("{*}TexCoordList"):
        texts = [child for child in places if local(child.tag) == "textureCoordinates"]
        beside = [(child.text or "").strip() for child in places if local(child.tag) == "ring"]
        for number, text in enumerate(texts):
            ring = text.get("ring") or (beside[number] if number < len(beside) else "")
            if ring:
                yield ring.strip().removeprefix("#"), _uv(text.text or "")


def _uv(text: str) -> Float32:
    """(n, 2) texture coordinates; none when they are not pairs of finite numbers."""
    try:
        values = np.array(text.split(), np.float32)
    except ValueError:
        return np.zeros((0, 2), np.float32)
    if len(values) % 2 or not np.isfinite(values).all():
        return np.zeros((0, 2), np.float32)
    return values.reshape(-1, 2)


def paint_of(
    faces: Sequence[Face], rings: Sequence[Sequence[Element]], sizes: list[int], looks: Looks
) -> Paint | None:
    """How some faces look; None when nothing paints any of them.

    Args:
        faces: The polygons.
        rings: Ring elements of each.
        sizes: Corners of each ring, the closing one not counted.
        looks: What paints them.
    """
    rows: list[int] = []
    places: list[Float32] = []
    first = 0
    for face, some in zip(faces, rings, strict=True):
        corners = sizes[first : first + len(some)]
        first += len(some)
        row, placed = _face_paint(face, some, corners, looks)
        rows.append(row)
        places += placed
    if all(row == PLAIN for row in rows):
        return None
    uv = np.concatenate(places)
    return Paint(np.array(rows, np.int32), None if np.isnan(uv).all() else uv)


def _face_paint(
    face: Face, rings: Sequence[Element], sizes: list[int], looks: Looks
) -> tuple[int, list[Float32]]:
    """Row of the palette of a face, and texture coordinates of the corners of its rings."""
    colour = looks.colour(face.element)
    shade = None if colour is None else colour.colour
    textures = [looks.texture(ring) for ring in rings]
    told = textures[0]
    if told is not None:
        row = looks.palette.row(told.picture, shade)
        placed = [one.uv for one in textures if one is not None and one.picture == told.picture]
        fits = [len(uv) for uv in placed] == [size + 1 for size in sizes]
        if fits and looks.palette.has_picture(row):
            return row, [_turned(uv[:-1], face) for uv in placed]
        if not fits:
            looks.palette.fault(_MISFIT, id_of(face.element) or told.picture.image)
    row = looks.palette.row(None, shade)
    return row, [np.full((size, 2), np.nan, np.float32) for size in sizes]


def _turned(uv: Float32, face: Face) -> Float32:
    """Texture coordinates in the order of the corners of a face."""
    return np.roll(uv[::-1], 1, axis=0) if face.is_flipped else uv
