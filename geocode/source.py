"""Where the geocoder of a city gets its addresses from."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from addressing.registry.doors import DoorFacts, Feed, doors, facts_of, fids_of, head_of
from addressing.registry.schema import LAYER
from addressing.registry.store import Registry
from addressing.registry.whole_doors import WholeDoor, WholeDoors
from cim import plugins
from geocode.language import Language

LANGUAGES = "geocode.languages"


def load_language(name: str) -> Language:
    """A language by its name.

    Raises:
        NotFoundError: There is none; the message lists those there are.
    """
    language: Language = plugins.load(name, LANGUAGES)
    return language


class DoorReader(Protocol):
    """Reads doors with all that is told of them; safe for use from several threads."""

    def read(self, fids: Sequence[int]) -> tuple[int, dict[int, WholeDoor]]:
        """Where the journal stood, and the valid doors of row numbers that have a point.

        Returns:
            -1 when no row was found, for then nothing told where the journal stands.
        """
        ...


class Source(Protocol):
    """The addresses of a city. Safe for use from several threads."""

    layer: str
    """Name of the layer that they are."""

    language: Language

    def settings(self) -> str:
        """All that an index depends on beside the addresses."""
        ...

    def columns(self) -> frozenset[str]:
        """Columns of the layer that answers tell of: who may not see one of them sees none.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        ...

    def version(self) -> int:
        """A number that is another one when anything in the store has changed."""
        ...

    def head(self) -> int:
        """Where the journal of the addresses stands; 0 while there are none."""
        ...

    def doors(self, since: int | None = None) -> AbstractContextManager[Feed]:
        """The addresses that have a point.

        Args:
            since: Only those that changed after this place in the journal; None for all.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        ...

    def reader(self) -> DoorReader:
        """What reads doors while the journal stands where it does."""
        ...

    def facts(self, fids: Collection[int]) -> tuple[int, dict[int, DoorFacts]]:
        """Where the journal stood, and what else is known of doors, by row number.

        Returns:
            -1 when no row was found, for then nothing told where the journal stands.
        """
        ...

    def fids_of(self, code: str, limit: int) -> list[int]:
        """Row numbers of the address of a code, or of those that belong to an entity."""
        ...


class RegistrySource:
    """The registry of standard addresses.

    Args:
        registry: Of the city.
    """

    layer = LAYER

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.language = load_language("chinese")

    def settings(self) -> str:
        """See `Source.settings`."""
        return self.language.version()

    def columns(self) -> frozenset[str]:
        """See `Source.columns`: the registry is shown as a whole, or not."""
        return frozenset()

    def version(self) -> int:
        """See `Source.version`."""
        return self._registry.glances.version()

    def head(self) -> int:
        """See `Source.head`."""
        return head_of(self._registry)

    def doors(self, since: int | None = None) -> AbstractContextManager[Feed]:
        """See `Source.doors`."""
        return doors(self._registry, since)

    def reader(self) -> DoorReader:
        """See `Source.reader`."""
        return WholeDoors(self._registry)

    def facts(self, fids: Collection[int]) -> tuple[int, dict[int, DoorFacts]]:
        """See `Source.facts`."""
        return facts_of(self._registry, fids)

    def fids_of(self, code: str, limit: int) -> list[int]:
        """See `Source.fids_of`."""
        return fids_of(self._registry, code, limit)
