"""What a way to find candidates is, and what it may look into."""

from typing import Protocol

from geocode.keys import Key
from geocode.model import Area, Asked, Candidate, Door


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

    def near(self, text: str) -> list[tuple[str, str, int]]:
        """Type, value and edits of names that are nearly written so, the nearest first."""
        ...


class Collector(Protocol):
    """A way to find candidates."""

    def collect(self, asked: Asked, gazetteer: Gazetteer) -> list[Candidate]:
        """Candidates, none when this way finds nothing."""
        ...
