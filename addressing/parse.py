"""From the text of an address to its elements; one function for the registry and the geocoder."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from addressing.format import canonical
from addressing.grammar import Grammar
from addressing.kinds import DIVISIONS
from addressing.lattice import BEGINNING, Lattice, Piece, Read, Standing, digit_names
from addressing.lexicon import Lexicon
from addressing.text import (
    LONGEST,
    SHAPE,
    Noise,
    Shape,
    find_shape,
    normal_name,
    normal_text,
    read_letters,
)
from addressing.values import value_of
from cim.errors import InputError

NAME_RULES = frozenset({"settlements", "streets", "estates", "places", "position"})
"""Rules that tell a name by its last word or its place; others tell numbers or known names."""

_KEPT_DIGITS = re.compile("[1-9]")
"""A shape with other digits than 0 has a known name with digits."""

MOST_SHAPES = 1 << 17
"""Readings kept; addresses that differ in their digits only share one."""

type Problem = str
"""One of `PROBLEMS`."""

PROBLEMS = (
    "empty",
    "too_long",
    "two_addresses",
    "divisions_only",
    "contradiction",
    "ambiguous",
    "unparsed",
)
"""What can be odd about a text, the gravest first."""


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


class _Slot(NamedTuple):
    """An element of a shape: all but its digits."""

    kind: str
    reader: str
    """Type whose values are read so: a name is its own value."""

    start: int
    end: int
    first: int
    last: int
    value: str
    """Empty when it depends on the digits."""

    name: str
    code: str
    rule: str


class _Template(NamedTuple):
    """How all texts of a shape are read."""

    kept: tuple[int, ...] | None
    slots: tuple[_Slot, ...]
    rest: tuple[tuple[int, int, str], ...]
    noise: tuple[Noise, ...]
    problems: tuple[str, ...]
    division_codes: tuple[str, ...]
    other: int
    """Place in the original where another address begins, -1 when none does."""


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
        self._lattice = Lattice.of(grammar, self.lexicon, context)
        self._templates: dict[str, _Template] = {}
        self._parts: dict[tuple[str, frozenset[int], Standing], Read] = {}
        profile = grammar.profile
        self._digit_names = digit_names(grammar, self.lexicon)
        self._normal = lru_cache(1 << 16)(lambda name: normal_name(grammar, name))
        self._value = lru_cache(1 << 16)(lambda kind, text: value_of(kind, text, profile))

    def parse(self, original: str) -> Address:
        """The elements of an address.

        Never fails on a text: what cannot be read is in `rest`, what is odd in `problems`.
        """
        if len(original) > LONGEST:
            return Address(
                original, (), (Rest(0, len(original), original, ""),), (), ("too_long",)
            )
        text = normal_text(self.grammar, original)
        shape = self._shape(text)
        template = self._templates.get(shape)
        if template is None:
            template = self._learn(shape)
        return self._fill(template, original, text)

    def parse_many(self, originals: Iterable[str]) -> list[Address]:
        """The elements of each of many addresses."""
        return [self.parse(original) for original in originals]

    def _shape(self, text: str) -> str:
        """The text with digits written 0, but for those of known names."""
        shape = text.translate(SHAPE)
        if self._digit_names is not None:
            for found in self._digit_names.finditer(text):
                shape = shape[: found.start()] + found.group() + shape[found.end() :]
        return shape

    def _fill(self, template: _Template, original: str, text: str) -> Address:
        """The address of a text of a shape."""
        kept, value_of_text = template.kept, self._value
        read = text if kept is None else read_letters(text, kept)
        elements = [
            Element(
                kind,
                value or value_of_text(reader, read[start:end]),
                original[first:last],
                first,
                last,
                name or original[first:last],
                code,
                rule,
            )
            for kind, reader, start, end, first, last, value, name, code, rule in template.slots
        ]
        if not template.problems and not template.noise:
            return Address(original, tuple(elements), (), (), (), template.division_codes)
        rest = tuple(
            Rest(first, last, original[first:last], hint) for first, last, hint in template.rest
        )
        others = (original[template.other :].strip(" ;；\n"),) if template.other >= 0 else ()
        return Address(
            original,
            tuple(elements),
            rest,
            template.noise,
            template.problems,
            template.division_codes,
            others,
        )

    def _learn(self, shape: str) -> _Template:
        """How a shape is read; kept for the next text of it."""
        found = find_shape(self.grammar, shape)
        read = read_letters(shape, found.kept)
        stop = found.stops[0] if found.stops else len(read)
        breaks = frozenset(place for place in found.breaks if place < stop)
        pieces = self._read(read[:stop], breaks)
        template = _make_template(found, _Places(shape, found.kept), read, pieces, self._normal)
        _keep(self._templates, shape, template)
        return template

    def _read(self, text: str, breaks: frozenset[int]) -> tuple[Piece, ...]:
        """The pieces of a text; parts that many texts share are read once."""
        cut = self._lattice.find_cut(text) if text else 0
        if not cut or _KEPT_DIGITS.search(text):
            return self._part(text, breaks, BEGINNING).pieces
        head = self._part(text[:cut], frozenset(at for at in breaks if at < cut), BEGINNING)
        if head.standing.kind != "number" or len(head.standing.division) > 1:
            return self._part(text, breaks, BEGINNING).pieces
        behind = frozenset(at - cut for at in breaks if at >= cut)
        tail = self._part(text[cut:], behind, head.standing)
        moved = [
            piece._replace(start=piece.start + cut, end=piece.end + cut) for piece in tail.pieces
        ]
        return (*head.pieces, *moved)

    def _part(self, text: str, breaks: frozenset[int], before: Standing) -> Read:
        """A part as read, from the memory when it was read before."""
        key = (text, breaks, before)
        found = self._parts.get(key)
        if found is None:
            found = self._lattice.read(text, breaks, before) if text else Read((), before)
            _keep(self._parts, key, found)
        return found


def _keep[K, V](memory: dict[K, V], key: K, value: V) -> None:
    """Keep a value; a full memory is emptied first."""
    if len(memory) >= MOST_SHAPES:
        memory.clear()
    memory[key] = value


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


def _make_template(
    shape: Shape,
    place: "_Places",
    read: str,
    pieces: Sequence[Piece],
    normal: Callable[[str], str],
) -> _Template:
    """The reading of a shape with its places in the original."""
    stop = shape.stops[0] if shape.stops else len(read)
    cut = _second_address(pieces, stop)
    if cut < stop:
        pieces = [piece for piece in pieces if piece.end <= cut]
    other = min(cut, stop)
    slots = tuple(_slot(piece, place, normal) for piece in pieces if piece.kind)
    rest = tuple((*place.span(one.start, one.end), one.hint) for one in pieces if not one.kind)
    if other < len(read):
        rest += ((*place.span(other, len(read)), ""),)
    return _Template(
        shape.kept,
        slots,
        rest,
        shape.noise,
        _problems(read, pieces, other),
        _division_codes(pieces),
        place.first(other) if other < len(read) else -1,
    )


class _Places:
    """Places of the characters that are read in the original text."""

    def __init__(self, shape: str, kept: tuple[int, ...] | None) -> None:
        self.shape = shape
        self.kept = range(len(shape)) if kept is None else kept

    def first(self, start: int) -> int:
        """The place of a character."""
        place = self.kept[start]
        return place if place >= 0 else ~place

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch from one character to another, end excluded.

        It has the bracket round its first or last character when that bracket was left out.
        """
        first, last = self.first(start), self.first(end - 1) + 1
        inside = self.shape[first:last]
        if inside.count(")") > inside.count("(") and self.shape[first - 1 : first] == "(":
            return first - 1, last
        if inside.count("(") > inside.count(")") and self.shape[last : last + 1] == ")":
            return first, last + 1
        return first, last


