"""From the text of a query to what it asks."""

from collections.abc import Iterable, Sequence
from typing import Final

from addressing.format import canonical_one, is_numbered_estate, write, write_one
from addressing.kinds import KINDS
from addressing.parse import Address, Element, Parser
from addressing.profile import Profile
from addressing.text import normal_name
from geocode.model import Asked

_ABSENT = frozenset(("streets", "estates", "places", "settlements", "position"))
"""Rules of the parser that tell an element by its look alone."""


class Plainness:
    """Whether texts are written as the standard is; elements that differ in digits only are alike.

    Args:
        profile: The city's way to write.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: dict[tuple[str, str, str], int] = {}

    def of(self, address: Address) -> bool:
        """Whether an address is written as the standard is."""
        elements, text = address.elements, address.original
        if address.rest or address.noise or address.others or not elements:
            return False
        if not self._profile.places_last and self._is_in_order(elements, text):
            return True
        kinds = [one.type for one in elements]
        if self._profile.places_last or is_numbered_estate(kinds):
            return text in (write(elements, self._profile), address.canonical)
        first = canonical_one(kinds[0], elements[0].value)
        return text.startswith(first) and text == address.canonical

    def _is_in_order(self, elements: Sequence[Element], text: str) -> bool:
        """Whether all elements are written one by one as the standard writes them.

        False for an estate that has door numbers: its order is another one.
        """
        known, form = self._known, text.translate(_DIGITS)
        before, rank, at = "", 0, 0
        for one in elements:
            kind, _, own, start, end, name, *_ = one
            key = kind, before, form[start:end]
            found = known.get(key)
            if found is None:
                found = self._put(key, one)
            if found < rank or start != at or name != own:
                return False
            before, rank, at = kind, found, end
        return at == len(text) and not is_numbered_estate([one.type for one in elements])

    def _put(self, key: tuple[str, str, str], element: Element) -> int:
        """Rank of an element that is written as the standard writes it, else -1; remembered."""
        if len(self._known) >= _MOST_FORMS:
            self._known.clear()
        _, before, _ = key
        is_plain = write_one(element, self._profile, before) == element.text
        rank = self._known[key] = KINDS[element.type].rank if is_plain else -1
        return rank


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
        plain=plainness is not None and plainness.of(address),
    )


def corrected(asked: Asked, kind: str, value: str) -> Asked:
    """The query with another name."""
    return asked._replace(values={**asked.values, kind: value}, plain=False)


def without(asked: Asked, kinds: Iterable[str]) -> Asked:
    """The query without what it says of some types."""
    gone = set(kinds)
    kept = {kind: value for kind, value in asked.values.items() if kind not in gone}
    return asked._replace(values=kept, plain=False)


_DIGITS: Final = str.maketrans("123456789", "111111111")
"""Digits that do not matter to how a number is written; a leading zero does."""

_MOST_FORMS: Final = 1 << 16
