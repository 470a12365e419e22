"""Names that are nearly written so: other characters, missing or swapped ones, same sound.

A name is found by the digests of what is left of it when a character or two are deleted (the
symmetric deletes of SymSpell), and by the digest of its sound; what is found is then measured.
All is kept in flat arrays, which a file holds and workers share.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from cim.arrays import Int64

TWO_EDITS_FROM: Final = 5
"""Characters from which on a name may be found with two edits."""

_LONGEST: Final = 24
"""Names are found by their first characters, so many."""

_SAME_SOUND: Final = (
    ("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"), ("l", "n"),
)  # fmt: skip
"""Sounds that many speakers do not tell apart; the first is heard as the second."""


class Near(NamedTuple):
    """A name that may be meant."""

    row: int
    edits: int
    """Characters to change, 0 when only the script differs."""

    same_sound: bool


@dataclass(frozen=True, slots=True)
class Spellings:
    """Digests of shortened names and of sounds, with the names they come from."""

    texts: tuple[str, ...]
    """The names."""

    digests: Int64
    """Ascending."""

    rows: Int64
    """Row of `texts` for each digest."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Spellings":
        """The spellings of some names."""
        digests = np.fromiter(_all_digests(texts), np.dtype((np.int64, 2)))
        order = np.argsort(digests[:, 0], kind="stable")
        return cls(tuple(texts), digests[order, 0], digests[order, 1])

    def near(self, text: str) -> tuple[Near, ...]:
        """Names within one edit, two for long ones, or of the same sound; the nearest first."""
        most = 2 if len(text) >= TWO_EDITS_FROM else 1
        asked = np.fromiter((*_shortened(text), _sound_digest(text)), np.int64)
        first = np.searchsorted(self.digests, asked, "left")
        last = np.searchsorted(self.digests, asked, "right")
        rows = {int(row) for a, b in zip(first, last, strict=True) for row in self.rows[a:b]}
        found = []
        for row in rows:
            name = self.texts[row]
            edits = int(OSA.distance(text, name, score_cutoff=most))
            same = len(name) == len(text) and sound_of(name) == sound_of(text)
            if edits <= most or same:
                found.append(Near(row, edits if edits <= most else len(text), same))
        return tuple(sorted(found, key=lambda one: (one.edits - one.same_sound, one.row)))


@lru_cache(1 << 16)
def sound_of(text: str) -> str:
    """How a name sounds to one who does not tell some sounds apart."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 50 MB, used seldom

    return " ".join([_plain_sound(syllable) for syllable in lazy_pinyin(text)])


@lru_cache(1 << 14)
def sounds_of(letter: str) -> frozenset[str]:
    """All ways in which a character may sound to one who does not tell some sounds apart."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - 50 MB, used seldom

    (several,) = pinyin(letter, style=Style.NORMAL, heteronym=True)
    return frozenset(map(_plain_sound, several))


def _plain_sound(syllable: str) -> str:
    for heard, as_this in _SAME_SOUND:
        if syllable.startswith(heard) and len(heard) < 3:  # noqa: PLR2004 - initials
            syllable = as_this + syllable[len(heard) :]
        elif syllable.endswith(heard) and len(heard) >= 3:  # noqa: PLR2004 - finals
            syllable = syllable[: -len(heard)] + as_this
    return syllable


def _all_digests(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Digest and row, of every shortening and sound of every name."""
    for row, text in enumerate(texts):
        for digest in _shortened(text):
            yield digest, row
        yield _sound_digest(text), row


def _shortened(text: str) -> Iterable[int]:
    """Digests of a text with none, one, and when it is long two characters deleted."""
    text = text[:_LONGEST]
    most = 2 if len(text) >= TWO_EDITS_FROM - 1 else 1
    kept = {
        "".join(part)
        for gone in range(min(most, len(text) - 1) + 1)
        for part in combinations(text, len(text) - gone)
    }
    return [_digest(part) for part in kept]


def _sound_digest(text: str) -> int:
    return _digest("~" + sound_of(text[:_LONGEST]))


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
