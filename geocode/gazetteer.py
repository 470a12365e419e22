"""The gazetteer of one city: its index, and the spellings of the names in it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from addressing.lexicon import Name
from cim.arrays import Float64
from geocode.candidates.base import NearName
from geocode.index.pieces import Pieces, Piecewise
from geocode.index.read import Index
from geocode.keys import Key
from geocode.model import Area, Door
from geocode.spelling import Spellings
from geocode.windows import Names, Window

_DIVISIONS: Final = ("county", "city", "province")
_NO_NAMES: Final = Names.of(())


class IndexGazetteer:
    """Doors and areas of an index, names in memory."""

    def __init__(self, index: Index) -> None:
        self._index = index
        named: dict[str, list[str]] = {}
        for kind, value in index.names():
            if not value.isdecimal():
                named.setdefault(value, []).append(kind)
        self._kinds = named
        self._pieces: Pieces | None = None
        self._spellings = Spellings.of(tuple(named))
        self._near = lru_cache(1 << 14)(self._find_near)
        within = index.names_within("county")
        self._names_of = {county: Names.of(names) for county, names in within.items() if county}
        self.divisions = Names.of(
            (kind, name) for kind in _DIVISIONS for name in index.named(kind)
        )
        self._kinds_of_division = dict(
            zip(self.divisions.texts, self.divisions.kinds, strict=True)
        )
        texts = sorted(self.divisions.texts, key=len, reverse=True)
        self._divisions = re.compile("|".join(map(re.escape, texts)) or "(?!)")
        self._neighbours = {pair for name in named for pair in pairwise(f"^{name}$")}
        self._samples = dict(reversed(index.names()))

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

    def pairs(self, above: str, below: str) -> list[tuple[str, str]]:
        """Names of areas of a type that lie right in areas of another, behind that one's."""
        return self._index.pairs(above, below)

    def along(self, road: str, upper: Mapping[str, str]) -> Float64:
        """Where the doors of a street are: (n, 2) degrees.

        Args:
            road: Canonical name.
            upper: The divisions that the street is in.
        """
        return self._index.along(road, upper)

    def by_pieces(self, text: str, county: str) -> list[Piecewise]:
        """Names that have pieces in common with a text, in a county when one is given."""
        if self._pieces is None:
            self._pieces = Pieces(self._index)
        return self._pieces.find(text, county)

    def near(self, text: str) -> Sequence[NearName]:
        """Names that are nearly written so, the nearest first."""
        return self._near(text)

    def knows(self, text: str) -> bool:
        """Whether anything in the city has exactly this name."""
        return text in self._kinds

    def is_division(self, name: str) -> bool:
        """Whether a county, or what there is above it, has exactly this name."""
        return name in self._kinds_of_division

    def names_of(self, county: str) -> Names:
        """The names in a county, none when there is no such county."""
        return self._names_of.get(county, _NO_NAMES)

    def divisions_in(self, text: str) -> list[tuple[Window, str, str]]:
        """Names of the city's divisions that a text has, with their places and types."""
        kinds = self._kinds_of_division
        return [
            (Window(*found.span()), kind, found[0])
            for found in self._divisions.finditer(text)
            for kind in kinds[found[0]]
        ]

    def strangeness(self, text: str) -> int:
        """How many pairs of neighbouring characters no name of the city has."""
        return sum([pair not in self._neighbours for pair in pairwise(f"^{text}$")])

    def sample(self, kind: str) -> str:
        """Some name of a type."""
        return self._samples.get(kind, "")

    def _find_near(self, text: str) -> Sequence[NearName]:
        found = []
        for one in self._spellings.near(text):
            name = self._spellings.texts[one.row]
            alike = one.same_sound or len(name) != len(text) or sorted(name) == sorted(text)
            found += [NearName(kind, name, one.edits, alike) for kind in self._kinds[name]]
        return tuple(found)
