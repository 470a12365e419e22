"""Enrolment: rows of a register into the layer, many in one transaction.

Known rows are found by source and source id; of new ones with a text that a valid address has,
or an earlier row of the same enrolment, a draft is made that waits in the queue.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np

from addressing.code import make_codes
from addressing.model import Status
from addressing.registry.claims import STAGE, Claims, claim
from addressing.registry.collisions import queue
from addressing.registry.compose import Composed, Composer
from addressing.registry.elements import next_number
from addressing.registry.rows import AddressRow, Facts
from addressing.registry.schema import LAYER, NUMBERED
from addressing.registry.table import SRS_ID, Addresses
from addressing.registry.values import (
    Columns,
    DuplicateError,
    EnrolOutcome,
    FieldError,
    Reason,
    Refusal,
)
from cim.arrays import Float64, Int64
from cim.own_tables import (
    Connection,
    grid_codes,
    in_bulk,
    index_points,
    journal_rows,
    point_blobs,
    utc_now,
)

_FEW = 20
"""So few new rows are written one by one: taking triggers off costs more."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment inside a transaction."""

    addresses: Addresses
    columns: Columns
    source: str
    reason: Reason
    codes: dict[int, str] = field(default_factory=dict)
    queued: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def run(self) -> EnrolOutcome:
        """Put the rows into the layer."""
        composer = Composer(self.addresses.elements, self.addresses.key_of)
        composed = list(composer.rows(self.columns))
        self.refused.extend(composer.refused)
        composed = self._without_repeats(self._placed(composed))
        self._stage(composed)
        known = self._known()
        fresh = [one for one in composed if one.row not in known]
        changed = self._update([one for one in composed if one.row in known], known)
        self._insert(fresh)
        return EnrolOutcome(
            tuple(self.codes.get(row, "") for row in range(len(self.columns))),
            len(fresh),
            changed,
            len(composed) - len(fresh) - changed,
            tuple(self.queued),
            tuple(sorted(self.refused, key=lambda one: one.row)),
        )

    @property
    def _connection(self) -> Connection:
        return self.addresses.connection

    def _points(self) -> Float64:
        """(n, 2) doors of all rows."""
        given = self.columns.lon_lat
        return np.full((len(self.columns), 2), np.nan) if given is None else given

    def _placed(self, composed: list[Composed]) -> list[Composed]:
        """The rows whose door is unknown or on the globe."""
        points = self._points()
        with np.errstate(invalid="ignore"):
            bad = (np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)  # noqa: PLR2004
        bad |= np.isnan(points[:, 0]) != np.isnan(points[:, 1])
        for row in np.flatnonzero(bad).tolist():
            lon, lat = points[row].tolist()
            reason = f"place: lon {lon}, lat {lat}; legal: degrees on the globe"
            self.refused.append(Refusal(row, "place", reason))
        return [one for one in composed if not bad[one.row]] if bad.any() else composed

    def _without_repeats(self, composed: list[Composed]) -> list[Composed]:
        """The rows whose source id did not come before."""
        ids = self.columns.source_ids
        if not ids:
            return composed
        first: dict[str, int] = {}
        kept = []
        for one in composed:
            before = first.setdefault(ids[one.row], one.row)
            if before == one.row:
                kept.append(one)
            else:
                reason = f"source_id: {ids[one.row]!r} came before in row {before}"
                self.refused.append(Refusal(one.row, "source_id", reason))
        return kept

    def _stage(self, composed: list[Composed]) -> None:
        """Keep keys and source ids where the store can compare them with what it has."""
        ids = self.columns.source_ids
        self._connection.execute(STAGE)
        self._connection.execute("DELETE FROM temp.cim_enrol")
        self._connection.executemany(
            "INSERT INTO temp.cim_enrol VALUES (?, ?, ?)",
            ((one.row, ids[one.row] if ids else None, one.key) for one in composed),
        )

    def _known(self) -> Mapping[int, int]:
        """Row numbers in the layer of rows that the source brought before."""
        if not self.columns.source_ids:
            return {}
        return dict(
            self._connection.execute(
                f"SELECT e.row, max(a.fid) FROM temp.cim_enrol e CROSS JOIN {LAYER} a "
                "ON a.source_id = e.source_id WHERE a.source = ? GROUP BY e.row",
                (self.source,),
            )
        )

    def _facts(self, one: Composed) -> Facts:
        lon, lat = self._points()[one.row].tolist()
        columns, row = self.columns, one.row
        return replace(
            one.facts(),
            lon_lat=None if math.isnan(lon) else (lon, lat),
            height_m=columns.heights_m[row] if columns.heights_m else None,
            storey=columns.storeys[row] if columns.storeys else None,
            footprint=(columns.footprints[row] if columns.footprints else None) or None,
        )

    def _update(self, composed: list[Composed], known: Mapping[int, int]) -> int:
        """Bring known rows up to date; how many differed."""
        changed = 0
        for one in composed:
            row = self.addresses.get(known[one.row])
            self.codes[one.row] = row.code
            facts = self._facts(one)
            if facts == row.facts or row.status is Status.RETIRED:
                continue
            changed += self._correct(one, row, facts)
        return changed

    def _correct(self, one: Composed, row: AddressRow, facts: Facts) -> int:
        """Give a known row its new facts; 0 when they would make it another's double."""
        valid = row.status is Status.VALID
        try:
            written = self.addresses.write(facts, claim=valid, own=row.fid)
            self.addresses.update(row, written, row.status, self.reason)
        except DuplicateError as error:
            reason = f"elements: {error}; address {row.code} stays as it was"
            self.refused.append(Refusal(one.row, error.field, reason))
            return 0
        except FieldError as error:
            self.refused.append(Refusal(one.row, error.field, str(error)))
            return 0
        detail = {"was": row.text, "text": written.text, "source": self.source}
        self.addresses.event("corrected", self.reason, fid=row.fid, detail=detail)
        return 1

    def _insert(self, fresh: list[Composed]) -> None:
        """Write new rows, of each county with codes numbered on."""
        if not fresh:
            return
        holders = self._holders(fresh)
        first_fid = self._first_fid()
        fids = np.arange(first_fid, first_fid + len(fresh), dtype=np.int64)
        self._number(fresh)
        with in_bulk(self._connection, LAYER, len(fresh)):
            self._write(fresh, fids, holders)
            points = self._points()[[one.row for one in fresh]]
            index_points(self._connection, LAYER, fids, points)
            origin = f"address enrolled from {self.source} by {self.reason.who}"
            journal_rows(self._connection, LAYER, "insert", fids, origin)
        self._connection.execute(
            "INSERT INTO cim_address_batch (first_fid, last_fid, action, day, at, who, why) "
            "VALUES (?, ?, 'created', ?, ?, ?, ?)",
            (
                first_fid,
                first_fid + len(fresh) - 1,
                self.reason.day.isoformat(),
                utc_now(),
                self.reason.who,
                self.reason.why,
            ),
        )
        self._queue(fresh, fids, holders)

    def _first_fid(self) -> int:
        (last,) = self._connection.execute(
            f"SELECT max(coalesce((SELECT max(fid) FROM {LAYER}), 0), coalesce((SELECT seq FROM "
            "sqlite_sequence WHERE name = ?), 0))",
            (LAYER,),
        ).fetchone()
        return int(last) + 1

    def _number(self, fresh: list[Composed]) -> None:
        """Give new rows their codes."""
        elements = self.addresses.elements

        def county(one: Composed) -> str:
            return counties[one.home.division_id]

        counties = {
            home: elements.county_of(home) for home in {one.home.division_id for one in fresh}
        }
        for name, group in groupby(sorted(fresh, key=county), key=county):
            rows = [one.row for one in group]
            first = next_number(self._connection, f"A{name}", len(rows))
            codes = make_codes(name, first, len(rows))
            self.codes.update(zip(rows, codes, strict=True))

    def _holders(self, fresh: list[Composed]) -> Claims:
        """Which new rows find their text taken, and the turns of those whose key is."""
        return claim(self.addresses, [None if self._is_draft(one) else one for one in fresh])

    def _is_draft(self, one: Composed) -> bool:
        """Whether the source itself is not sure of a row."""
        drafts = self.columns.drafts
        return bool(drafts) and drafts[one.row]

    def _write(self, fresh: list[Composed], fids: Int64, claims: Claims) -> None:
        columns = self.columns
        kinds = [kind for kind in NUMBERED if kind in columns.values]
        points = self._points()[[one.row for one in fresh]]
        blobs = zip(point_blobs(points, SRS_ID), grid_codes(points), strict=True)
        extra = [
            (name, column)
            for name, column in (
                ("source_id", columns.source_ids),
                ("height", columns.heights_m),
                ("storey", columns.storeys),
                ("footprint", columns.footprints),
            )
            if column
        ]
        names = [*(f'"{kind}"' for kind in kinds), *(name for name, _ in extra)]
        day, source = self.reason.day.isoformat(), self.source
        self._connection.executemany(
            f"INSERT INTO {LAYER} (fid, geom, source, valid_from, address_code, text, status, "
            "division_id, road_id, estate_id, poi_id, own_names, canonical_key, canonical_turn, "
            "beidou_code, geosot_code, h3_code, "
            f"version{''.join(f', {name}' for name in names)}) "
            f"VALUES ({', '.join('?' * (18 + len(names)))})",
            (
                (
                    fid,
                    blob,
                    source,
                    (columns.since and columns.since[one.row]) or day,
                    self.codes[one.row],
                    one.local,
                    "draft" if place in claims.winners or self._is_draft(one) else "valid",
                    one.home.division_id,
                    *one.named,
                    one.own_names_text(),
                    one.key,
                    claims.turns.get(place, 0),
                    *codes,
                    1,
                    *(columns.values[kind][one.row] or None for kind in kinds),
                    *(column[one.row] for _, column in extra),
                )
                for place, (one, fid, (blob, codes)) in enumerate(
                    zip(fresh, fids.tolist(), blobs, strict=True)
                )
            ),
        )

    def _queue(self, fresh: list[Composed], fids: Int64, claims: Claims) -> None:
        texts = self.columns.texts
        rows = {fid: place for place, fid in enumerate(fids.tolist())}
        for place, winner in claims.winners.items():
            one = fresh[place]
            winner_fid = int(fids[-1 - winner]) if winner < 0 else winner
            own: dict[str, Any] = {"source_text": texts[one.row]} if texts else {}
            if texts and winner_fid in rows:
                own["winner_source_text"] = texts[fresh[rows[winner_fid]].row]
            queue(self.addresses, int(fids[place]), winner_fid, own)
            self.queued.append(one.row)


def enrol(addresses: Addresses, columns: Columns, source: str, reason: Reason) -> EnrolOutcome:
    """Put rows of a register into the layer; see `Registry.enrol`."""
    lengths: set[int] = {len(column) for column in _given(columns)}
    if len(lengths) > 1:
        raise ValueError(f"columns of {sorted(lengths)} rows")
    return Enrolment(addresses, columns, source, reason).run()


def _given(columns: Columns) -> list[Sequence[Any] | Float64]:
    """The columns that hold something."""
    optional = (
        columns.codes,
        columns.source_ids,
        columns.heights_m,
        columns.storeys,
        columns.footprints,
        columns.texts,
        columns.drafts,
        columns.since,
    )
    found: list[Sequence[Any] | Float64] = [*columns.values.values(), *columns.names.values()]
    found += [column for column in optional if column]
    return found if columns.lon_lat is None else [*found, columns.lon_lat]
