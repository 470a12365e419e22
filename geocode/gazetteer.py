"""The gazetteer of one city: its index, and the spellings of the names in it."""

from collections.abc import Sequence
from functools import lru_cache

from addressing.lexicon import Name
from geocode.index.read import Index
from geocode.keys import Key
from geocode.model import Area, Door
from geocode.spelling import Spellings


class IndexGazetteer:
    """Doors and areas of an index, names in memory."""

    def __init__(self, index: Index) -> None:
        self._index = index
        named: dict[str, list[str]] = {}
        for kind, value in index.names():
            if not value.isdecimal():
                named.setdefault(value, []).append(kind)
        self._kinds = named
        self._spellings = Spellings.of(tuple(named))
        self._near = lru_cache(1 << 14)(self._find_near)

    def lexicon_names(self) -> list[Name]:
        """The names as a parser takes them."""
        return [Name(value, kind) for value, kinds in self._kinds.items() for kind in kinds]

    def doors(self, key: Key) -> list[Door]:
        """The doors of a key."""
        return self._index.doors(key)

    def behind(self, anchor: int, number: int) -> list[Door]:
        """All doors with a number at an anchor."""
        return self._index.behind(anchor, number)

    def beside(self, anchor: int, number: int) -> tuple[list[Door], list[Door]]:
        """Doors with lower and with higher numbers at an anchor, the nearest first."""
        return self._index.beside(anchor, number)

    def areas(self, anchor: int) -> list[Area]:
        """The areas of an anchor, those with most doors first."""
        return self._index.areas(anchor)

    def near(self, text: str) -> list[tuple[str, str, int]]:
        """Type, value and edits of names that are nearly written so, the nearest first."""
        return list(self._near(text))

    def _find_near(self, text: str) -> Sequence[tuple[str, str, int]]:
        texts = self._spellings.texts
        return tuple(
            (kind, texts[one.row], one.edits)
            for one in self._spellings.near(text)
            for kind in self._kinds[texts[one.row]]
        )
