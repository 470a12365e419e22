"""The text of GeoSOT solid cells: the cell's text, then as many height digits as its level.

Clause 6.1 names the two parts but not how to join them; they are joined here without a mark.

Source: GB/T 40087-2021, clauses 6.1 and 6.3.
"""

from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Text, Uint8, Uint64
from cim.grids import _geosot_height as height
from cim.grids import _geosot_text as flat
from cim.grids._geosot_code import LEVELS
from cim.grids._kinds import GEOSOT_3D, hint
from cim.grids._letters import characters, put, shorten
from cim.grids.base import GridCodeError

_LONGEST = 1 + 2 * LEVELS[-1]


@cache
def _byte_words() -> Text:
    """(256,) the eight binary digits of every byte."""
    return np.array([f"{byte:08b}" for byte in range(256)])


def write(texts: Text, heights: Uint64, levels: Int64) -> Text:
    """(n,) 3D texts of the texts of cells, their height codes and levels."""
    height.layers(heights, levels)
    found = np.zeros(len(texts), dtype=f"U{1 + 2 * int(levels.max(initial=0))}")
    for level in np.unique(levels).tolist():
        rows = levels == level
        if rows.all():
            return _write(texts, heights, level)
        found[rows] = _write(texts[rows], heights[rows], level)
    return found


def _write(texts: Text, heights: Uint64, level: int) -> Text:
    """3D texts of cells that all are of one level."""
    left = (heights << np.uint64(32 - level)).astype(">u4")
    octets = left.view(np.uint8).reshape(-1, 4)
    starts = range(0, level, 8)
    places = [(1 + level + start, min(8, level - start)) for start in starts]
    words = [_byte_words().take(octets[:, at]) for at in range(len(starts))]
    return put(1 + 2 * level, ((0, 1 + level), *places), [texts, *words])


def read(texts: list[str]) -> tuple[Uint64, Uint64]:
    """(n,) codes, whose cells may still not exist on Earth, and (n,) height codes of 3D texts.

    Raises:
        GridCodeError: A text is not of the form of a 3D code; the message names the character.
    """
    letters, lengths = characters(texts, _LONGEST, GEOSOT_3D)
    levels = lengths // 2
    codes, heights = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.uint64)
    good = (lengths % 2 == 1) & (levels > 0)
    for level in np.unique(levels[good]).tolist():
        rows = np.flatnonzero(good & (levels == level))
        codes[rows], heights[rows], good[rows] = _parse(letters[rows], level)
    if not good.all():
        raise GridCodeError(_explain(texts[int(np.argmin(good))]))
    height.layers(heights, levels)
    return codes, heights


def _parse(letters: Uint8, level: int) -> tuple[Uint64, Uint64, Bool]:
    """Codes and height codes of texts of one level, and whether each has a 3D code's form."""
    plain = np.pad(letters[:, : 1 + level], ((0, 0), (0, LEVELS[-1] - level)))
    codes, good = flat.parse(plain, np.full(len(letters), 1 + level))
    bits = letters[:, 1 + level : 1 + 2 * level] ^ ord("0")
    octets = np.packbits(np.pad(bits, ((0, 0), (0, LEVELS[-1] - level))) & 1, axis=1)
    left = octets.view(">u4").reshape(-1).astype(np.uint64)
    return codes, left >> np.uint64(32 - level), good & (bits <= 1).all(axis=1)


def _explain(text: str) -> str:
    """Why a text is not of the form of a 3D code."""
    quoted = f"GeoSOT 3D code {shorten(text)!r}"
    level = len(text) // 2
    if len(text) % 2 == 0 or level == 0:
        want = f"{len(text)} characters, want G, m digits and m height digits"
        return f"{quoted}: {want}{hint(text, GEOSOT_3D)}"
    for place, letter in enumerate(text[1 + level :], start=2 + level):
        if letter not in "01":
            fault = f"character {place} is {letter!r}, legal: 0, 1"
            return f"{quoted}, its height: {fault}{hint(text, GEOSOT_3D)}"
    return f"{quoted}, its 2D part: {flat.explain(text[: 1 + level])}{hint(text, GEOSOT_3D)}"
