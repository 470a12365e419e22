"""The protocol of a store: where a city's layers, entities and journal are kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cim.arrays import Int64
from cim.catalog import (
    Bounds,
    EntryVersion,
    Layer,
    LayerDraft,
    LayerQuality,
    LayerWorkspace,
    LoadRecord,
    NewLayer,
    Origin,
    SourceRecord,
)
from cim.coding import CodedFeatures
from cim.edits import Edit, EditOutcome, JournalEntry
from cim.features import FeatureBatch, Reject
from cim.filters.model import Expression
from cim.model_records import ModelLoad
from cim.model_store import ModelStore


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field that rows are put in order by; rows without a value come last in either order."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order of a query: right behind the row that has these values."""

    fid: int
    values: tuple[str | int | float | None, ...] = ()
    """Value of each sort key as the store keeps it, in the query's order."""


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which features of a layer, and in which order."""

    bounds: Bounds | None = None
    """Only features that intersect this box; in the layer's storage CRS."""

    valid: tuple[str | None, str | None] | None = None
    """Only features valid at some time in this closed interval (ISO 8601 UTC, None is open);
    None for the whole query means: valid now."""

    equals: tuple[tuple[str, str], ...] = ()
    """Column name and text of the value it must equal."""

    where: Expression | None = None
    """Only features of which this is true; geometry in the layer's storage CRS."""

    order: tuple[SortKey, ...] = ()
    """Fields to sort by; row numbers decide last, and alone when there are none."""

    after: Position | None = None
    """Only rows behind this place (keyset paging)."""

    offset: int = 0
    limit: int = 10
    within_s: float | None = None
    """Seconds of processor time after which it is given up (CostlyError); None for no limit."""


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


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What one load did to a layer, in numbers of features."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0
    restored: int = 0
    """Retired earlier and back now; counted among `updated` too."""

    rejects: tuple[Reject, ...] = ()
    """Records the store refused, such as a source id that came before."""

    notes: tuple[str, ...] = ()
    """What the user should know, such as mixed geometry types."""


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """What the load of a building model did."""

    layers: Mapping[str, LoadOutcome]
    entity_ids: Mapping[str, str]
    """By key, of the objects that are valid now."""


