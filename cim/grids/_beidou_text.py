"""The text of BeiDou 2D codes: digits to characters and back, by table look-up.

Source: GB/T 39409-2020, clause 5.2 and Table 1. The row letters of level 1 are A to V in
sequence, I and O among them.
"""

from functools import cache
from itertools import pairwise

import numpy as np

from cim.arrays import Bool, Int64, Text, Uint8, Uint64
from cim.grids._beidou_code import (
    HEMISPHERE_SHEETS,
    LEVELS,
    POLAR_CELLS,
    POLAR_LEVELS,
    SHEET_COLUMNS,
    SHEET_ROWS,
    SPLITS,
    SUBTREE,
    Z_ORDERED,
    Digits,
    column_digit_weight,
    polar_codes,
    row_digit_weight,
)
from cim.grids._kinds import BEIDOU, hint
from cim.grids._letters import characters, cut, put, shorten, weigh, weights
from cim.grids.base import GridCodeError

ENDS = (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
"""Length of the text at levels 1 to 10."""

LONGEST = ENDS[-1]
ROW_LETTERS = "ABCDEFGHIJKLMNOPQRSTUV"
HEX = "0123456789ABCDEF"
_PLACES = ((0, 4), *((end, later - end) for end, later in pairwise(ENDS)))
"""Start and length of what each level adds."""


@cache
def words(level: int) -> Text:
    """What every digit of a level adds to the text."""
    if level == 1:
        sheets = [f"{column:02d}{row}" for column in range(1, 61) for row in ROW_LETTERS]
        return np.array([half + sheet for half in "NS" for sheet in ("000", *sheets)])
    columns, rows = SPLITS[level - 2]
    if level in Z_ORDERED:
        return np.array(list(HEX[: columns * rows]))
    return np.array([HEX[c] + HEX[r] for c in range(columns) for r in range(rows)])


def level_words(parts: Digits, level: int) -> Text:
    """(n,) what a level below 1 adds to the text of each code."""
    found = words(level).take(parts.digits[:, level - 1])
    if level == POLAR_LEVELS and parts.polar.any():
        polar = np.array([a + b for a in HEX[:4] for b in HEX[:4]])
        cell = np.where(parts.polar, parts.digits[:, level - 1], 0)
        found = np.where(parts.polar, polar[cell], found)
    return found


def write(parts: Digits) -> Text:
    """(n,) texts of codes taken apart."""
    levels = LEVELS[: int(parts.level.max(initial=1))]
    added = [level_words(parts, level) for level in levels[1:]]
    sheets = words(1).take(parts.digits[:, 0])
    texts = put(ENDS[len(levels) - 1], _PLACES[: len(levels)], [sheets, *added])
    return cut(texts, np.array(ENDS)[parts.level - 1])


def read(texts: list[str]) -> Uint64:
    """(n,) codes of texts.

    Raises:
        GridCodeError: A text is not a code; the message names it and the place at fault.
    """
    letters, lengths = characters(texts, LONGEST, BEIDOU)
    codes, good = parse(letters, lengths, tuple(range(LONGEST)))
    if not good.all():
        raise GridCodeError(explain(texts[int(np.argmin(good))]))
    return codes


def parse(letters: Uint8, lengths: Int64, places: tuple[int, ...]) -> tuple[Uint64, Bool]:
    """Codes of texts, and (n,) whether each is a code at all.

    Args:
        letters: (n, width) characters.
        lengths: (n,) how long the 2D text is.
        places: (20,) columns of `letters` in which the 2D text stands.
    """
    level = np.array(_LEVEL_OF_LENGTH)[lengths]
    total, good = weigh(letters, places, _weights())
    column = 10 * (letters[:, places[1]] - ord("0")) + (letters[:, places[2]] - ord("0"))
    good &= (level > 0) & (column - np.uint8(1) < SHEET_COLUMNS)
    codes = (total + (1 - SHEET_ROWS) * SUBTREE[1] + level).astype(np.uint64)
    if not good.all():
        caps = ~good & (letters[:, places[1:4]] == ord("0")).all(axis=1)
        codes[caps], good[caps] = _parse_caps(letters[caps][:, places[:6]], lengths[caps])
    return codes, good


_LEVEL_OF_LENGTH = tuple(
    ENDS.index(length) + 1 if length in ENDS else 0 for length in range(LONGEST + 1)
)


@cache
def _weights() -> Int64:
    """(20, 256) what each character of a text adds to the number of its cell.

    Each of them is a column or a row of its level, and a number is linear in both.
    """
    sheet = SUBTREE[1]
    tables = [
        weights("NS", HEMISPHERE_SHEETS * sheet),
        weights(HEX[:7], 10 * SHEET_ROWS * sheet),
        weights(HEX[:10], SHEET_ROWS * sheet),
        weights(ROW_LETTERS, sheet),
    ]
    for level in LEVELS[1:]:
        columns, rows = SPLITS[level - 2]
        if level in Z_ORDERED:
            tables.append(weights(HEX[: columns * rows], SUBTREE[level]))
            continue
        tables.append(weights(HEX[:columns], column_digit_weight(level) * SUBTREE[level]))
        tables.append(weights(HEX[:rows], row_digit_weight(level) * SUBTREE[level]))
    return np.array(tables)


def _parse_caps(letters: Uint8, lengths: Int64) -> tuple[Uint64, Bool]:
    """Codes of texts that begin as those of polar caps, and whether each is a code at all."""
    places = (0, *range(ENDS[0], ENDS[1]))
    tables = np.array([weights("NS", POLAR_CELLS), weights(HEX[:4], 4), weights(HEX[:4], 1)])
    total, good = weigh(letters, places, tables)
    south, cell = np.divmod(total, POLAR_CELLS)
    codes = np.zeros(len(letters), dtype=np.uint64)
    for level in range(1, POLAR_LEVELS + 1):
        rows = lengths == ENDS[level - 1]
        codes[rows] = polar_codes(south[rows].astype(np.bool_), cell[rows], level)
    return codes, good & (codes > 0)


def explain(text: str) -> str:
    """Why a text is not a 2D code: which character, and what is legal there."""
    quoted = f"BeiDou code {shorten(text)!r}"
    polar = text[1:4] == "000"
    for place, letter in enumerate(text):
        legal = _legal_at(place, text, polar=polar)
        if letter not in legal:
            fault = f"character {place + 1} is {letter!r}, legal: {_listed(legal)}"
            return f"{quoted}: {fault}{hint(text, BEIDOU)}"
    if polar and len(text) > ENDS[POLAR_LEVELS - 1]:
        return f"{quoted}: the polar caps have cells of levels 1 and 2 only{hint(text, BEIDOU)}"
    legal = ", ".join(map(str, ENDS))
    return f"{quoted}: {len(text)} characters, legal: {legal}{hint(text, BEIDOU)}"


def _legal_at(place: int, text: str, *, polar: bool) -> str:
    """Characters that may stand at a place (from 0) after the text before it."""
    if place < ENDS[0]:
        return _legal_in_sheet(place, text, polar=polar)
    level = next(level for level in LEVELS if place < ENDS[level - 1])
    if polar:
        return HEX[: POLAR_CELLS // 4] if level == POLAR_LEVELS else HEX
    columns, rows = SPLITS[level - 2]
    if level in Z_ORDERED:
        return HEX[: columns * rows]
    return HEX[:columns] if place == ENDS[level - 2] else HEX[:rows]


def _legal_in_sheet(place: int, text: str, *, polar: bool) -> str:
    """Characters that may stand at a place of the four of level 1."""
    if place == 0:
        return "NS"
    if polar:
        return "0"
    if place == 1:
        return HEX[:7]
    if place == 2:  # noqa: PLR2004 - the second digit of the column, 01 to 60
        return {"0": HEX[1:10], "6": "0"}.get(text[1], HEX[:10])
    return ROW_LETTERS


def _listed(letters: str) -> str:
    """Letters as a range where they follow one another."""
    return letters if len(letters) < 3 else f"{letters[0]} to {letters[-1]} ({letters})"  # noqa: PLR2004 - a range has two ends
