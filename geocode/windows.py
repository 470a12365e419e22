"""Where in a text a known name may stand that is nearly written so.

A text that is misspelt is often cut wrongly when it is read: 城西二段 for 城西街二段 has a section
西2. So names are sought in every stretch of characters between numbers, whatever they were read
as.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geocode.candidates.base import NearName

SHORTEST: Final = 2
_LONGEST: Final = 12
"""Characters of a window."""

_MOST: Final = 240
"""Windows that are looked at."""

_STRETCH: Final = re.compile(r"[^0-9A-Z\s-]{2,}")


class Window(NamedTuple):
    """A stretch of a text."""

    start: int
    end: int


class Hit(NamedTuple):
    """A name that may stand in a window."""

    window: Window
    kind: str
    value: str
    edits: int
    """Characters to change, 0 when it is written so."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one neighbourhood, ready to be compared."""

    texts: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]
    """Types of each text."""

    shortened: Mapping[str, Sequence[int]]
    """Places of the texts that are this, or are so without one character."""

    @classmethod
    def of(cls, names: Iterable[tuple[str, str]]) -> "Names":
        """Names of some types and texts; numbers are none."""
        found: dict[str, dict[str, None]] = {}
        for kind, value in names:
            if not value.isdecimal():
                found.setdefault(value, {})[kind] = None
        shortened: dict[str, list[int]] = {}
        for place, text in enumerate(found):
            for part in _shortened(text):
                shortened.setdefault(part, []).append(place)
        return cls(tuple(found), tuple(tuple(kinds) for kinds in found.values()), shortened)

    def hits(self, text: str, windows: Sequence[Window], most: int) -> list[Hit]:
        """Names that differ from a window in at most so many characters.

        Args:
            text: The whole text.
            windows: Stretches of it.
            most: Most edits.
        """
        if not windows or not self.texts:
            return []
        parts = [text[start:end] for start, end in windows]
        near = self._within_one(parts) if most == 1 else self._within(parts, most)
        return [
            Hit(windows[row], kind, self.texts[column], edits)
            for row, column, edits in near
            for kind in self.kinds[column]
        ]

    def _within_one(self, parts: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Places of parts and texts that differ in one character at most, and whether they do.

        Such two have what is left of them without a character in common.
        """
        texts, shortened = self.texts, self.shortened
        for row, part in enumerate(parts):
            found = {place for one in _shortened(part) for place in shortened.get(one, ())}
            for place in sorted(found):
                edits = OSA.distance(part, texts[place], score_cutoff=1)
                if edits <= 1:
                    yield row, place, edits

    def _within(self, parts: Sequence[str], most: int) -> Iterator[tuple[int, int, int]]:
        """Places of parts and texts that differ in so many characters at most, and in how many."""
        apart = process.cdist(
            parts, self.texts, scorer=OSA.distance, dtype=np.uint8, score_cutoff=most
        )
        rows, columns = np.nonzero(apart <= most)
        edits = apart[rows, columns]
        return zip(rows.tolist(), columns.tolist(), edits.tolist(), strict=True)


def _shortened(text: str) -> list[str]:
    """A text, and what is left of it without each of its characters."""
    return [text, *[text[:place] + text[place + 1 :] for place in range(len(text))]]


def windows_of(text: str, taken: Iterable[Window] = ()) -> list[Window]:
    """All stretches of a text in which a name may stand.

    Args:
        text: Normal text.
        taken: Stretches that are read for certain: names of divisions.
    """
    blank = list(text)
    for start, end in taken:
        blank[start:end] = " " * (end - start)
    found = [
        Window(start, end)
        for stretch in _STRETCH.finditer("".join(blank))
        for start in range(stretch.start(), stretch.end() - SHORTEST + 1)
        for end in range(start + SHORTEST, min(start + _LONGEST, stretch.end()) + 1)
    ]
    return found[:_MOST]


def hits_everywhere(text: str, windows: Sequence[Window], near: "Near", most: int) -> list[Hit]:
    """The same by a lexicon of shortened names, where no neighbourhood is given."""
    return [
        Hit(window, one.kind, one.value, one.edits)
        for window in windows
        for one in near(text[window.start : window.end])
        if one.edits <= most
    ]


type Near = Callable[[str], Sequence[NearName]]
