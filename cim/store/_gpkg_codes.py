"""Ids and codes of rows that other programs added or moved."""

import sqlite3
from collections.abc import Mapping

import numpy as np

from cim.arrays import Int64, Text
from cim.entities import ids
from cim.entities.classes import REGISTERED
from cim.store import _gpkg_journal as journal
from cim.store._gpkg_connection import without_triggers
from cim.store._gpkg_query import among
from cim.store._gpkg_schema import quote

EDIT = "edit"
"""Origin that the triggers write into the journal."""


def issue_ids(
    connection: sqlite3.Connection, layer: str, cells: list[str], class_code: str | None = None
) -> list[str]:
    """New entity ids for features born in `cells`, entered in the ledger.

    Args:
        connection: In a write transaction.
        layer: Of the features.
        cells: BeiDou codes of level 8.
        class_code: Of a layer that is not made yet.

    Raises:
        EntityIdError: A cell is full.
    """
    if class_code is None:
        (class_code,) = connection.execute(
            "SELECT class_code FROM cim_layer WHERE name = ?", (layer,)
        ).fetchone()
    prefixes = np.array([class_code + cell for cell in cells])
    sequences = ids.next_sequences(prefixes, _taken(connection, prefixes))
    texts: list[str] = ids.make_ids(prefixes, sequences).tolist()
    connection.executemany(
        "INSERT INTO cim_entity VALUES (?, ?)", ((text, layer) for text in sorted(texts))
    )
    return texts


def uncoded_fids(connection: sqlite3.Connection, layer: str) -> Int64:
    """Rows with a geometry that have no id, or were edited since codes were last written.

    None of a class that a registry keeps.
    """
    coded, class_code = connection.execute(
        "SELECT coded_version, class_code FROM cim_layer WHERE name = ?", (layer,)
    ).fetchone()
    if class_code == REGISTERED:
        return np.zeros(0, np.int64)
    edited = journal.changed_fids(connection, layer, coded, EDIT)
    condition, values = among(edited)
    rows = connection.execute(
        f"SELECT fid FROM {quote(layer)} WHERE geom NOTNULL AND valid_to IS NULL "
        f"AND (entity_id IS NULL OR {condition}) ORDER BY fid",
        values,
    )
    return np.array([row[0] for row in rows], dtype=np.int64)


def write_codes(
    connection: sqlite3.Connection,
    layer: str,
    fids: Int64,
    cells: Text,
    codes: Mapping[str, Text],
    now: str,
) -> int:
    """Write codes of rows, and ids of those that have none; the number of new ids."""
    condition, values = among(fids)
    without_id = f"SELECT fid FROM {quote(layer)} WHERE entity_id IS NULL AND {condition}"
    missing = {row[0] for row in connection.execute(without_id, values)}
    born = [
        (fid, cell)
        for fid, cell in zip(fids.tolist(), cells.tolist(), strict=True)
        if fid in missing
    ]
    with without_triggers(connection):
        if born:
            texts = issue_ids(connection, layer, [cell for _, cell in born])
            connection.executemany(
                f"UPDATE {quote(layer)} SET entity_id = ?, valid_from = coalesce(valid_from, ?) "
                "WHERE fid = ?",
                ((text, now, fid) for (fid, _), text in zip(born, texts, strict=True)),
            )
        connection.executemany(
            f"UPDATE {quote(layer)} SET beidou_code = ?, geosot_code = ?, h3_code = ? "
            "WHERE fid = ?",
            zip(
                *(codes[name].tolist() for name in ("beidou", "geosot", "h3")),
                fids.tolist(),
                strict=True,
            ),
        )
    journal.write(connection, layer, "code", fids, now=now, origin="code")
    connection.execute(
        "UPDATE cim_layer SET (version, coded_version) = (SELECT max(seq), max(seq) "
        "FROM cim_change) WHERE name = ?",
        (layer,),
    )
    return len(born)


def _taken(connection: sqlite3.Connection, prefixes: Text) -> dict[str, int]:
    """Number of sequences used so far, for the prefixes that have any."""
    if connection.execute("SELECT 1 FROM cim_entity LIMIT 1").fetchone() is None:
        return {}
    taken = {}
    for prefix in np.unique(prefixes).tolist():
        (last,) = connection.execute(
            "SELECT max(entity_id) FROM cim_entity WHERE entity_id > ? AND entity_id < ?",
            (prefix, f"{prefix}~"),
        ).fetchone()
        if last is not None:
            taken[prefix] = ids.sequence_of(last) + 1
    return taken
