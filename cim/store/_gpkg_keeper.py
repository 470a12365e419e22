"""Layers that something else keeps, so that editing them would be undone or break it."""

import sqlite3

from cim.catalog import Layer
from cim.entities.classes import REGISTERED


def keeper_of(connection: sqlite3.Connection, layer: Layer) -> str | None:
    """What keeps a layer, in words that say what to do instead; None where editors may."""
    if layer.class_code == REGISTERED:
        return "the address registry keeps it; change addresses by /api/addresses"
    has_models = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cim_model'"
    ).fetchone()
    if has_models is None:
        return None
    kept = connection.execute(
        "SELECT 1 FROM cim_model WHERE ' ' || layers || ' ' LIKE '% ' || ? || ' %' ESCAPE '\\' "
        "LIMIT 1",
        (layer.name.replace("_", "\\_"),),
    ).fetchone()
    return None if kept is None else "a building model keeps it; change the model and load it"
