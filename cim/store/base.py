"""The protocol of a store: where a city's layers, entities and journal are kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cim.arrays import Int64
from cim.catalog import Bounds, Layer
from cim.features import FeatureBatch


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which features of a layer, in the order of their row numbers."""

    bounds: Bounds | None = None
    """Only features that intersect this box; in the layer's storage CRS."""

    valid: tuple[str | None, str | None] | None = None
    """Only features valid at some time in this closed interval (ISO 8601 UTC, None is open);
    None for the whole query means: valid now."""

    equals: tuple[tuple[str, str], ...] = ()
    """Column name and text of the value it must equal."""

    after: int = 0
    """Only row numbers above this one (keyset paging)."""

    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """One entity: its layer, its row, and the row's values."""

    entity_id: str
    layer: Layer
    fid: int
    attributes: Mapping[str, Any]
    """All fields of the layer by name."""

    geometry: Any
    """shapely geometry in the layer's storage CRS, or None."""

    lods: tuple[str, ...]
    """Levels of detail with boundary surfaces in the store."""


class Store(Protocol):
    """A city's layers. Safe for use from several threads; readers never wait for a writer."""

    path: Path

    def layers(self) -> Mapping[str, Layer]:
        """The catalogue as of the latest commit by anyone, as an immutable snapshot."""
        ...

    def layer(self, name: str) -> Layer:
        """One layer.

        Raises:
            NotFoundError: There is none of this name; the message lists the known ones.
        """
        ...

    def fids(self, layer: str, query: ItemQuery) -> Int64:
        """Row numbers that match, ascending, at most `query.limit`.

        Raises:
            InputError: A column in `equals` does not exist.
        """
        ...

    def count(self, layer: str, query: ItemQuery) -> int:
        """Number of matches, ignoring limit, offset and `after`."""
        ...

    def read(
        self,
        layer: str,
        fids: Int64 | None = None,
        *,
        columns: tuple[str, ...] | None = None,
        batch_size: int = 20_000,
    ) -> Iterator[FeatureBatch]:
        """Features in the storage CRS, ascending by row number.

        `records` are the row numbers; attributes hold every field of the layer, or just
        `columns`; surfaces are those in the store. With `fids`, just these rows whatever their validity; without, all that are
        valid now.
        """
        ...

    def entity(self, entity_id: str) -> EntityRecord:
        """One entity, valid or retired.

        Raises:
            NotFoundError: No entity has this id.
        """
        ...

    def head(self, layer: str) -> int:
        """Journal sequence of the layer's latest change, 0 when there is none."""
        ...

    def changed_fids(self, layer: str, since: int) -> Int64:
        """Row numbers touched by journal entries after `since`, ascending, without repeats."""
        ...

    def close(self) -> None:
        """Release files."""
        ...
