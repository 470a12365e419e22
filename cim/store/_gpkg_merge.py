"""The merge of staged features into a layer, inside one transaction."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cim.arrays import Int64
from cim.catalog import SourceRecord
from cim.store import _gpkg_journal as journal
from cim.store import _gpkg_rtree as rtree
from cim.store._gpkg_codes import issue_ids
from cim.store._gpkg_layer import create_index
from cim.store._gpkg_schema import quote, rtree_name

_CODES = ("beidou_code", "geosot_code", "h3_code")


@dataclass(frozen=True, slots=True)
class Merge:
    """Statements that bring a layer to the state of `temp.stage`."""

    connection: sqlite3.Connection
    layer: str
    source: SourceRecord
    columns: tuple[str, ...]
    """The source's own columns in the layer; in the stage they begin with `a_`."""

    now: str
    ids: Mapping[int, str] | None = None
    """Entity ids by record that were issued before, None to issue them here."""

    def run(self) -> dict[str, int]:
        """Numbers of features for `LoadOutcome`."""
        self._match()
        inserted = self._insert()
        updated, restored = self._update()
        retired = self._retire()
        (matched,) = self.connection.execute("SELECT count(*) FROM temp.matched").fetchone()
        numbers = {
            "inserted": inserted,
            "updated": updated,
            "unchanged": matched - updated,
            "retired": retired,
            "restored": restored,
        }
        self._remember_source(numbers)
        return numbers

    def _match(self) -> None:
        """Make the temporary tables that sort the staged rows.

        `matched` are rows of this source that are staged again, `fresh` staged rows that are new.
        """
        self.connection.execute(
            "CREATE TEMP TABLE matched (fid INTEGER PRIMARY KEY, record INTEGER UNIQUE)"
        )
        self.connection.execute(
            "INSERT INTO temp.matched SELECT max(t.fid), s.record "
            f"FROM {quote(self.layer)} t CROSS JOIN temp.stage s ON s.source_id = t.source_id "
            "WHERE t.source = ? GROUP BY s.record",
            (self.source.name,),
        )
        self.connection.execute(
            "CREATE TEMP TABLE fresh (fid INTEGER PRIMARY KEY, record INTEGER, entity_id TEXT)"
        )

    def _insert(self) -> int:
        """Give new features their ids and rows."""
        rows = self.connection.execute(
            "SELECT record, cell FROM temp.stage "
            "WHERE record NOT IN (SELECT record FROM temp.matched) ORDER BY record"
        ).fetchall()
        (last_fid,) = self.connection.execute(
            f"SELECT coalesce(max(fid), 0) FROM {quote(self.layer)}"
        ).fetchone()
        (last_used,) = self.connection.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)", (self.layer,)
        ).fetchone()
        first_fid = max(last_fid, last_used) + 1
        fids = range(first_fid, first_fid + len(rows))
        if rows:
            self._number(rows, fids)
            self._write_fresh()
            self._journal("insert", np.arange(fids.start, fids.stop, dtype=np.int64))
        self.connection.execute(
            "CREATE TEMP TABLE present AS SELECT fid FROM temp.matched "
            "UNION ALL SELECT fid FROM temp.fresh"
        )
        self.connection.execute("CREATE UNIQUE INDEX temp.present_fid ON present (fid)")
        create_index(self.connection, self.layer)
        return len(rows)

    def _number(self, rows: list[tuple[int, str]], fids: range) -> None:
        """Fill `fresh` with row numbers and entity ids."""
        if self.ids is None:
            texts = issue_ids(self.connection, self.layer, [cell for _, cell in rows])
        else:
            texts = [self.ids[record] for record, _ in rows]
        self.connection.executemany(
            "INSERT INTO temp.fresh VALUES (?, ?, ?)",
            zip(fids, (record for record, _ in rows), texts, strict=True),
        )

    def _write_fresh(self) -> None:
        names = "".join(f", {quote(column)}" for column in self.columns)
        values = "".join(f", s.{quote(f'a_{column}')}" for column in self.columns)
        self.connection.execute(
            f"INSERT INTO {quote(self.layer)} (fid, geom, entity_id, source, source_id, "
            f"{', '.join(_CODES)}, valid_from{names}) SELECT n.fid, s.geom, n.entity_id, ?, "
            f"s.source_id, {', '.join(f's.{code}' for code in _CODES)}, ?{values} "
            "FROM temp.fresh n CROSS JOIN temp.stage s ON s.record = n.record ORDER BY n.fid",
            (self.source.name, self.now),
        )
        self._index_fresh()
        self.connection.execute(
            "INSERT INTO cim_surface SELECT ?, n.fid, f.lod, f.geom, f.kinds "
            "FROM temp.stage_surface f JOIN temp.stage s ON s.record = f.record "
            "JOIN temp.fresh n ON n.record = f.record",
            (self.layer,),
        )

    def _index_fresh(self) -> None:
        """Put the boxes of new rows into the R-tree."""
        tree = rtree_name(self.layer)
        boxes = (
            "SELECT n.fid, s.min_x, s.max_x, s.min_y, s.max_y FROM temp.fresh n "
            "CROSS JOIN temp.stage s ON s.record = n.record"
        )
        if rtree.is_empty(self.connection, tree):
            rows = np.array(self.connection.execute(boxes).fetchall())
            rtree.fill(self.connection, tree, rows[:, 0].astype(np.int64), rows[:, 1:])
        else:
            self.connection.execute(f"INSERT INTO {quote(tree)} {boxes}")

    def _update(self) -> tuple[int, int]:
        """Bring matched rows up to date; numbers of rows changed and of those that came back."""
        pairs = [(column, f"a_{column}") for column in self.columns]
        pairs += [(code, code) for code in ("geom", *_CODES)]
        differs = " OR ".join(f"t.{quote(a)} IS NOT s.{quote(b)}" for a, b in pairs)
        self.connection.execute(
            "CREATE TEMP TABLE changed AS "
            "SELECT t.fid, s.record, t.valid_to NOTNULL AS was_retired "
            f"FROM temp.matched m CROSS JOIN {quote(self.layer)} t ON t.fid = m.fid "
            "CROSS JOIN temp.stage s ON s.record = m.record "
            f"WHERE t.valid_to NOTNULL OR {differs} OR m.fid IN ({self._surface_changes()})",
            (self.layer, self.layer) if self._has_surfaces() else (),
        )
        self.connection.execute("CREATE UNIQUE INDEX temp.changed_fid ON changed (fid)")
        sets = ", ".join(f"{quote(a)} = s.{quote(b)}" for a, b in pairs)
        self.connection.execute(
            f"UPDATE {quote(self.layer)} SET valid_to = NULL, {sets} "
            "FROM temp.changed c JOIN temp.stage s ON s.record = c.record "
            f"WHERE {quote(self.layer)}.fid = c.fid"
        )
        self.connection.execute(
            f"INSERT OR REPLACE INTO {quote(rtree_name(self.layer))} "
            "SELECT c.fid, s.min_x, s.max_x, s.min_y, s.max_y "
            "FROM temp.changed c JOIN temp.stage s ON s.record = c.record"
        )
        if self._has_surfaces():
            self._replace_surfaces()
        changed = self._fids("SELECT fid FROM temp.changed ORDER BY fid")
        self._journal("update", changed)
        (restored,) = self.connection.execute(
            "SELECT count(*) FROM temp.changed WHERE was_retired"
        ).fetchone()
        return len(changed), int(restored)

    def _has_surfaces(self) -> bool:
        """Whether the stage or the layer holds boundary surfaces."""
        found = self.connection.execute(
            "SELECT EXISTS (SELECT 1 FROM temp.stage_surface) "
            "OR EXISTS (SELECT 1 FROM cim_surface WHERE layer = ?)",
            (self.layer,),
        ).fetchone()
        return bool(found[0])

    def _surface_changes(self) -> str:
        """SQL of the matched rows whose surfaces differ; binds the layer twice."""
        if not self._has_surfaces():
            return "SELECT NULL WHERE 0"
        staged = (
            "SELECT m.fid, f.lod, f.geom, f.kinds FROM temp.stage_surface f "
            "JOIN temp.matched m ON m.record = f.record"
        )
        stored = (
            "SELECT c.fid, c.lod, c.geom, c.kinds FROM cim_surface c "
            "JOIN temp.matched m ON m.fid = c.fid WHERE c.layer = ?"
        )
        return (
            f"SELECT fid FROM ({staged} EXCEPT {stored}) "
            f"UNION SELECT fid FROM ({stored} EXCEPT {staged})"
        )

    def _replace_surfaces(self) -> None:
        self.connection.execute(
            "DELETE FROM cim_surface WHERE layer = ? AND fid IN (SELECT fid FROM temp.changed)",
            (self.layer,),
        )
        self.connection.execute(
            "INSERT INTO cim_surface SELECT ?, c.fid, f.lod, f.geom, f.kinds "
            "FROM temp.stage_surface f JOIN temp.changed c ON c.record = f.record",
            (self.layer,),
        )

    def _retire(self) -> int:
        """End the validity of this source's rows that are gone from it."""
        gone = self._fids(
            f"UPDATE {quote(self.layer)} SET valid_to = ? WHERE source = ? "
            "AND valid_to IS NULL AND fid NOT IN (SELECT fid FROM temp.present) RETURNING fid",
            self.now,
            self.source.name,
        )
        self._journal("retire", np.sort(gone))
        return len(gone)

    def _remember_source(self, numbers: Mapping[str, int]) -> None:
        """The source as it is now, and this load in the layer's lineage."""
        source = self.source
        said = (source.file, source.digest, source.crs, source.id_rule, self.now)
        self.connection.execute(
            "INSERT INTO cim_source (layer, name, file, digest, crs, id_rule, loaded_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (layer, name) DO UPDATE SET "
            "file = excluded.file, digest = excluded.digest, crs = excluded.crs, "
            "id_rule = excluded.id_rule, loaded_at = excluded.loaded_at",
            (self.layer, source.name, *said),
        )
        self.connection.execute(
            "INSERT INTO cim_load (layer, source, file, digest, crs, id_rule, loaded_at, "
            f"{', '.join(numbers)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.layer, source.name, *said, *numbers.values()),
        )

    def _journal(self, operation: str, fids: Int64) -> None:
        origin = f"load {self.source.name}"
        journal.write(self.connection, self.layer, operation, fids, now=self.now, origin=origin)

    def _fids(self, statement: str, *values: str) -> Int64:
        rows = self.connection.execute(statement, values).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64)
