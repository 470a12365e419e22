"""From the text of a query to what it asks."""

from collections.abc import Iterable
from typing import Final

from addressing.parse import Outline, Parser
from addressing.text import normal_name
from geocode.model import Asked

_ABSENT = frozenset(("streets", "estates", "places", "settlements", "position"))
"""Rules of the parser that tell an element by its look alone."""

_NONE: Final[frozenset[str]] = frozenset()


def asked_of(outline: Outline, parser: Parser) -> Asked:
    """What an address that was read asks for.

    Of two elements of one type the later counts when they are divisions, for the larger comes
    first; of streets the first.

    Args:
        outline: How it is read.
        parser: That read it.
    """
    values: dict[str, str] = {}
    doubtful, again = [], []
    text, _, template = outline
    for kind, value, rule in parser.told(outline):
        if values.setdefault(kind, value) != value:
            again.append(value)
        if rule in _ABSENT:
            doubtful.append(kind)
    rest = [normal_name(parser.grammar, text[first:last]) for first, last, _ in template.rest]
    return Asked(
        text=text,
        values=values,
        doubtful=frozenset(doubtful) if doubtful else _NONE,
        rest=(*rest, *again),
    )


def corrected(asked: Asked, kind: str, value: str) -> Asked:
    """The query with another name."""
    return asked._replace(values={**asked.values, kind: value})


def without(asked: Asked, kinds: Iterable[str]) -> Asked:
    """The query without what it says of some types."""
    gone = set(kinds)
    kept = {kind: value for kind, value in asked.values.items() if kind not in gone}
    return asked._replace(values=kept)
