"""The catalogue as of the latest commit by anyone, read again only where it changed.

Three things tell what changed, each cheaper than what it guards: `PRAGMA data_version` (anything,
by another connection), the revision that triggers count in `cim_setting` (what entries say) and
`PRAGMA schema_version` (columns, by any program). Edits of features cost one look into an index.
"""

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from cim.catalog import Layer, LayerWorkspace
from cim.store import _gpkg_entries as entries
from cim.store._gpkg_catalog import read_setting
from cim.store._gpkg_readers import Readers


@dataclass(frozen=True, slots=True)
class _State:
    """What was read, and what tells whether it still holds."""

    schema_version: int
    revision: int
    tables: Mapping[str, str]
    """SQL of each layer's table."""

    layers: Mapping[str, Layer]
    workspaces: Mapping[str, LayerWorkspace]
    newest: int = 0
    """The latest version of any layer."""


_NOTHING = _State(-1, -1, {}, {}, {})


class Catalogue:
    """One snapshot for all threads, replaced and never changed."""

    def __init__(self, readers: Readers) -> None:
        """Watch the store that `readers` read."""
        self._readers = readers
        with readers.lend() as connection:
            self.crs = read_setting(connection, "crs")
            """CRS of new layers."""
        self._guard = threading.Lock()
        self._data_version = -1
        self._state = _NOTHING

    def layers(self) -> Mapping[str, Layer]:
        """Layers by name; the same object as long as nothing changed."""
        return self._current().layers

    def workspaces(self) -> Mapping[str, LayerWorkspace]:
        """Workspaces by name."""
        return self._current().workspaces

    def _current(self) -> _State:
        with self._guard:
            version = self._readers.watch.version()
            if version != self._data_version:
                with self._readers.glimpse() as connection:
                    self._state = _follow(connection, self._state)
                self._data_version = version
            return self._state


def _follow(connection: sqlite3.Connection, held: _State) -> _State:
    """The state of now, with all of `held` that still holds."""
    (schema_version,) = connection.execute("PRAGMA schema_version").fetchone()
    (revision,) = connection.execute(
        "SELECT CAST(value AS INTEGER) FROM cim_setting WHERE name = 'catalogue_revision'"
    ).fetchone()
    if schema_version == held.schema_version and revision == held.revision:
        return _recounted(connection, held)
    tables = held.tables if schema_version == held.schema_version else _tables(connection)
    known = _recounted(connection, held).layers
    names = [name for (name,) in connection.execute("SELECT name FROM cim_layer ORDER BY id")]
    changed = [name for name in names if tables.get(name) != held.tables.get(name)]
    changed += (
        name
        for (name,) in connection.execute(
            "SELECT name FROM cim_layer WHERE revision > ?", (held.revision,)
        )
    )
    both = {**known, **(entries.read_layers(connection, changed) if changed else {})}
    layers = {name: both[name] for name in names if name in both}
    return _State(
        schema_version,
        revision,
        tables,
        MappingProxyType(layers),
        MappingProxyType(entries.workspaces(connection)),
        _newest(layers),
    )


def _recounted(connection: sqlite3.Connection, held: _State) -> _State:
    """The state with counts, bounds and versions of now."""
    rows = connection.execute(
        f"SELECT l.name, {entries.COUNTS} FROM cim_layer l "
        "LEFT JOIN cim_change c ON c.seq = l.version WHERE l.version >= ?",
        (held.newest,),
    )
    fresh = {}
    for name, *counts in rows:
        layer = held.layers.get(name)
        if layer is not None:
            now = replace(layer, **entries.counts_of(tuple(counts), layer.crs))
            if now != layer:
                fresh[name] = now
    if not fresh:
        return held
    layers = {**held.layers, **fresh}
    return replace(held, layers=MappingProxyType(layers), newest=_newest(fresh))


def _newest(layers: Mapping[str, Layer]) -> int:
    return max((layer.version for layer in layers.values()), default=0)


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(
        connection.execute(
            "SELECT m.name, m.sql FROM sqlite_master m JOIN cim_layer l ON l.name = m.name "
            "WHERE m.type = 'table'"
        )
    )
