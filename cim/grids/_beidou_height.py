"""Height codes of the BeiDou grid, and the 3D text that interleaves them with the 2D text.

A height code is an unsigned 32-bit integer: the top bit is 1 below the ellipsoid, the other 31
are the size of the layer index of level 10; a coarser level keeps the leading bits. Where the
standard contradicts itself this follows its formulas (see the ADR on grid codes): the digits a5
and a6 are whole hexadecimal digits 0 to F, indices below zero are sign and magnitude of the
floor, and the heights of levels 1 to 4 are those of the kept bits.

Source: GB/T 39409-2020, clause 6, Annex C (C.3, C.8, C.12, C.14).
"""

import numpy as np

from cim.arrays import Bool, Float64, Int64, Text, Uint32, Uint64
from cim.grids import _beidou_text as flat
from cim.grids._beidou_code import LEVELS, Digits
from cim.grids._layers import face_heights, layer_indices, layer_span
from cim.grids._letters import ABSENT, as_text, characters, digit_table, shorten
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
    first, last = layer_span(low_m, high_m, PER_DEGREE)
    drop = int(DROPPED[level])
    under = np.arange(-first >> drop, (max(-last, 1) >> drop) - 1, -1) << drop
    over = np.arange(max(first, 0) >> drop, (last >> drop) + 1) << drop
    under, over = under[: len(under) * (first < 0)], over[: len(over) * (last >= 0)]
    return np.concatenate([under.astype(np.uint64) | _SIGN, over.astype(np.uint64)])


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
    deepest = int(parts.level.max(initial=1))
    plain = flat.letters(parts)
    letters = np.zeros((len(size), ENDS[deepest - 1]), dtype=np.uint32)
    letters[:, 0] = plain[:, 0]
    letters[:, 1] = below + ord("0")
    hexadecimal = np.array([ord(letter) for letter in flat.HEX], dtype=np.uint32)
    start, begin = 2, 1
    for level in LEVELS[:deepest]:
        width = flat.ENDS[level - 1] - begin
        letters[:, start : start + width] = plain[:, begin : begin + width]
        digit = size >> DROPPED[level] & _RADIX[level - 1] - 1
        if level == 1:
            letters[:, start + width] = hexadecimal[digit // 10]
        letters[:, ENDS[level - 1] - 1] = hexadecimal[digit % 10 if level == 1 else digit]
        start, begin = ENDS[level - 1], flat.ENDS[level - 1]
    if (parts.level != deepest).any():
        letters[np.arange(letters.shape[1]) >= np.array(ENDS)[parts.level - 1][:, None]] = 0
    return as_text(letters)


def read(texts: list[str]) -> tuple[Uint64, Uint64]:
    """(n,) 2D codes and (n,) height codes of 3D texts.

    Raises:
        GridCodeError: A text is not a 3D code; the message names it and the place at fault.
    """
    letters, lengths = characters(texts, ENDS[-1])
    fits = np.isin(lengths, ENDS)
    if not fits.all():
        row = int(np.argmin(fits))
        legal = ", ".join(map(str, ENDS))
        raise GridCodeError(f"{_quoted(texts[row])}: {lengths[row]} characters, legal: {legal}")
    level = np.searchsorted(ENDS, lengths) + 1
    places, digits = [0], [(1, 2)]
    for at in LEVELS:
        first, end = (2 if at == 1 else ENDS[at - 2]), ENDS[at - 1]
        digits.append((end - 1 - (at == 1), end))
        places += range(first, digits[-1][0])
    codes = _read_flat(texts, letters[:, places], np.array(flat.ENDS)[level - 1])
    size, below = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.int64)
    for at, (first, end) in enumerate(digits):
        value, legal = _read_digit(letters[:, first:end], at)
        bad = (value == ABSENT) & (level >= at)
        if bad.any():
            text = texts[int(np.argmax(bad))]
            raise GridCodeError(
                f"{_quoted(text)}: height digit {text[first:end]!r} at character {first + 1}, "
                f"legal: {legal}"
            )
        if at == 0:
            below = value
        else:
            size |= np.where(level >= at, value, 0) << DROPPED[at]
    heights = size.astype(np.uint64) | (below.astype(np.uint64) << np.uint64(31))
    _parts(heights, level)
    return codes, heights


def _read_digit(piece: Uint32, at: int) -> tuple[Int64, str]:
    """Values of the height digit of a level (0 is the sign), and what is legal there."""
    if at == 1:
        decimal = digit_table(flat.HEX[:10])[piece]
        value = 10 * decimal[:, 0] + decimal[:, 1]
        wrong = (decimal == ABSENT).any(axis=1) | (value >= _RADIX[0])
        return np.where(wrong, ABSENT, value), "00 to 63"
    radix = 2 if at == 0 else _RADIX[at - 1]
    return digit_table(flat.HEX[:radix])[piece[:, 0]], f"0 to {flat.HEX[radix - 1]}"


def _read_flat(texts: list[str], letters: Uint32, lengths: Int64) -> Uint64:
    """Codes of the 2D parts of 3D texts."""
    codes, good = flat.parse(letters, lengths)
    if not good.all():
        row = int(np.argmin(good))
        fault = flat.explain(str(as_text(letters[row : row + 1])[0]))
        raise GridCodeError(f"{_quoted(texts[row])}, its 2D part: {fault}")
    return codes


def _quoted(text: str) -> str:
    """The text, for a message."""
    return f"BeiDou 3D code {shorten(text)!r}"
