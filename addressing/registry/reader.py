"""The reading half of the registry of standard addresses; readers never wait for a writer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from addressing.code import parse_code
from addressing.model import AddressElement, StandardAddress, Status
from addressing.registry.collisions import case_of, cases
from addressing.registry.elements import Elements
from addressing.registry.history import (
    address_on,
    element_events,
    events_of,
    lineage_of,
    successors_of,
)
from addressing.registry.rows import AddressRow, Texts, path_of, validity
from addressing.registry.search import Page, Query, search
from addressing.registry.table import Addresses
from addressing.registry.texts import key_of
from addressing.registry.values import Collision, Record, RegistryEvent
from cim.errors import NotFoundError
from cim.own_tables import Connection, Glances, OwnTables, Store


class RegistryReader:
    """A city's standard addresses, to read. Safe for use from several threads.

    Args:
        path: The city's store, `city.gpkg`.
        beside: The same store where it is open already, to share its connections.
        key: Key of a canonical text; texts that share one are told apart by themselves.
        today: The present day; changes are dated by it when no day is given.
    """

    def __init__(
        self,
        path: Path,
        *,
        beside: Store | None = None,
        key: Callable[[str], int] = key_of,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        self._tables = OwnTables(path, beside)
        self._key = key
        self._today = today
        self._made = False

    def read(self, code: str) -> StandardAddress:
        """The address of a code, whatever its status.

        Raises:
            CodeError: It is no address code; the message names the digit.
            NotFoundError: No address has it.
        """
        with self.reading() as addresses:
            return self._address(addresses, addresses.require(str(parse_code(code))))

    def record(self, code: str, day: date | None = None) -> Record:
        """The address of a code with its text and version, now or as of the end of a day.

        Raises:
            CodeError: It is no address code.
            NotFoundError: No address has it, or it was made later than `day`.
        """
        with self.reading() as addresses:
            row = addresses.require(str(parse_code(code)))
            replaced = successors_of(addresses, row) if row.status is Status.RETIRED else ()
            names_day = row.names_day
            if day is not None:
                row, names_day = address_on(addresses, row, day)
            texts = Texts.of(row.facts, row.facts.element_rows(addresses.elements, names_day))
            return Record(
                self._address(addresses, row, names_day),
                row.text,
                texts.canonical,
                row.version,
                row.source,
                row.source_id,
                replaced,
            )

    def find(self, canonical: str) -> str | None:
        """Code of the valid address of a canonical text."""
        if not self.is_made():
            return None
        with self.reading() as addresses:
            found, _ = addresses.holder(canonical, self._key(canonical))
            return found.code if found else None

    def text(self, code: str, day: date | None = None) -> str:
        """The address as the city writes it, or wrote it on a day.

        Raises:
            As `as_of`.
        """
        with self.reading() as addresses:
            row = addresses.require(str(parse_code(code)))
            return row.text if day is None else address_on(addresses, row, day)[0].text

    def successors(self, code: str) -> tuple[str, ...]:
        """Codes of what is today in the place of a retired address; itself when it is not."""
        with self.reading() as addresses:
            return successors_of(addresses, addresses.require(str(parse_code(code))))

    def elements(self, code: str) -> AddressElement:
        """The named element of a code, with its old names.

        Raises:
            NotFoundError: There is none.
        """
        with self.reading() as addresses:
            return addresses.elements.full(addresses.elements.require(code))

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
            row, names_day = address_on(addresses, addresses.require(str(parse_code(code))), day)
            return self._address(addresses, row, names_day)

    def find_elements(
        self,
        *,
        name: str = "",
        kind: str = "",
        parent: str = "",
        after: str = "",
        limit: int = 100,
    ) -> tuple[AddressElement, ...]:
        """Named elements in the order of their codes.

        Args:
            name: A name, old or new, in normal characters or the city's script.
            kind: Type.
            parent: Code of the element they lie in.
            after: Only codes behind this one.
            limit: At most so many.

        Raises:
            NotFoundError: The parent does not exist.
        """
        if not self.is_made():
            return ()
        with self.reading() as addresses:
            elements = addresses.elements
            parent_id = elements.require(parent).id if parent else None
            rows = elements.named(name, kind, parent_id, after, limit)
            return tuple(elements.full(row) for row in rows)

    def element_events(self, code: str) -> tuple[RegistryEvent, ...]:
        """What happened to an element, oldest first.

        Raises:
            NotFoundError: There is none.
        """
        with self.reading() as addresses:
            return element_events(addresses, addresses.elements.require(code))

    def collision(self, case: int) -> Collision:
        """One case of the queue.

        Raises:
            NotFoundError: There is none of this number.
        """
        with self.reading() as addresses:
            return case_of(addresses, case)

    def search(self, query: Query) -> Page:
        """A page of addresses, empty while the city has none.

        Raises:
            FieldError: The limit, the box or a text is not legal.
            NotFoundError: The element or the address of `after` does not exist.
        """
        if not self.is_made():
            return Page(())
        with self.reading() as addresses:
            return search(addresses, query)

    def collisions(
        self, *, every: bool = False, after: int = 0, limit: int = 100
    ) -> tuple[Collision, ...]:
        """Cases of the queue by number: those that wait, or `every` one."""
        if not self.is_made():
            return ()
        with self.reading() as addresses:
            return cases(addresses, every=every, after=after, limit=limit)

    def is_made(self) -> bool:
        """Whether the city has a registry: the first address makes it."""
        if not self._made:
            with self._tables.reading() as connection:
                self._made = tables_exist(connection)
        return self._made

    @contextmanager
    def reading(self) -> Iterator[Addresses]:
        """All tables as of one moment.

        Raises:
            NotFoundError: The city has no addresses yet.
        """
        if not self.is_made():
            raise NotFoundError("the city has no addresses yet; make one with: cim address create")
        with self._tables.snapshot() as connection:
            yield Addresses(connection, Elements(connection, self._today()), self._key)

    @property
    def glances(self) -> Glances:
        """For short questions about the latest commit, straight to the tables."""
        return self._tables.glances

    def close(self) -> None:
        """Release files."""
        self._tables.close()

    def _address(
        self, addresses: Addresses, row: AddressRow, day: date | None = None
    ) -> StandardAddress:
        return StandardAddress(
            row.code,
            tuple(path_of(row.facts, addresses.elements, day or row.names_day)),
            row.status,
            row.facts.place(),
            addresses.links(row.fid),
            lineage_of(addresses, row),
            validity(row.valid_from, row.valid_to),
        )


def tables_exist(connection: Connection) -> bool:
    """Whether the store has the registry's tables."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cim_address_element'"
    ).fetchone()
    return found is not None
