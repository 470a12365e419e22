"""What a language is to the geocoder: it reads queries, finds what they mean, tells answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from addressing.registry.doors import AreaName, DoorFacts
from addressing.registry.whole_doors import WholeDoor
from geocode.index.read import Index
from geocode.model import Asked, Door
from geocode.ranking import Answer
from geocode.result import Result

SHORT: Final = 40
"""Characters of a text that is guessed in some milliseconds, as long as most addresses are."""


class Found(NamedTuple):
    """What a query leads to."""

    asked: Asked
    answers: list[Answer]
    """The best first; empty when nothing is known of it."""


class Engine(Protocol):
    """Answers queries about one city."""

    def search(self, text: str) -> Found:
        """The places that a text may mean; never fails on a text."""
        ...

    def look_up(self, text: str) -> Found | None:
        """What `search` finds, None where that may take longer than some milliseconds."""
        ...

    def begun(self, text: str) -> str:
        """What was typed so far, written as the names of the gazetteer are."""
        ...

    def values_of(self, text: str) -> Mapping[str, str]:
        """Canonical value by element type of what a text says."""
        ...


class Telling(Protocol):
    """Tells answers as a city writes its addresses."""

    def tell(
        self, answers: Sequence[Answer], facts: Mapping[int, DoorFacts], text: str
    ) -> list[Result]:
        """Answers as they are told.

        Args:
            answers: The best first.
            facts: What is known of the doors beside the index, by row number.
            text: That was asked for.
        """
        ...

    def tell_door(self, door: Door, known: DoorFacts | None) -> Result:
        """A door that lies at a place, as it is told."""
        ...

    def tell_whole(self, door: WholeDoor) -> Result:
        """The same, of all that is known of it."""
        ...

    def name(self, kind: str, value: str) -> str:
        """A name as the city writes it."""
        ...

    def text(self, values: Mapping[str, str]) -> str:
        """The text of elements."""
        ...

    def adcode(self, values: Mapping[str, str]) -> str:
        """Code of the division that elements lie in; empty when none is known."""
        ...


class Language(Protocol):
    """A language and its way to write addresses."""

    @property
    def reads_layers(self) -> bool:
        """Whether addresses are rows of a layer that states their parts.

        Else they are those of the registry of standard addresses.
        """
        ...

    def version(self) -> str:
        """Of all that indexes depend on; those made by another version are made anew."""
        ...

    def values(self, parts: Mapping[str, str]) -> dict[str, str]:
        """Canonical value by element type of an address of a layer.

        Args:
            parts: What the layer states, by `geocode.layer_source.PARTS`.
        """
        ...

    def engine(self, index: Index, names: Sequence[AreaName]) -> Engine:
        """What answers queries about a city.

        Args:
            index: Its doors and areas.
            names: Its names, each in all ways in which it is written.
        """
        ...

    def teller(self, names: Iterable[AreaName]) -> Telling:
        """What tells answers about a city."""
        ...
