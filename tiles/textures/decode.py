"""Pictures from files and bytes, decoded by Pillow with care."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cim.appearance import Texture
from cim.extras import require
from cim.warned import silenced

EXTRA = "models"
MOST_PIXELS = 100_000_000
"""A picture with more is a mistake or an attack."""

FORMATS = ("BMP", "DDS", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "SGI", "TGA", "TIFF", "WEBP")
"""Formats without programs in them."""

_FAULTS = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError,
    EOFError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's decoders raise on broken pictures."""


class UnreadablePictureError(ValueError):
    """A picture that cannot be shown; the message says why."""


def size_of(texture: Texture) -> tuple[int, int, bool]:
    """Width and height in pixels, and whether it may be transparent; only the header is read.

    Raises:
        UnreadablePictureError: It is no picture, or it is too large.
    """
    with _opened(texture) as picture:
        return picture.width, picture.height, _may_be_clear(picture)


def decode(texture: Texture, shrink: float = 1.0) -> Any:  # noqa: ANN401 - a Pillow image
    """The picture in RGB or RGBA, perhaps smaller than it is.

    Args:
        texture: What to decode; its EXIF orientation is not looked at, as texture coordinates
            are about the picture as it is stored.
        shrink: Share of the width and height that is enough: formats that can, decode less.

    Raises:
        UnreadablePictureError: The picture is broken.
    """
    with _opened(texture) as picture:
        mode = "RGBA" if _may_be_clear(picture) else "RGB"
        wanted = max(1, int(picture.width * shrink)), max(1, int(picture.height * shrink))
        picture.draft(mode, wanted)
        return _eight_bit(picture).convert(mode)


@contextmanager
def _opened(texture: Texture) -> Iterator[Any]:
    """A picture whose header is read; whatever fails on it is one kind of error."""
    images = require("PIL.Image", EXTRA)
    source = texture.source
    faults = (*_FAULTS, images.DecompressionBombError)
    try:
        with silenced():
            data = io.BytesIO(source) if isinstance(source, bytes) else source
            with images.open(data, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValueError(f"{picture.width} x {picture.height} pixels")
                yield picture
    except faults as error:
        raise UnreadablePictureError(f"{texture.name}: {error}") from error


def _may_be_clear(picture: Any) -> bool:  # noqa: ANN401 - a Pillow image
    """Whether pixels have an opacity of their own."""
    return picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info


def _eight_bit(picture: Any) -> Any:  # noqa: ANN401 - a Pillow image
    """Pictures of 16 or 32 bits a pixel as 8 bits."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture
