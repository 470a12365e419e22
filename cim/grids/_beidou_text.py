"""The text of BeiDou 2D codes: digits to characters and back, by table look-up.

Source: GB/T 39409-2020, clause 5.2 and Table 1. The row letters of level 1 are A to V in
sequence, I and O among them.
"""

from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Text, Uint32, Uint64
from cim.grids._beidou_code import (
    HEMISPHERE_SHEETS,
    LEVELS,
    POLAR_CELLS,
    POLAR_LEVELS,
    SHEET_COLUMNS,
    SHEET_ROWS,
    SPLITS,
    Z_ORDERED,
    Digits,
    column_digit_weight,
    row_digit_weight,
)
from cim.grids._beidou_code import join as join_digits
from cim.grids._letters import ABSENT, as_text, characters, digit_table, letter_table, shorten
from cim.grids.base import GridCodeError

ENDS = (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
"""Length of the text at levels 1 to 10."""

LONGEST = ENDS[-1]
ROW_LETTERS = "ABCDEFGHIJKLMNOPQRSTUV"
HEX = "0123456789ABCDEF"


@cache
def _words(level: int) -> Uint32:
    """Characters of every digit of a level, one row a digit."""
    if level == 1:
        sheets = [f"{column:02d}{row}" for column in range(1, 61) for row in ROW_LETTERS]
        return letter_table([half + sheet for half in "NS" for sheet in ("000", *sheets)])
    columns, rows = SPLITS[level - 2]
    if level in Z_ORDERED:
        return letter_table([HEX[digit] for digit in range(columns * rows)])
    return letter_table([HEX[c] + HEX[r] for c in range(columns) for r in range(rows)])


@cache
def _polar_words() -> Uint32:
    """Characters of the sixteen level-2 cells of a cap."""
    return letter_table([a + b for a in HEX[:4] for b in HEX[:4]])


def write(parts: Digits) -> Text:
    """(n,) texts of codes taken apart."""
    return as_text(letters(parts))


def letters(parts: Digits) -> Uint32:
    """(n, width) characters of codes taken apart, zero after the end of a text."""
    deepest = int(parts.level.max(initial=1))
    words = np.zeros((len(parts.level), ENDS[deepest - 1]), dtype=np.uint32)
    start = 0
    for level in LEVELS[:deepest]:
        end = ENDS[level - 1]
        words[:, start:end] = _words(level)[parts.digits[:, level - 1]]
        start = end
    caps = parts.polar & (parts.level == POLAR_LEVELS)
    if caps.any():
        words[caps, ENDS[0] : ENDS[1]] = _polar_words()[parts.digits[caps, 1]]
    if (parts.level != deepest).any():
        lengths = np.array(ENDS)[parts.level - 1]
        words[np.arange(words.shape[1]) >= lengths[:, None]] = 0
    return words


def read(texts: list[str]) -> Uint64:
    """(n,) codes of texts.

    Raises:
        GridCodeError: A text is not a code; the message names it and the place at fault.
    """
    letters, lengths = characters(texts, LONGEST)
    codes, good = parse(letters, lengths)
    if not good.all():
        raise GridCodeError(explain(texts[int(np.argmin(good))]))
    return codes


def parse(letters: Uint32, lengths: Int64) -> tuple[Uint64, Bool]:
    """Codes of (n, 20) characters and (n,) lengths, and (n,) whether each is a code at all."""
    level = np.searchsorted(ENDS, lengths) + 1
    good = np.isin(lengths, ENDS)
    digits = np.zeros((len(lengths), len(LEVELS)), dtype=np.int64, order="F")
    start = 0
    for at in LEVELS[: int(level.max(initial=1))]:
        piece = letters[:, start : ENDS[at - 1]]
        digit = _read_sheet(piece) if at == 1 else _read_digit(at, piece)
        wanted = level >= at
        if at == POLAR_LEVELS:
            polar = digits[:, 0] % HEMISPHERE_SHEETS == 0
            digit = np.where(polar, _read_polar(piece), digit)
            good &= ~(polar & (level > POLAR_LEVELS))
        digits[:, at - 1] = np.where(wanted, digit, 0)
        good &= digits[:, at - 1] != ABSENT
        start = ENDS[at - 1]
    return join_digits(level, digits), good


def _read_sheet(piece: Uint32) -> Int64:
    """Digit of level 1 from its four characters, or `ABSENT`."""
    half = digit_table("NS")[piece[:, 0]]
    tens, ones = digit_table(HEX[:10])[piece[:, 1]], digit_table(HEX[:10])[piece[:, 2]]
    column = np.where((tens == ABSENT) | (ones == ABSENT), ABSENT, 10 * tens + ones)
    row = digit_table(ROW_LETTERS)[piece[:, 3]]
    sheet = 1 + (column - 1) * SHEET_ROWS + row
    known = (column >= 1) & (column <= SHEET_COLUMNS) & (row != ABSENT)
    cap = (piece[:, 1:] == ord("0")).all(axis=1)
    digit = np.where(cap, 0, sheet) + half * HEMISPHERE_SHEETS
    return np.where((half != ABSENT) & (known | cap), digit, ABSENT)


def _read_digit(level: int, piece: Uint32) -> Int64:
    """Digit of a level below 1 from its one or two characters, or `ABSENT`."""
    columns, rows = SPLITS[level - 2]
    if level in Z_ORDERED:
        return digit_table(HEX[: columns * rows])[piece[:, 0]]
    column = digit_table(HEX[:columns])[piece[:, 0]]
    row = digit_table(HEX[:rows])[piece[:, 1]]
    digit = column * column_digit_weight(level) + row * row_digit_weight(level)
    return np.where((column == ABSENT) | (row == ABSENT), ABSENT, digit)


def _read_polar(piece: Uint32) -> Int64:
    """Which of the sixteen cells of a cap two characters name, or `ABSENT`."""
    first, second = digit_table(HEX[:4])[piece[:, 0]], digit_table(HEX[:4])[piece[:, 1]]
    return np.where((first == ABSENT) | (second == ABSENT), ABSENT, 4 * first + second)


def explain(text: str) -> str:
    """Why a text is not a 2D code: which character, and what is legal there."""
    quoted = f"BeiDou code {shorten(text)!r}"
    polar = text[1:4] == "000"
    for place, letter in enumerate(text):
        legal = _legal_at(place, text, polar=polar)
        if letter not in legal:
            return f"{quoted}: character {place + 1} is {letter!r}, legal: {_listed(legal)}"
    if polar and len(text) > ENDS[POLAR_LEVELS - 1]:
        return f"{quoted}: the polar caps have cells of levels 1 and 2 only"
    return f"{quoted}: {len(text)} characters, legal: {', '.join(map(str, ENDS))}"


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
