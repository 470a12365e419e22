"""How well a name fits the words of a query, and which of them it takes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from geocode.words.names import Name
from geocode.words.text import Piece
from geocode.words.vocabulary import Vocabulary

EDIT: Final = 0.6
"""Cost of a letter that is wrong; others are measured against it."""

_BEGUN: Final = 0.7
_JOINED: Final = 0.15
"""Of two words that stand for one, or one for two."""

_LACKS: Final = 1.2
"""Of a word of the name that the query has not."""

_LACKS_TYPE: Final = 0.6
"""The same of the first word of a street: rue, avenue."""

_LACKS_TOWN: Final = 0.44
"""Of a word of the name of a town: most are called by less than that."""

_APART: Final = 0.2
"""Of each word between two that belong together."""

_BACKWARDS: Final = 0.3
_WEAK_BETWEEN: Final = 3
"""Words between two that cost nothing, mostly weak ones: de la."""

_STARTS: Final = 4
"""Places in a query where a name may begin, at most."""

_SHORT: Final = 3
"""A correction of shorter words counts double: many words are near them."""


class Offer(NamedTuple):
    """A word that a query has, or nearly so."""

    cost: float
    edits: int
    first: int
    """Number of the piece, and of the last one when it is two."""

    last: int


type Offers = Mapping[str, list[Offer]]
"""What a query offers for each word."""


@dataclass(frozen=True, slots=True)
class Match:
    """A name that a query has, or nearly so."""

    name: Name
    cost: float
    """0 when it is written so."""

    edits: int
    """Letters that are wrong or lack, 0 when it is written so."""

    lacking: int
    """Words of the name that the query has not."""

    taken: frozenset[int]
    """Numbers of the pieces that it takes."""

    start: int
    end: int
    """First piece and the one behind the last."""


def offers_of(
    pieces: Sequence[Piece], vocabulary: Vocabulary, usual: Collection[str]
) -> dict[str, list[Offer]]:
    """The words of a vocabulary that a query may mean, the likeliest place first.

    Args:
        pieces: The query.
        vocabulary: All words of the names.
        usual: Words so usual that a short word near them is most likely meant as one.
    """
    found: dict[str, list[Offer]] = {}
    for at, piece in enumerate(pieces):
        for word, cost, edits in _words_near(piece, vocabulary):
            share = 0.5 if word in usual and _is_short(piece) else 1.0
            found.setdefault(word, []).append(Offer(cost * share, edits, at, at))
        for last in range(at + 1, min(at + 3, len(pieces))):
            for word, cost, edits in _joined(pieces[at : last + 1], vocabulary):
                found.setdefault(word, []).append(Offer(cost, edits, at, last))
    for several in found.values():
        several.sort()
    return found


def _is_short(piece: Piece) -> bool:
    return len(piece.plain) <= _SHORT


def _joined(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[tuple[str, float, int]]:
    """Words, costs and edits of several pieces as one word."""
    joined = "".join(one.plain for one in pieces)
    if joined.isdigit():
        return
    yield joined, _JOINED, 0
    for near in vocabulary.near(joined) if len(joined) > _SHORT + 1 else ():
        if near.edits == 1 and not near.is_begun:
            yield near.word, _JOINED + EDIT, 1


def _words_near(piece: Piece, vocabulary: Vocabulary) -> Iterator[tuple[str, float, int]]:
    """Words, costs and edits of a piece."""
    text = piece.text + piece.suffix.lower()
    yield text, 0.0, 0
    if piece.suffix:
        yield piece.text, 0.0, 0
    if piece.plain != piece.text:
        yield piece.plain, 0.0, 0
    if piece.is_weak:
        return
    for near in vocabulary.near(piece.plain):
        if near.is_begun:
            yield near.word, _BEGUN, near.edits
        elif near.edits:
            cost = EDIT * near.edits * (2 if _is_short(piece) else 1)
            yield near.word, cost, near.edits


def fit(name: Name, offers: Offers, taken: frozenset[int] = frozenset()) -> Match | None:
    """The best way to find a name in a query.

    Args:
        name: The name.
        offers: What the query offers.
        taken: Pieces that something else has taken.

    Returns:
        None when the query has none of its words but the first of a street.
    """
    starts = (
        offer
        for ways in (name.doubles[:1], *name.slots)
        for way in ways
        for offer in offers.get(way, ())
        if offer.first not in taken
    )
    found = [_from(name, offers, taken, start.first) for start in islice(starts, _STARTS)]
    return min((one for one in found if one is not None), key=lambda one: one.cost, default=None)


def _from(name: Name, offers: Offers, taken: frozenset[int], start: int) -> Match | None:
    """The way to find a name that looks for each word behind the one before, from a start."""
    lack = _LACKS_TOWN if name.kind == "city" else _LACKS
    used, cost, edits, lacking, at = set(taken), 0.0, 0, 0, start
    proper = 0
    both = False
    for number, slot in enumerate(name.slots):
        if both:
            both = False
            continue
        double = name.doubles[number : number + 1]
        best, is_double = _nearest(slot, double, offers, used, at)
        if best is None:
            is_type = name.begins_street and not number
            cost += _LACKS_TYPE if is_type else lack
            lacking += 1
            continue
        cost += best.cost + _distance(best.first - at)
        edits += best.edits
        used.update(range(best.first, best.last + 1))
        at = best.last + 1
        both = is_double
        proper += bool(number) or not name.begins_street or is_double
    if not proper:
        return None
    if edits:  # a town that is misspelt is not shortened too
        cost += lacking * (_LACKS - lack)
    own = frozenset(used - taken)
    return Match(name, cost, edits, lacking, own, min(own), max(own) + 1)


def _nearest(
    slot: Sequence[str], double: Sequence[str], offers: Offers, used: set[int], at: int
) -> tuple[Offer | None, bool]:
    """The offer that costs least with its way from a place; whether it is for two words."""
    best: Offer | None = None
    least, is_double = 99.0, False
    for number, way in enumerate((*double, *slot)):
        for offer in offers.get(way, ()):
            if offer.first in used or offer.last in used:
                continue
            cost = offer.cost + _distance(offer.first - at)
            if cost < least:
                best, least, is_double = offer, cost, number < len(double)
    return best, is_double


def _distance(step: int) -> float:
    """Cost of the words between two words of a name."""
    if step < 0:
        return _BACKWARDS - _APART * step / 2
    return _APART * max(step - _WEAK_BETWEEN, 0)
