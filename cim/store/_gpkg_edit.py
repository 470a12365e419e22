"""Edits of a layer in a city's GeoPackage: one transaction, with all that a load would write.

Triggers are off on the connection that writes: table, R-tree, journal and catalogue are written
by set statements, as loads do. Unlike a load it leaves the triggers where they are, because
taking them off and putting them back makes every open connection read the whole schema again.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from cim.arrays import Float64, Int64
from cim.catalog import Layer
from cim.edit_values import is_same
from cim.edits import Change, Create, Edit, EditOutcome, EditRefusedError, Fault, Place, Retire
from cim.store import _gpkg_geometry as blobs
from cim.store import _gpkg_journal as journal
from cim.store import _gpkg_rtree as rtree
from cim.store._gpkg_codes import issue_ids
from cim.store._gpkg_edit_rows import Row, read_rows, states_of
from cim.store._gpkg_layer import srs_of
from cim.store._gpkg_schema import quote, rtree_name

SAME_DEG: Final = 1e-8
"""Degrees by which a vertex may be off and still be the same: the last decimal of what is
served, so that a feature that is sent back as it was read stays as it is stored."""

SAME_M: Final = 1e-3
"""Likewise for metres."""

_SIDES: Final = ("minx", "miny", "maxx", "maxy")
_FIRST_DEPTH, _DEEPER = 1e-4, 8.0
"""Share of the bounds that is looked at first, and how much more is each time."""

_CODES: Final = {"beidou": "beidou_code", "geosot": "geosot_code", "h3": "h3_code"}


@dataclass(slots=True)
class _Work:
    """Rows to write, sorted by what is done to them."""

    created: list[tuple[int, Create]]
    updated: list[tuple[int, Mapping[str, Any]]]
    moved: list[tuple[int, Place]]
    retired: list[int]
    unchanged: int = 0


class Editing:
    """One batch of edits in a write transaction of the caller's."""

    def __init__(
        self, connection: sqlite3.Connection, layer: Layer, origin: str, now: str
    ) -> None:
        self._connection = connection
        self._layer = layer
        self._origin = origin
        self._now = now
        self._fields = {field.name: field for field in layer.fields}

    def run(self, edits: Sequence[Edit]) -> EditOutcome:
        """Do the edits.

        Raises:
            EditRefusedError: One cannot be done; the caller rolls back.
        """
        named = [edit.fid for edit in edits if not isinstance(edit, Create)]
        rows = read_rows(self._connection, self._layer.name, named)
        faults = tuple(_faults(self._connection, self._layer, edits, rows))
        if faults:
            raise EditRefusedError(faults)
        before = self._version()
        work = self._sort(edits, rows)
        ids = self._insert(work.created)
        self._update(work)
        self._move(work.moved)
        self._retire(work.retired)
        self._finish(work, rows)
        fresh = iter([fid for fid, _ in work.created])
        fids = tuple(next(fresh) if isinstance(edit, Create) else edit.fid for edit in edits)
        states = states_of(self._connection, self._layer.name, fids)
        return EditOutcome(
            fids=fids,
            entity_ids=tuple(ids.get(fid) or _id_of(rows.get(fid)) for fid in fids),
            states=tuple(states[fid] for fid in fids),
            created=len(work.created),
            updated=len(_touched(work)),
            unchanged=work.unchanged,
            retired=len(work.retired),
            before=before,
            after=self._version(),
        )

    def _version(self) -> int:
        """The layer's version as it is now."""
        (version,) = self._connection.execute(
            "SELECT version FROM cim_layer WHERE name = ?", (self._layer.name,)
        ).fetchone()
        return int(version)

    def _sort(self, edits: Sequence[Edit], rows: Mapping[int, Row]) -> _Work:
        """What is really to be written: values that are there already are not."""
        next_fid = self._next_fid()
        work = _Work([], [], [], [])
        for edit in edits:
            if isinstance(edit, Create):
                work.created.append((next_fid, edit))
                next_fid += 1
            elif isinstance(edit, Retire):
                work.retired.append(edit.fid)
            else:
                self._sort_change(edit, rows[edit.fid], work)
        return work

    def _sort_change(self, edit: Change, row: Row, work: _Work) -> None:
        values = {
            name: value
            for name, value in edit.attributes.items()
            if not is_same(self._fields[name], row.values[name], value)
        }
        moves = edit.place is not None and not _is_same_shape(row, edit.place, self._layer)
        if values:
            work.updated.append((edit.fid, values))
        if moves and edit.place is not None:
            work.moved.append((edit.fid, edit.place))
        work.unchanged += not values and not moves

    def _next_fid(self) -> int:
        (last,) = self._connection.execute(
            f"SELECT coalesce(max(fid), 0) FROM {quote(self._layer.name)}"
        ).fetchone()
        (used,) = self._connection.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)",
            (self._layer.name,),
        ).fetchone()
        return int(max(last, used)) + 1

    def _insert(self, created: Sequence[tuple[int, Create]]) -> dict[int, str]:
        """Write new features; their entity ids by row number."""
        if not created:
            return {}
        cells = [edit.place.cell for _, edit in created]
        texts = issue_ids(self._connection, self._layer.name, cells)
        names = sorted({name for _, edit in created for name in edit.attributes})
        columns = ["fid", "geom", "entity_id", *_CODES.values(), "valid_from", *names]
        marks = ", ".join("?" * len(columns))
        shapes = self._blobs([edit.place for _, edit in created])
        self._connection.executemany(
            f"INSERT INTO {quote(self._layer.name)} "
            f"({', '.join(map(quote, columns))}) VALUES ({marks})",
            (
                (
                    fid,
                    shape,
                    text,
                    *(edit.place.codes[grid] for grid in _CODES),
                    self._now,
                    *(edit.attributes.get(name) for name in names),
                )
                for (fid, edit), shape, text in zip(created, shapes, texts, strict=True)
            ),
        )
        fids = np.array([fid for fid, _ in created], np.int64)
        boxes = _boxes([edit.place for _, edit in created])
        rtree.extend(self._connection, rtree_name(self._layer.name), fids, boxes)
        self._journal("insert", fids)
        return dict(zip(fids.tolist(), texts, strict=True))

    def _update(self, work: _Work) -> None:
        """Write changed values; statements are shared by rows that change the same fields."""
        groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for fid, values in work.updated:
            groups.setdefault(tuple(values), []).append((*values.values(), fid))
        for names, rows in groups.items():
            sets = ", ".join(f"{quote(name)} = ?" for name in names)
            self._connection.executemany(
                f"UPDATE {quote(self._layer.name)} SET {sets} WHERE fid = ?", rows
            )
        touched = np.array(sorted(_touched(work)), np.int64)
        self._journal("update", touched)

    def _move(self, moved: Sequence[tuple[int, Place]]) -> None:
        """Write new shapes with the codes of their places; entity ids stay."""
        if not moved:
            return
        places = [place for _, place in moved]
        sets = ", ".join(f"{column} = ?" for column in _CODES.values())
        self._connection.executemany(
            f"UPDATE {quote(self._layer.name)} SET geom = ?, {sets} WHERE fid = ?",
            (
                (shape, *(place.codes[grid] for grid in _CODES), fid)
                for (fid, place), shape in zip(moved, self._blobs(places), strict=True)
            ),
        )
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {quote(rtree_name(self._layer.name))} VALUES (?, ?, ?, ?, ?)",
            ((fid, *box) for (fid, _), box in zip(moved, _boxes(places).tolist(), strict=True)),
        )

    def _retire(self, fids: Sequence[int]) -> None:
        self._connection.executemany(
            f"UPDATE {quote(self._layer.name)} SET valid_to = ? WHERE fid = ?",
            ((self._now, fid) for fid in fids),
        )
        self._journal("retire", np.array(sorted(fids), np.int64))

    def _finish(self, work: _Work, rows: Mapping[int, Row]) -> None:
        """Bring the catalogue up to date."""
        if not (work.created or work.updated or work.moved or work.retired):
            return
        name = self._layer.name
        gained = len(work.created) - len(work.retired)
        self._connection.execute(
            "UPDATE cim_layer SET item_count = item_count + ?, "
            "version = (SELECT max(seq) FROM cim_change) WHERE name = ?",
            (gained, name),
        )
        places = [edit.place for _, edit in work.created] + [place for _, place in work.moved]
        if places:
            self._grow(places)
        left = [rows[fid] for fid in (*work.retired, *(fid for fid, _ in work.moved))]
        self._shrink(left)
        self._connection.execute(
            "UPDATE gpkg_contents SET last_change = ?, (min_x, min_y, max_x, max_y) = "
            "(SELECT min_x, min_y, max_x, max_y FROM cim_layer WHERE name = ?) "
            "WHERE table_name = ?",
            (self._now, name, name),
        )

    def _grow(self, places: Sequence[Place]) -> None:
        """Take new shapes into the bounds, and heights into the description."""
        boxes = _boxes(places)
        west, south = boxes[:, 0].min(), boxes[:, 2].min()
        east, north = boxes[:, 1].max(), boxes[:, 3].max()
        self._connection.execute(
            "UPDATE cim_layer SET min_x = min(coalesce(min_x, b.w), b.w), "
            "min_y = min(coalesce(min_y, b.s), b.s), max_x = max(coalesce(max_x, b.e), b.e), "
            "max_y = max(coalesce(max_y, b.n), b.n) "
            "FROM (SELECT ? AS w, ? AS s, ? AS e, ? AS n) b WHERE name = ?",
            (*map(float, (west, south, east, north)), self._layer.name),
        )
        if any(shapely.has_z(place.geometry) for place in places):
            self._connection.execute(
                "UPDATE gpkg_geometry_columns SET z = 2 WHERE table_name = ? AND z = 0",
                (self._layer.name,),
            )

    def _shrink(self, left: Sequence[Row]) -> None:
        """Measure those sides of the bounds anew that rows reached which are there no more.

        The layer's table is never read whole: the R-tree is asked for what lies near the side,
        ever further inward, until there is something.
        """
        name = self._layer.name
        found = self._connection.execute(
            "SELECT min_x, min_y, max_x, max_y, item_count FROM cim_layer WHERE name = ?", (name,)
        ).fetchone()
        boxes = np.array([box for row in left if (box := blobs.envelope(row.blob))])
        if found[0] is None or not len(boxes):
            return
        bounds: list[float | None] = list(found[:4]) if found[4] else [None] * 4
        for side in range(4) if found[4] else ():
            sign = 1.0 if side < 2 else -1.0  # noqa: PLR2004 - two low sides, then two high ones
            slack = 2 * float(np.spacing(np.float32(abs(found[side]))))  # boxes of an R-tree
            if (sign * boxes[:, side] <= sign * found[side] + slack).any():
                span = found[side % 2 + 2] - found[side % 2]
                bounds[side] = self._furthest(side, sign, found[side], max(span, slack))
        self._connection.execute(
            "UPDATE cim_layer SET (min_x, min_y, max_x, max_y) = (?, ?, ?, ?) WHERE name = ?",
            (*bounds, name),
        )

    def _furthest(self, side: int, sign: float, edge: float, span: float) -> float | None:
        """How far valid rows reach on a side of the bounds; None where there are none."""
        column, compares = _SIDES[side], "<=" if sign > 0 else ">="
        statement = (
            f"SELECT t.geom FROM {quote(rtree_name(self._layer.name))} r "
            f"JOIN {quote(self._layer.name)} t ON t.fid = r.id "
            f"WHERE r.{column} {compares} ? AND t.valid_to IS NULL"
        )
        depth = span * _FIRST_DEPTH
        while True:
            inward = edge + sign * depth
            rows = self._connection.execute(statement, (inward,))
            reaches = [sign * box[side] for (blob,) in rows if (box := blobs.envelope(blob))]
            if reaches and min(reaches) <= sign * inward:
                return sign * min(reaches)
            if depth > 2 * span:
                return sign * min(reaches) if reaches else None
            depth *= _DEEPER

    def _blobs(self, places: Sequence[Place]) -> list[bytes | None]:
        shapes = np.array([place.geometry for place in places], dtype=object)
        return blobs.to_blobs(shapes, srs_of(self._layer.crs))

    def _journal(self, operation: str, fids: Int64) -> None:
        journal.write(
            self._connection,
            self._layer.name,
            operation,
            fids,
            now=self._now,
            origin=self._origin,
        )


