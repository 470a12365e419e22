"""Elements renamed, merged and split, with all addresses that name them or lie in them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from addressing.grammar import Grammar
from addressing.kinds import DIVISIONS
from addressing.registry import altering
from addressing.registry.elements import ElementRow
from addressing.registry.rewriting import naming, rewrite
from addressing.registry.rows import AddressRow
from addressing.registry.schema import NAMED
from addressing.registry.table import Addresses
from addressing.registry.texts import profile_name
from addressing.registry.values import Altered, FieldError, Piece, Reason, part
from addressing.resources import load_grammar
from cim.errors import ConflictError


def rename(addresses: Addresses, row: ElementRow, name: str, reason: Reason) -> Altered:
    """Give an element another name; the old one stays an alias.

    Raises:
        FieldError: The name is not legal, or it was changed on a later day.
        ConflictError: The element is no more, or another one has the name there.
    """
    elements = addresses.elements
    altering.require_present(row)
    given = part(row.kind, name, grammar_of(addresses, row))
    own = given.name or given.value
    if own == row.name:
        raise FieldError("name", f"{name!r} is the name of {row.code} already")
    altering.add_alias(elements, row, row, reason.day, "renamed")
    new = altering.alter(elements, row, reason.day, name=own, value=given.value)
    counts = rewrite(
        addresses, naming(addresses, row.kind, [row.id]), reason, _origin("rename", row, reason)
    )
    return _told(addresses, "renamed", new, reason, counts, {"was": row.name, "name": own})


def grammar_of(addresses: Addresses, row: ElementRow) -> Grammar:
    """The rules of the city that an element lies in."""
    return load_grammar(profile_name(addresses.elements.chain(row.id)[0].code))


@dataclass(frozen=True, slots=True)
class Merger:
    """Elements that become part of another one."""

    addresses: Addresses
    target: ElementRow
    reason: Reason

    def absorb(self, source: ElementRow) -> None:
        """Let an element be part of the target: what lies in it, and its addresses.

        Raises:
            ConflictError: It is no more, of another type, or something in it has the name of
                something in the target.
        """
        altering.require_present(source)
        if source.kind != self.target.kind or source.id == self.target.id:
            raise ConflictError(
                f"{source.kind} {source.code} cannot be part of {self.target.kind} "
                f"{self.target.code}; legal: another {self.target.kind}"
            )
        elements, day = self.addresses.elements, self.reason.day
        for child in children(self.addresses, source):
            same = elements.exact_child(self.target.id, child.kind, child.value)
            if same is not None and child.kind in NAMED:
                replace(self, target=same).absorb(child)
            else:
                altering.alter(elements, child, day, parent_id=self.target.id)
        altering.add_alias(elements, self.target, source, day, "merged")
        altering.keep(elements, source, day)
        altering.end(elements, source, day, [self.target.code])
        move(
            self.addresses, rows_of(self.addresses, source), source.kind, self.target, self.reason
        )
        detail = {"name": source.name, "others": [self.target.code]}
        self.addresses.event("merged", self.reason, element_id=source.id, detail=detail)


def merge(
    addresses: Addresses, sources: Sequence[ElementRow], target: ElementRow, reason: Reason
) -> Altered:
    """Let elements be part of another one; their names stay its aliases.

    Raises:
        FieldError: No source is given.
        ConflictError: One is no more or of another type, or parts of theirs share a name.
    """
    altering.require_present(target)
    if not sources:
        raise FieldError("elements", "none is given; legal: one element or more")
    for source in sources:
        Merger(addresses, target, reason).absorb(source)
    target = addresses.elements.require(target.code)
    counts = rewrite(
        addresses,
        naming(addresses, target.kind, [target.id]),
        reason,
        _origin("merge", target, reason),
    )
    detail = {"name": target.name, "from": [source.code for source in sources]}
    return _told(addresses, "merged", target, reason, counts, detail)


@dataclass(frozen=True, slots=True)
class Splitter:
    """An element that becomes several."""

    addresses: Addresses
    source: ElementRow
    reason: Reason

    def run(self, pieces: Sequence[Piece]) -> list[ElementRow]:
        """The new elements, with what each takes over."""
        elements, day = self.addresses.elements, self.reason.day
        altering.keep(elements, self.source, day)
        altering.end(elements, self.source, day, ())  # a part may have its name
        parts = [self._part(piece, self._code_of(piece)) for piece in pieces]
        altering.end(elements, self.source, day, [one.code for one in parts])
        owner = {member: one for one, p in zip(parts, pieces, strict=True) for member in p.members}
        rest = next(
            (one for one, piece in zip(parts, pieces, strict=True) if not piece.members), None
        )
        streets = []
        for child in children(self.addresses, self.source):
            goes = owner.pop(child.code, None)
            if goes is None and child.kind in NAMED:
                streets.append(child)
                continue
            goes = self._require(goes or rest, f"{child.kind} {child.code} {child.name}")
            altering.alter(elements, child, day, parent_id=goes.id)
        for row in rows_of(self.addresses, self.source):
            goes = self._require(owner.pop(row.code, rest), f"address {row.code} {row.text}")
            move(self.addresses, [row], self.source.kind, goes, self.reason)
        if owner:
            raise FieldError(
                "members", f"{', '.join(sorted(owner))}: not part of {self.source.code}"
            )
        for street in streets:
            self._share(street, parts, rest or parts[0])
        return parts

    def _code_of(self, piece: Piece) -> str:
        """The code of a new element: its own, of a division that which is given.

        Raises:
            FieldError: A division has none, or it is another's.
        """
        if self.source.kind not in DIVISIONS:
            return piece.code
        if not piece.code:
            raise FieldError("code", f"{piece.name!r} has none; legal: a division code")
        if self.addresses.elements.by_code(piece.code) is not None:
            raise ConflictError(f"element {piece.code} is there already")
        return piece.code

    def _part(self, piece: Piece, code: str) -> ElementRow:
        given = part(self.source.kind, piece.name, grammar_of(self.addresses, self.source))
        new = self.source._replace(
            id=0, name=given.name or given.value, value=given.value, code=code
        )
        altering.refuse_double(self.addresses.elements, new)
        row = self.addresses.elements.add(new.kind, new.name, new.value, new.parent_id, new.code)
        altering.add_alias(self.addresses.elements, row, self.source, self.reason.day, "split")
        return row

    def _require(self, found: ElementRow | None, what: str) -> ElementRow:
        """The part that takes something over.

        Raises:
            ConflictError: None does.
        """
        if found is None:
            raise ConflictError(
                f"{what} would belong to no part of {self.source.code}; name it in a part, "
                "or let one part have no members: it takes the rest"
            )
        return found

    def _share(self, street: ElementRow, parts: Sequence[ElementRow], rest: ElementRow) -> None:
        """Let a street follow its addresses; of several parts each gets a street of its own."""
        elements = self.addresses.elements
        ids = {one.id: one for one in parts}
        rows = rows_of(self.addresses, street)
        homes = {
            row.fid: next(
                (one.id for one in elements.chain(row.facts.division_id) if one.id in ids), rest.id
            )
            for row in rows
        }
        order = [one for one, _ in Counter(homes.values()).most_common()] or [rest.id]
        altering.alter(elements, street, self.reason.day, parent_id=order[0])
        for home in order[1:]:
            own = elements.add(street.kind, street.name, street.value, home)
            moved = [row for row in rows if homes[row.fid] == home]
            move(self.addresses, moved, street.kind, own, self.reason)
            detail = {"name": street.name, "others": [own.code]}
            self.addresses.event("split", self.reason, element_id=street.id, detail=detail)


def split(
    addresses: Addresses, source: ElementRow, pieces: Sequence[Piece], reason: Reason
) -> Altered:
    """Let an element become several; its name stays an alias of each.

    Raises:
        FieldError: There are not two pieces, two take the rest, or a member is not part of it.
        ConflictError: Something would belong to no piece, or a name or code is another's.
    """
    altering.require_present(source)
    if len(pieces) < 2 or sum(not piece.members for piece in pieces) > 1:  # noqa: PLR2004
        raise FieldError("pieces", "legal: two or more, of which one may have no members")
    parts = Splitter(addresses, source, reason).run(pieces)
    condition = naming(addresses, source.kind, [one.id for one in parts])
    counts = rewrite(addresses, condition, reason, _origin("split", source, reason))
    detail = {"name": source.name, "others": [one.code for one in parts]}
    return _told(addresses, "split", source, reason, counts, detail)


def children(addresses: Addresses, row: ElementRow) -> list[ElementRow]:
    """The elements that lie directly in one."""
    found = addresses.connection.execute(
        "SELECT id FROM cim_address_element WHERE parent_id = ? AND valid_to IS NULL ORDER BY id",
        (row.id,),
    ).fetchall()
    return [addresses.elements.row(one) for (one,) in found]


def rows_of(addresses: Addresses, row: ElementRow) -> list[AddressRow]:
    """The addresses that are not retired and name an element, of a division directly."""
    column = f"{row.kind}_id" if row.kind in NAMED else "division_id"
    return list(addresses.rows(f"{column} = ? AND status != 'retired' ORDER BY fid", (row.id,)))


def move(
    addresses: Addresses,
    rows: Iterable[AddressRow],
    kind: str,
    target: ElementRow,
    reason: Reason,
) -> None:
    """Let addresses name another element; their texts are written later."""
    column = f"{kind}_id" if kind in NAMED else "division_id"
    for row in rows:
        addresses.keep_version(row, reason)
        addresses.connection.execute(
            f"UPDATE addresses SET {column} = ?, version = version + 1 WHERE fid = ?",
            (target.id, row.fid),
        )


def _origin(verb: str, row: ElementRow, reason: Reason) -> str:
    return f"address {verb} {row.code} by {reason.who}: {reason.why}"


def _told(
    addresses: Addresses,
    action: str,
    row: ElementRow,
    reason: Reason,
    counts: tuple[int, int],
    detail: dict[str, Any],
) -> Altered:
    """Write the event of an element, and what was done."""
    told = {**detail, "addresses": counts[0], "queued": counts[1]}
    addresses.event(action, reason, element_id=row.id, detail=told)
    return Altered(tuple(detail.get("others", [row.code])), *counts)
