"""Finding addresses: by text, by the beginning of a text, by element, by place, by entity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from addressing.cities import CityReader
from addressing.model import Status
from addressing.registry.rows import AddressRow
from addressing.registry.schema import CHAIN, CODE, LAYER, NAMED, NUMBERED
from addressing.registry.table import Addresses
from addressing.registry.values import FieldError, Part
from cim.catalog import Bounds
from cim.codes.address import LENGTH

MOST: Final = 1000
_TREE: Final = f"rtree_{LAYER}_geom"


@dataclass(frozen=True, slots=True)
class Query:
    """Which addresses, in the order they were made; all conditions hold."""

    text: str = ""
    """An address or part of one, read by the parser, or a code; old names count."""

    prefix: str = ""
    """Beginning of the standard text."""

    element: str = ""
    """Code of an element that the address names or lies in."""

    bounds: Bounds | None = None
    """West, south, east, north in degrees."""

    status: Status | None = None
    entity: str = ""
    """Entity id that the address is linked to."""

    after: str = ""
    """Address code of the last one of the page before."""

    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the addresses found."""

    rows: tuple[AddressRow, ...]
    next: str = ""
    """What `after` is for the next page, empty at the end."""


@dataclass(frozen=True, slots=True)
class _Condition:
    text: str
    values: tuple[Any, ...] = ()
    sparse: bool = False
    """Whether so few rows meet it that they are better sorted than looked for in order."""


def search(addresses: Addresses, query: Query) -> Page:
    """The page of a query.

    Raises:
        FieldError: The limit, the box or a text is not legal.
        NotFoundError: The element or the address of `after` does not exist.
    """
    if not 1 <= query.limit <= MOST:
        raise FieldError("limit", f"{query.limit}; legal: 1 to {MOST}")
    conditions = list(_conditions(addresses, query))
    if query.after:
        conditions.append(_Condition("fid > ?", (addresses.require(query.after).fid,)))
    text = " AND ".join(f"({one.text})" for one in conditions) or "1"
    values = tuple(value for one in conditions for value in one.values)
    order = "+fid" if any(one.sparse for one in conditions) else "fid"
    found = tuple(addresses.rows(f"{text} ORDER BY {order} LIMIT ?", (*values, query.limit + 1)))
    rows = found[: query.limit]
    return Page(rows, rows[-1].code if len(found) > query.limit else "")


def _conditions(addresses: Addresses, query: Query) -> Iterable[_Condition]:
    if query.status is not None:
        yield _Condition("status = ?", (query.status.value,))
    if query.text:
        yield from _by_text(addresses, query.text)
    if query.prefix:
        yield from _by_prefix(addresses, query.prefix)
    if query.element:
        row = addresses.elements.require(query.element)
        yield _of_elements(row.kind, _with_parts(addresses, [row.id], row.kind))
    if query.bounds is not None:
        yield _in_box(query.bounds)
    if query.entity:
        linked = "fid IN (SELECT fid FROM cim_address_link WHERE entity = ?)"
        yield _Condition(linked, (query.entity,), sparse=True)


def _in_box(bounds: Bounds) -> _Condition:
    west, south, east, north = bounds
    if not (west <= east and south <= north):
        raise FieldError("bbox", f"{west},{south},{east},{north}; legal: west,south,east,north")
    return _Condition(
        f"fid IN (SELECT id FROM {_TREE} WHERE minx <= ? AND maxx >= ? AND miny <= ? "
        "AND maxy >= ?)",
        (east, west, north, south),
        sparse=True,
    )


def _of_elements(kind: str, ids: Sequence[int]) -> _Condition:
    """Addresses that name one of some elements, or lie in one of some divisions."""
    column = f"{kind}_id" if kind in NAMED else "division_id"
    listed = ",".join(str(one) for one in ids)
    return _Condition(f"{column} IN ({listed})", (), kind in NAMED)


