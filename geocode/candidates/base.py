"""What a way to find candidates is, and what it may look into."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geocode.keys import Key
from geocode.model import Area, Asked, Candidate, Door


class NearName(NamedTuple):
    """A name that may be meant by another text."""

    kind: str
    value: str
    edits: int
    """Characters to change."""

    alike: bool
    """Whether it sounds the same, or only lacks or has a character, or has two swapped."""


class Gazetteer(Protocol):
    """The doors, areas and names of a city."""

    def doors(self, key: Key) -> list[Door]:
        """The doors of a key."""
        ...

    def behind(self, anchor: int, number: int) -> list[Door]:
        """All doors with a number at an anchor."""
        ...

    def beside(self, anchor: int, number: int) -> tuple[list[Door], list[Door]]:
        """Doors with lower and with higher numbers at an anchor, the nearest first."""
        ...

    def areas(self, anchor: int) -> list[Area]:
        """The areas of an anchor, those with most doors first."""
        ...

    def near(self, text: str) -> Sequence[NearName]:
        """Names that are nearly written so, the nearest first."""
        ...

    def knows(self, text: str) -> bool:
        """Whether anything in the city has exactly this name."""
        ...


class Collector(Protocol):
    """A way to find candidates."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """Candidates, none when this way finds nothing."""
        ...
