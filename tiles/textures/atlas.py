"""Atlas pages: crops drawn side by side, one page in memory at a time."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.appearance import Wrap
from cim.arrays import Uint8
from cim.extras import require
from tiles.gltf.paint import Alpha, Picture
from tiles.textures import decode, shelves
from tiles.textures.crops import PADDING_PX, Crop, Source
from tiles.textures.shelves import Place

JPEG_QUALITY = 85
_HALF_CLEAR = (8, 247)
_MOST_HALF_CLEAR = 0.05
"""Share of half-transparent pixels up to which a picture is cut out, not blended."""


@dataclass(frozen=True, slots=True)
class Page:
    """An atlas page, or a picture that stays whole."""

    picture: Picture
    width: int
    height: int
    broken: frozenset[int] = frozenset()
    """Materials whose picture turned out to be broken; a plain colour stands for it."""


def places(crops: Sequence[Crop], sources: Mapping[int, Source]) -> tuple[Place, ...]:
    """The place of each crop with its padding; clear pictures have pages of their own."""
    found: dict[int, Place] = {}
    first = 0
    for clear in (False, True):
        rows = [row for row, crop in enumerate(crops) if sources[crop.material].clear == clear]
        sizes = [(crops[row].size[0] + 2 * PADDING_PX, crops[row].size[1] + 2 * PADDING_PX)
                 for row in rows]  # fmt: skip
        packed = shelves.pack(sizes)
        for row, place in zip(rows, packed, strict=True):
            found[row] = Place(place.page + first, place.left, place.top)
        first += max((place.page for place in packed), default=-1) + 1
    return tuple(found[row] for row in range(len(crops)))


def draw(
    crops: Sequence[Crop],
    where: Sequence[Place],
    sources: Mapping[int, Source],
    plain: tuple[int, int, int],
) -> Page:
    """One page.

    Args:
        crops: Those of the page.
        where: Their places.
        sources: By material.
        plain: Colour of pictures that are broken behind their header.
    """
    spans = [
        (place.left + crop.size[0] + 2 * PADDING_PX, place.top + crop.size[1] + 2 * PADDING_PX)
        for crop, place in zip(crops, where, strict=True)
    ]
    width, height = (_rounded(max(side)) for side in zip(*spans, strict=True))
    clear = any(sources[crop.material].clear for crop in crops)
    canvas = np.full((height, width, 4 if clear else 3), (*plain, 255)[: 4 if clear else 3], "u1")
    broken = set()
    for material in sorted({crop.material for crop in crops}):
        mine = [(c, p) for c, p in zip(crops, where, strict=True) if c.material == material]
        shrink = max(crop.size[0] / (crop.box[2] - crop.box[0]) for crop, _ in mine)
        try:
            pixels = decode.decode(sources[material].texture, shrink)
        except decode.UnreadablePictureError:
            broken.add(material)
            continue
        for crop, place in mine:
            _paste(canvas, _cut(pixels, crop, sources[material]), place)
    return Page(_encoded(canvas, "clamp"), width, height, frozenset(broken))


def whole(material: int, source: Source, scale: float, plain: tuple[int, int, int]) -> Page:
    """A picture that is repeated, at a share of its size."""
    wrap = source.texture.wrap
    try:
        pixels = decode.decode(source.texture, scale)
    except decode.UnreadablePictureError:
        blank = np.full((4, 4, 3), plain, np.uint8)
        return Page(_encoded(blank, wrap), 4, 4, frozenset({material}))
    size = max(1, round(source.width * scale)), max(1, round(source.height * scale))
    return Page(_encoded(_array(_resized(pixels, size)), wrap), *size)


def _cut(pixels: Any, crop: Crop, source: Source) -> Uint8:  # noqa: ANN401 - a Pillow image
    """The pixels of a crop at its size, with the picture's own surroundings as far as it has any.

    Args:
        pixels: The decoded picture, perhaps smaller than it is.
        crop: Pixels of the picture at its full size.
        source: Full size, and what lies outside.
    """
    images = require("PIL.Image", decode.EXTRA)
    left, top, right, bottom = crop.box
    inside = left >= 0 and top >= 0 and right <= source.width and bottom <= source.height
    share = pixels.width / source.width, pixels.height / source.height
    if inside:
        box = (left * share[0], top * share[1], right * share[0], bottom * share[1])
        return _array(pixels.resize(crop.size, images.Resampling.BILINEAR, box))
    columns = _folded(np.arange(left, right), source.width, source.texture.wrap, pixels.width)
    rows = _folded(np.arange(top, bottom), source.height, source.texture.wrap, pixels.height)
    spread = np.asarray(pixels)[np.ix_(rows, columns)]
    return _array(_resized(images.fromarray(spread), crop.size))


def _folded(places: NDArray[np.int64], size: int, wrap: Wrap, stored: int) -> NDArray[np.int64]:
    """Stored pixels of places in and out of a picture of `size` pixels."""
    if wrap == "repeat":
        inside = places % size
    elif wrap == "mirror":
        inside = places % (2 * size)
        inside = np.where(inside < size, inside, 2 * size - 1 - inside)
    else:
        inside = places.clip(0, size - 1)
    return np.asarray(inside * stored // size)


def _paste(canvas: Uint8, pixels: Uint8, place: Place) -> None:
    """Draw pixels on the canvas, their edges repeated into the padding."""
    margin = ((PADDING_PX, PADDING_PX), (PADDING_PX, PADDING_PX), (0, 0))
    padded = np.pad(pixels, margin, mode="edge")
    if padded.shape[2] < canvas.shape[2]:
        padded = np.pad(padded, ((0, 0), (0, 0), (0, 1)), constant_values=255)
    height, width = padded.shape[:2]
    canvas[place.top : place.top + height, place.left : place.left + width] = padded


def _encoded(pixels: Uint8, wrap: Wrap) -> Picture:
    """A picture as JPEG, or as PNG where something shines through."""
    images = require("PIL.Image", decode.EXTRA)
    alpha = _alpha(pixels)
    target = io.BytesIO()
    if alpha == "OPAQUE":
        images.fromarray(np.ascontiguousarray(pixels[:, :, :3])).save(
            target, "JPEG", quality=JPEG_QUALITY, optimize=True
        )
        return Picture(target.getvalue(), "image/jpeg", wrap, alpha)
    images.fromarray(pixels).save(target, "PNG", compress_level=6)
    return Picture(target.getvalue(), "image/png", wrap, alpha)


def _alpha(pixels: Uint8) -> Alpha:
    """How a picture covers what is behind it."""
    if pixels.shape[2] < 4 or (pixels[:, :, 3] == 255).all():  # noqa: PLR2004 - opacity
        return "OPAQUE"
    low, high = _HALF_CLEAR
    half = (pixels[:, :, 3] > low) & (pixels[:, :, 3] < high)
    return "MASK" if half.mean() <= _MOST_HALF_CLEAR else "BLEND"


def _resized(pixels: Any, size: tuple[int, int]) -> Any:  # noqa: ANN401 - Pillow images
    """A Pillow image at another size."""
    images = require("PIL.Image", decode.EXTRA)
    return pixels if pixels.size == size else pixels.resize(size, images.Resampling.BILINEAR)


def _array(pixels: Any) -> Uint8:  # noqa: ANN401 - a Pillow image
    """(height, width, 3 or 4) of a Pillow image."""
    return np.asarray(pixels, np.uint8)


def _rounded(side: int) -> int:
    """The next multiple of four: what graphics cards store at no loss."""
    return side + -side % 4