def _with_parts(addresses: Addresses, ids: Sequence[int], kind: str) -> list[int]:
    """Elements and, of divisions, all divisions in them."""
    if kind not in CHAIN:
        return list(ids)
    listed = ",".join(str(one) for one in ids)
    kinds = ", ".join(f"'{one}'" for one in CHAIN)
    rows = addresses.connection.execute(
        f"WITH RECURSIVE part(id) AS (SELECT id FROM cim_address_element WHERE id IN ({listed}) "
        "UNION SELECT e.id FROM cim_address_element e JOIN part ON e.parent_id = part.id "
        f"WHERE e.kind IN ({kinds})) SELECT id FROM part"
    )
    return [one for (one,) in rows]


def _by_text(addresses: Addresses, text: str) -> Iterable[_Condition]:
    """Conditions of a text as the parser reads it.

    Raises:
        FieldError: It has no element of an address.
    """
    if text.isascii() and text.isdecimal() and len(text) == LENGTH:
        yield _Condition(f"{CODE} = ?", (int(text),), sparse=True)
        return
    found, _ = CityReader().read(text)
    if not found.elements:
        raise FieldError("text", f"{text[:40]!r} has no element of an address")
    for one in found.elements:
        if one.type in NUMBERED:
            yield _Condition(f'"{one.type}" = ?', (one.value,))
        else:
            ids = _named(addresses, Part(one.type, one.value))
            yield _of_elements(one.type, _with_parts(addresses, ids, one.type))


def _named(addresses: Addresses, one: Part) -> list[int]:
    """Elements of a name, old or new; those that took the place of old ones."""
    rows = addresses.connection.execute(
        "SELECT id FROM cim_address_element WHERE value = ? AND kind = ? UNION "
        "SELECT e.id FROM cim_address_alias a JOIN cim_address_element e ON e.id = a.element_id "
        "WHERE a.value = ? AND e.kind = ?",
        (one.value, one.type, one.value, one.type),
    ).fetchall()
    found: dict[int, None] = {}
    for (element_id,) in rows:
        row = addresses.elements.row(element_id)
        found.update(dict.fromkeys(now.id for now in addresses.elements.present(row)))
    return list(found)


def _by_prefix(addresses: Addresses, prefix: str) -> Iterable[_Condition]:
    """Conditions of the beginning of a text: first of its divisions, then of its street."""
    divisions, rests = _divisions_of(addresses, prefix)
    if not divisions:
        yield _Condition("0")
        return
    yield _Condition("text >= ? AND text < ?", (prefix, _behind(prefix)))
    streets = _streets_of(addresses, [rest for rest in rests if rest])
    listed = ",".join(str(one) for one in divisions)
    if streets and all(rests):
        named = " OR ".join(
            f"{column} IN ({','.join(str(one) for one in ids)})" for column, ids in streets.items()
        )
        yield _Condition(f"({named}) AND +division_id IN ({listed})", (), sparse=True)
    else:
        yield _Condition(f"division_id IN ({listed})")


def _divisions_of(addresses: Addresses, prefix: str) -> tuple[list[int], list[str]]:
    """Divisions whose addresses may begin with a text, and what is left of it in each branch."""
    found: list[int] = []
    rests: list[str] = []
    open_ = [(0, prefix)]
    while open_:
        parent, rest = open_.pop()
        for element_id, kind, name in addresses.connection.execute(
            "SELECT id, kind, name FROM cim_address_element WHERE parent_id = ?", (parent,)
        ):
            if kind not in CHAIN:
                continue
            if name.startswith(rest):
                found += _with_parts(addresses, [element_id], kind)
                rests.append("")
            elif rest.startswith(name):
                found.append(element_id)
                rests.append(rest[len(name) :])
                open_.append((element_id, rest[len(name) :]))
    return list(dict.fromkeys(found)), rests


def _streets_of(addresses: Addresses, rests: Sequence[str]) -> dict[str, list[int]]:
    """Streets, estates and places with which one of some texts may begin, by column."""
    found: dict[str, list[int]] = {}
    for rest in rests:
        for element_id, kind in addresses.connection.execute(
            "SELECT id, kind FROM cim_address_element WHERE kind IN ('road', 'estate', 'poi') "
            "AND ((name >= ? AND name < ?) OR substr(?, 1, length(name)) = name)",
            (rest, _behind(rest), rest),
        ):
            found.setdefault(f"{kind}_id", []).append(element_id)
    return found


def _behind(prefix: str) -> str:
    """The first text behind all that begin with a prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
