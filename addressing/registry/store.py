"""The registry of standard addresses in a city's store.

Every method that changes something is one transaction; readers never wait for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from addressing.code import parse_code
from addressing.model import StandardAddress, Status
from addressing.registry import schema
from addressing.registry.collisions import cases
from addressing.registry.elements import Elements
from addressing.registry.enrol import enrol
from addressing.registry.history import address_on, events_of, lineage_of
from addressing.registry.rows import AddressRow, Facts, path_of, validity
from addressing.registry.search import Page, Query, search
from addressing.registry.table import Addresses
from addressing.registry.texts import grammar_version, key_of
from addressing.registry.values import (
    Collision,
    Columns,
    EnrolOutcome,
    FieldError,
    NewAddress,
    Reason,
    RegistryEvent,
)
from cim.errors import NotFoundError
from cim.store.own_tables import (
    Connection,
    OwnTables,
    add_points_layer,
    declare,
    journal_head,
    name_origin,
)


class Registry:
    """A city's standard addresses. Safe for use from several threads and processes.

    Args:
        path: The city's store, `city.gpkg`.
        key: Key of a canonical text; texts that share one are told apart by themselves.
        today: The present day; changes are dated by it when no day is given.
    """

    def __init__(
        self,
        path: Path,
        *,
        key: Callable[[str], int] = key_of,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        self._tables = OwnTables(path)
        self._key = key
        self._today = today
        self._made = False

    # -- reading ------------------------------------------------------------------------------

    def read(self, code: str) -> StandardAddress:
        """The address of a code, whatever its status.

        Raises:
            CodeError: It is no address code; the message names the digit.
            NotFoundError: No address has it.
        """
        with self.reading() as addresses:
            return self._address(addresses, addresses.require(str(parse_code(code))))

    def find(self, canonical: str) -> str | None:
        """Code of the valid address of a canonical text."""
        with self.reading() as addresses:
            found, _ = addresses.holder(canonical, self._key(canonical))
            return found.code if found else None

    def text(self, code: str) -> str:
        """The address as the city writes it."""
        with self.reading() as addresses:
            return addresses.require(str(parse_code(code))).text

    def events(self, code: str) -> tuple[RegistryEvent, ...]:
        """What happened to an address and to the elements it names, oldest first.

        Raises:
            CodeError: It is no address code.
            NotFoundError: No address has it.
        """
        with self.reading() as addresses:
            return events_of(addresses, addresses.require(str(parse_code(code))))

    def as_of(self, code: str, day: date) -> StandardAddress:
        """The address as it was at the end of a day.

        Raises:
            CodeError: It is no address code.
            NotFoundError: No address has it, or it was made later.
        """
        with self.reading() as addresses:
            row = address_on(addresses, addresses.require(str(parse_code(code))), day)
            return self._address(addresses, row, day)

    def search(self, query: Query) -> Page:
        """A page of addresses; none while the city has none.

        Raises:
            FieldError: The limit, the box or a text is not legal.
            NotFoundError: The element or the address of `after` does not exist.
        """
        with self.reading() as addresses:
            return search(addresses, query)

    def collisions(
        self, *, every: bool = False, after: int = 0, limit: int = 100
    ) -> tuple[Collision, ...]:
        """Cases of the queue by number: those that wait, or `every` one."""
        with self.reading() as addresses:
            return cases(addresses, every=every, after=after, limit=limit)

    # -- changing -----------------------------------------------------------------------------

    def create(
        self, new: NewAddress, *, who: str, why: str, day: date | None = None
    ) -> StandardAddress:
        """Make an address.

        Args:
            new: What it is.
            who: Who makes it.
            why: Why.
            day: Since when; today when not given.

        Raises:
            FieldError: An element is at fault; `field` names it.
            DuplicateError: A valid address has the same text; `winner` is its code.
        """
        reason = self.reason(who, why, day)
        if new.status is Status.RETIRED:
            raise FieldError("status", "'retired'; legal: draft, valid")
        with self.changing(f"address created by {who}: {why}", day) as addresses:
            facts = Facts.of(new.parts, addresses.elements, new.division).placed(new.place)
            written = addresses.write(facts, claim=new.status is Status.VALID)
            row = addresses.insert(written, new.status, reason)
            addresses.event("created", reason, fid=row.fid, detail={"text": row.text})
            addresses.link(row.fid, new.links)
            return self._address(addresses, row)

    def enrol(
        self,
        columns: Columns,
        *,
        source: str,
        who: str,
        why: str,
        day: date | None = None,
    ) -> EnrolOutcome:
        """Put rows of a register into the layer, in one transaction.

        Rows that the source brought before, told by their source ids, are brought up to date and
        keep their codes. A new row whose text a valid address has already becomes a draft in the
        queue. Rows that are no addresses are refused one by one.

        Raises:
            FieldError: Source, who or why is empty, or the day is to come.
        """
        if not source.strip():
            raise FieldError("source", "is empty; legal: the name of the register")
        reason = self.reason(who, why, day)
        with self.changing(f"address enrolled from {source} by {who}", day) as addresses:
            return enrol(addresses, columns, source, reason)

    def reason(self, who: str, why: str, day: date | None) -> Reason:
        """Who, why and when, checked."""
        return Reason.checked(who, why, day, self._today())

    # -- doors for the other files of the registry --------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Addresses]:
        """All tables as of one moment.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        with self._tables.snapshot() as connection:
            if not self._made:
                self._made = _is_made(connection)
            if not self._made:
                raise NotFoundError("the city has no addresses yet: cim address create")
            yield Addresses(connection, self._elements(connection), self._key)

    @contextmanager
    def changing(self, origin: str, day: date | None = None) -> Iterator[Addresses]:
        """One write transaction; the journal says by whom.

        Args:
            origin: What the journal names as the origin of changed rows.
            day: The day from which new elements hold; today when not given.
        """
        with self._tables.writing() as connection:
            if not self._made and not _is_made(connection):
                _make(connection)
            head = journal_head(connection, schema.LAYER)
            yield Addresses(connection, self._elements(connection, day), self._key)
            name_origin(connection, schema.LAYER, head, origin)
        self._made = True

    def close(self) -> None:
        """Release files."""
        self._tables.close()

    def _elements(self, connection: Connection, day: date | None = None) -> Elements:
        return Elements(connection, day or self._today())

    def _address(
        self, addresses: Addresses, row: AddressRow, day: date | None = None
    ) -> StandardAddress:
        return StandardAddress(
            row.code,
            tuple(path_of(row.facts, addresses.elements, day)),
            row.status,
            row.facts.place(),
            addresses.links(row.fid),
            lineage_of(addresses, row),
            validity(row.valid_from, row.valid_to),
        )


def _is_made(connection: Connection) -> bool:
    """Whether the store has the registry's tables."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cim_address_element'"
    ).fetchone()
    return found is not None


def _make(connection: Connection) -> None:
    """Make the registry's tables."""
    add_points_layer(connection, schema.DRAFT, schema.COLUMNS, schema.STATEMENTS)
    declare(connection, schema.TABLES, schema.DOCUMENT)
    settings = {"address_schema": schema.VERSION, "address_canonical": grammar_version()}
    connection.executemany(
        "INSERT OR IGNORE INTO cim_setting VALUES (?, ?)",
        [(name, str(value)) for name, value in settings.items()],
    )