def _faults(
    connection: sqlite3.Connection,
    layer: Layer,
    edits: Sequence[Edit],
    rows: Mapping[int, Row],
) -> Iterator[Fault]:
    """What keeps edits from being done, given the rows as they are now."""
    times = Counter(edit.fid for edit in edits if not isinstance(edit, Create))
    for index, edit in enumerate(edits):
        if isinstance(edit, Create):
            continue
        row = rows.get(edit.fid)
        if row is None or row.values["valid_to"] is not None:
            reason = f"layer {layer.name!r} has no valid feature {edit.fid}"
            yield Fault(index, "id", reason, str(edit.fid), "missing", edit.fid)
        elif times[edit.fid] > 1:
            yield Fault(index, "id", "comes twice in one batch", str(edit.fid), fid=edit.fid)
        elif edit.expected is not None and row.state not in edit.expected:
            reason = "the feature was changed since it was read; read it again"
            yield Fault(index, "If-Match", reason, "", "stale", edit.fid)
        elif isinstance(edit, Change):
            yield from _change_faults(connection, layer, index, edit, row)


def _change_faults(
    connection: sqlite3.Connection, layer: Layer, index: int, edit: Change, row: Row
) -> Iterator[Fault]:
    fields = {field.name: field for field in layer.fields}
    for name, value in edit.claims.items():
        if not is_same(fields[name], row.values[name], value):
            legal = f"legal: {row.values[name]!r}, or leave it out"
            reason = f"is kept by the server and cannot be changed; {legal}"
            yield Fault(index, name, reason, str(value), fid=edit.fid)
    if edit.place is None or _is_same_shape(row, edit.place, layer):
        return
    lods = connection.execute(
        "SELECT lod FROM cim_surface WHERE layer = ? AND fid = ? ORDER BY lod",
        (layer.name, edit.fid),
    ).fetchall()
    if lods:
        names = ", ".join(f"LoD {lod}" for (lod,) in lods)
        reason = (
            f"has boundary surfaces ({names}) that a new footprint would not fit; "
            "load the model again instead"
        )
        yield Fault(index, "geometry", reason, fid=edit.fid)


