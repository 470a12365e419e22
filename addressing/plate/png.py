"""A plate as pixels, by Pillow."""

import io

from PIL import Image, ImageDraw, ImageFont

from addressing.plate.drawing import Area, Drawing, Modules, Words
from addressing.plate.typeface import Typeface
from cim.errors import InputError

MM_PER_INCH = 25.4
MOST_PIXELS = 40_000_000
"""Largest picture: a large plate at 250 dots an inch is about 20 million."""

LEAST_DPI, MOST_DPI = 72, 600


def write_png(drawing: Drawing, face: Typeface, dpi: int) -> bytes:
    """The drawing as a PNG picture.

    Args:
        drawing: What is drawn.
        face: The font of its text.
        dpi: Dots an inch, `LEAST_DPI` to `MOST_DPI`.

    Raises:
        InputError: The resolution is out of range, or the picture would have too many pixels.
    """
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise InputError(f"{dpi} dots an inch; legal: {LEAST_DPI} to {MOST_DPI}")
    scale = dpi / MM_PER_INCH
    width, height = round(drawing.width_mm * scale), round(drawing.height_mm * scale)
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{width} x {height} pixels at {dpi} dots an inch; legal: at most {MOST_PIXELS}"
        )
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for shape in drawing.shapes:
        if isinstance(shape, Area):
            _area(pen, shape, scale)
        elif isinstance(shape, Modules):
            _modules(pen, shape, scale)
        else:
            _words(pen, shape, scale, face)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def _area(pen: ImageDraw.ImageDraw, area: Area, scale: float) -> None:
    """Pillow's boxes include their last row and column."""
    left, top = round(area.x * scale), round(area.y * scale)
    right = round((area.x + area.width) * scale) - 1
    bottom = round((area.y + area.height) * scale) - 1
    pen.rounded_rectangle((left, top, right, bottom), area.radius * scale, fill=area.colour)


def _modules(pen: ImageDraw.ImageDraw, modules: Modules, scale: float) -> None:
    for x, y, width, height in modules.runs():
        left, top = round(x * scale), round(y * scale)
        right, bottom = round((x + width) * scale) - 1, round((y + height) * scale) - 1
        pen.rectangle((left, top, right, bottom), fill=modules.colour)


def _words(pen: ImageDraw.ImageDraw, words: Words, scale: float, face: Typeface) -> None:
    font = ImageFont.truetype(
        io.BytesIO(face.data), words.size * scale, layout_engine=ImageFont.Layout.BASIC
    )
    place = (words.x * scale, words.baseline * scale)
    pen.text(place, words.text, words.colour, font, anchor="ls")
