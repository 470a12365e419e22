"""Changes of the catalogue: layers published, described anew, retired and restored.

All functions work inside a write transaction of the caller's.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from cim.catalog import (
    DRAFT,
    PUBLISHED,
    RETIRED,
    Field,
    Layer,
    LayerDraft,
    LayerQuality,
    LayerWorkspace,
    NewLayer,
    Origin,
)
from cim.errors import ConflictError, InputError, NotFoundError, OutdatedError
from cim.layer_rules import (
    About,
    EntryError,
    about,
    check_layer_name,
    check_workspace_name,
    checked,
    checked_crs,
    checked_geometry_type,
)
from cim.store import _gpkg_entries as entries
from cim.store import _gpkg_layer as layers
from cim.store._gpkg_adopt import adopt, candidates
from cim.store._gpkg_schema import quote
from cim.store._gpkg_values import sql_type

_LISTS: Final = ("keywords", "workspaces")
_DEFAULT_CLASS: Final = "FEAT"


def publish(
    connection: sqlite3.Connection,
    news: Sequence[NewLayer],
    crs: str,
    now: str,
    origin: Origin,
) -> None:
    """Make layers, take tables up, or open drafts to readers.

    Raises:
        EntryError: Something that is said of a layer is not legal.
        ConflictError: There is a layer of the name that is no draft.
        SourceDataError: A table cannot be a layer.
    """
    made = [new.name for new in news if _publish(connection, new, crs, now, origin)]
    layers.create_triggers(connection, *made)


def _publish(
    connection: sqlite3.Connection, new: NewLayer, crs: str, now: str, origin: Origin
) -> bool:
    """Publish one layer; whether it has no triggers yet."""
    check_layer_name(new.name)
    entry = {"status": PUBLISHED, **new.entry}
    known = entries.read_layers(connection, [new.name]).get(new.name)
    if known is not None:
        _check_draft(known, new)
    elif (new.table or new.name) in candidates(connection):
        _refuse_columns(new)
        adopt(connection, new.table or new.name, new.name, _class_of(new), now)
    else:
        _make(connection, new, crs)
    _describe(connection, new.name, entry, now, origin)
    return known is None


def alter(
    connection: sqlite3.Connection,
    name: str,
    said: Mapping[str, Any],
    now: str,
    origin: Origin,
    *,
    expected: int | None,
) -> None:
    """Change what is said of a layer; what is not said stays.

    Raises:
        EntryError: Something that is said is not legal.
        OutdatedError: The entry is not of the `expected` version any more.
        ConflictError: The layer is retired.
    """
    layer = _require(connection, name)
    _check_version(layer, expected)
    if layer.status == RETIRED:
        raise ConflictError(f"layer {name!r} is retired; restore it before changing it")
    _describe(connection, name, said, now, origin)


def retire(
    connection: sqlite3.Connection,
    name: str,
    now: str,
    origin: Origin,
    *,
    expected: int | None,
) -> None:
    """Take a layer back from its readers; its features stay.

    Raises:
        EntryError: No reason is given.
        OutdatedError: The entry is not of the `expected` version any more.
        ConflictError: It is retired already.
    """
    layer = _require(connection, name)
    _check_version(layer, expected)
    if not origin.why.strip():
        raise EntryError("reason", "a layer is retired for a reason; readers are told it")
    if layer.status == RETIRED:
        raise ConflictError(f"layer {name!r} was retired at {layer.retired_at}")
    _set(connection, name, status=RETIRED, retired_at=now, retire_reason=origin.why.strip())
    entries.record(connection, name, now, origin)


def restore(connection: sqlite3.Connection, name: str, now: str, origin: Origin) -> None:
    """Give a retired layer back to its readers.

    Raises:
        ConflictError: It is not retired.
    """
    if _require(connection, name).status != RETIRED:
        raise ConflictError(f"layer {name!r} is not retired")
    _set(connection, name, status=PUBLISHED, retired_at="", retire_reason="")
    entries.record(connection, name, now, origin)


def write_quality(connection: sqlite3.Connection, name: str, quality: LayerQuality) -> None:
    """Keep what was measured."""
    _require(connection, name)
    _set(connection, name, quality=entries.quality_text(quality))


def put_workspace(connection: sqlite3.Connection, workspace: LayerWorkspace) -> None:
    """Make a workspace, or give it other titles.

    Raises:
        EntryError: Its name is not legal.
    """
    check_workspace_name(workspace.name)
    connection.execute(
        "INSERT INTO cim_workspace VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "title_zh = excluded.title_zh, title_en = excluded.title_en",
        (workspace.name, workspace.title_zh, workspace.title_en),
    )


def remove_workspace(connection: sqlite3.Connection, name: str) -> None:
    """Remove an empty workspace.

    Raises:
        NotFoundError: There is none of this name.
        ConflictError: Layers are in it.
    """
    require_workspace(entries.workspaces(connection), name)
    inside = [
        layer.name
        for layer in entries.read_layers(connection).values()
        if name in layer.workspaces
    ]
    if inside:
        raise ConflictError(f"workspace {name!r} holds {len(inside)} layers, such as {inside[0]}")
    connection.execute("DELETE FROM cim_workspace WHERE name = ?", (name,))


def require_workspace(known: Mapping[str, LayerWorkspace], name: str) -> LayerWorkspace:
    """One workspace.

    Raises:
        NotFoundError: There is none of this name.
    """
    if name not in known:
        raise NotFoundError(
            f"workspace {name!r} does not exist; known: {', '.join(known) or 'none yet'}"
        )
    return known[name]


def _require(connection: sqlite3.Connection, name: str) -> Layer:
    found = entries.read_layers(connection, [name]).get(name)
    if found is None:
        raise NotFoundError(f"layer {name!r} does not exist")
    return found


def _check_version(layer: Layer, expected: int | None) -> None:
    if expected is not None and expected != layer.entry_version:
        raise OutdatedError(
            f"the entry of layer {layer.name!r} is at version {layer.entry_version}, "
            f"not {expected}; read it again"
        )


def _check_draft(known: Layer, new: NewLayer) -> None:
    if known.status == RETIRED:
        raise ConflictError(f"layer {known.name!r} was retired; restore it")
    if known.status != DRAFT:
        raise ConflictError(f"layer {known.name!r} is published already; change it instead")
    _refuse_columns(new)


def _refuse_columns(new: NewLayer) -> None:
    """Refuse what only a new table can be given."""
    for member in ("geometry_type", "crs", "fields"):
        if getattr(new, member):
            raise EntryError(member, f"layer {new.name!r} has a table, whose own it is")


def _class_of(new: NewLayer) -> str:
    """The class of a layer that is made now."""
    said = {"class_code": new.entry.get("class_code", _DEFAULT_CLASS)}
    return str(checked(said, About((), ()))["class_code"])


def _make(connection: sqlite3.Connection, new: NewLayer, crs: str) -> None:
    """A new table without features."""
    if new.table:
        found = ", ".join(candidates(connection)) or "none"
        raise EntryError("table", f"no feature table {new.table!r} to take up; there are: {found}")
    if not new.geometry_type:
        raise EntryError(
            "geometry_type", f"layer {new.name!r} is new and needs one, such as POINT"
        )
    if connection.execute(f"PRAGMA table_info({quote(new.name)})").fetchone() is not None:
        raise InputError(f"layer name {new.name!r} is taken by a table without geometry")
    draft = LayerDraft(new.name, _class_of(new), checked_crs(new.crs) if new.crs else crs)
    columns = ", ".join(f"{quote(one.name)} {sql_type(one.type)}" for one in new.fields)
    layers.create_table(
        connection, draft, checked_geometry_type(new.geometry_type), columns=columns
    )
    layers.create_index(connection, new.name)
    for field in new.fields:
        layers.describe_field(connection, new.name, field)


def _describe(
    connection: sqlite3.Connection,
    name: str,
    said: Mapping[str, Any],
    now: str,
    origin: Origin,
) -> None:
    """Write what is said of a layer, and keep the entry's version."""
    layer = _require(connection, name)
    members = checked(said, about(layer, entries.workspaces(connection)))
    fields: tuple[Field, ...] = members.pop("fields", ())
    for field in fields:
        layers.describe_field(connection, name, field)
        connection.execute(
            "UPDATE cim_field SET classification = ? WHERE layer = ? AND name = ? "
            "AND classification IS NOT ?",
            (field.classification, name, field.name, field.classification),
        )
    lists = {key: orjson.dumps(members.pop(key)).decode() for key in _LISTS if key in members}
    _set(connection, name, **members, **lists)
    if "title_zh" in members:
        connection.execute(
            "UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
            (members["title_zh"], name),
        )
    entries.record(connection, name, now, origin)


def _set(connection: sqlite3.Connection, name: str, **values: str | None) -> None:
    """Columns of the layer's row."""
    if values:
        sets = ", ".join(f"{column} = ?" for column in values)
        connection.execute(f"UPDATE cim_layer SET {sets} WHERE name = ?", (*values.values(), name))
