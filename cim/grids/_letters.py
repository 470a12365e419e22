"""Texts as matrices of characters, so that codes are read and written by table look-up.

A text is read by weights: every character adds a number that its place and its value decide, and
the sum is the code. It is written by fields: an array of fixed-width text is seen as records of
which each field takes a word.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import DTypeLike

from cim.arrays import Bool, Int64, Text, Uint8
from cim.grids._kinds import hint
from cim.grids.base import GridCodeError

ABSENT = -1
"""Weight of a character that is not legal at its place."""

_NEWLINE = 10


def weights(alphabet: str, weight: int) -> Int64:
    """(256,) what each character adds: its place in `alphabet` times `weight`, or `ABSENT`.

    The zero after the end of a text adds nothing.
    """
    table = np.full(256, ABSENT, dtype=np.int64)
    table[0] = 0
    table[[ord(letter) for letter in alphabet]] = np.arange(len(alphabet)) * weight
    return table


def weigh(letters: Uint8, places: tuple[int, ...], tables: Int64) -> tuple[Int64, Bool]:
    """(n,) sums of what the characters at some places add, and (n,) whether all are legal.

    Args:
        letters: (n, width) characters.
        places: (k,) columns of `letters`.
        tables: (k, 256) what a character adds there.
    """
    total = np.zeros(len(letters), dtype=np.int64)
    seen = np.zeros(len(letters), dtype=np.int64)
    for place, table in zip(places, tables, strict=True):
        value = table[letters[:, place]]
        total += value
        seen |= value
    return total, seen >= 0


def characters(texts: list[str], longest: int, kind: str) -> tuple[Uint8, Int64]:
    """(n, longest) characters of texts, zero after the end, and (n,) their lengths.

    Raises:
        GridCodeError: A text is empty, longer than `longest`, or has a character beyond ASCII.
    """
    joined = "\n".join(texts)
    if not joined.isascii() or "\0" in joined:
        raise GridCodeError(_strange(texts))
    if not texts:
        return np.zeros((0, longest), dtype=np.uint8), np.zeros(0, dtype=np.int64)
    octets = np.frombuffer(f"{joined}\n".encode("ascii"), dtype=np.uint8)
    closing = octets == _NEWLINE
    if np.count_nonzero(closing) != len(texts):
        raise GridCodeError(_strange(texts))
    width = len(texts[0])
    if len(octets) == len(texts) * (width + 1) and closing[width :: width + 1].all():
        lengths = np.full(len(texts), width)
    else:
        lengths = np.diff(np.flatnonzero(closing), prepend=-1) - 1
    _check_lengths(texts, lengths, longest, kind)
    return _matrix(octets, lengths, longest), lengths


def _matrix(octets: Uint8, lengths: Int64, longest: int) -> Uint8:
    """(n, longest) characters of texts that stand one after the other, each with a newline."""
    width = int(lengths[0])
    if len(octets) == len(lengths) * (width + 1) and (lengths == width).all():
        rows = octets.reshape(len(lengths), width + 1)[:, :width]
        return rows if width == longest else np.pad(rows, ((0, 0), (0, longest - width)))
    letters = np.zeros((len(lengths), longest), dtype=np.uint8)
    letters[np.arange(longest) < lengths[:, None]] = octets[octets != _NEWLINE]
    return letters


def _check_lengths(texts: list[str], lengths: Int64, longest: int, kind: str) -> None:
    """Refuse texts that are empty or too long."""
    wrong = (lengths == 0) | (lengths > longest)
    if wrong.any():
        text = texts[int(np.argmax(wrong))]
        raise GridCodeError(
            f"code {shorten(text)!r}: {len(text)} characters, want 1 to {longest}"
            f"{hint(text, kind)}"
        )


def _strange(texts: list[str]) -> str:
    """Message naming the first text with a character that no code has."""
    text = next(text for text in texts if not text.isascii() or set(text) & {"\0", "\n"})
    return f"code {shorten(text)!r}: only the digits and letters of ASCII are legal"


def in_blocks(count: int, size: int, write: Callable[[slice], Text]) -> Text:
    """(count,) texts, written a block at a time so that the work stays in the cache.

    Args:
        count: How many texts.
        size: Texts in a block.
        write: Texts of some of the rows.
    """
    found = np.zeros(count, dtype="U1")
    for start in range(0, count, size):
        rows = slice(start, start + size)
        texts = write(rows)
        if texts.dtype.itemsize > found.dtype.itemsize:
            found = found.astype(texts.dtype) if start else np.zeros(count, dtype=texts.dtype)
        found[rows] = texts
    return found


@cache
def fields(places: tuple[tuple[int, int], ...], width: int) -> DTypeLike:
    """Record of a text of `width` characters: fields `f0`, `f1` ... from places to lengths."""
    return np.dtype(
        {
            "names": [f"f{at}" for at in range(len(places))],
            "formats": [f"U{length}" for _, length in places],
            "offsets": [4 * start for start, _ in places],
            "itemsize": 4 * width,
        }
    )


def put(width: int, places: tuple[tuple[int, int], ...], words: list[Text]) -> Text:
    """(n,) texts of `width` characters with the words of each field at its start and length.

    Args:
        width: Length of the texts.
        places: Start and length of each field.
        words: For each field (n,) words of its length.
    """
    texts = np.zeros(len(words[0]), dtype=f"U{width}")
    rows = texts.view(fields(places, width))
    for at, word in enumerate(words):
        rows[f"f{at}"] = word
    return texts


def cut(texts: Text, lengths: Int64) -> Text:
    """Texts, each without what stands after its length."""
    width = texts.dtype.itemsize // 4
    if (lengths == width).all():
        return texts
    letters = texts.view(np.uint32).reshape(len(texts), width)
    kept = np.where(np.arange(width) < lengths[:, None], letters, np.uint32(0))
    return kept.view(texts.dtype).reshape(-1)


def shorten(text: str, most: int = 60) -> str:
    """The text, cut for a message."""
    return text if len(text) <= most else text[:most] + "…"
