"""Height codes of the BeiDou grid, and the 3D text that interleaves them with the 2D text.

A height code is an unsigned 32-bit integer: the top bit is 1 below the ellipsoid, the other 31
are the size of the layer index of level 10; a coarser level keeps the leading bits. Where the
standard contradicts itself this follows its formulas (see the ADR on grid codes): the digits a5
and a6 are whole hexadecimal digits 0 to F, indices below zero are sign and magnitude of the
floor, and the heights of levels 1 to 4 are those of the kept bits.

Source: GB/T 39409-2020, clause 6, Annex C (C.3, C.8, C.12, C.14).
"""

from functools import cache
from itertools import pairwise

import numpy as np

from cim.arrays import Bool, Float64, Int64, Text, Uint64
from cim.grids import _beidou_text as flat
from cim.grids._beidou_code import LEVELS, SHEETS, Digits
from cim.grids._kinds import BEIDOU_3D, hint
from cim.grids._layers import face_heights, layer_indices, layer_span
from cim.grids._letters import characters, cut, put, shorten, weigh, weights
from cim.grids._solids import Span
from cim.grids.base import GridCodeError

PER_DEGREE = 3600.0 * 2048.0
DEEPEST = 256 * 3600 * 2048
"""Size of the layer index of the lowest height of the grid."""

DROPPED = np.array([0, 25, 22, 21, 17, 13, 12, 9, 6, 3, 0])
"""Bits of the index that a level leaves out."""

ENDS = (7, 10, 12, 15, 18, 20, 23, 26, 29, 32)
"""Length of the 3D text at levels 1 to 10."""

_RADIX = (64, 8, 2, 16, 16, 2, 8, 8, 8, 8)
"""Values of the height digit added by each level; that of level 1 is two decimal digits."""

_SIGN = np.uint64(1 << 31)


def encode(heights_m: Float64, level: int) -> Uint64:
    """(n,) height codes of ellipsoidal heights at a level."""
    return of_layers(layer_indices(heights_m, PER_DEGREE), DROPPED[level])


def of_layers(layers: Int64, dropped: Int64) -> Uint64:
    """(n,) height codes of layer indices of level 10, less the dropped bits."""
    size = np.abs(layers) >> dropped << dropped
    return size.astype(np.uint64) | np.where(layers < 0, _SIGN, np.uint64(0))


def between(low_m: float, high_m: float, level: int) -> Uint64:
    """Height codes of all layers that hold a height from low to below high, upward."""
    drop = int(DROPPED[level])
    runs = _runs(low_m, high_m, level)
    under, over = (np.arange(run.start, run.stop, run.step) << drop for run in runs)
    return np.concatenate([under.astype(np.uint64) | _SIGN, over.astype(np.uint64)])


def count_between(low_m: float, high_m: float, level: int) -> int:
    """How many codes `between` gives."""
    return sum(map(len, _runs(low_m, high_m, level)))


def _runs(low_m: float, high_m: float, level: int) -> tuple[range, range]:
    """Kept bits of the layers below the ellipsoid and above it, upward."""
    first, last = layer_span(low_m, high_m, PER_DEGREE)
    drop = int(DROPPED[level])
    under = range(-first >> drop, (max(-last, 1) >> drop) - 1, -1) if first < 0 else range(0)
    over = range(max(first, 0) >> drop, (last >> drop) + 1) if last >= 0 else range(0)
    return under, over


def _parts(heights: Uint64, levels: Int64) -> tuple[Int64, Bool, Int64]:
    """Sizes, whether below the ellipsoid, and layers a code spans, checked.

    Raises:
        GridCodeError: An integer is not a height code of its level.
    """
    size = (heights & (_SIGN - np.uint64(1))).astype(np.int64)
    below, span = heights >= _SIGN, np.left_shift(1, DROPPED[levels])
    bad = (heights >= 2 * _SIGN) | (size % span != 0) | (size >= DEEPEST + below)
    bad |= below & (size + span == 1)
    if bad.any():
        row = int(np.argmax(bad))
        raise GridCodeError(
            f"height code {row}: {int(heights[row])} is not one of level {int(levels[row])}"
        )
    return size, below, span


def layer_range(heights: Uint64, levels: Int64) -> tuple[Int64, Int64]:
    """First and last layer index of level 10 that share each height code."""
    size, below, span = _parts(heights, levels)
    far = size + span - 1
    return np.where(below, -far, size), np.where(below, -np.maximum(size, 1), far)


def span(heights: Uint64, levels: Int64) -> Span:
    """Layers of level 10 that share each height code."""
    first, last = layer_range(heights, levels)
    return Span(first, last + 1)


def bounds(heights: Uint64, levels: Int64) -> Float64:
    """(n, 2) lower and upper face in metres of each height code."""
    first, last = layer_range(heights, levels)
    first, last = np.maximum(first, -DEEPEST), np.minimum(last + 1, DEEPEST)
    return np.column_stack([face_heights(first, PER_DEGREE), face_heights(last, PER_DEGREE)])


