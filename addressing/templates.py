"""How the texts of one shape are read: everything about an address but its digits."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from addressing.kinds import DIVISIONS
from addressing.pieces import Piece
from addressing.text import Noise, Shape

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


NAME_RULES = frozenset({"settlements", "streets", "estates", "places", "position"})
"""Rules that tell a name by its last word or its place; others tell numbers or known names."""

REPEATED = "repeated"
"""Rule of a name that is left out because it was read before."""


type Slot = tuple[str, str, int, int, int, int, str, str, str, str]
"""An element of a shape, all but its digits: type; type whose values are read so (a name is its
own value); start and end among the characters that are read; first and last place in the
original; value, empty when it depends on the digits; name; code; rule."""


SAME: Final = range(1 << 16)
"""Places of characters of which none was left out."""


class Template(NamedTuple):
    """How all texts of a shape are read."""

    kept: tuple[int, ...] | None
    segments: tuple[tuple[int, tuple[Slot, ...]], ...]
    """Where each part of the text begins, and its elements; those of one part have their places
    in it."""

    at: Sequence[int]
    """Places among the characters that are read of those that the parts count."""

    rest: tuple[tuple[int, int, str], ...]
    noise: tuple[Noise, ...]
    problems: tuple[str, ...]
    division_codes: tuple[str, ...]
    other: int
    """Place in the original where another address begins, -1 when none does."""

    def slots(self) -> Iterator[Slot]:
        """All elements, with their places in the whole text."""
        at = self.at
        for by, slots in self.segments:
            if at is SAME:
                yield from slots
                continue
            for kind, reader, start, end, _, _, value, name, code, rule in slots:
                first, last = at[start + by], at[end + by]
                yield kind, reader, first, last, first, last, value, name, code, rule


class Places:
    """Places of the characters that are read in the original text."""

    def __init__(self, shape: str, kept: tuple[int, ...] | None) -> None:
        self.shape = shape
        self.kept = range(len(shape)) if kept is None else kept
        self.bracketed = "(" in shape or ")" in shape

    def first(self, start: int) -> int:
        """The place of a character."""
        place = self.kept[start]
        return place if place >= 0 else ~place

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch from one character to another, end excluded.

        It has the bracket round its first or last character when that bracket was left out.
        """
        first, last = self.first(start), self.first(end - 1) + 1
        if not self.bracketed:
            return first, last
        inside = self.shape[first:last]
        if inside.count(")") > inside.count("(") and self.shape[first - 1 : first] == "(":
            return first - 1, last
        if inside.count("(") > inside.count(")") and self.shape[last : last + 1] == ")":
            return first, last + 1
        return first, last


def make_template(
    shape: Shape,
    place: Places,
    read: str,
    pieces: Sequence[Piece],
    normal: Callable[[str], str],
) -> Template:
    """The reading of a shape with its places in the original."""
    stop = shape.stops[0] if shape.stops else len(read)
    cut = _second_address(pieces, stop)
    if cut < stop:
        pieces = [piece for piece in pieces if piece.end <= cut]
    other = min(cut, stop)
    pieces, again = _once(pieces)
    idle = [piece for piece in pieces if not piece.kind and _is_idle(read, piece)]
    pieces = [piece for piece in pieces if piece not in idle]
    slots = tuple(_slot(piece, place, normal) for piece in pieces if piece.kind)
    rest = tuple((*place.span(one.start, one.end), one.hint) for one in pieces if not one.kind)
    if other < len(read):
        rest += ((*place.span(other, len(read)), ""),)
    codes = _division_codes(pieces)
    return Template(
        shape.kept,
        ((0, slots),),
        SAME,
        rest,
        (
            *shape.noise,
            *(Noise(*place.span(one.start, one.end), REPEATED) for one in again),
            *(Noise(*place.span(one.start, one.end), "separators") for one in idle),
        ),
        _problems(read, pieces, other, codes),
        codes,
        place.first(other) if other < len(read) else -1,
    )


def too_long(size: int) -> Template:
    """The reading of a text that is too long to be one: all of it is left unread."""
    return Template(None, (), SAME, ((0, size, ""),), (), ("too_long",), (), -1)


def _is_idle(read: str, piece: Piece) -> bool:
    """Whether a piece only parts two others: 3栋-2-501."""
    return not read[piece.start : piece.end].strip("-")


def _once(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], list[Piece]]:
    """Pieces without divisions that were told before, and those: 杭州市杭州市西湖区."""
    known = [one for one in pieces if one.kind in DIVISIONS and one.names and one.names[0].code]
    if len({piece.kind for piece in known}) == len(known):
        return pieces, []
    told: set[tuple[str, frozenset[str]]] = set()
    again: list[Piece] = []
    for piece in known:
        key = piece.kind, frozenset(name.code for name in piece.names)
        if key in told:
            again.append(piece)
        told.add(key)
    return [piece for piece in pieces if piece not in again], again


def _slot(piece: Piece, place: Places, normal: Callable[[str], str]) -> Slot:
    """A piece that is an element."""
    first, last = place.span(piece.start, piece.end)
    value = name = code = ""
    if names := piece.names:
        name = names[0].official or names[0].text
        value = normal(name)
        code = names[0].code
        if len(names) > 1 and len({one.code for one in names}) > 1:
            code = ""
    named = piece.rule in NAME_RULES
    reader = "poi" if named else piece.kind
    if piece.kind == "building" and piece.rule == "numbers":
        reader = "number"
    return (
        piece.kind, reader, piece.start, piece.end, first, last, value, name, code, piece.rule,
    )  # fmt: skip


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


def _problems(
    read: str, pieces: Sequence[Piece], other: int, codes: tuple[str, ...]
) -> tuple[Problem, ...]:
    """What is odd about a reading."""
    kinds = {piece.kind for piece in pieces}
    found = (
        ("empty", not read),
        ("two_addresses", other < len(read)),
        ("divisions_only", kinds != {""} and kinds <= _DIVISIONS_ONLY and bool(kinds)),
        ("contradiction", True in [piece.contradiction for piece in pieces]),
        ("ambiguous", len(codes) > 1),
        ("unparsed", "" in kinds),
    )
    return tuple([name for name, holds in found if holds])


_DIVISIONS_ONLY = frozenset({"", *DIVISIONS})


def _division_codes(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Codes of the deepest division that is known."""
    groups = [
        tuple(dict.fromkeys([name.code for name in piece.names if name.code]))
        for piece in pieces
        if piece.names and piece.kind in DIVISIONS and not piece.contradiction
    ]
    return max([group for group in groups if group], key=_depth, default=())


def _depth(group: tuple[str, ...]) -> int:
    return len(group[0])
