"""The registry of standard addresses in a city's store.

Every method that changes something is one transaction; readers never wait for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from addressing.code import parse_code
from addressing.model import AddressElement, StandardAddress, Status
from addressing.registry import changes, merging, schema
from addressing.registry.collisions import case_of, cases, queue_draft
from addressing.registry.elements import Elements
from addressing.registry.enrol import enrol
from addressing.registry.history import (
    address_on,
    element_events,
    events_of,
    lineage_of,
    successors_of,
)
from addressing.registry.resolving import resolve
from addressing.registry.rows import AddressRow, Texts, path_of, validity
from addressing.registry.search import Page, Query, search
from addressing.registry.table import Addresses
from addressing.registry.texts import grammar_version, key_of
from addressing.registry.values import (
    Altered,
    Change,
    Collision,
    Columns,
    Decision,
    EnrolOutcome,
    FieldError,
    NewAddress,
    Piece,
    Reason,
    Record,
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
        with self.changing("created", who, why, day) as (addresses, reason):
            return self._address(addresses, changes.create(addresses, new, reason))

    def correct(
        self,
        code: str,
        change: Change,
        *,
        who: str,
        why: str,
        day: date | None = None,
        version: int | None = None,
    ) -> StandardAddress:
        """Give an address other elements, another place, other links; or make a draft valid.

        Raises:
            CodeError: It is no address code.
            NotFoundError: No address has it.
            StaleError: The address has another version than `version`.
            ConflictError: It is retired; the message says what is in its place.
            DuplicateError: Another valid address has the text.
            FieldError: A value is at fault.
        """
        with self.changing("corrected", who, why, day) as (addresses, reason):
            row = self._living(addresses, code, version)
            return self._address(addresses, changes.correct(addresses, row, change, reason))

    def retire(
        self,
        code: str,
        *,
        who: str,
        why: str,
        day: date | None = None,
        version: int | None = None,
    ) -> StandardAddress:
        """Let an address be no more. Its code stays its own and answers for ever.

        Raises:
            As `correct`.
        """
        with self.changing("retired", who, why, day) as (addresses, reason):
            row = self._living(addresses, code, version)
            return self._address(addresses, changes.retire(addresses, row, reason))

    def replace(
        self,
        code: str,
        successors: Sequence[NewAddress | str],
        *,
        who: str,
        why: str,
        day: date | None = None,
        version: int | None = None,
    ) -> tuple[StandardAddress, ...]:
        """Let others take the place of an address: new ones, or some that are there, by code.

        Returns:
            The successors.

        Raises:
            As `correct`.
        """
        with self.changing("replaced", who, why, day) as (addresses, reason):
            row = self._living(addresses, code, version)
            given = [
                one if isinstance(one, NewAddress) else str(parse_code(one)) for one in successors
            ]
            _, rows = changes.replace_with(addresses, row, given, reason)
            return tuple(self._address(addresses, one) for one in rows)

    def rename(
        self, element: str, name: str, *, who: str, why: str, day: date | None = None
    ) -> Altered:
        """Give an element another name; all its addresses are written anew.

        Raises:
            NotFoundError: There is no such element.
            FieldError: The name is not legal, or the element was changed on a later day.
            ConflictError: It is no more, or another element has the name there.
        """
        with self.changing("renamed", who, why, day) as (addresses, reason):
            row = addresses.elements.require(element)
            return merging.rename(addresses, row, name, reason)

    def merge(
        self,
        elements: Sequence[str],
        into: str,
        *,
        who: str,
        why: str,
        day: date | None = None,
    ) -> Altered:
        """Let elements be part of another one of their type: districts, streets, estates.

        Raises:
            NotFoundError: An element does not exist.
            FieldError: None is given, or one was changed on a later day.
            ConflictError: One is no more or of another type, or parts of theirs share a name.
        """
        with self.changing("merged", who, why, day) as (addresses, reason):
            sources = [addresses.elements.require(one) for one in dict.fromkeys(elements)]
            return merging.merge(addresses, sources, addresses.elements.require(into), reason)

    def split(
        self,
        element: str,
        pieces: Sequence[Piece],
        *,
        who: str,
        why: str,
        day: date | None = None,
    ) -> Altered:
        """Let an element become several.

        Raises:
            NotFoundError: There is no such element.
            FieldError: There are not two pieces, or a member is not part of it.
            ConflictError: Something would belong to no piece, or a name or code is another's.
        """
        with self.changing("split", who, why, day) as (addresses, reason):
            row = addresses.elements.require(element)
            return merging.split(addresses, row, pieces, reason)

    def queue(self, code: str, *, who: str, why: str) -> Collision:
        """Let a person decide about a draft whose text a valid address has.

        Raises:
            ConflictError: It is no draft, or no valid address has its text.
        """
        with self.changing("queued", who, why, None) as (addresses, _):
            row = addresses.require(str(parse_code(code)))
            return queue_draft(addresses, row)

    def resolve(
        self, case: int, decision: Decision, *, who: str, why: str, day: date | None = None
    ) -> Collision:
        """End a case of the queue.

        Raises:
            NotFoundError: There is no such case.
            FieldError: The decision lacks the elements that tell the two apart.
            ConflictError: The case was ended already, or an address of it is retired.
            DuplicateError: An address would still have the text of a valid one.
        """
        with self.changing("resolved", who, why, day) as (addresses, reason):
            return resolve(addresses, case, decision, reason)

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
        with self.changing("enrolled", who, why, day) as (addresses, reason):
            return enrol(addresses, columns, source, reason)

    # -- doors for the other files of the registry --------------------------------------------

    def is_made(self) -> bool:
        """Whether the city has a registry: the first address makes it."""
        self._made = self._made or _is_made(self._tables.reader())
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

    @contextmanager
    def changing(
        self, what: str, who: str, why: str, day: date | None
    ) -> Iterator[tuple[Addresses, Reason]]:
        """One write transaction; the journal says what was done, by whom and why.

        Raises:
            FieldError: Who or why is empty, or the day is to come.
        """
        reason = Reason.checked(who, why, day, self._today())
        with self._tables.writing() as connection:
            if not self._made and not _is_made(connection):
                _make(connection)
            head = journal_head(connection, schema.LAYER)
            elements = Elements(connection, reason.day)
            yield Addresses(connection, elements, self._key), reason
            origin = f"address {what} by {reason.who}: {reason.why}"
            name_origin(connection, schema.LAYER, head, origin)
        self._made = True

    def close(self) -> None:
        """Release files."""
        self._tables.close()

    def _living(self, addresses: Addresses, code: str, version: int | None) -> AddressRow:
        """The address to be changed, as its caller read it."""
        row = addresses.require(str(parse_code(code)))
        changes.check_version(row, version)
        return row

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
