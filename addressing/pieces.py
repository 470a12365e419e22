"""Edges, states and pieces of a reading; and the pieces of the cheapest way."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from addressing.lexicon import Name

_STREETS = frozenset({"road", "section", "lane", "alley", "sub_alley", "number"})
_PLACE_RULES = frozenset({"places", "position"})


class Piece(NamedTuple):
    """An element as read, or a stretch that is not (`kind` empty)."""

    kind: str
    start: int
    end: int
    names: tuple[Name, ...] = ()
    """What the lexicon says it is; several when it cannot tell."""

    rule: str = ""
    """Rule of the numbered word or last word; `lexicon` for a known name."""

    hint: str = ""
    """Type it looks like, of a stretch that is kept as unparsed."""

    contradiction: bool = False
    """Its division does not lie in the one before it."""


class Standing(NamedTuple):
    """What a text ends with, and so what the next one stands behind."""

    kind: str
    """Type of the last element; empty at the beginning, or behind what was not read."""

    division: tuple[str, ...]
    """Codes of the deepest division; several when it is not certain."""


BEGINNING = Standing("", ())


class Read(NamedTuple):
    """A text as read."""

    pieces: tuple[Piece, ...]
    standing: Standing
    divided: bool = True
    """Whether names of divisions may be in it, so that it depends on those before it."""


class Edge(NamedTuple):
    """A way from one place of a text to another: an element, or what nothing explains."""

    end: int
    first: int
    last: int
    cost: float
    kinds: tuple[str, ...]
    names: tuple[Name, ...] = ()
    rule: str = ""
    hint: str = ""
    gap: bool = False
    short: bool = False
    codes: tuple[str, ...] = ()
    """Codes of the divisions it may name."""

    local: bool = False
    """Whether it names something only inside the division before it."""


def edge_to(edge: Edge, end: int) -> Edge:
    """The edge with its end."""
    return Edge._make((end, *edge[1:]))


class State(NamedTuple):
    """The cheapest way found to a place, by the type of its last element."""

    cost: float
    kind: int
    gap: bool
    division: tuple[str, ...]
    before: "State | None"
    edge: Edge | None
    at: int
    short: bool = False
    contradiction: bool = False


BEGIN = State(0.0, 0, gap=False, division=(), before=None, edge=None, at=0)


def pieces_of(state: State, text: str) -> list[Piece]:
    """The way to a state as pieces."""
    pieces: list[Piece] = []
    division = state.division
    end = len(text)
    while state.before is not None and state.edge is not None:
        edge = state.edge
        if edge.gap or not edge.kinds:
            pieces.append(Piece("", state.at, end, hint=edge.hint))
        elif len(edge.kinds) > 1:
            pieces.extend(reversed(_split(edge, state.at, end, text)))
        else:
            names = _chosen(edge.names, division)
            piece = Piece(edge.kinds[0], state.at, end, names, edge.rule, "", state.contradiction)
            pieces.append(piece)
        end = state.at
        state = state.before
    return _merged(_with_estates(pieces[::-1]))


def _split(edge: Edge, start: int, end: int, text: str) -> list[Piece]:
    """The elements of numbers joined by hyphens."""
    pieces = []
    at = start
    for part, kind in zip(text[start:end].split("-"), edge.kinds, strict=True):
        pieces.append(Piece(kind, at, at + len(part), rule=edge.rule))
        at += len(part) + 1
    return pieces


def _chosen(names: tuple[Name, ...], division: tuple[str, ...]) -> tuple[Name, ...]:
    """The names that agree with the divisions of the whole reading, all when none does."""
    if len(names) < 2:  # noqa: PLR2004 - nothing to choose
        return names
    kept = tuple(
        name
        for name in names
        if name.code and (name.code.startswith(division) or _is_above(name.code, division))
    )
    return kept or names


def _is_above(code: str, division: tuple[str, ...]) -> bool:
    """Whether one of the divisions lies in that of a code."""
    return any(one.startswith(code) for one in division)


def _with_estates(pieces: list[Piece]) -> list[Piece]:
    """The pieces; a place in which zones or doors are numbered is an estate."""
    street = False
    for at, (piece, after) in enumerate(pairwise(pieces)):
        street = street or piece.kind in _STREETS
        inside = after.kind == "zone" or (after.kind in {"number", "compound"} and not street)
        if piece.kind == "poi" and piece.rule in _PLACE_RULES and inside:
            pieces[at] = piece._replace(kind="estate")
    return pieces


def lengthen(pieces: Sequence[Piece], runs: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The pieces of a shortened text at their places in the whole one.

    Args:
        pieces: As read.
        runs: As `addressing.text.shorten` gives them.
    """
    places = [place for place, _ in runs]
    shifts = [0, *(gone for _, gone in runs)]
    return tuple(
        [
            piece._replace(
                start=piece.start + shifts[bisect_left(places, piece.start)],
                end=piece.end + shifts[bisect_left(places, piece.end)],
            )
            for piece in pieces
        ]
    )


def _merged(pieces: list[Piece]) -> list[Piece]:
    """The pieces with stretches side by side that are not read joined into one."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last and not last.kind and not piece.kind and last.end == piece.start:
            hint = last.hint or piece.hint
            merged[-1] = Piece("", last.start, piece.end, hint=hint)
        else:
            merged.append(piece)
    return merged