def _slot(piece: Piece, place: _Places, normal: Callable[[str], str]) -> _Slot:
    """A piece that is an element."""
    first, last = place.span(piece.start, piece.end)
    value = name = code = ""
    if piece.names:
        name = piece.names[0].official or piece.names[0].text
        value = normal(name)
        codes = {one.code for one in piece.names}
        code = codes.pop() if len(codes) == 1 else ""
    named = piece.rule in NAME_RULES
    reader = "poi" if named else piece.kind
    return _Slot(
        piece.kind, reader, piece.start, piece.end, first, last, value, name, code, piece.rule
    )


def _second_address(pieces: Sequence[Piece], end: int) -> int:
    """Where a second street with a number begins after a first, else the end."""
    numbered = False
    start, street = -1, False
    for piece in pieces:
        if piece.kind in DIVISIONS or piece.kind == "road":
            if numbered and start < 0:
                start = piece.start
            street = street or (numbered and piece.kind == "road")
        elif piece.kind in {"number", "compound"}:
            if street:
                return start
            numbered, start = True, -1
    return end


def _problems(read: str, pieces: Sequence[Piece], other: int) -> tuple[Problem, ...]:
    """What is odd about a reading."""
    elements = [piece for piece in pieces if piece.kind]
    found = {
        "empty": not read,
        "two_addresses": other < len(read),
        "divisions_only": bool(elements) and all(one.kind in DIVISIONS for one in elements),
        "contradiction": any(piece.contradiction for piece in elements),
        "ambiguous": len(_division_codes(pieces)) > 1,
        "unparsed": len(elements) < len(pieces),
    }
    return tuple(name for name, holds in found.items() if holds)


def _division_codes(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Codes of the deepest division that is known."""
    groups = [
        tuple(dict.fromkeys(name.code for name in piece.names if name.code))
        for piece in pieces
        if piece.kind in DIVISIONS and not piece.contradiction
    ]
    return max((group for group in groups if group), key=lambda group: len(group[0]), default=())
