"""The QR code of a plate.

Source: ISO/IEC 18004 (GB/T 18284) for the code and its quiet zone of four modules, by segno.
"""

from dataclasses import dataclass

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
    for level in _LEVELS:
        code = _make(content, level)
        if code is None:
            continue
        modules = np.array([list(row) for row in code.matrix], np.uint8) == 1
        if side_mm / (len(modules) + 2 * QUIET) >= LEAST_MODULE_MM:
            return Symbol(modules, str(code.error), content)
    raise InputError(
        f"{content!r} is too long for a QR code of {side_mm:g} mm with modules of "
        f"{LEAST_MODULE_MM:g} mm; choose a larger plate or a shorter addresses.host"
    )


def _make(content: str, level: str) -> segno.QRCode | None:
    try:
        return segno.make_qr(content, error=level)
    except segno.DataOverflowError:
        return None
