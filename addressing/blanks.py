"""Letters that say nothing where they stand.

How a text is read does not depend on a letter that is in no known name there and that no rule
knows. So texts that differ in such letters only are read once: a name that is not known, or is
misspelt, is read as any other of its length.
"""

from typing import Final

from addressing.lattice import Lattice
from addressing.prices import LETTERS

_FIRST, _LAST = "一", "鿿"
"""Rules tell letters between these from all others, and take them for alike."""

_RAREST: Final = range(ord("龥"), ord(_FIRST), -1)


class Blanks:
    """Tells these letters from others.

    Args:
        lattice: What the city knows.
    """

    def __init__(self, lattice: Lattice) -> None:
        grammar, automaton = lattice.grammar, lattice.automaton
        around = (part for one in grammar.ends for part in (one.tail, one.refused))
        self._automaton = automaton
        self._telling = frozenset("".join((LETTERS, grammar.token.pattern, *around)))
        used = self._telling.union(*automaton.keys())
        self.letter = next(letter for letter in map(chr, _RAREST) if letter not in used)
        """What stands for all of them; in no name and no rule."""

    def filled(self, text: str) -> str:
        """A text with one and the same letter for all that say nothing."""
        known: set[int] = set()
        for last, (length, *_) in self._automaton.iter(text):
            known.update(range(last - length + 1, last + 1))
        telling, blank = self._telling, self.letter
        return "".join(
            [
                letter
                if place in known or letter in telling or not _FIRST <= letter <= _LAST
                else blank
                for place, letter in enumerate(text)
            ]
        )
