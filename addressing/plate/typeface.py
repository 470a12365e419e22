"""Letters of a TrueType font: which there are, how wide, how high, and their outlines."""

import io
import lzma
import threading
from functools import cache
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont, TTLibError

from addressing.resources import ASSETS
from cim.errors import ConfigError, InputError

_FONT = ASSETS / "fonts" / "plates.ttf.xz"


class Typeface:
    """A font in memory. Safe for use from several threads.

    Args:
        data: Bytes of a TrueType font (outlines in `glyf`).
        where: Its file, for messages.

    Raises:
        ConfigError: It is no such font.
    """

    def __init__(self, data: bytes, where: str) -> None:
        try:
            self._font = TTFont(io.BytesIO(data), lazy=True)
            self._glyphs = self._font["glyf"]
        except (TTLibError, KeyError) as error:
            raise ConfigError(
                f"{where}: no TrueType font; legal: a .ttf file with outlines in a glyf table"
            ) from error
        self.data = data
        self._where = where
        self._names = self._font.getBestCmap()
        self._widths = self._font["hmtx"].metrics
        self._em = float(self._font["head"].unitsPerEm)
        self._set = self._font.getGlyphSet()
        self._lock = threading.Lock()

    def require(self, text: str) -> None:
        """Check that each character has a shape.

        Raises:
            InputError: One has none; the message names it and what to do.
        """
        for letter in text:
            if ord(letter) not in self._names:
                raise InputError(
                    f"no shape for {letter!r} (U+{ord(letter):04X}) in {self._where}; name a "
                    "TrueType font that has it as addresses.font in cim.toml"
                )

    def width(self, text: str) -> float:
        """Advance of a text, in em."""
        advances: list[int] = [self._widths[self._names[ord(letter)]][0] for letter in text]
        return sum(advances) / self._em

    def ink(self, text: str) -> tuple[float, float]:
        """Lowest and highest point of a text above its baseline, in em."""
        with self._lock:
            glyphs = [self._glyphs[self._names[ord(letter)]] for letter in text if letter != " "]
            low = min((getattr(glyph, "yMin", 0) for glyph in glyphs), default=0)
            high = max((getattr(glyph, "yMax", 0) for glyph in glyphs), default=0)
        return low / self._em, high / self._em

    def outline(self, text: str, x: float, baseline: float, size: float) -> str:
        """Path data of SVG of a text: x to the right, y downward.

        Args:
            text: What is written.
            x: Left end of the first advance.
            baseline: Height of the baseline.
            size: Side of the em, in the unit of `x`.
        """
        scale = size / self._em
        pen = SVGPathPen(self._set, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
        with self._lock:
            for letter in text:
                name = self._names[ord(letter)]
                placed = TransformPen(pen, (scale, 0, 0, -scale, x, baseline))
                self._set[name].draw(placed)
                x += self._widths[name][0] * scale
        return str(pen.getCommands())


@cache
def plate_typeface(path: Path | None = None) -> Typeface:
    """The font of plates: that of this program, or the city's own.

    Raises:
        ConfigError: The file cannot be read or is no TrueType font.
    """
    if path is None:
        return Typeface(lzma.decompress(_FONT.read_bytes()), _FONT.name)
    try:
        return Typeface(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError(f"addresses.font {str(path)!r} cannot be read: {error}") from error
