"""From the text of a query to what it asks."""

from collections.abc import Iterable, Sequence
from typing import Final

from addressing.format import canonical, canonical_one, is_numbered_estate, write, write_one
from addressing.kinds import KINDS
from addressing.parse import Element, Outline, Parser
from addressing.text import normal_name
from geocode.model import Asked

_ABSENT = frozenset(("streets", "estates", "places", "settlements", "position"))
"""Rules of the parser that tell an element by its look alone."""

_NONE: Final[frozenset[str]] = frozenset()


class Plainness:
    """Whether texts are written as the standard is; elements that differ in digits only are alike.

    Args:
        parser: That reads the texts.
    """

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._profile = parser.grammar.profile
        self._known: dict[tuple[str, str, str], int] = {}

    def of(self, outline: Outline, values: Sequence[str]) -> bool:
        """Whether an address is written as the standard is.

        Args:
            outline: How it is read.
            values: Of its elements.
        """
        template = outline.template
        if template.rest or template.noise or template.other >= 0 or not template.slots:
            return False
        kinds = [slot[0] for slot in template.slots]
        is_usual = not (self._profile.places_last or is_numbered_estate(kinds))
        if is_usual and self._is_in_order(outline):
            return True
        if is_usual and not outline.original.startswith(canonical_one(kinds[0], values[0])):
            return False
        return self._is_canonical(outline, is_usual=is_usual)

    def _is_canonical(self, outline: Outline, *, is_usual: bool) -> bool:
        """Whether a text is the canonical one, or that of a city with an order of its own."""
        text, elements = outline.original, self._parser.address(outline).elements
        if text == canonical(elements):
            return True
        return not is_usual and text == write(elements, self._profile)

    def _is_in_order(self, outline: Outline) -> bool:
        """Whether all elements are written one by one as the standard writes them."""
        text, known = outline.original, self._known
        form = text.translate(_DIGITS)
        before, rank, at = "", 0, 0
        for place, slot in enumerate(outline.template.slots):
            kind, _, _, _, start, end, _, name, _, _ = slot
            key = kind, before, form[start:end]
            found = known.get(key)
            if found is None:
                found = self._put(key, self._parser.address(outline).elements[place])
            if found < rank or start != at or (name and name != text[start:end]):
                return False
            before, rank, at = kind, found, end
        return at == len(text)

    def _put(self, key: tuple[str, str, str], element: Element) -> int:
        """Rank of an element that is written as the standard writes it, else -1; remembered."""
        if len(self._known) >= _MOST_FORMS:
            self._known.clear()
        _, before, _ = key
        is_plain = write_one(element, self._profile, before) == element.text
        rank = self._known[key] = KINDS[element.type].rank if is_plain else -1
        return rank


def asked_of(outline: Outline, parser: Parser, plainness: Plainness | None = None) -> Asked:
    """What an address that was read asks for.

    Of two elements of one type the later counts when they are divisions, for the larger comes
    first; of streets the first.

    Args:
        outline: How it is read.
        parser: That read it.
        plainness: Tells whether it is written as the standard is; None: nobody asks.
    """
    values: dict[str, str] = {}
    doubtful, again = [], []
    text, _, template = outline
    read = parser.values(outline)
    for slot, value in zip(template.slots, read, strict=True):
        kind, rule = slot[0], slot[-1]
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
        plain=plainness is not None and plainness.of(outline, read),
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
