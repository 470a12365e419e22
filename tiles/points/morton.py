"""Morton codes: the bits of x, y, z interleaved, so that sorting them follows the octree."""

import numpy as np

from cim.arrays import Int64, Uint32

MOST_BITS = 21
"""Of one coordinate: three make a code of 63 bits."""

type Columns = tuple[Uint32, Uint32, Uint32]
"""(n,) x, (n,) y, (n,) z."""

_HALF = 11
_MASK = (1 << _HALF) - 1


def _spread(count: int) -> Int64:
    """Bits of 0 … count - 1 with two zeros between them."""
    numbers = np.arange(count, dtype=np.int64)
    spread = np.zeros(count, np.int64)
    for bit in range(_HALF):
        spread |= (numbers >> bit & 1) << (3 * bit)
    return spread


_SPREAD = _spread(1 << _HALF)


def encode(columns: Columns, shift: int) -> Int64:
    """(n,) codes; x gives the lowest bit of each three.

    Args:
        columns: (n,) coordinates of each axis, below 2 ** (21 + shift).
        shift: Bits of the coordinates that are left out.
    """
    code = np.zeros(len(columns[0]), np.int64)
    for axis, column in enumerate(columns):
        whole = column >> shift if shift else column
        part = _SPREAD[whole & _MASK]
        part |= _SPREAD[whole >> _HALF] << (3 * _HALF)
        part <<= axis
        code |= part
    return code


def decode(code: int) -> tuple[int, int, int]:
    """Coordinates of one code."""
    found = [0, 0, 0]
    for bit in range(3 * MOST_BITS):
        found[bit % 3] |= (code >> bit & 1) << (bit // 3)
    return found[0], found[1], found[2]
