"""What a query of words offers: names, a postcode, the number of a door."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Final

from geocode.words.matching import Offers, offers_of
from geocode.words.names import Names
from geocode.words.profile import WordProfile
from geocode.words.text import Piece, pieces_of

_BEFORE: Final = 4
"""Words before the name of a street among which its number is looked for."""

_SHORTEST_PART: Final = 3
"""Letters of a word that may be run together with another one."""

_LONGEST_NUMBER: Final = 4
"""Digits of the number of a door."""


@dataclass(frozen=True)
class Query:
    """A text, read."""

    text: str
    profile: WordProfile
    pieces: Sequence[Piece]
    offers: Offers
    towns: frozenset[int] = frozenset()
    """Numbers of the pieces that are the names of towns."""

    @classmethod
    def of(cls, text: str, names: Names) -> "Query":
        """The query that a text is."""
        profile = names.profile
        pieces = [part for one in pieces_of(profile, text) for part in _parted(one, names)]
        return cls(text, profile, pieces, offers_of(pieces, names.vocabulary, profile.types))

    @cached_property
    def words(self) -> dict[str, float]:
        """How sure it is that each word is meant, 0 to 1."""
        return {word: 1 / (1 + several[0].cost) for word, several in self.offers.items()}

    @cached_property
    def postcode(self) -> int:
        """Number of the piece that is a postcode, the last; -1 when none is."""
        is_code = self.profile.postcode.fullmatch
        return max((at for at, one in enumerate(self.pieces) if is_code(one.plain)), default=-1)

    def number_beside(self, start: int, end: int, taken: frozenset[int]) -> int:
        """Number of the piece that is the number of a door on a street; -1 when none is.

        Args:
            start: First piece of the street's name.
            end: The piece behind its last.
            taken: Pieces that are something else.
        """
        before = range(start - 1, max(start - 1 - _BEFORE, -1), -1)
        nearest = next((at for at in before if self._is_door(at, taken)), -1)
        if nearest < 0:
            return next((at for at in (end, 0) if self._is_door(at, taken)), -1)
        several = takewhile(lambda at: self._is_door(at, taken), range(nearest, -1, -1))
        return min(several)  # 10/12: the first

    def _is_door(self, at: int, taken: frozenset[int]) -> bool:
        if not 0 <= at < len(self.pieces) or at in taken:
            return False
        piece = self.pieces[at]
        return piece.is_number and len(piece.plain) <= _LONGEST_NUMBER

    def idle(self, taken: frozenset[int]) -> list[int]:
        """Pieces that say nothing the gazetteer knows, but for weak words."""
        return [
            at
            for at, one in enumerate(self.pieces)
            if at not in taken and not one.is_weak and one.plain not in self.profile.idle
        ]


def _parted(piece: Piece, names: Names) -> list[Piece]:
    """A piece that is two known words run together as these: rueturgot."""
    word = piece.plain
    if len(word) < 2 * _SHORTEST_PART or word.isdigit() or word in names.rows:
        return [piece]
    places = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    parts = [(word[:at], word[at:]) for at in places]
    known = [one for one in parts if one[0] in names.rows and one[1] in names.rows]
    if not known:
        return [piece]
    best = max(known, key=lambda one: min(map(len, one)))
    return [replace(piece, text=part, plain=part, is_weak=False) for part in best]
