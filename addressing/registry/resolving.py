"""How a person decides about two addresses with one text."""

from addressing.model import Place, Status
from addressing.registry.changes import correct, require_living, retire
from addressing.registry.collisions import case_of, close
from addressing.registry.rows import AddressRow
from addressing.registry.table import Addresses
from addressing.registry.values import Change, Collision, Decision, FieldError, Reason
from cim.errors import ConflictError


def resolve(addresses: Addresses, number: int, decision: Decision, reason: Reason) -> Collision:
    """End a case.

    Raises:
        NotFoundError: There is no such case.
        FieldError: The decision lacks the elements that tell the two apart.
        ConflictError: The case was ended already.
        DuplicateError: An address would still have the text of a valid one.
    """
    case = case_of(addresses, number)
    if case.outcome is not None:
        raise ConflictError(
            f"case {number} was ended {case.resolved_at} by {case.who}: {case.outcome}"
        )
    draft, winner = addresses.require(case.code), addresses.require(case.winner)
    close(addresses, draft.fid, decision.how, reason)
    _STEPS[decision.how](addresses, draft, winner, decision, reason)
    return case_of(addresses, number)


def _same(
    addresses: Addresses, draft: AddressRow, winner: AddressRow, _: Decision, reason: Reason
) -> None:
    """One door, registered twice: the draft ends, the winner is in its place."""
    require_living(addresses, winner)
    retire(addresses, draft, reason, [winner.code])


def _merge(
    addresses: Addresses, draft: AddressRow, winner: AddressRow, _: Decision, reason: Reason
) -> None:
    """One door, and the winner takes over what only the draft knows."""
    require_living(addresses, winner)
    links = {
        one.entity: one for one in (*addresses.links(draft.fid), *addresses.links(winner.fid))
    }
    change = Change(place=_completed(winner, draft), links=tuple(links.values()))
    correct(addresses, winner, change, reason)
    retire(addresses, draft, reason, [winner.code])


def _completed(winner: AddressRow, draft: AddressRow) -> Place | None:
    """The place of the winner with what only the draft has."""
    own, other = winner.facts.place(), draft.facts.place()
    if own is None or other is None:
        return other
    return Place(
        own.lon,
        own.lat,
        other.height_m if own.height_m is None else own.height_m,
        other.storey if own.storey is None else own.storey,
        own.footprint or other.footprint,
    )


def _different(
    addresses: Addresses, draft: AddressRow, _: AddressRow, decision: Decision, reason: Reason
) -> None:
    """Two doors: the draft gets elements that tell it apart, and is valid."""
    change = Change(decision.parts, decision.division, status=Status.VALID)
    correct(addresses, draft, change, reason)


def _split(
    addresses: Addresses,
    draft: AddressRow,
    winner: AddressRow,
    decision: Decision,
    reason: Reason,
) -> None:
    """Two doors under one text: both get elements that tell them apart."""
    if decision.parts is None or decision.winner_parts is None:
        raise FieldError("elements", "legal: for a split, elements of both addresses")
    correct(addresses, winner, Change(decision.winner_parts, decision.division), reason)
    change = Change(decision.parts, decision.division, status=Status.VALID)
    correct(addresses, draft, change, reason)
    for row, other in ((winner, draft), (draft, winner)):
        addresses.event("split", reason, fid=row.fid, detail={"others": [other.code]})


_STEPS = {"same": _same, "merge": _merge, "different": _different, "split": _split}
