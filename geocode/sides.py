"""What stands before and behind a name in a text, read by itself."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from addressing.parse import Parser
from geocode.asking import asked_of
from geocode.gazetteer import IndexGazetteer
from geocode.keys import LEAVES

UNREAD: Final = 3
"""Characters that may be left unread."""

_MOST: Final = 1 << 14
"""Sides kept: many texts begin with the same division, many end with the same number."""


class Side(NamedTuple):
    """What stands before or behind a name."""

    values: Mapping[str, str]
    unread: int
    """Characters that say nothing the gazetteer knows."""

    beside: int = 0
    """Those of them that touch the name and are no word of their own: part of how it is typed."""


class Sides:
    """Sides as they were read before.

    Args:
        parser: Reads them.
        gazetteer: Has a name of each type, which what stands behind a name is read after.
    """

    def __init__(self, parser: Parser, gazetteer: IndexGazetteer) -> None:
        self._parser = parser
        self._gazetteer = gazetteer
        self._known: dict[tuple[str, str], Side] = {}
        self._alike: dict[tuple[str, str], Side] = {}
        """The same by the text behind a name, filled (`Parser.filled`)."""

    def before(self, text: str) -> Side:
        """What stands before a name."""
        return self._of(text, "")

    def behind(self, text: str, kind: str) -> Side:
        """What stands behind a name of a type."""
        return self._of(text, kind)

    def _of(self, text: str, kind: str) -> Side:
        found = self._known.get((text, kind))
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[text, kind] = self._read(text, kind)
        return found

    def _read(self, text: str, kind: str) -> Side:
        """A part of the text, read behind some name of a type or at the beginning.

        Parts that differ in letters only that say nothing are read once.
        """
        name = self._gazetteer.sample(kind) if kind else ""
        whole = name + text
        filled = self._parser.filled(whole)
        if filled == whole:
            return self._read_behind(name, kind, whole)
        found = self._alike.get((filled, kind))
        if found is None:
            if len(self._alike) >= _MOST:
                self._alike.clear()
            found = self._alike[filled, kind] = self._read_behind(name, kind, filled)
        is_alike = not any(self._parser.blank in value for value in found.values.values())
        return found if is_alike else self._read_behind(name, kind, whole)

    def _read_behind(self, name: str, kind: str, whole: str) -> Side:
        """What a text says beside the name of a type that it begins with."""
        outline = self._parser.outline(whole)
        asked = asked_of(outline, self._parser)
        values = dict(asked.values)
        if kind and values.pop(kind, "") != name:
            return Side({}, UNREAD + 1)
        guessed = [one for one in asked.doubtful if one in values and one not in LEAVES]
        unread = sum(map(len, asked.rest)) + sum([len(values.pop(one)) for one in guessed])
        edge = len(name) if kind else len(whole)
        beside = [
            last - first
            for first, last, _ in outline.template.rest
            if edge == (first if kind else last)
        ]
        return Side(values, unread, sum(beside))
