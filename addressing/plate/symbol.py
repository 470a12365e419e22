"""The QR code of a plate.

Source: ISO/IEC 18004 (GB/T 18284) for the code and its quiet zone of four modules, by segno.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import segno

from cim.errors import InputError

QUIET = 4
"""Modules of the quiet zone on each side."""

LEAST_MODULE_MM = 0.9
"""Side of a module that a telephone still reads from the doorstep, worn as it may be."""

_LEVELS = "hqml"
"""Levels of error correction from high (30 %) to low (7 %)."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code."""

    modules: npt.NDArray[np.bool_]
    """(n, n) dark modules, without the quiet zone."""

    level: str
    """Level of error correction: H, Q, M or L."""

    content: str


def make_symbol(content: str, side_mm: float) -> Symbol:
    """The QR code with the most error correction whose modules are not too small.

    Args:
        content: ASCII text, an address of the web.
        side_mm: Side of the square for the code and its quiet zone.

    Raises:
        InputError: The content is too long for the square.
    """
    level = _level(len(content.encode()), side_mm)
    if not level:
        raise InputError(
            f"{content!r} is too long for a QR code of {side_mm:g} mm with modules of "
            f"{LEAST_MODULE_MM:g} mm; choose a larger plate or a shorter addresses.host"
        )
    code = segno.make_qr(content, error=level)
    modules = np.array([list(row) for row in code.matrix], np.uint8) == 1
    return Symbol(modules, str(code.error), content)


@lru_cache(64)
def _level(length: int, side_mm: float) -> str:
    """The highest level at which any text of so many bytes fits, empty when there is none."""
    for level in _LEVELS:
        try:
            code = segno.make_qr(bytes(length), error=level, mask=0)
        except segno.DataOverflowError:
            continue
        modules = code.symbol_size(border=0)[0]
        if side_mm / (modules + 2 * QUIET) >= LEAST_MODULE_MM:
            return level
    return ""