def beside(heights: Uint64, levels: Int64) -> tuple[Uint64, Bool, Uint64, Bool]:
    """Height codes below and above, each with whether there is one inside the grid."""
    first, last = layer_range(heights, levels)
    low, high = first - 1, last + 1
    has_low, has_high = low >= -DEEPEST, high < DEEPEST
    under = of_layers(np.where(has_low, low, first), DROPPED[levels])
    return under, has_low, of_layers(np.where(has_high, high, last), DROPPED[levels]), has_high


def write(parts: Digits, heights: Uint64) -> Text:
    """(n,) 3D texts of codes taken apart and their height codes."""
    size, below, _ = _parts(heights, parts.level)
    levels = LEVELS[: int(parts.level.max(initial=1))]
    signed = _signed_sheets().take(parts.digits[:, 0] + below * SHEETS)
    added = [signed, _height_words(1).take(size >> DROPPED[1])]
    for level in levels[1:]:
        digit = size >> DROPPED[level] & _RADIX[level - 1] - 1
        added += [flat.level_words(parts, level), _height_words(level).take(digit)]
    texts = put(ENDS[len(levels) - 1], _PLACES[: len(added)], added)
    return cut(texts, np.array(ENDS)[parts.level - 1])


@cache
def _signed_sheets() -> Text:
    """Hemisphere, sign and sheet of every digit of level 1, above the ellipsoid, then below."""
    return np.array([word[0] + sign + word[1:] for sign in "01" for word in flat.words(1)])


@cache
def _height_words(level: int) -> Text:
    """Every height digit of a level: two decimal digits at level 1, else one hexadecimal."""
    if level == 1:
        return np.array([f"{digit:02d}" for digit in range(_RADIX[0])])
    return np.array(list(flat.HEX[: _RADIX[level - 1]]))


def read(texts: list[str]) -> tuple[Uint64, Uint64]:
    """(n,) 2D codes and (n,) height codes of 3D texts.

    Raises:
        GridCodeError: A text is not a 3D code; the message names it and the place at fault.
    """
    letters, lengths = characters(texts, ENDS[-1], BEIDOU_3D)
    level = np.array(_LEVEL_OF_LENGTH)[lengths]
    flat_lengths = np.array((0, *flat.ENDS))[level]
    codes, good = flat.parse(letters, flat_lengths, _FLAT_PLACES)
    number, legal = weigh(letters, _HEIGHT_PLACES, _weights())
    tens_ones = 10 * (letters[:, 5] - ord("0")) + (letters[:, 6] - ord("0"))
    good &= legal & (tens_ones < _RADIX[0])
    if not good.all():
        raise GridCodeError(_explain(texts[int(np.argmin(good))]))
    heights = number.astype(np.uint64)
    _parts(heights, level)
    return codes, heights


_LEVEL_OF_LENGTH = tuple(
    ENDS.index(length) + 1 if length in ENDS else 0 for length in range(ENDS[-1] + 1)
)
_HEIGHT_PLACES = (1, 5, 6, *(end - 1 for end in ENDS[1:]))
_FLAT_PLACES = tuple(place for place in range(ENDS[-1]) if place not in _HEIGHT_PLACES)
_PLACES = (
    (0, 5),
    (5, 2),
    *(
        field
        for start, end in pairwise(ENDS)
        for field in ((start, end - 1 - start), (end - 1, 1))
    ),
)
"""Start and length of the fields of a 3D text: cell and height digits in turn."""


@cache
def _weights() -> Int64:
    """(12, 256) what each height digit of a text adds to the height code."""
    first = [
        weights("01", int(_SIGN)),
        weights(flat.HEX[:7], 10 << int(DROPPED[1])),
        weights(flat.HEX[:10], 1 << int(DROPPED[1])),
    ]
    rest = [
        weights(flat.HEX[: _RADIX[level - 1]], 1 << int(DROPPED[level])) for level in LEVELS[1:]
    ]
    return np.array(first + rest)


def _explain(text: str) -> str:
    """Why a text is not a 3D code: which part of it, and what is legal there."""
    if len(text) not in ENDS:
        legal = ", ".join(map(str, ENDS))
        return f"{_quoted(text)}: {len(text)} characters, legal: {legal}{hint(text, BEIDOU_3D)}"
    try:
        flat.read(["".join(text[place] for place in _FLAT_PLACES if place < len(text))])
    except GridCodeError as error:
        return f"{_quoted(text)}, its 2D part: {error}{hint(text, BEIDOU_3D)}"
    start, end, values = next(
        digit for digit in _height_digits() if text[digit[0] : digit[1]] not in digit[2]
    )
    return (
        f"{_quoted(text)}: height digit {text[start:end]!r} at character {start + 1}, "
        f"legal: {values[0]} to {values[-1]}{hint(text, BEIDOU_3D)}"
    )


def _height_digits() -> list[tuple[int, int, list[str]]]:
    """Start, end and legal values of the sign and the height digit of each level."""
    digits = [(end - 1, end, _height_words(at + 2).tolist()) for at, end in enumerate(ENDS[1:])]
    return [(1, 2, ["0", "1"]), (5, 7, _height_words(1).tolist()), *digits]


def _quoted(text: str) -> str:
    """The text, for a message."""
    return f"BeiDou 3D code {shorten(text)!r}"
