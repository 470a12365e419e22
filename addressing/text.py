"""Normal text of an address: what a person wrote, ready to be read.

Character by character where that can be: then every place in the normal text is the same place
in the original. Digits do not matter to how an address is read, only how many there are, so
reading goes over the *shape*, the text with every digit written 0.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from addressing.grammar import Grammar

LONGEST = 500
"""No address is longer; a longer text is refused as a whole."""

_DIGIT = re.compile("[1-9]")
_RUN = re.compile("(?<![0-9A-Z之附增+-])0{2,}(?=[号巷弄邻组队栋幢室户层楼期门])")
_ODD = re.compile(r"[^ -~·\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_GAPS = re.compile(r"[ ;()·]")
_JOINER = "·"
_LEFT_OUT = frozenset(" ();·")
_NUMBERS_APART = re.compile("[0-9A-Z][0-9]|[0-9][A-Z]")
"""Two characters that must not meet when what stood between them is left out."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A stretch of the original text that is no part of the address."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The places of a text that are read, and what was left out."""

    kept: tuple[int, ...] | None
    """Places in the original, one for each character that is read; None when all are.

    A place ~n stands for a hyphen in the stead of what was left out at n.
    """

    breaks: frozenset[int]
    """Places among the kept before which something was left out."""

    stops: tuple[int, ...]
    """Places among the kept before which another address begins."""

    noise: tuple[Noise, ...]


def normal_text(grammar: Grammar, original: str) -> str:
    """The text in normal characters, each in its place; what cannot be an address is a space."""
    text = original
    if grammar.changed.search(text):
        text = text.translate(grammar.characters)
    if _ODD.search(text) is None:
        return text
    return _ODD.sub(lambda found: _fold(grammar, found.group()), text)


def shape_of(text: str) -> str:
    """A normal text with every digit written 0."""
    return _DIGIT.sub("0", text)


def shorten(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A text with one digit before unit words for which their number does not matter.

    Returns:
        The text; and for each number its place in it with the characters left out up to there.
    """
    parts, runs, begin, gone = [], [], 0, 0
    for found in _RUN.finditer(text):
        start, end = found.span()
        parts.append(text[begin : start + 1])
        begin = end
        gone += end - start - 1
        runs.append((end - gone - 1, gone))
    if not runs:
        return text, ()
    return "".join((*parts, text[begin:])), tuple(runs)


def normal_name(grammar: Grammar, name: str) -> str:
    """The normal form of a name: normal characters without separators."""
    text = normal_text(grammar, name)
    if _GAPS.search(text) is None:
        return text
    return "".join(
        "-" if _GAPS.match(letter) else letter
        for place, letter in enumerate(text)
        if not _GAPS.match(letter)
        or _NUMBERS_APART.match(text[place - 1 : place] + text[place + 1 : place + 2])
    )


def _fold(grammar: Grammar, letter: str) -> str:
    """The normal form of a rare character when it is one character, else a space."""
    folded = unicodedata.normalize("NFKC", letter).translate(grammar.characters)
    return folded if len(folded) == 1 and _ODD.match(folded) is None else " "


def find_shape(grammar: Grammar, text: str, noted: re.Pattern[str] | None = None) -> Shape:
    """Which characters of a normal text are read.

    Args:
        grammar: Rules of the city.
        text: Normal text with digits written 0.
        noted: Known names that hold what would be left out: 安达商场(北翼), 公共交通交汇处.
    """
    noise = tuple(_find_noise(grammar, text)) if grammar.noisy.search(text) else ()
    if noise and noted is not None:
        whole = [found.span() for found in noted.finditer(text)]
        noise = tuple(one for one in noise if not _is_within(one, whole))
    if not noise and _GAPS.search(text) is None:
        return Shape(None, frozenset(), (), ())
    hidden = {place for one in noise for place in range(one.start, one.end)}
    kept: list[int] = []
    breaks: set[int] = set()
    stops: list[int] = []
    gap = -1
    for place, letter in enumerate(text):
        if place in hidden or letter in _LEFT_OUT:
            if letter == ";" and place not in hidden:
                stops.append(len(kept))
            gap = place if letter != _JOINER or place in hidden else gap
            continue
        if gap >= 0 and kept:
            breaks.add(len(kept))
            if _NUMBERS_APART.match(f"{text[kept[-1]]}{letter}"):
                kept.append(~gap)
        gap = -1
        kept.append(place)
    inside = tuple(stop for stop in stops if 0 < stop < len(kept))
    return Shape(tuple(kept), frozenset(breaks), inside, noise)


def _is_within(noise: Noise, names: Iterable[tuple[int, int]]) -> bool:
    """Whether a stretch is part of a name."""
    return any(start <= noise.start and noise.end <= end for start, end in names)


def read_letters(text: str, kept: tuple[int, ...] | None) -> str:
    """The characters that are read, with a hyphen where numbers would run together."""
    if kept is None:
        return text
    return "".join([text[place] if place >= 0 else "-" for place in kept])


def _find_noise(grammar: Grammar, text: str) -> list[Noise]:
    """What the rules of noise find."""
    return [
        Noise(found.start(), found.end(), grammar.noise_rules[found.lastindex - 1])
        for found in grammar.noise.finditer(text)
        if found.lastindex and found.end() > found.start()
    ]
