"""Normal text of an address: what a person wrote, ready to be read.

Character by character where that can be: then every place in the normal text is the same place
in the original. Digits do not matter to how an address is read, only how many there are, so
reading goes over the *shape*, the text with every digit written 0.
"""

import re
import unicodedata
from dataclasses import dataclass

from addressing.grammar import Grammar

LONGEST = 500
"""No address is longer; a longer text is refused as a whole."""

SHAPE = {ord(digit): "0" for digit in "123456789"}
_ODD = re.compile(r"[^ -~\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_GAPS = re.compile(r"[ ;()]")


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
    """Places in the original, one for each character that is read; None when all are."""

    breaks: frozenset[int]
    """Places among the kept before which something was left out."""

    stops: tuple[int, ...]
    """Places among the kept before which another address begins."""

    noise: tuple[Noise, ...]


def normal_text(grammar: Grammar, original: str) -> str:
    """The text in normal characters, each in its place; what cannot be an address is a space."""
    text = original.translate(grammar.characters)
    if _ODD.search(text) is None:
        return text
    return _ODD.sub(lambda found: _fold(grammar, found.group()), text)


def normal_name(grammar: Grammar, name: str) -> str:
    """The normal form of a name: normal characters without separators."""
    return _GAPS.sub("", normal_text(grammar, name))


def _fold(grammar: Grammar, letter: str) -> str:
    """The normal form of a rare character when it is one character, else a space."""
    folded = unicodedata.normalize("NFKC", letter).translate(grammar.characters)
    return folded if len(folded) == 1 and _ODD.match(folded) is None else " "


def find_shape(grammar: Grammar, text: str) -> Shape:
    """Which characters of a normal text are read.

    Args:
        grammar: Rules of the city.
        text: Normal text with digits written 0.
    """
    noise = tuple(_find_noise(grammar, text))
    if not noise and _GAPS.search(text) is None:
        return Shape(None, frozenset(), (), ())
    hidden = {place for one in noise for place in range(one.start, one.end)}
    kept: list[int] = []
    breaks: set[int] = set()
    stops: list[int] = []
    for place, letter in enumerate(text):
        if place in hidden or letter in " ();":
            breaks.add(len(kept))
            if letter == ";" and place not in hidden:
                stops.append(len(kept))
        else:
            kept.append(place)
    inner = frozenset(place for place in breaks if 0 < place < len(kept))
    return Shape(tuple(kept), inner, tuple(stop for stop in stops if stop in inner), noise)


def _find_noise(grammar: Grammar, text: str) -> list[Noise]:
    """What the rules of noise find."""
    return [
        Noise(found.start(), found.end(), grammar.noise_rules[found.lastindex - 1])
        for found in grammar.noise.finditer(text)
        if found.lastindex and found.end() > found.start()
    ]
