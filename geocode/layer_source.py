"""Addresses that are the rows of a layer: points whose columns state the parts of an address."""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np

from addressing.registry.doors import AreaName, Door, DoorFacts, Feed
from addressing.registry.whole_doors import WholeDoor
from cim.arrays import Int64
from cim.catalog import Layer
from cim.crs import CITY_CRS, transform
from cim.errors import ConfigError, NotFoundError
from cim.geometry import representative_points
from cim.own_tables import Glances
from cim.store.base import Store
from geocode.language import Language
from geocode.source import load_language

PARTS: Final = ("housenumber", "street", "postcode", "city", "name")
"""Parts of an address that a layer may state."""

_NAMES: Final = {"city": "city", "county": "postcode", "road": "street", "poi": "name"}
"""The part that names an element, by its type."""

_ID: Final = "entity_id"
_UNTIL: Final = "valid_to"
_CODES: Final = ("beidou_code", "geosot_code", "h3_code")


class Columns(NamedTuple):
    """Names of the columns of a layer, empty for what it does not state."""

    housenumber: str = "housenumber"
    street: str = "street"
    postcode: str = "postcode"
    city: str = "city"
    name: str = "name"


class _Row(NamedTuple):
    """A row of the layer."""

    fid: int
    told: Mapping[str, Any]
    lon: float
    lat: float


class LayerSource:
    """The addresses of a layer; each answer sees every change that was committed before it.

    Args:
        store: With the layer.
        glances: Of the same store.
        layer: Name of the layer.
        language: Name of the language that its addresses are written in.
        columns: Of the layer.

    Raises:
        NotFoundError: There is no such language.
        ConfigError: It reads no layers.
    """

    def __init__(
        self, store: Store, glances: Glances, layer: str, language: str, columns: Columns
    ) -> None:
        self.layer = layer
        self.language: Language = load_language(language)
        if not self.language.reads_layers:
            raise ConfigError(
                f"geocoder.language {language!r} reads the registry of standard addresses, "
                f"no layer; leave geocoder.layer empty, not {layer!r}"
            )
        self._store, self._glances, self._columns = store, glances, columns
        self._guard = threading.Lock()
        self._names: dict[AreaName, None] | None = None

    def settings(self) -> str:
        """See `Source.settings`."""
        return "\n".join((self.language.version(), self.layer, *self._columns))

    def version(self) -> int:
        """See `Source.version`."""
        return self._glances.version()

    def head(self) -> int:
        """See `Source.head`."""
        return self._store.head(self.layer)

    @contextmanager
    def doors(self, since: int | None = None) -> Iterator[Feed]:
        """See `Source.doors`."""
        head = self.head()  # before the rows: what comes later is read again
        layer = self._described()
        if since is None:
            names = self._known_names(layer, ())
            yield Feed(head, map(self._door, self._rows(layer, None)), names)
            return
        changed = self._store.changed_fids(self.layer, since)
        rows = list(self._rows(layer, changed)) if len(changed) else []
        gone = frozenset(changed.tolist()) - {row.fid for row in rows}
        names = self._known_names(layer, rows)
        yield Feed(head, map(self._door, rows), names, gone)

    def _known_names(self, layer: Layer, fresh: Iterable[_Row]) -> list[AreaName]:
        """All names, of the ways to write one the usual first.

        Those of rows that changed come last; what is gone stays known.
        """
        with self._guard:
            if self._names is None:
                rows = self._rows(layer, None)
                counts = Counter(name for row in rows for name in self._named(row))
                self._names = dict.fromkeys(name for name, _ in counts.most_common())
            for row in fresh:
                self._names.update(dict.fromkeys(self._named(row)))
            return list(self._names)

    def reader(self) -> "LayerSource":
        """See `Source.reader`."""
        return self

    def read(self, fids: Sequence[int]) -> tuple[int, dict[int, WholeDoor]]:
        """See `DoorReader.read`."""
        head = self.head()
        rows = self._rows(self._described(), np.array(sorted(fids), np.int64))
        found = {row.fid: self._whole(row) for row in rows}
        return (head if found else -1), found

    def facts(self, fids: Collection[int]) -> tuple[int, dict[int, DoorFacts]]:
        """See `Source.facts`."""
        wanted = np.array(sorted(set(fids)), np.int64)
        if not len(wanted):
            return -1, {}
        head = self.head()  # before the rows: what comes later is read again
        rows = self._rows(self._described(), wanted)
        found = {row.fid: self._facts(row) for row in rows}
        return (head if found else -1), found

    def fids_of(self, code: str, limit: int) -> list[int]:
        """See `Source.fids_of`."""
        try:
            entity = self._store.entity(code)
        except NotFoundError:
            return []
        return [entity.fid][:limit] if entity.layer.name == self.layer else []

    def columns(self) -> frozenset[str]:
        """See `Source.columns`."""
        return frozenset(field.name for field in self._described().fields) & set(self._columns)

    def _described(self) -> Layer:
        """The layer.

        Raises:
            NotFoundError: There is none of the name, or it states no street and no town.
        """
        layer = self._store.layer(self.layer)
        known = {field.name for field in layer.fields}
        if known.isdisjoint((self._columns.street, self._columns.city)):
            raise NotFoundError(
                f"layer {self.layer!r} has neither a column {self._columns.street!r} nor "
                f"{self._columns.city!r}; name its columns in [geocoder] of cim.toml"
            )
        return layer

    def _rows(self, layer: Layer, fids: Int64 | None) -> Iterator[_Row]:
        """The rows that are valid now and have a place: all, or those of row numbers."""
        columns = (_ID, _UNTIL, *_CODES, *filter(None, self._columns))
        for batch in self._store.read(layer.name, fids, columns=columns):
            same = batch.crs == CITY_CRS
            shapes = batch.geometry if same else transform(batch.geometry, batch.crs, CITY_CRS)
            places = representative_points(shapes)
            told = batch.attributes.to_pylist()
            for fid, row, (lon, lat) in zip(batch.records.tolist(), told, places, strict=True):
                if row.get(_UNTIL) is None and np.isfinite(lon):
                    yield _Row(fid, row, float(lon), float(lat))

    def _parts(self, row: _Row) -> dict[str, str]:
        """What a row states, by `PARTS`."""
        texts = {
            part: str(row.told.get(column) or "").strip()
            for part, column in zip(PARTS, self._columns, strict=True)
        }
        return {part: text for part, text in texts.items() if text}

    def _door(self, row: _Row) -> Door:
        return Door(row.fid, 0, self.language.values(self._parts(row)), row.lon, row.lat)

    def _named(self, row: _Row) -> list[AreaName]:
        """The names of a row."""
        parts = self._parts(row)
        return [
            AreaName(kind, value, parts[_NAMES[kind]], parts[_NAMES[kind]], "")
            for kind, value in self.language.values(parts).items()
            if kind in _NAMES
        ]

    def _whole(self, row: _Row) -> WholeDoor:
        parts = self._parts(row)
        return WholeDoor(
            row.fid,
            "",
            "",
            self.language.values(parts),
            row.lon,
            row.lat,
            _codes(row),
            row.told.get(_ID) or "",
            self.layer,
            parts,
        )

    def _facts(self, row: _Row) -> DoorFacts:
        return DoorFacts(
            row.fid,
            "",
            _codes(row),
            None,
            None,
            row.told.get(_ID) or "",
            self.layer,
            self._parts(row),
        )


def _codes(row: _Row) -> tuple[str | None, str | None, str | None]:
    """Of the BeiDou, GeoSOT and H3 grids."""
    first, second, third = (row.told.get(name) for name in _CODES)
    return first, second, third
