"""All words of a gazetteer, found when they are nearly written so.

A word is found by what is left of it when a letter or two are deleted (the symmetric deletes of
SymSpell); what is found is then measured.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

_ONE_FROM: Final = 2
"""Letters from which on a word may have one edit."""

_TWO_FROM: Final = 7
"""Letters from which on it may have two."""

_LONGEST: Final = 16
"""Words are found by their first letters, so many."""

_BEGUN_FROM: Final = 4
"""Letters that must have been typed of a word that is not finished."""

_BEGUN_MOST: Final = 24
"""Words that begin so, at most."""


class NearWord(NamedTuple):
    """A word that may be meant."""

    word: str
    edits: int
    """Letters to change, 0 when it is written so."""

    is_begun: bool = False
    """Whether what is typed is only its beginning."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in alphabetic order, and those that each shortened form may come from."""

    words: tuple[str, ...]
    shortened: dict[str, tuple[int, ...]]
    """Rows of `words`."""

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """The vocabulary of some words; numbers have no slips."""
        every = tuple(sorted(set(words)))
        found: dict[str, list[int]] = {}
        for row, word in enumerate(every):
            for part in _shortened(word):
                found.setdefault(part, []).append(row)
        return cls(every, {part: tuple(rows) for part, rows in found.items()})

    def near(self, text: str) -> list[NearWord]:
        """Words within one edit, two for long ones, the nearest first; then those begun so."""
        most = _most_edits(text)
        rows = {row for part in _shortened(text) for row in self.shortened.get(part, ())}
        told = ((self.words[row], OSA.distance(text, self.words[row])) for row in rows)
        found = [NearWord(word, edits) for word, edits in told if edits <= most]
        found.sort(key=lambda one: (one.edits, one.word))
        known = {one.word for one in found}
        return found + [one for one in self._begun(text) if one.word not in known]

    def _begun(self, text: str) -> Iterator[NearWord]:
        """Words of which the text is the beginning."""
        if len(text) < _BEGUN_FROM or text.isdigit():
            return
        first = bisect_left(self.words, text)
        for word in self.words[first : first + _BEGUN_MOST]:
            if not word.startswith(text):
                return
            if len(word) > len(text):
                yield NearWord(word, len(word) - len(text), is_begun=True)


def _most_edits(text: str) -> int:
    if text.isdigit() or len(text) < _ONE_FROM:
        return 0
    return 2 if len(text) >= _TWO_FROM else 1


@lru_cache(1 << 14)
def _shortened(text: str) -> frozenset[str]:
    """A word with none, one, and when it is long two letters deleted."""
    most = 0 if text.isdigit() else min(_most_edits(text + "x"), len(text) - 1)
    text = text[:_LONGEST]
    return frozenset(
        "".join(part) for gone in range(most + 1) for part in combinations(text, len(text) - gone)
    )
