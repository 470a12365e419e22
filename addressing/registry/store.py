"""The registry of standard addresses in a city's store.

Every method that changes something is one transaction; readers never wait for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from addressing.code import parse_code
from addressing.model import StandardAddress
from addressing.registry import changes, merging, schema
from addressing.registry.collisions import queue_draft
from addressing.registry.elements import Elements
from addressing.registry.enrol import enrol
from addressing.registry.reader import RegistryReader, tables_exist
from addressing.registry.rekeying import VERSION_SETTING, rekey, require_version
from addressing.registry.resolving import resolve
from addressing.registry.rows import AddressRow
from addressing.registry.table import Addresses
from addressing.registry.texts import grammar_version
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
    Rekeyed,
)
from cim.own_tables import (
    Connection,
    add_points_layer,
    declare,
    journal_head,
    name_origin,
)


class Registry(RegistryReader):
    """A city's standard addresses. Safe for use from several threads and processes.

    Args:
        path: The city's store, `city.gpkg`.
        beside: The same store where it is open already, to share its connections.
        key: Key of a canonical text; texts that share one are told apart by themselves.
        today: The present day; changes are dated by it when no day is given.
    """

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

    def rekey(self, *, who: str, why: str) -> Rekeyed:
        """Write all names, texts and keys in the canonical form of this program's version.

        Raises:
            FieldError: Who or why is empty.
        """
        with self.changing("rekeyed", who, why, None, any_version=True) as (addresses, reason):
            return rekey(addresses, reason)

    @contextmanager
    def changing(
        self, what: str, who: str, why: str, day: date | None, *, any_version: bool = False
    ) -> Iterator[tuple[Addresses, Reason]]:
        """One write transaction; the journal says what was done, by whom and why.

        Raises:
            FieldError: Who or why is empty, or the day is to come.
            ConfigError: The keys are of another version of the canonical form.
        """
        reason = Reason.checked(who, why, day, self._today())
        with self._tables.writing() as connection:
            if not self._made and not tables_exist(connection):
                _make(connection)
            if not any_version:
                require_version(connection)
            head = journal_head(connection, schema.LAYER)
            elements = Elements(connection, reason.day)
            yield Addresses(connection, elements, self._key), reason
            origin = f"address {what} by {reason.who}: {reason.why}"
            name_origin(connection, schema.LAYER, head, origin)
        self._made = True

    def _living(self, addresses: Addresses, code: str, version: int | None) -> AddressRow:
        """The address to be changed, as its caller read it."""
        row = addresses.require(str(parse_code(code)))
        changes.check_version(row, version)
        return row


def _make(connection: Connection) -> None:
    """Make the registry's tables."""
    add_points_layer(connection, schema.DRAFT, schema.COLUMNS, schema.STATEMENTS)
    declare(connection, schema.TABLES, schema.DOCUMENT)
    settings = {"address_schema": schema.VERSION, VERSION_SETTING: grammar_version()}
    connection.executemany(
        "INSERT OR IGNORE INTO cim_setting VALUES (?, ?)",
        [(name, str(value)) for name, value in settings.items()],
    )
