"""From the text of an address to its elements; one function for the registry and the geocoder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from addressing.format import canonical
from addressing.grammar import Grammar
from addressing.joining import joined
from addressing.lattice import Lattice, digit_names, noted_names
from addressing.lexicon import Lexicon
from addressing.parts import PartReader, keep
from addressing.pieces import lengthen
from addressing.templates import (
    NAME_RULES,
    PROBLEMS,
    Places,
    Problem,
    Template,
    make_template,
    too_long,
)
from addressing.text import (
    LONGEST,
    Noise,
    find_shape,
    normal_name,
    normal_text,
    read_letters,
    shape_of,
    shorten,
)
from addressing.values import value_of
from cim.errors import InputError

MOST_SHAPES = 1 << 15
"""Readings kept; addresses that differ in their digits only share one."""

__all__ = ["PROBLEMS", "Address", "Element", "Parser", "Rest", "require_address"]


class Element(NamedTuple):
    """One element of an address as a person wrote it."""

    type: str
    value: str
    """Without the unit word when it is a number or letter; else its name, simplified."""

    text: str
    """As written."""

    start: int
    end: int
    """Place in the original text, in characters."""

    name: str
    """The official name when it is known, else as written."""

    code: str
    """Code of the element in the lexicon, empty when it has none or several agree."""

    rule: str
    """What told its type: a rule, `lexicon`, or `position`."""

    @property
    def known(self) -> bool:
        """Whether the lexicon has it, or it is a number."""
        return self.rule not in NAME_RULES


class Rest(NamedTuple):
    """A stretch of the original text that was not read."""

    start: int
    end: int
    text: str
    hint: str
    """Type it looks like, empty when it looks like none."""


class Outline(NamedTuple):
    """A text and how it is read: an address whose elements nobody has asked for yet."""

    original: str
    letters: str
    """Normal characters that are read."""

    template: Template


@dataclass(frozen=True, slots=True)
class Address:
    """What a text says."""

    original: str
    elements: tuple[Element, ...]
    """In the order of the text."""

    rest: tuple[Rest, ...] = ()
    noise: tuple[Noise, ...] = ()
    problems: tuple[Problem, ...] = ()
    division_codes: tuple[str, ...] = ()
    """Code of the deepest division; several when the text does not tell which."""

    others: tuple[str, ...] = field(default=())
    """Texts of further addresses in the same field."""

    @property
    def canonical(self) -> str:
        """The canonical text, empty when there is no element."""
        return canonical(self.elements)

    @property
    def rest_text(self) -> str:
        """All that was not read, joined by spaces."""
        return " ".join(one.text for one in self.rest)


class Parser:
    """Reads the addresses of a city.

    Args:
        grammar: Rules of the city.
        lexicon: Names the city knows.
        context: Codes of the divisions that the city lies in or is; a name that stands for
            several divisions is taken to be the one in here.
    """

    def __init__(
        self, grammar: Grammar, lexicon: Lexicon | None = None, context: Sequence[str] = ()
    ) -> None:
        self.grammar = grammar
        self.lexicon = lexicon or Lexicon()
        self._templates: dict[str, Template] = {}
        profile = grammar.profile
        self._digit_names = digit_names(grammar, self.lexicon)
        self._noted_names = noted_names(grammar, self.lexicon)
        self._normal = lru_cache(1 << 16)(lambda name: normal_name(grammar, name))
        self._parts = PartReader(Lattice.of(grammar, self.lexicon, context), self._normal)
        self._value = lru_cache(1 << 16)(lambda kind, text: value_of(kind, text, profile))

    def parse(self, original: str) -> Address:
        """The elements of an address.

        Never fails on a text: what cannot be read is in `rest`, what is odd in `problems`.
        """
        return self.address(self.outline(original))

    def outline(self, original: str) -> Outline:
        """How an address is read; never fails either."""
        if len(original) > LONGEST:
            return Outline(original, "", too_long(len(original)))
        text = normal_text(self.grammar, original)
        shape = self._shape(text)
        template = self._templates.get(shape)
        if template is None:
            template = self._learn(shape)
        return Outline(original, read_letters(text, template.kept), template)

    def filled(self, text: str) -> str:
        """A normal text with `blank` for letters that say nothing; it is read alike."""
        if self.grammar.noisy.search(shape_of(text)):
            return text
        return self._parts.blanks.filled(text)

    @property
    def blank(self) -> str:
        """A letter that says nothing, wherever it stands."""
        return self._parts.blanks.letter

    def told(self, outline: Outline) -> list[tuple[str, str, str]]:
        """Type, value and rule of each element."""
        _, letters, template = outline
        at, value_of_text = template.at, self._value
        return [
            (kind, value or value_of_text(reader, letters[at[start + by] : at[end + by]]), rule)
            for by, slots in template.segments
            for kind, reader, start, end, _, _, value, _, _, rule in slots
        ]

    def parse_many(self, originals: Iterable[str]) -> list[Address]:
        """The elements of each of many addresses."""
        return [self.parse(original) for original in originals]

    def address(self, outline: Outline) -> Address:
        """The elements of an outline."""
        original, letters, template = outline
        value_of_text = self._value
        elements = [
            Element(
                kind,
                value or value_of_text(reader, letters[start:end]),
                original[first:last],
                first,
                last,
                name or original[first:last],
                code,
                rule,
            )
            for kind, reader, start, end, first, last, value, name, code, rule in template.slots()
        ]
        if not template.problems and not template.noise:
            return Address(original, tuple(elements), (), (), (), template.division_codes)
        others = (original[template.other :].strip(" ;；\n"),) if template.other >= 0 else ()
        return Address(
            original,
            tuple(elements),
            tuple(
                Rest(first, last, original[first:last], hint)
                for first, last, hint in template.rest
            ),
            template.noise,
            template.problems,
            template.division_codes,
            others,
        )

    def _shape(self, text: str) -> str:
        """The text with digits written 0, but for those of known names."""
        shape = shape_of(text)
        if self._digit_names is not None:
            for found in self._digit_names.finditer(text):
                shape = shape[: found.start()] + found.group() + shape[found.end() :]
        return shape

    def _learn(self, shape: str) -> Template:
        """How a shape is read; kept for the next text of it."""
        found = find_shape(self.grammar, shape, self._noted_names)
        letters = read_letters(shape, found.kept)
        stop = found.stops[0] if found.stops else len(letters)
        breaks = frozenset(place for place in found.breaks if place < stop)
        short, runs = (letters[:stop], ()) if breaks else shorten(letters[:stop])
        parts = self._parts.read(short, breaks)
        template = joined(parts, runs) if found.kept is None else None
        if template is None:
            pieces = lengthen([piece for part in parts for piece in part.pieces], runs)
            places = Places(shape, found.kept)
            template = make_template(found, places, letters, pieces, self._normal)
        keep(self._templates, shape, template, MOST_SHAPES)
        return template


def require_address(address: Address) -> Address:
    """The address, when it has an element.

    Raises:
        InputError: It has none; the message says why.
    """
    if address.elements:
        return address
    shown = address.original[:40]
    reason = {
        "empty": "is empty",
        "too_long": f"has {len(address.original)} characters; legal: at most {LONGEST}",
    }.get(address.problems[0] if address.problems else "", "has no element of an address")
    raise InputError(f"address {shown!r} {reason}")
