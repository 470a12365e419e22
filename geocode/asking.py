"""From the text of a query to what it asks."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from addressing.format import write
from addressing.parse import Address, Parser
from addressing.text import normal_name
from geocode.model import Asked

_ABSENT = frozenset(("streets", "estates", "places", "settlements", "position"))
"""Rules of the parser that tell an element by its look alone."""


class Plainness:
    """Whether texts are written as the standard is; those that differ in digits only are alike."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    def of(self, address: Address, parser: Parser) -> bool:
        """Whether an address is written as the standard is."""
        form = address.original.translate(_DIGITS)
        found = self._known.get(form)
        if found is None:
            if len(self._known) >= _MOST_FORMS:
                self._known.clear()
            found = self._known[form] = _is_plain(address, parser)
        return found


def asked_of(address: Address, parser: Parser, plainness: Plainness | None = None) -> Asked:
    """What an address that was read asks for.

    Of two elements of one type the later counts when they are divisions, for the larger comes
    first; of streets the first.

    Args:
        address: As it was read.
        parser: That read it.
        plainness: Tells whether it is written as the standard is; None: nobody asks.
    """
    values: dict[str, str] = {}
    again = [
        element.value
        for element in address.elements
        if values.setdefault(element.type, element.value) != element.value
    ]
    doubtful = frozenset([one.type for one in address.elements if one.rule in _ABSENT])
    rest = [normal_name(parser.grammar, one.text) for one in address.rest]
    return Asked(
        text=address.original,
        values=values,
        doubtful=doubtful,
        rest=(*rest, *again),
        plain=plainness is not None and plainness.of(address, parser),
    )


def corrected(asked: Asked, kind: str, value: str) -> Asked:
    """The query with another name."""
    return replace(asked, values={**asked.values, kind: value}, plain=False)


def without(asked: Asked, kinds: Iterable[str]) -> Asked:
    """The query without what it says of some types."""
    gone = set(kinds)
    kept = {kind: value for kind, value in asked.values.items() if kind not in gone}
    return replace(asked, values=kept, plain=False)


_DIGITS: Final = str.maketrans("123456789", "111111111")
"""Digits that do not matter to how a number is written; a leading zero does."""

_MOST_FORMS: Final = 1 << 16


def _is_plain(address: Address, parser: Parser) -> bool:
    """Whether the text is written as the standard is."""
    text = address.original
    if address.rest or address.noise or address.others:
        return False
    return text in (address.canonical, write(address.elements, parser.grammar.profile))
