"""The names of a gazetteer by their words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log
from typing import Final, NamedTuple

from geocode.words.profile import WordProfile
from geocode.words.text import Piece, pieces_of
from geocode.words.vocabulary import Vocabulary

_COMMON: Final = 400
"""A word that more names have leads to none of them by itself."""

_USUAL_WORTH: Final = 0.1
"""Of such a word, to put names in order that have the same rare ones."""


class Written(NamedTuple):
    """One way to write a name."""

    kind: str
    value: str
    """Canonical value."""

    text: str
    """As it is written."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its words."""

    kind: str
    value: str
    slots: tuple[tuple[str, ...], ...]
    """For each word that counts the ways to write it: eglise, leglise."""

    doubles: tuple[str, ...]
    """For each two neighbours both in one word: deuxponts."""

    begins_street: bool = False
    """Whether the first word is one that begins streets."""


class Names:
    """The names of a city, to be looked up by words.

    Args:
        profile: Of the language.
        names: All names; several ways to write one may be among them.
    """

    def __init__(self, profile: WordProfile, names: Iterable[Written]) -> None:
        self.profile = profile
        found = {(one.kind, one.value, name_of(profile, one)): None for one in names}
        self.names: Sequence[Name] = [name for _, _, name in found]
        self.rows: Mapping[str, list[int]] = _rows(self.names)
        """Rows of `names` that have a word in any of their slots."""

        self._count = max(len(self.names), 1)
        self._usual = {word for word, rows in self.rows.items() if len(rows) > _COMMON}
        self._of_usual = [
            row
            for row, name in enumerate(self.names)
            if all(slot[0] in self._usual for slot in name.slots)
        ]
        """Names that no other word leads to."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All words; those of two run together are found only as they are."""
        return Vocabulary.of(word for name in self.names for slot in name.slots for word in slot)

    def rarity(self, word: str) -> float:
        """How much a word tells, from 0: the logarithm of the share of names that have it."""
        return log(1 + self._count / (1 + len(self.rows.get(word, ()))))

    def with_any(self, words: Mapping[str, float], most: int) -> list[Name]:
        """The names that have most of some words.

        Args:
            words: Each with how sure it is that it is meant, 0 to 1.
            most: Most names.
        """
        sums: dict[int, float] = {}
        usual = self._usual.intersection(words)
        for word in sorted(words.keys() - usual, key=lambda one: len(self.rows.get(one, ()))):
            worth = self.rarity(word) * words[word]
            for row in self.rows.get(word, ()):
                sums[row] = sums.get(row, 0.0) + worth
        every = [row for row in self._of_usual if self._is_all(row, words)]
        for row in sums:
            sums[row] += _USUAL_WORTH * sum(
                words.get(slot[0], 0.0) for slot in self.names[row].slots if slot[0] in usual
            ) - _USUAL_WORTH / 2 * len(self.names[row].slots)
        best = sorted(sums, key=lambda row: (-sums[row], row))[:most]
        return [self.names[row] for row in dict.fromkeys((*every, *best))]

    def _is_all(self, row: int, words: Mapping[str, float]) -> bool:
        """Whether a name has no word but these, as they are."""
        return all(words.get(slot[0], 0.0) == 1.0 for slot in self.names[row].slots)


def name_of(profile: WordProfile, written: Written) -> Name:
    """The words of a name as it is written."""
    slots: list[tuple[str, ...]] = []
    weak: list[str] = []
    every = pieces_of(profile, written.text)
    kept = every if all(one.is_weak for one in every) else None
    for piece in every:
        if piece.is_weak and kept is None:
            weak.append(piece.plain)
        else:
            slots.append(_ways(piece, weak))
            weak = []
    doubles = tuple(one[0] + other[-1] for one, other in pairwise(slots))
    begins = bool(slots) and slots[0][0] in profile.types
    return Name(written.kind, written.value, tuple(slots), doubles, begins and len(slots) > 1)


def _ways(piece: Piece, weak: Sequence[str]) -> tuple[str, ...]:
    """The ways to write a word, the last with all weak words before it run together."""
    text = piece.text + piece.suffix.lower()
    joined = ["".join((*weak[at:], piece.plain)) for at in reversed(range(len(weak)))]
    return (text, *joined)


def _rows(names: Sequence[Name]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        for word in {word for slot in (*name.slots, name.doubles) for word in slot}:
            found.setdefault(word, []).append(row)
    return found
