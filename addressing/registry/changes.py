"""The life of one address: corrected, made valid, retired, replaced."""

from collections.abc import Sequence
from typing import Any

from addressing.model import Link, Status
from addressing.registry.collisions import close
from addressing.registry.history import successors_of
from addressing.registry.rows import AddressRow, Facts
from addressing.registry.schema import CHAIN
from addressing.registry.table import Addresses
from addressing.registry.texts import rank
from addressing.registry.values import Change, FieldError, NewAddress, Part, Reason, StaleError
from cim.errors import ConflictError


def check_version(row: AddressRow, version: int | None) -> None:
    """Refuse a change of what somebody else changed meanwhile.

    Raises:
        StaleError: The row has another version than the caller read.
    """
    if version is not None and version != row.version:
        raise StaleError(
            f"address {row.code} has version {row.version}, not {version}: read it again"
        )


def require_living(addresses: Addresses, row: AddressRow) -> None:
    """Refuse a change of a retired address.

    Raises:
        ConflictError: It is retired; the message says what replaced it.
    """
    if row.status is Status.RETIRED:
        now = ", ".join(successors_of(addresses, row)) or "nothing"
        raise ConflictError(
            f"address {row.code} is retired since {row.valid_to}; in its place: {now}"
        )


def create(
    addresses: Addresses, new: NewAddress, reason: Reason, others: Sequence[str] = ()
) -> AddressRow:
    """A new address; `others` are the codes of those it comes from.

    Raises:
        FieldError: An element is at fault.
        DuplicateError: A valid address has the same text.
    """
    if new.status is Status.RETIRED:
        raise FieldError("status", "'retired'; legal: draft, valid")
    facts = Facts.of(new.parts, addresses.elements, new.division).placed(new.place)
    written = addresses.write(facts, claim=new.status is Status.VALID)
    row = addresses.insert(written, new.status, reason)
    detail: dict[str, Any] = {"text": row.text}
    if others:
        detail["others"] = list(others)
    addresses.event("created", reason, fid=row.fid, detail=detail)
    addresses.link(row.fid, new.links)
    return row


def correct(addresses: Addresses, row: AddressRow, change: Change, reason: Reason) -> AddressRow:
    """Give an address other elements, another place, other links; or make a draft valid.

    Raises:
        ConflictError: It is retired, or valid and would become a draft.
        DuplicateError: Another valid address has the text.
    """
    require_living(addresses, row)
    status = change.status or row.status
    if status is Status.RETIRED or (status is Status.DRAFT and row.status is Status.VALID):
        raise FieldError("status", f"{status.value!r} after {row.status.value!r}; legal: valid")
    facts = row.facts
    if change.parts is not None:
        division = change.division or _division(addresses, row, change.parts)
        elements = Facts.of(change.parts, addresses.elements, division)
        facts = elements.located_as(row.facts)
    facts = facts.placed(change.place)
    fields = _fields(row, facts, status)
    if change.links is not None and change.links != (links := addresses.links(row.fid)):
        fields["links"] = [_told(links), _told(change.links)]
        addresses.unlink(row.fid)
        addresses.link(row.fid, change.links)
    if not fields:
        return row
    written = addresses.write(facts, claim=status is Status.VALID, own=row.fid)
    detail = {"was": row.text, "text": written.text, "fields": fields}
    new = addresses.update(row, written, status, reason)
    addresses.event("corrected", reason, fid=row.fid, detail=detail)
    if status is Status.VALID and row.status is Status.DRAFT:
        close(addresses, row.fid, "corrected", reason)
    return new


def _division(addresses: Addresses, row: AddressRow, parts: Sequence[Part]) -> str:
    """Code of the deepest division that an address has and new elements do not contradict."""
    given = {one.type: one for one in parts if one.type in CHAIN}
    chain = addresses.elements.chain(row.facts.division_id)
    if not given:
        return chain[-1].code
    agreed = (one.code for one in reversed(chain) if given.get(one.kind, one).value == one.value)
    smallest = max(rank(one) for one in given.values())
    deep = {one.code for one in chain if rank(one.part) > smallest}
    return next((code for code in agreed if code not in deep), "")


def _told(links: Sequence[Link]) -> list[list[str]]:
    return [[one.entity, one.role] for one in links]


def _fields(row: AddressRow, facts: Facts, status: Status) -> dict[str, list[Any]]:
    """What was and what is, by column."""
    old = {**row.facts.columns(), "lon_lat": row.facts.lon_lat, "status": row.status.value}
    new = {**facts.columns(), "lon_lat": facts.lon_lat, "status": status.value}
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def retire(
    addresses: Addresses, row: AddressRow, reason: Reason, replaced_by: Sequence[str] = ()
) -> AddressRow:
    """Let an address be no more; `replaced_by` are codes of those that take its place.

    Raises:
        ConflictError: It is retired already.
    """
    new = _end(addresses, row, reason)
    if replaced_by:
        detail = {"text": row.text, "others": list(replaced_by)}
        addresses.event("replaced", reason, fid=row.fid, detail=detail)
    else:
        addresses.event("retired", reason, fid=row.fid, detail={"text": row.text})
    return new


def _end(addresses: Addresses, row: AddressRow, reason: Reason) -> AddressRow:
    require_living(addresses, row)
    written = addresses.write(row.facts, claim=False)
    new = addresses.update(row, written, Status.RETIRED, reason)
    close(addresses, row.fid, "retired", reason)
    return new


def replace_with(
    addresses: Addresses, row: AddressRow, successors: Sequence[NewAddress | str], reason: Reason
) -> tuple[AddressRow, tuple[AddressRow, ...]]:
    """Let others take the place of an address: new ones, or some that are there, by code.

    Returns:
        The retired address and its successors.

    Raises:
        FieldError: There is no successor, or one is the address itself.
        ConflictError: The address or a successor is retired.
        DuplicateError: A new one has the text of another valid address.
    """
    require_living(addresses, row)
    if not successors or row.code in successors:
        raise FieldError("successors", f"{list(successors)}; legal: one other address or more")
    gone = _end(addresses, row, reason)
    found = []
    for one in successors:
        if isinstance(one, NewAddress):
            found.append(create(addresses, one, reason, [row.code]))
            continue
        other = addresses.require(one)
        require_living(addresses, other)
        found.append(other)
    codes = [one.code for one in found]
    detail = {"text": row.text, "others": codes}
    addresses.event("replaced", reason, fid=row.fid, detail=detail)
    return gone, tuple(found)
