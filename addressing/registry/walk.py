"""All addresses of a query, page after page, with their elements."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from addressing.code import parse_code
from addressing.model import AddressElement, Status
from addressing.registry.history import successors_of
from addressing.registry.rows import AddressRow, path_of
from addressing.registry.schema import CODE
from addressing.registry.search import Query, search
from addressing.registry.store import Registry
from addressing.registry.table import Addresses
from addressing.registry.texts import profile_name


@dataclass(frozen=True, slots=True)
class Walked:
    """An address as plates and pages need it, without its history."""

    code: str
    text: str
    status: Status
    begin: date
    end: date | None
    elements: tuple[AddressElement, ...]
    lon_lat: tuple[float, float] | None
    """Degrees CGCS2000 of the door."""

    profile: str
    """Name of the profile by which the city writes it."""


def walk(registry: Registry, query: Query) -> Iterator[Walked]:
    """Every address of a query, in the order they were made; one page is in memory.

    Raises:
        FieldError: A value of the query is not legal.
        NotFoundError: The city has no addresses, or an element does not exist.
    """
    while True:
        with registry.reading() as addresses:
            page = search(addresses, query)
            found = [_walked(addresses, row) for row in page.rows]
        yield from found
        if not page.next:
            return
        query = replace(query, after=page.next)


def look_up(registry: Registry, code: str) -> Walked:
    """The address of a code.

    Raises:
        CodeError: It is no address code; the message names the digit.
        NotFoundError: No address has it.
    """
    with registry.reading() as addresses:
        return _walked(addresses, addresses.require(str(parse_code(code))))


def known_texts(registry: Registry, codes: list[str]) -> dict[str, str]:
    """Texts of those codes that addresses have."""
    marks = ", ".join("?" * len(codes))
    with registry.reading() as addresses:
        found = addresses.rows(
            f"{CODE} IN ({marks}) AND status <> 'draft'", tuple(map(int, codes))
        )
        return {row.code: row.text for row in found}


def successors(registry: Registry, code: str) -> dict[str, str]:
    """Codes and texts of the addresses that took the place of a retired one, as of today."""
    with registry.reading() as addresses:
        row = addresses.require(str(parse_code(code)))
        codes = [one for one in successors_of(addresses, row) if one != row.code]
        return {one: addresses.require(one).text for one in codes}


def _walked(addresses: Addresses, row: AddressRow) -> Walked:
    division = addresses.elements.row(row.facts.division_id)
    return Walked(
        row.code,
        row.text,
        row.status,
        date.fromisoformat(row.valid_from[:10]),
        date.fromisoformat(row.valid_to[:10]) if row.valid_to else None,
        tuple(path_of(row.facts, addresses.elements)),
        row.facts.lon_lat,
        profile_name(division.code),
    )
