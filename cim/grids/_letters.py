"""Texts as matrices of characters, so that codes are read and written by table look-up."""

import numpy as np

from cim.arrays import Bool, Int64, Text, Uint32
from cim.grids.base import GridCodeError

ABSENT = -1
"""Value of a character that is not in the alphabet."""


def digit_table(alphabet: str) -> Int64:
    """(128,) position of each ASCII character in `alphabet`, or `ABSENT`."""
    table = np.full(128, ABSENT, dtype=np.int64)
    table[[ord(letter) for letter in alphabet]] = np.arange(len(alphabet))
    return table


def characters(texts: list[str], longest: int) -> tuple[Uint32, Int64]:
    """(n, longest) code points of texts, zero after the end, and (n,) their lengths.

    Raises:
        GridCodeError: A text is empty, longer than `longest`, or has a character beyond ASCII.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    wrong = (lengths == 0) | (lengths > longest)
    if wrong.any():
        text = texts[int(np.argmax(wrong))]
        raise GridCodeError(f"code {shorten(text)!r}: {len(text)} characters, want 1 to {longest}")
    letters = np.array(texts, dtype=f"U{longest}").view(np.uint32).reshape(-1, longest)
    strange = _strange(letters, lengths)
    if strange.any():
        row = int(np.argmax(strange))
        raise GridCodeError(f"code {texts[row]!r}: only the digits and letters of ASCII are legal")
    return letters, lengths


def _strange(letters: Uint32, lengths: Int64) -> Bool:
    """(n,) whether a text has a NUL inside or a character beyond ASCII."""
    inside = np.arange(letters.shape[1]) < lengths[:, None]
    bad: Bool = ((letters > 127) | ((letters == 0) & inside)).any(axis=1)  # noqa: PLR2004 - ASCII
    return bad


def as_text(letters: Uint32) -> Text:
    """(n,) texts of (n, width) code points, each cut at its trailing zeros."""
    width = letters.shape[1]
    return np.ascontiguousarray(letters).view(f"U{width}").reshape(-1)


def letter_table(words: list[str]) -> Uint32:
    """(len(words), width) code points of words of equal length."""
    width = len(words[0])
    return np.array(words, dtype=f"U{width}").view(np.uint32).reshape(-1, width)


def shorten(text: str, most: int = 60) -> str:
    """The text, cut for a message."""
    return text if len(text) <= most else text[:most] + "…"