def _is_same_shape(row: Row, place: Place, layer: Layer) -> bool:
    """Whether a shape is the stored one but for rounding, the start and the turn of its rings."""
    if row.blob is None:
        return False
    old, new = blobs.from_blobs([row.blob])[0], place.geometry
    if shapely.has_z(old) != shapely.has_z(new):
        return False
    old, new = shapely.normalize(old), shapely.normalize(new)
    within = SAME_DEG if _is_geographic(layer) else SAME_M
    return bool(shapely.equals_exact(old, new, within)) and _has_same_heights(old, new)


def _has_same_heights(old: shapely.Geometry, new: shapely.Geometry) -> bool:
    if not shapely.has_z(old):
        return True
    one, other = (shapely.get_coordinates(shape, include_z=True)[:, 2] for shape in (old, new))
    return bool(np.allclose(one, other, rtol=0.0, atol=SAME_M, equal_nan=True))


def _is_geographic(layer: Layer) -> bool:
    return layer.crs in {"EPSG:4490", "EPSG:4326"}


def _touched(work: _Work) -> set[int]:
    return {fid for fid, _ in work.updated} | {fid for fid, _ in work.moved}


def _boxes(places: Sequence[Place]) -> Float64:
    """(n, 4) min x, max x, min y, max y."""
    bounds = shapely.bounds(np.array([place.geometry for place in places], dtype=object))
    return np.asarray(bounds[:, [0, 2, 1, 3]], np.float64)


def _id_of(row: Row | None) -> str | None:
    return None if row is None else row.values["entity_id"]
