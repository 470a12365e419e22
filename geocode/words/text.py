"""From a text to the words that count, whatever their case, accents and abbreviations are."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from geocode.words.profile import WordProfile

LONGEST: Final = 500
"""Characters of a text that are read; no address is longer."""

_LETTERS: Final = str.maketrans(
    {"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_WORD: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_DOOR: Final = re.compile(r"([0-9]+)\s*([a-z]*)")
_MARKS: Final = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters that are not seen."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One word or number of a text."""

    text: str
    """As names have it: folded, its abbreviation written out, a number in digits."""

    plain: str
    """Folded only."""

    is_number: bool = False
    """Whether it may be the number of a door: digits that do not count anything."""

    suffix: str = ""
    """What stands behind the number of a door, in capitals."""

    is_weak: bool = False
    is_glued: bool = False
    """Whether nothing stands between it and the piece before."""


def folded(text: str) -> str:
    """A text in small letters without accents; never fails and changes nothing when repeated."""
    flat = unicodedata.normalize("NFKD", _MARKS.sub("", text).lower()).translate(_LETTERS)
    bare = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", bare).lower().translate(_LETTERS)


def pieces_of(profile: WordProfile, text: str) -> list[Piece]:
    """The words and numbers of a text in their order.

    Never fails; what is neither word nor number parts words.
    """
    found = list(_numbered(profile, _glued(folded(text[:LONGEST]))))
    return [piece for one in found for piece in _written_out(profile, one)]


def name_words(profile: WordProfile, name: str) -> tuple[str, ...]:
    """The words of a name that count; all of them when all are weak.

    Where a number is told or a weak word left out before it, a letter may become part of that
    number: names with numbers are read until they stay as they are.
    """
    every = pieces_of(profile, name)
    words = tuple(one.text + one.suffix.lower() for one in every if not one.is_weak)
    words = words or tuple(one.text for one in every)
    told = " ".join(words)
    is_settled = told == name or not any(word[0].isdigit() for word in words)
    return words if is_settled else name_words(profile, told)


def canonical_name(profile: WordProfile, name: str) -> str:
    """The name as the gazetteer keeps it; alike for all ways to write it."""
    return " ".join(name_words(profile, name))


def canonical_number(number: str) -> str:
    """The number of a door: digits, then what stands behind them in capitals; 2-4 is 2."""
    found = _DOOR.search(folded(number))
    if found is None:
        return "".join(_WORD.findall(folded(number))).upper()
    return (found[1].lstrip("0") or "0") + found[2].upper()


def _glued(text: str) -> list[tuple[str, bool]]:
    """The runs of letters and of digits, and whether each touches the one before."""
    found = list(_WORD.finditer(text))
    touches = [False, *(one.end() == other.start() for one, other in pairwise(found))]
    return [(one.group(), touch) for one, touch in zip(found, touches, strict=False)]


def _numbered(profile: WordProfile, words: Sequence[tuple[str, bool]]) -> Iterator[Piece]:
    """Pieces, each number with what belongs to it."""
    at = 0
    while at < len(words):
        word, touches = words[at]
        at += 1
        if not word.isdigit():
            yield Piece(word, word, is_weak=word in profile.weak, is_glued=touches)
            continue
        number = Piece(word.lstrip("0") or "0", word, is_number=True, is_glued=touches)
        follower, is_glued = words[at] if at < len(words) else ("", False)
        behind = words[at + 1][0] if at + 1 < len(words) else ""
        if is_glued and _is_ordinal(profile, follower, behind):
            at += 1
            yield replace(number, is_number=False)
        elif _is_suffix(profile, follower, behind, is_glued=is_glued):
            at += 1
            yield replace(number, suffix=follower.upper())
        else:
            yield number


def _is_ordinal(profile: WordProfile, word: str, behind: str) -> bool:
    """Whether a word makes the number before it one that counts; 6E before a street does not."""
    return word in profile.ordinals and (len(word) > 1 or not _is_type(profile, behind))


def _is_suffix(profile: WordProfile, word: str, behind: str, *, is_glued: bool) -> bool:
    """Whether a word belongs to the number before it: 28b, 17 bis, 17 B place."""
    if word in profile.suffixes:
        return True
    if len(word) != 1 or word.isdigit():
        return False
    return is_glued or _is_type(profile, behind)


def _is_type(profile: WordProfile, word: str) -> bool:
    """Whether a word begins the name of a street."""
    return profile.synonyms.get(word, (word,))[0] in profile.types


def _written_out(profile: WordProfile, piece: Piece) -> Iterator[Piece]:
    """The words that a piece is short for."""
    if piece.plain.isdigit():
        yield piece
        return
    for number, word in enumerate(profile.synonyms.get(piece.plain, (piece.plain,))):
        yield replace(piece, text=word, is_glued=piece.is_glued and not number)
