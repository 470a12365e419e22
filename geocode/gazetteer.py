"""The gazetteer of one city: its index, and the spellings of the names in it."""

from collections.abc import Sequence
from functools import lru_cache

from addressing.lexicon import Name
from geocode.candidates.base import NearName
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

    def near(self, text: str) -> Sequence[NearName]:
        """Names that are nearly written so, the nearest first."""
        return self._near(text)

    def knows(self, text: str) -> bool:
        """Whether anything in the city has exactly this name."""
        return text in self._kinds

    def _find_near(self, text: str) -> Sequence[NearName]:
        found = []
        for one in self._spellings.near(text):
            name = self._spellings.texts[one.row]
            alike = one.same_sound or len(name) != len(text) or sorted(name) == sorted(text)
            found += [NearName(kind, name, one.edits, alike) for kind in self._kinds[name]]
        return tuple(found)
