"""The rows of addresses through one connection: read, put, changed; each change is kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson

from addressing.code import make_code
from addressing.model import Link, Status
from addressing.registry.elements import Elements, next_number
from addressing.registry.rows import AddressRow, Facts, Texts
from addressing.registry.schema import CODE, FACTS, LAYER
from addressing.registry.values import DuplicateError, FieldError, Reason
from cim.errors import NotFoundError
from cim.own_tables import Connection, grid_codes, point_blobs, utc_now

SRS_ID: Final = 4490
_FACTS: Final = ", ".join(f'"{name}"' for name in FACTS)
_ROW: Final = (
    "fid, address_code, text, status, version, valid_from, valid_to, canonical_key, "
    f"canonical_turn, source, source_id, geom, {_FACTS}"
)
_FIXED: Final = 12
_PLACED: Final = "geom = ?, beidou_code = ?, geosot_code = ?, h3_code = ?, "
_SETS: Final = ", ".join(f'"{name}" = ?' for name in FACTS)


@dataclass(frozen=True, slots=True)
class Written:
    """Facts with what is derived from them, ready to be stored."""

    facts: Facts
    text: str
    canonical: str
    key: int
    turn: int


@dataclass(frozen=True, slots=True)
class Addresses:
    """The rows of the layer inside a transaction, or a snapshot for reading."""

    connection: Connection
    elements: Elements
    key_of: Callable[[str], int]

    def rows(self, condition: str, values: tuple[Any, ...] = ()) -> Iterator[AddressRow]:
        """Rows that meet an SQL condition over the layer."""
        statement = f"SELECT {_ROW} FROM {LAYER} WHERE {condition}"
        for row in self.connection.execute(statement, values):
            yield _row(row)

    def fids(self, condition: str, values: tuple[Any, ...] = ()) -> list[int]:
        """Row numbers that meet an SQL condition over the layer, ascending."""
        statement = f"SELECT fid FROM {LAYER} WHERE {condition} ORDER BY fid"
        return [fid for (fid,) in self.connection.execute(statement, values)]

    def get(self, fid: int) -> AddressRow:
        """The row of a number."""
        return next(self.rows("fid = ?", (fid,)))

    def require(self, code: str) -> AddressRow:
        """The row of an address code that is sound.

        Raises:
            NotFoundError: No address has it.
        """
        found = next(self.rows(f"{CODE} = ?", (int(code),)), None)
        if found is None:
            raise NotFoundError(f"address {code!r} does not exist")
        return found

    def codes(self, fids: tuple[int, ...]) -> dict[int, str]:
        """Address codes of rows."""
        marks = ", ".join("?" * len(fids))
        statement = f"SELECT fid, address_code FROM {LAYER} WHERE fid IN ({marks})"
        return dict(self.connection.execute(statement, fids))

    def canonical(self, facts: Facts) -> str:
        """The canonical text of facts."""
        return Texts.of(facts, facts.element_rows(self.elements)).canonical

    def holder(self, text: str, key: int) -> tuple[AddressRow | None, int]:
        """The valid address of a canonical text, and the turn free for another of its key.

        Two texts may have one key; then the texts tell them apart.
        """
        free = 0
        found = None
        for row in self.rows("canonical_key = ? AND status = 'valid'", (key,)):
            free = max(free, row.turn + 1)
            if self.canonical(row.facts) == text:
                found = row
        return found, free

    def write(self, facts: Facts, *, claim: bool, own: int = 0) -> Written:
        """The texts and the key of facts.

        Args:
            facts: What the address is.
            claim: Whether it will be valid, so that no other may have its text.
            own: Row number of the address itself, when it is there already.

        Raises:
            DuplicateError: Another valid address has the text.
        """
        texts = Texts.of(facts, facts.element_rows(self.elements))
        key, turn = self.key_of(texts.canonical), 0
        if claim:
            found, turn = self.holder(texts.canonical, key)
            if found is not None and found.fid != own:
                raise DuplicateError(texts.canonical, found.code)
            turn = found.turn if found is not None else turn
        return Written(facts, texts.local, texts.canonical, key, turn)

    def insert(
        self,
        written: Written,
        status: Status,
        reason: Reason,
        source: tuple[str, str] | None = None,
    ) -> AddressRow:
        """A new row with a new code; the event is the caller's."""
        county = self.elements.county_of(written.facts.division_id)
        code = make_code(county, next_number(self.connection, f"A{county}"))
        columns = {**written.facts.columns(), "status": status.value}
        cursor = self.connection.execute(
            f"INSERT INTO {LAYER} (geom, beidou_code, geosot_code, h3_code, source, source_id, "
            f"valid_from, address_code, text, canonical_key, canonical_turn, version, {_FACTS}) "
            f"VALUES ({', '.join('?' * (12 + len(FACTS)))})",
            (
                *placed_columns(written.facts.lon_lat),
                *(source or (None, None)),
                reason.day.isoformat(),
                code,
                written.text,
                written.key,
                written.turn,
                1,
                *(columns[name] for name in FACTS),
            ),
        )
        return self.get(int(cursor.lastrowid or 0))

    def update(
        self, row: AddressRow, written: Written, status: Status, reason: Reason
    ) -> AddressRow:
        """Give a row other facts or another status; what it was is kept as a version."""
        self.keep_version(row, reason)
        columns = {**written.facts.columns(), "status": status.value}
        ends = reason.day.isoformat() if status is Status.RETIRED else None
        moved = written.facts.lon_lat != row.facts.lon_lat
        self.connection.execute(
            f"UPDATE {LAYER} SET {_PLACED if moved else ''}valid_to = ?, text = ?, "
            f"canonical_key = ?, canonical_turn = ?, version = version + 1, {_SETS} "
            "WHERE fid = ?",
            (
                *(placed_columns(written.facts.lon_lat) if moved else ()),
                ends,
                written.text,
                written.key,
                written.turn,
                *(columns[name] for name in FACTS),
                row.fid,
            ),
        )
        return self.get(row.fid)

    def keep_version(self, row: AddressRow, reason: Reason) -> None:
        """Keep what a row is until now.

        Raises:
            FieldError: It was changed on a later day.
        """
        since = self.since(row)
        if reason.day.isoformat() < since:
            raise FieldError("day", f"{reason.day}; legal: from {since}, its last change, on")
        state = {**row.facts.columns(), "status": row.status.value}
        self.connection.execute(
            "INSERT INTO cim_address_version VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                row.fid,
                row.version,
                since,
                reason.day.isoformat(),
                row.key,
                orjson.dumps(state).decode(),
                row.geom,
            ),
        )

    def since(self, row: AddressRow) -> str:
        """The day since which a row is as it is."""
        (last,) = self.connection.execute(
            "SELECT max(valid_to) FROM cim_address_version WHERE fid = ?", (row.fid,)
        ).fetchone()
        return str(last or row.valid_from)

    def links(self, fid: int) -> tuple[Link, ...]:
        """Entities that have an address."""
        rows = self.connection.execute(
            "SELECT entity, role FROM cim_address_link WHERE fid = ? ORDER BY role DESC, entity",
            (fid,),
        )
        return tuple(Link(entity, role) for entity, role in rows)

    def link(self, fid: int, links: Iterable[Link]) -> None:
        """Say which entities have an address; one that is there gets the new role."""
        self.connection.executemany(
            "INSERT INTO cim_address_link VALUES (?, ?, ?) "
            "ON CONFLICT (fid, entity) DO UPDATE SET role = excluded.role",
            ((fid, one.entity, one.role) for one in links),
        )

    def unlink(self, fid: int) -> None:
        """Take all links of an address away; the event says what they were."""
        self.connection.execute("DELETE FROM cim_address_link WHERE fid = ?", (fid,))

    def event(
        self,
        action: str,
        reason: Reason,
        *,
        fid: int | None = None,
        element_id: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down who did what and why."""
        self.connection.execute(
            "INSERT INTO cim_address_event (fid, element_id, action, day, at, who, why, detail) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                fid,
                element_id,
                action,
                reason.day.isoformat(),
                utc_now(),
                reason.who,
                reason.why,
                orjson.dumps(detail or {}).decode(),
            ),
        )


def placed_columns(lon_lat: tuple[float, float] | None) -> tuple[Any, ...]:
    """Point and grid codes of a door."""
    if lon_lat is None:
        return (None, None, None, None)
    return (blob_of(lon_lat), *grid_codes(np.array([lon_lat]))[0])


def blob_of(lon_lat: tuple[float, float] | None) -> bytes | None:
    """The point's blob."""
    return None if lon_lat is None else point_blobs(np.array([lon_lat]), SRS_ID)[0]


def _row(values: tuple[Any, ...]) -> AddressRow:
    fid, code, text, status, version, begin, end, key, turn, source, source_id, geom = values[
        :_FIXED
    ]
    state = dict(zip(FACTS, values[_FIXED:], strict=True))
    return AddressRow(
        fid,
        code,
        text,
        Status(status),
        version,
        begin,
        end,
        key,
        turn,
        source,
        source_id,
        Facts.from_state(state, geom),
        geom,
    )