class Store(Protocol):
    """A city's layers. Safe for use from several threads; readers never wait for a writer."""

    path: Path

    crs: str
    """Storage CRS of new layers, such as `EPSG:4490`."""

    models: ModelStore

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
        """Row numbers that match, in the query's order, at most `query.limit`.

        Raises:
            InputError: A column does not exist, or a value in `equals` is none of its type.
            CostlyError: It takes more than `query.within_s`.
        """
        ...

    def count(self, layer: str, query: ItemQuery) -> int:
        """Number of matches, ignoring limit, offset and `after`.

        Raises:
            As `fids`.
        """
        ...

    def read(
        self,
        layer: str,
        fids: Int64 | None = None,
        *,
        columns: tuple[str, ...] | None = None,
        surfaces: bool = False,
        batch_size: int = 20_000,
    ) -> Iterator[FeatureBatch]:
        """Features in the storage CRS, ascending by row number.

        `records` are the row numbers; attributes hold every field of the layer, or just
        `columns`; boundary surfaces come only with `surfaces`. With `fids`, just these rows
        whatever their validity; without, all that are valid now.
        """
        ...

    def entity(self, entity_id: str) -> EntityRecord:
        """One entity, valid or retired.

        Raises:
            NotFoundError: No entity has this id.
        """
        ...

    def source(self, layer: str, name: str) -> SourceRecord | None:
        """The latest load of a source into a layer, None when there was none."""
        ...

    def load(
        self, draft: LayerDraft, source: SourceRecord, batches: Iterator[CodedFeatures]
    ) -> LoadOutcome:
        """Put a source's features into a layer, in one transaction.

        Features are matched with what the same source brought before by source id: known ones are
        updated and keep their entity id, new ones get one, those gone are retired, none is
        deleted. Features are in `draft.crs`, which must be the layer's storage CRS.

        Raises:
            SourceDataError: There is nothing to load, or the geometry does not fit the layer.
            BackendError: Another process writes for too long, or the disk refuses.
        """
        ...

    def load_model(self, load: ModelLoad) -> ModelOutcome:
        """Put a building model into its layers, in one transaction.

        Each layer is brought up to date as by `load`; a layer of which the model has nothing is
        made all the same. Columns named in `cim.model_records.REFERENCES` are filled here.

        Raises:
            BackendError: Another process writes for too long, or the disk refuses.
        """
        ...

    def edit(self, layer: Layer, edits: Sequence[Edit], origin: str) -> EditOutcome:
        """Make, change and retire features of a layer, all of them or none, in one transaction.

        New features get ids and all get the codes that come with their places; the journal names
        what was changed, under `origin`. Nothing is deleted.

        Raises:
            EditRefusedError: One of the edits cannot be done; nothing was changed.
            ConflictError: The layer is kept by something else, and cannot be edited.
            BackendError: Another process writes for too long, or the disk refuses.
        """
        ...

    def states(self, layer: str, fids: Int64) -> Mapping[int, str]:
        """Digest of each row that exists, by number; it changes with any value of the row."""
        ...

    def keeper(self, layer: str) -> str | None:
        """What keeps a layer that cannot be edited, in words; None where editors may."""
        ...

    def history(self, layer: str, fid: int, limit: int) -> tuple[JournalEntry, ...]:
        """What the journal says of a row, the latest first."""
        ...

    def uncoded_fids(self, layer: str) -> Int64:
        """Rows valid now that have no entity id, or were edited since codes were last written."""
        ...

    def write_codes(self, layer: str, coded: CodedFeatures) -> int:
        """Write the codes of rows, and ids of those that have none; the number of new ids.

        `coded.features.records` are the row numbers.

        Raises:
            BackendError: Another process writes for too long, or the disk refuses.
        """
        ...

    def head(self, layer: str) -> int:
        """Journal sequence of the layer's latest change, 0 when there is none."""
        ...

    def changed_fids(self, layer: str, since: int) -> Int64:
        """Row numbers touched by journal entries after `since`, ascending, without repeats."""
        ...

    def workspaces(self) -> Mapping[str, LayerWorkspace]:
        """The workspaces by name, as of the latest commit by anyone."""
        ...

    def tables(self) -> Mapping[str, str]:
        """Geometry type by name of the feature tables that other programs put in.

        `publish` takes them into the catalogue.
        """
        ...

    def publish(self, news: Sequence[NewLayer], origin: Origin) -> tuple[Layer, ...]:
        """Make layers, take tables up, or open drafts to readers: all of them, or none.

        Raises:
            EntryError: Something that is said of a layer is not legal.
            ConflictError: There is a layer of the name that is no draft.
            SourceDataError: A table cannot be a layer.
            BackendError: Another process writes for too long, or the disk refuses.
        """
        ...

    def alter(
        self,
        layer: str,
        entry: Mapping[str, Any],
        origin: Origin,
        *,
        expected: int | None = None,
    ) -> Layer:
        """Change what the catalogue says of a layer; members not in `entry` stay.

        Raises:
            EntryError: A member is not legal.
            OutdatedError: The entry is not of the `expected` version any more.
            ConflictError: The layer is retired.
        """
        ...

    def retire(self, layer: str, origin: Origin, *, expected: int | None = None) -> Layer:
        """Take a layer back from its readers, for the reason that `origin` gives.

        Nothing is deleted; `layers` goes on to hold it, with its status.

        Raises:
            EntryError: There is no reason.
            OutdatedError: The entry is not of the `expected` version any more.
            ConflictError: It is retired already.
        """
        ...

    def restore(self, layer: str, origin: Origin) -> Layer:
        """Give a retired layer back to its readers.

        Raises:
            ConflictError: It is not retired.
        """
        ...

    def write_quality(self, layer: str, quality: LayerQuality) -> Layer:
        """Keep what was measured of a layer."""
        ...

    def entry_versions(self, layer: str) -> tuple[EntryVersion, ...]:
        """What the catalogue said of a layer from its first day, the newest first."""
        ...

    def loads(self, layer: str) -> tuple[LoadRecord, ...]:
        """The loads that made a layer what it is, the newest first."""
        ...

    def put_workspace(self, workspace: LayerWorkspace) -> None:
        """Make a workspace, or give it other titles.

        Raises:
            EntryError: Its name is not legal.
        """
        ...

    def remove_workspace(self, name: str) -> None:
        """Remove a workspace.

        Raises:
            NotFoundError: There is none of this name.
            ConflictError: Layers are in it.
        """
        ...

    def close(self) -> None:
        """Release files."""
        ...


class StoreFactory(Protocol):
    """Makes and opens stores of one kind."""

    def create(self, path: Path, crs: str) -> None:
        """Make an empty store.

        Raises:
            ConfigError: There is something at `path` already, or `crs` cannot be stored.
        """
        ...

    def open(self, path: Path) -> Store:
        """Open a store.

        Raises:
            ConfigError: There is no store at `path`, or it is not one of this program.
        """
        ...
