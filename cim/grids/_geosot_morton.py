"""GeoSOT cells as the integers that other engines exchange: `412869894958481408-23`.

The value is the 62-bit Morton number of the cell, latitude bit first, with zeros below its
level; the level stands beside it. The north-east quadrant of this form is verified with a
sample of a commercial engine. For the other quadrants the text form here puts the quadrant
(0 NE, 1 NW, 2 SE, 3 SW) into bits 62 and 63, as open libraries do that interleave the two
sign bits; no sample of the engine confirms or denies it.
"""

import re

import numpy as np

from cim.arrays import Int64, Text, Uint64
from cim.grids import _geosot_cells as cells
from cim.grids import _geosot_code as code
from cim.grids._kinds import GEOSOT_MORTON, hint
from cim.grids._letters import shorten
from cim.grids.base import GridCodeError

_QUADRANT_SHIFT = np.uint64(62)
_VALUE_MASK = np.uint64((1 << 62) - 1)
_QUADRANTS = 4
_FORM = re.compile(r"[0-9]{1,20}-[0-9]{1,2}")


def to_morton(codes: Uint64) -> tuple[Uint64, Int64, Int64]:
    """(n,) values below 2^62, (n,) levels and (n,) quadrants of codes."""
    quadrant, morton, level = cells.split(codes)
    return morton, level, quadrant


def from_morton(values: Uint64, levels: Int64, quadrants: Int64) -> Uint64:
    """(n,) codes of values, levels and quadrants.

    Raises:
        GridCodeError: A value has bits below its level or names no cell on Earth, or a level
            or quadrant does not exist; the first one is named.
    """
    values, levels, quadrants = np.broadcast_arrays(values, levels, quadrants)
    known = (levels >= 0) & (levels <= code.LEVELS[-1])
    known &= (quadrants >= 0) & (quadrants < _QUADRANTS)
    plain = np.where(known, levels, 0).astype(np.int64)
    codes = code.pack(np.where(known, quadrants, 0).astype(np.int64), values, plain)
    _, morton, _ = code.unpack(codes)
    bad = ~known | (morton != values) | cells.missing(codes, morton, plain)
    if bad.any():
        row = int(np.argmax(bad))
        raise GridCodeError(
            f"GeoSOT integer {row}: {int(values[row])}-{int(levels[row])} in quadrant "
            f"{int(quadrants[row])} is no cell; want a value below 2^61 of a cell on Earth, zero "
            f"in its last 2 * (32 - level) bits, level 0 to 32, quadrant 0 to 3"
        )
    return codes


def write(codes: Uint64) -> Text:
    """(n,) texts `value-level`, the quadrant in bits 62 and 63 of the value."""
    values, levels, quadrants = to_morton(codes)
    whole = values | quadrants.astype(np.uint64) << _QUADRANT_SHIFT
    texts: Text = np.strings.add(np.strings.add(whole.astype("U20"), "-"), levels.astype("U2"))
    return texts


def read(texts: list[str]) -> Uint64:
    """(n,) codes of texts `value-level`.

    Raises:
        GridCodeError: A text is not of this form, or names no cell on Earth.
    """
    for text in texts:
        if not _FORM.fullmatch(text) or int(text.partition("-")[0]) >= 1 << 64:
            raise GridCodeError(
                f"GeoSOT integer {shorten(text)!r}: want value-level, such as "
                f"412869894958481408-23, the value below 2^64{hint(text, GEOSOT_MORTON)}"
            )
    pairs = [text.split("-") for text in texts]
    whole = np.array([int(value) for value, _ in pairs], dtype=np.uint64)
    levels = np.array([int(level) for _, level in pairs], dtype=np.int64)
    quadrants = (whole >> _QUADRANT_SHIFT).astype(np.int64)
    return from_morton(whole & _VALUE_MASK, levels, quadrants)
