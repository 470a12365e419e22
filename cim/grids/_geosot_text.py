"""The text of GeoSOT codes: `G`, the quadrant, then one quaternary digit a level.

The printed style of several libraries has a dash after the degree and the minute digits and a
point before the parts of a second: `G001310322-230230-310312.11`.

Source: GB/T 40087-2021, clauses 6.2.1 to 6.2.3.
"""

from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Text, Uint8, Uint64
from cim.grids._geosot_code import LEVELS, axes, exists, pack
from cim.grids._kinds import GEOSOT, hint
from cim.grids._letters import characters, cut, put, shorten
from cim.grids.base import GridCodeError

LONGEST = 1 + LEVELS[-1]
_MARKS = ((10, "-"), (17, "-"), (24, "."))
"""Places of the marks in the printed style."""

_PRINTED = LONGEST + len(_MARKS)
_DIGITS = "0123"


@cache
def _byte_words() -> Text:
    """(256,) the four quaternary digits of every byte."""
    return np.array([f"{b >> 6 & 3}{b >> 4 & 3}{b >> 2 & 3}{b & 3}" for b in range(256)])


def write(quadrant: Int64, morton: Uint64, level: Int64) -> Text:
    """(n,) texts of codes taken apart."""
    width = 1 + int(level.max(initial=0))
    whole = (quadrant.astype(np.uint64) << np.uint64(62)) | morton
    octets = whole.astype(">u8").view(np.uint8).reshape(-1, 8)
    starts = range(1, width, 4)
    words = [_byte_words().take(octets[:, at]) for at in range(len(starts))]
    places = ((0, 1), *((start, min(4, width - start)) for start in starts))
    return cut(put(width, places, [np.full(len(level), "G"), *words]), 1 + level)


def write_printed(texts: Text) -> Text:
    """(n,) texts with the dashes and the point of the printed style."""
    plain = np.ascontiguousarray(texts, dtype=f"U{LONGEST}").view(np.uint32).reshape(-1, LONGEST)
    letters = np.zeros((len(plain), _PRINTED), dtype=np.uint32)
    letters[:, _plain_places()] = plain
    for place, mark in _MARKS:
        letters[letters[:, place + 1] > 0, place] = ord(mark)
    return letters.view(f"U{_PRINTED}").reshape(-1)


def _plain_places() -> list[int]:
    """Places in the printed style of the characters of a text."""
    marks = {place for place, _ in _MARKS}
    return [place for place in range(_PRINTED) if place not in marks]


def read(texts: list[str]) -> Uint64:
    """(n,) codes of texts, plain or printed, whose cells may still not exist on Earth.

    Raises:
        GridCodeError: A text is not of the form of a code; the message names the character.
    """
    letters, lengths = characters(texts, _PRINTED, GEOSOT)
    letters, lengths, good = _unmarked(letters, lengths)
    codes, legal = parse(letters, lengths)
    good &= legal
    if not good.all():
        raise GridCodeError(explain(texts[int(np.argmin(good))]))
    return codes


def _unmarked(letters: Uint8, lengths: Int64) -> tuple[Uint8, Int64, Bool]:
    """Characters and lengths without the marks, and whether all marks stood in their places."""
    plain = letters[:, :LONGEST]
    marked = letters[:, _MARKS[0][0]] == ord(_MARKS[0][1])
    good = marked | (lengths <= LONGEST)
    if not marked.any():
        return plain, np.minimum(lengths, LONGEST), good
    count = np.zeros_like(lengths)
    for place, mark in _MARKS:
        reached = marked & (lengths > place)
        good &= ~reached | ((letters[:, place] == ord(mark)) & (lengths > place + 1))
        count += reached
    bare = letters[:, _plain_places()]
    return np.where(marked[:, None], bare, plain), lengths - count, good


def parse(letters: Uint8, lengths: Int64) -> tuple[Uint64, Bool]:
    """Codes of (n, 33) characters and (n,) lengths, and (n,) whether each has a code's form."""
    digits = np.ascontiguousarray(letters[:, 1:LONGEST])
    eights = digits.view(">u8").astype(np.uint64)
    whole = _gather_digits(eights)
    good = (letters[:, 0] == ord("G")) & (digits[:, 1] <= ord("1")) & _are_digits(eights)
    morton = whole & np.uint64((1 << 62) - 1)
    return pack((whole >> np.uint64(62)).astype(np.int64), morton, lengths - 1), good


def _are_digits(eights: Uint64) -> Bool:
    """(n,) whether all of 32 characters, given in (n, 4) groups of eight, are digits or zero.

    A digit `0` to `3` has the bits 0011 00xx: its fifth and sixth are equal, and its last two
    may only be set where those are.
    """
    fifth = eights & np.uint64(0x1010101010101010)
    strange = eights & np.uint64(0xCCCCCCCCCCCCCCCC)
    strange |= (eights >> np.uint64(1) & np.uint64(0x1010101010101010)) ^ fifth
    strange |= (
        eights & np.uint64(0x0303030303030303) & ~(fifth >> np.uint64(4) | fifth >> np.uint64(3))
    )
    fine: Bool = _join(strange) == 0
    return fine


def _gather_digits(eights: Uint64) -> Uint64:
    """(n,) two bits of each of 32 characters, given in (n, 4) groups of eight, first on top."""
    bits = eights & np.uint64(0x0303030303030303)
    for shift, mask in ((6, 0x000F000F000F000F), (12, 0x000000FF000000FF), (24, 0xFFFF)):
        bits = (bits | bits >> np.uint64(shift)) & np.uint64(mask)
    return _join(bits << np.array([48, 32, 16, 0], dtype=np.uint64))


def _join(groups: Uint64) -> Uint64:
    """(n,) bits of the four columns together."""
    first, second, third, fourth = groups.T
    joined: Uint64 = first | second | third | fourth
    return joined


def explain(text: str) -> str:
    """Why a text is not of the form of a code: which character, and what is legal there."""
    quoted = f"GeoSOT code {shorten(text)!r}"
    plain = text.replace("-", "").replace(".", "")
    places = [place for place, letter in enumerate(text) if letter not in "-."]
    for place, letter in enumerate(plain):
        legal = "G" if place == 0 else _DIGITS[:2] if place == 2 else _DIGITS  # noqa: PLR2004 - the first latitude bit is 0
        if letter not in legal:
            fault = f"character {places[place] + 1} is {letter!r}, legal: {', '.join(legal)}"
            return f"{quoted}: {fault}{hint(text, GEOSOT)}"
    if not plain or len(plain) > LONGEST:
        return f"{quoted}: want G and up to 32 digits of 0 to 3{hint(text, GEOSOT)}"
    printed = str(write_printed(np.array([plain]))[0])
    return f"{quoted}: marks out of place, want {printed!r}"


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
