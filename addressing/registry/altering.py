"""Changes of elements: what they are called, where they lie, what took their place.

What an element was is kept, with the days; what it was called stays an alias.
"""

from collections.abc import Sequence
from datetime import date

import orjson

from addressing.registry.elements import ElementRow, Elements
from addressing.registry.values import FieldError
from cim.errors import ConflictError


def alter(
    elements: Elements,
    row: ElementRow,
    day: date,
    *,
    name: str | None = None,
    value: str | None = None,
    parent_id: int | None = None,
) -> ElementRow:
    """Give an element another name, or let it lie elsewhere.

    Raises:
        FieldError: It was changed on a later day.
        ConflictError: Another element of the type has the name there.
    """
    keep(elements, row, day)
    new = row._replace(
        name=row.name if name is None else name,
        value=row.value if value is None else value,
        parent_id=row.parent_id if parent_id is None else parent_id,
        version=row.version + 1,
    )
    refuse_double(elements, new)
    elements.connection.execute(
        "UPDATE cim_address_element SET name = ?, value = ?, parent_id = ?, version = ? "
        "WHERE id = ?",
        (new.name, new.value, new.parent_id, new.version, new.id),
    )
    elements.forget()
    return new


def refuse_double(elements: Elements, row: ElementRow) -> None:
    """Refuse an element whose name another one has in the same place.

    Raises:
        ConflictError: Another has it.
    """
    found = elements.connection.execute(
        "SELECT code FROM cim_address_element WHERE parent_id = ? AND kind = ? AND value = ? "
        "AND valid_to IS NULL AND id IS NOT ?",
        (row.parent_id, row.kind, row.value, row.id),
    ).fetchone()
    if found is not None:
        raise ConflictError(
            f"{row.kind} {row.name!r} is there already: {found[0]}; merge the two, "
            "or rename one first"
        )


def keep(elements: Elements, row: ElementRow, day: date) -> None:
    """Keep what an element is until a day.

    Raises:
        FieldError: It was changed later.
    """
    since = elements.since(row)
    if day.isoformat() < since:
        raise FieldError("day", f"{day}; legal: from {since}, the last change of {row.code}, on")
    elements.connection.execute(
        "INSERT INTO cim_address_element_past VALUES (?, ?, ?, ?, ?, ?)",
        (row.id, since, day.isoformat(), row.name, row.value, row.parent_id),
    )


def add_alias(elements: Elements, row: ElementRow, old: ElementRow, day: date, why: str) -> None:
    """Let an element be found by the name that it, or another, had until a day."""
    elements.connection.execute(
        "INSERT INTO cim_address_alias VALUES (?, ?, ?, ?, ?, ?)",
        (row.id, old.value, old.name, elements.since(old), day.isoformat(), why),
    )


def end(elements: Elements, row: ElementRow, day: date, successors: Sequence[str]) -> None:
    """Let an element be no more, and say what took its place."""
    elements.connection.execute(
        "UPDATE cim_address_element SET valid_to = ?, successors = ?, version = version + 1 "
        "WHERE id = ?",
        (day.isoformat(), orjson.dumps(list(successors)).decode(), row.id),
    )
    elements.forget()


def require_present(row: ElementRow) -> ElementRow:
    """The element, when it is still there.

    Raises:
        ConflictError: It is no more; the message says what took its place.
    """
    if row.valid_to is not None:
        now = ", ".join(orjson.loads(row.successors or "[]")) or "nothing"
        raise ConflictError(
            f"element {row.code} {row.name!r} is no more since {row.valid_to}; in its place: {now}"
        )
    return row
