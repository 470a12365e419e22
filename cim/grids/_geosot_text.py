"""The text of GeoSOT codes: `G`, the quadrant, then one quaternary digit a level.

`read` also takes the printed style of several libraries, with a dash after the degree and the
minute digits and a point before the parts of a second: `G001310322-230230-310312.11`.

Source: GB/T 40087-2021, clauses 6.2.1 to 6.2.3.
"""

from functools import cache

import numpy as np

from cim.arrays import Int64, Text, Uint32, Uint64
from cim.grids._geosot_code import LEVELS, axes, exists, pack
from cim.grids._letters import ABSENT, as_text, characters, digit_table, letter_table, shorten
from cim.grids.base import GridCodeError

LONGEST = 1 + LEVELS[-1]
_DASHES = (10, 16)
_POINT = 22
"""Lengths of the text after which the printed style puts its marks."""

_DIGITS = "0123"


@cache
def _byte_words() -> Uint32:
    """(256, 4) the four quaternary digits of every byte."""
    digits = [f"{byte >> 6 & 3}{byte >> 4 & 3}{byte >> 2 & 3}{byte & 3}" for byte in range(256)]
    return letter_table(digits)


def write(quadrant: Int64, morton: Uint64, level: Int64) -> Text:
    """(n,) texts of codes taken apart."""
    deepest = int(level.max(initial=0))
    whole = (quadrant.astype(np.uint64) << np.uint64(62)) | morton
    octets = whole.astype(">u8").view(np.uint8).reshape(-1, 8)
    used = (deepest + 3) // 4
    letters = np.zeros((len(level), 1 + 4 * used), dtype=np.uint32)
    letters[:, 0] = ord("G")
    for at in range(used):
        letters[:, 1 + 4 * at : 5 + 4 * at] = _byte_words()[octets[:, at]]
    letters = letters[:, : 1 + deepest]
    if (level != deepest).any():
        letters[np.arange(1 + deepest) > level[:, None]] = 0
    return as_text(letters)


def read(texts: list[str]) -> Uint64:
    """(n,) codes of texts, whose cells may still not exist on Earth.

    Raises:
        GridCodeError: A text is not of the form of a code; the message names the character.
    """
    plain = [_unmark(text) if "-" in text or "." in text else text for text in texts]
    letters, lengths = characters(plain, LONGEST)
    digits = digit_table(_DIGITS)[letters[:, 1:]]
    used = np.arange(LEVELS[-1]) < (lengths - 1)[:, None]
    good = (letters[:, 0] == ord("G")) & ~((digits == ABSENT) & used).any(axis=1)
    good &= digits[:, 1] < 2  # noqa: PLR2004 - no latitude bit at the first digit
    if not good.all():
        raise GridCodeError(_explain(texts[int(np.argmin(good))]))
    whole = np.zeros(len(texts), dtype=np.uint64)
    for at in range(LEVELS[-1]):
        digit = np.where(used[:, at], digits[:, at], 0).astype(np.uint64)
        whole |= digit << np.uint64(62 - 2 * at)
    morton = whole & np.uint64((1 << 62) - 1)
    return pack((whole >> np.uint64(62)).astype(np.int64), morton, lengths - 1)


def printed(text: str) -> str:
    """The text with the dashes and the point of the printed style."""
    first, second = _DASHES
    parts = [text[:first], text[first:second], text[second:_POINT]]
    marked = "-".join(part for part in parts if part)
    return marked + ("." + text[_POINT:] if len(text) > _POINT else "")


def _unmark(text: str) -> str:
    """A text in printed style without its marks.

    Raises:
        GridCodeError: The marks do not stand where they belong.
    """
    plain = text.replace("-", "").replace(".", "")
    if printed(plain) != text:
        raise GridCodeError(
            f"GeoSOT code {shorten(text)!r}: marks out of place, want {shorten(printed(plain))!r}"
        )
    return plain


def _explain(text: str) -> str:
    """Why a text is not of the form of a code: which character, and what is legal there."""
    quoted = f"GeoSOT code {shorten(text)!r}"
    plain = text.replace("-", "").replace(".", "")
    for place, letter in enumerate(plain):
        legal = "G" if place == 0 else _DIGITS[:2] if place == 2 else _DIGITS  # noqa: PLR2004 - the first latitude bit is 0
        if letter not in legal:
            return f"{quoted}: character {place + 1} is {letter!r}, legal: {', '.join(legal)}"
    return f"{quoted}: want G and up to 32 digits of 0 to 3"


def explain_missing(text: str, morton: Uint64) -> str:
    """Why a text of the right form names no cell on Earth."""
    lon, lat = axes(morton)
    quoted = f"GeoSOT code {shorten(text)!r} names no cell on Earth"
    for name, angle, degrees in (("longitude", lon, 180), ("latitude", lat, 90)):
        if not exists(angle, degrees).all():
            value = int(angle[0])
            return (
                f"{quoted}: its {name} is {value >> 23} degrees {value >> 17 & 63} minutes "
                f"{value >> 11 & 63} seconds; legal are 0 to {degrees - 1} degrees, 0 to 59 "
                f"minutes and seconds"
            )
    return f"{quoted}: beyond 88 degrees only the merged cells of levels 8 to 10 exist"
