"""GeoSOT cells as integers: quadrant, Morton digits, and one closing bit that tells the level.

Degrees are stretched to 64 minutes and minutes to 64 seconds, so |latitude| and |longitude| are
31 bits each: 8 of degrees, 6 of minutes, 6 of seconds, 11 of 1/2048 seconds. Interleaved, latitude
first, they are 62 bits, two a level. A latitude stays below 128 degrees, so its first bit is
always 0 and is left out; that makes room for the closing bit, which follows the last digit as
in S2. Codes of one level sort as their texts do, and a cell's descendants are one range around it.

Source: GB/T 40087-2021, clauses 5.5 and 6.2.
"""

from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids._checks import require_codes
from cim.grids._ticks import HALF_TURN, TICKS_PER_DEGREE
from cim.grids.base import GridCodeError

LEVELS = range(33)
AXIS_BITS = 31
FINE_BITS = 13
"""The low 13 bits, 4 seconds, are plain ticks; only the bits above them are stretched."""

_STEPS_PER_MINUTE = 15
_STRETCHED = 64
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""Shifts and masks that move the bits of a 32-bit number to the even places of 64, and back."""


def spread(bits: Uint64) -> Uint64:
    """Each bit of a number below 2^32 moved to twice its place."""
    for shift, mask in _SPREAD:
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def gather(bits: Uint64) -> Uint64:
    """The even bits of each number, moved together; the inverse of `spread`."""
    bits = bits & np.uint64(_SPREAD[-1][1])
    for at in range(len(_SPREAD) - 1, 0, -1):
        shift, mask = _SPREAD[at][0], _SPREAD[at - 1][1]
        bits = (bits | (bits >> np.uint64(shift))) & np.uint64(mask)
    shift = _SPREAD[0][0]
    return (bits | (bits >> np.uint64(shift))) & np.uint64(0xFFFFFFFF)


def stretched_steps(steps: Int64) -> Int64:
    """Stretched number of each 4-second step: degree 8 bits, minute 6, second 4."""
    minutes, step = np.divmod(steps, _STEPS_PER_MINUTE)
    degrees, minute = np.divmod(minutes, 60)
    return (degrees * _STRETCHED + minute) * 16 + step


@cache
def spread_tables() -> tuple[Uint64, Uint64]:
    """Spread bits of every 4-second step of a half turn, and of every tick inside a step."""
    steps = stretched_steps(np.arange(180 * 900 + 1)) << FINE_BITS
    fine = np.arange(1 << FINE_BITS)
    return spread(steps.astype(np.uint64)), spread(fine.astype(np.uint64))


def level_bits(level: Int64) -> Int64:
    """Bits of a code before its closing bit."""
    return np.where(level < 2, 2 * level, 2 * level - 1)  # noqa: PLR2004 - the left-out bit


def pack(quadrant: Int64, morton: Uint64, level: Int64) -> Uint64:
    """Codes of quadrants (0 NE, 1 NW, 2 SE, 3 SW) and 62-bit Morton numbers, cut at `level`."""
    full = (quadrant.astype(np.uint64) << np.uint64(62)) | (
        (morton << np.uint64(1)) & np.uint64((1 << 62) - 1)
    )
    closing: Uint64 = np.left_shift(np.uint64(1), (63 - level_bits(level)).astype(np.uint64))
    below: Uint64 = closing | (closing - np.uint64(1))
    return (full & ~below) | closing


def unpack(codes: Uint64) -> tuple[Int64, Uint64, Int64]:
    """Quadrants, Morton numbers (zero below the level) and levels of codes.

    Raises:
        GridCodeError: An integer has no level, so it is not a code; the first one is named.
    """
    require_codes(codes)
    closing = codes & (~codes + np.uint64(1))
    behind = np.bitwise_count(closing - np.uint64(1)).astype(np.int64)
    level = np.where(behind > 60, (63 - behind) // 2, 32 - behind // 2)  # noqa: PLR2004 - bits
    bad: Bool = (codes == 0) | (63 - behind != level_bits(level))
    if bad.any():
        raise GridCodeError(not_a_cell(codes, bad))
    path = codes ^ closing
    morton = (path & np.uint64((1 << 62) - 1)) >> np.uint64(1)
    return (path >> np.uint64(62)).astype(np.int64), morton, level


def not_a_cell(codes: Uint64, bad: Bool) -> str:
    """Message naming the first bad integer."""
    row = int(np.argmax(bad))
    return f"code {row}: {int(codes[row])} is not the integer of a GeoSOT cell"


def axes(morton: Uint64) -> tuple[Int64, Int64]:
    """Stretched longitude and latitude, 31 bits each."""
    return gather(morton).astype(np.int64), gather(morton >> np.uint64(1)).astype(np.int64)


def exists(stretched: Int64, degrees: int) -> Bool:
    """Whether a cell that begins at a stretched angle is on Earth.

    Minutes and seconds 60 to 63, and degrees from `degrees` on, are not.
    """
    minute, second = stretched >> 17 & 63, stretched >> 11 & 63
    return (stretched >> 23 < degrees) & (minute < 60) & (second < 60)  # noqa: PLR2004 - of 60


def ticks(stretched: Int64, degrees: int) -> Int64:
    """Ticks of edges of cells, those between 60 and 64 drawn back to 60, at most `degrees`.

    Args:
        stretched: (n,) stretched angles of edges, so that none lies inside the seconds 60 to 64.
        degrees: Where the globe ends.
    """
    stretched = np.minimum(stretched, 1 << AXIS_BITS)
    low = stretched & ((1 << FINE_BITS) - 1)
    plain = _plain_steps()[stretched >> FINE_BITS] + low
    clipped: Int64 = np.minimum(plain, degrees * TICKS_PER_DEGREE)
    return clipped


@cache
def _plain_steps() -> Int64:
    """Ticks of every stretched 4-second step of 256 degrees, its last one included."""
    step = np.arange((1 << (AXIS_BITS - FINE_BITS)) + 1)
    degree, minute, rest = step >> 10, step >> 4 & 63, step & 15
    steps = np.minimum(minute * _STEPS_PER_MINUTE + np.minimum(rest, _STEPS_PER_MINUTE), 900)
    plain: Int64 = (degree * 900 + steps) << FINE_BITS
    return plain


def cell_size(level: Int64) -> Int64:
    """Size of a cell in stretched ticks: 2^31 at level 1, 1 at level 32."""
    size: Int64 = np.left_shift(1, 32 - level)
    return size


FAR_LONGITUDE = HALF_TURN // TICKS_PER_DEGREE
FAR_LATITUDE = 90
