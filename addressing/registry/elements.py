"""The named elements of a city: found, made, read with their history."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import orjson

from addressing.kinds import DIVISIONS
from addressing.model import AddressElement, Alias, Validity
from addressing.registry.schema import NAMED
from addressing.registry.values import FieldError, Part
from cim.errors import NotFoundError
from cim.own_tables import Connection

COUNTY_DIGITS = 6

_COLUMNS = "id, code, kind, name, value, parent_id, valid_from, valid_to, successors, version"


class ElementRow(NamedTuple):
    """A named element as the store has it."""

    id: int
    code: str
    kind: str
    name: str
    value: str
    parent_id: int
    valid_from: str
    valid_to: str | None
    successors: str | None
    version: int

    @property
    def part(self) -> Part:
        """The element as texts are written from it."""
        return Part(self.kind, self.value, self.name, self.code)


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements through one connection; found ones are kept while it lasts.

    Not longer than a transaction: others may change them.
    """

    connection: Connection
    today: date
    _rows: dict[int, ElementRow] = field(default_factory=dict)
    _by_name: dict[tuple[int, str, str], int] = field(default_factory=dict)
    _by_code: dict[str, int] = field(default_factory=dict)
    _chains: dict[int, tuple[ElementRow, ...]] = field(default_factory=dict)

    def forget(self) -> None:
        """Look everything up again: an element was changed."""
        for memory in (self._rows, self._by_name, self._by_code, self._chains):
            memory.clear()

    def row(self, element_id: int) -> ElementRow:
        """The element of a row number."""
        found = self._rows.get(element_id)
        if found is None:
            values = self.connection.execute(
                f"SELECT {_COLUMNS} FROM cim_address_element WHERE id = ?", (element_id,)
            ).fetchone()
            found = self._rows[element_id] = ElementRow(*values)
        return found

    def chain(self, element_id: int) -> tuple[ElementRow, ...]:
        """The element and those it lies in, from the largest down."""
        found = self._chains.get(element_id)
        if found is None:
            row = self.row(element_id)
            above = self.chain(row.parent_id) if row.parent_id else ()
            found = self._chains[element_id] = (*above, row)
        return found

    def by_code(self, code: str) -> ElementRow | None:
        """The element of a code, valid or not."""
        element_id = self._by_code.get(code)
        if element_id is None:
            row = self.connection.execute(
                "SELECT id FROM cim_address_element WHERE code = ?", (code,)
            ).fetchone()
            if row is None:
                return None
            element_id = self._by_code[code] = row[0]
        return self.row(element_id)

    def require(self, code: str) -> ElementRow:
        """The element of a code.

        Raises:
            NotFoundError: There is none.
        """
        found = self.by_code(code)
        if found is None:
            raise NotFoundError(f"address element {code!r} does not exist")
        return found

    def child(self, parent_id: int, kind: str, value: str) -> ElementRow | None:
        """The valid element of a name in another, by its present name or else an old one."""
        key = (parent_id, kind, value)
        element_id = self._by_name.get(key)
        if element_id is None:
            exact = self.exact_child(*key)
            found = exact.id if exact else self._by_old_name(key)
            if found is None:
                return None
            element_id = self._by_name[key] = found
        return self.row(element_id)

    def exact_child(self, parent_id: int, kind: str, value: str) -> ElementRow | None:
        """The element in another that has a name at present."""
        row = self.connection.execute(
            "SELECT id FROM cim_address_element "
            "WHERE parent_id = ? AND kind = ? AND value = ? AND valid_to IS NULL",
            (parent_id, kind, value),
        ).fetchone()
        return self.row(row[0]) if row else None

    def _by_old_name(self, key: tuple[int, str, str]) -> int | None:
        """What has, or took the place of what had, a name that is no more.

        Raises:
            FieldError: Several have; the message names them.
        """
        rows = self.connection.execute(
            "SELECT e.id FROM cim_address_alias a JOIN cim_address_element e "
            "ON e.id = a.element_id WHERE e.parent_id = ? AND e.kind = ? AND a.value = ? UNION "
            "SELECT id FROM cim_address_element WHERE parent_id = ? AND kind = ? AND value = ?",
            (*key, *key),
        ).fetchall()
        found = {now.id: now for (one,) in rows for now in self.present(self.row(one))}
        if len(found) > 1:
            legal = ", ".join(f"{one.name} ({one.code})" for one in found.values())
            raise FieldError(key[1], f"{key[2]!r} is an old name; legal: {legal}")
        return next(iter(found), None)

    def add(self, kind: str, name: str, value: str, parent_id: int, code: str = "") -> ElementRow:
        """A new element."""
        code = code or self.new_code(parent_id)
        row = (code, kind, name or value, value, parent_id, self.today.isoformat())
        cursor = self.connection.execute(
            "INSERT INTO cim_address_element (code, kind, name, value, parent_id, valid_from) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
        element_id = int(cursor.lastrowid or 0)
        self._by_name[parent_id, kind, value] = self._by_code[code] = element_id
        return self.row(element_id)

    def new_code(self, parent_id: int) -> str:
        """A permanent code for an element without one of its own: county, E, number."""
        county = self.county_of(parent_id) if parent_id else "0" * COUNTY_DIGITS
        number = next_number(self.connection, f"E{county}")
        return f"{county}E{number:06d}"

    def county_of(self, element_id: int) -> str:
        """Six digits of the county that an element lies in, for the codes of addresses in it.

        Zeros behind the code of what it lies in where the county itself has no digits.

        Raises:
            FieldError: Nothing it lies in has a division code.
        """
        chain = self.chain(element_id)
        codes = [row.code.partition("/")[0] for row in chain if row.kind in DIVISIONS]
        digits = [code for code in codes if code.isascii() and code.isdecimal()]
        if not digits:
            named = "".join(row.name for row in chain)
            raise FieldError("division", f"{named!r} has no division code; give one as its code")
        return digits[-1][:COUNTY_DIGITS].ljust(COUNTY_DIGITS, "0")

    def present(self, row: ElementRow) -> tuple[ElementRow, ...]:
        """What an element is today: itself, or what took its place."""
        if row.valid_to is None:
            return (row,)
        codes = orjson.loads(row.successors or "[]")
        found = [one for code in codes for one in self.present(self.require(code))]
        return tuple(dict.fromkeys(found))

    def present_rows(self) -> list[ElementRow]:
        """All elements that are."""
        rows = self.connection.execute(
            f"SELECT {_COLUMNS} FROM cim_address_element WHERE valid_to IS NULL ORDER BY id"
        )
        return [ElementRow(*row) for row in rows]

    def since(self, row: ElementRow) -> str:
        """The day since which an element has its name and lies where it lies."""
        (last,) = self.connection.execute(
            "SELECT max(valid_to) FROM cim_address_element_past WHERE element_id = ?", (row.id,)
        ).fetchone()
        return str(last or row.valid_from)

    def named(
        self, name: str, kind: str, parent_id: int | None, after: str, limit: int
    ) -> list[ElementRow]:
        """Elements by name (old or new), type and parent, in the order of their codes."""
        conditions, values = ["code > ?"], [after]
        if name:
            conditions.append(
                "(value = ? OR name = ? OR id IN (SELECT element_id FROM cim_address_alias "
                "WHERE value = ? OR name = ?))"
            )
            values += [name] * 4
        for column, value in (("kind", kind), ("parent_id", parent_id)):
            if value:
                conditions.append(f"{column} = ?")
                values.append(str(value))
        rows = self.connection.execute(
            f"SELECT {_COLUMNS} FROM cim_address_element WHERE {' AND '.join(conditions)} "
            "ORDER BY code LIMIT ?",
            (*values, limit),
        )
        return [ElementRow(*row) for row in rows]

    def past(self, element_id: int, day: date) -> ElementRow:
        """An element as it was on a day."""
        row = self.row(element_id)
        found = self.connection.execute(
            "SELECT name, value, parent_id FROM cim_address_element_past "
            "WHERE element_id = ? AND valid_from <= ? AND ? < valid_to",
            (element_id, day.isoformat(), day.isoformat()),
        ).fetchone()
        if found is None:
            return row
        name, value, parent_id = found
        return row._replace(name=name, value=value, parent_id=parent_id)

    def past_chain(self, element_id: int, day: date) -> tuple[ElementRow, ...]:
        """The element and those it lay in on a day, from the largest down."""
        row = self.past(element_id, day)
        above = self.past_chain(row.parent_id, day) if row.parent_id else ()
        return (*above, row)

    def full(self, row: ElementRow) -> AddressElement:
        """The element with its aliases and validity."""
        aliases = self.connection.execute(
            "SELECT name, valid_from, valid_to, reason FROM cim_address_alias "
            "WHERE element_id = ? ORDER BY rowid",
            (row.id,),
        )
        return AddressElement(
            row.code,
            row.kind,
            row.name,
            self.row(row.parent_id).code if row.parent_id else "",
            tuple(
                Alias(name, _validity(begin, end), reason) for name, begin, end, reason in aliases
            ),
            _validity(row.valid_from, row.valid_to),
            row.value,
        )


def _validity(begin: str | None, end: str | None) -> Validity:
    """A validity; one that ended on the day it began is kept as up to that day."""
    first = date.fromisoformat(begin) if begin else None
    last = date.fromisoformat(end) if end else None
    return Validity(None if first and last and last <= first else first, last)


def next_number(connection: Connection, scope: str, count: int = 1) -> int:
    """The first of some numbers of a scope that were never given out."""
    (last,) = connection.execute(
        "INSERT INTO cim_address_counter VALUES (?, ?) "
        "ON CONFLICT (scope) DO UPDATE SET last = last + excluded.last RETURNING last",
        (scope, count),
    ).fetchone()
    return int(last) - count + 1


NAMED_COLUMNS = tuple(f"{kind}_id" for kind in NAMED)
"""Columns of an address that name a street, an estate and a place."""
