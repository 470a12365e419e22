"""What the texts of a city are read over: known names and last words in one automaton."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick

from addressing.grammar import Grammar
from addressing.kinds import DIVISIONS
from addressing.lexicon import Lexicon, Name
from addressing.rules.base import NameEnd
from addressing.text import normal_name
from addressing.transitions import INDEX

_KNOWN, _SHORT_CITY, _SHORT_COUNTY = 0.1, 0.7, 0.9
CITIES = frozenset({INDEX["province"], INDEX["city"]})
"""Types that stand at the beginning of a text, by number."""

_DOORS = "numbers"
"""Rule of door numbers."""

_NOTE = re.compile(r"[（(][^（）()]*[）)]")
"""A note that is part of an official name, which people leave out."""


class End(NamedTuple):
    """Last words as compiled."""

    end: NameEnd
    kind: int
    rule: str
    tail: re.Pattern[str] | None
    refused: re.Pattern[str] | None
    divides: bool
    """Whether what stands behind such a name is seldom part of it."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Ready to read the texts of a city."""

    grammar: Grammar
    lexicon: Lexicon
    automaton: ahocorasick.Automaton
    context: tuple[str, ...]
    """Beginnings of division codes that names without other company are taken from."""

    ends: tuple[End, ...]

    @classmethod
    def of(cls, grammar: Grammar, lexicon: Lexicon, context: Sequence[str] = ()) -> "Lattice":
        """The lattice of a grammar and a lexicon."""
        ends = tuple(
            End(
                end,
                INDEX[end.kind],
                rule,
                re.compile(end.tail) if end.tail else None,
                re.compile(end.refused) if end.refused else None,
                end.kind in DIVISIONS and end.words != ("村",),
            )
            for end, rule in zip(grammar.ends, grammar.end_rules, strict=True)
        )
        return cls(grammar, lexicon, _automaton(grammar, lexicon, ends), tuple(context), ends)

    def find_cut(self, text: str) -> int:
        """Where the text behind the first door number begins, 0 when there is none.

        No name goes over a door number, so what stands on its two sides can be read apart when
        the divisions before it are certain. That is not so where a number may be a building.
        """
        if self.grammar.profile.building_in_alley:
            return 0
        for found in self.grammar.token.finditer(text):
            if self.grammar.token_rules[(found.lastindex or 1) - 1] == _DOORS:
                return found.end() if found.end() < len(text) else 0
        return 0


def _automaton(grammar: Grammar, lexicon: Lexicon, ends: tuple[End, ...]) -> ahocorasick.Automaton:
    """Names and last words in one automaton, by normal text."""
    words: dict[str, tuple[list[Name], list[tuple[int, End]]]] = {}
    for text, names in lexicon.names.items():
        words.setdefault(normal_name(grammar, text), ([], []))[0].extend(names)
    for text, names in lexicon.names.items():
        if (word := normal_name(grammar, _NOTE.sub("", text))) and word not in words:
            words[word] = (list(names), [])
    for end in ends:
        for word in end.end.words:
            words.setdefault(word, ([], []))[1].append((len(word), end))
    automaton = ahocorasick.Automaton()
    for word, (known, last) in words.items():
        automaton.add_word(word, (len(word), tuple(_by_kind(known)), tuple(last)))
    automaton.make_automaton()
    return automaton


def digit_names(grammar: Grammar, lexicon: Lexicon) -> re.Pattern[str] | None:
    """Known names with digits in them, as a pattern over normal text; None when there is none."""
    normal = {normal_name(grammar, text) for text in lexicon.names if re.search(r"\d", text)}
    found = sorted((name for name in normal if name), key=len, reverse=True)
    if not found:
        return None
    spelled = (
        " *".join("[ -]" if one == "-" else re.escape(one) for one in name) for name in found
    )
    return re.compile(rf"(?<!\d)(?:{'|'.join(spelled)})(?!\d)")


def _by_kind(names: Iterable[Name]) -> list[tuple[int, bool, float, tuple[Name, ...]]]:
    """Names of one text grouped by type and form: type, short, cost, names."""
    groups: dict[tuple[str, bool], list[Name]] = {}
    for name in names:
        groups.setdefault((name.kind, name.short), []).append(name)
    return [
        (INDEX[kind], short, _name_cost(INDEX[kind], short=short), tuple(group))
        for (kind, short), group in groups.items()
    ]


def _name_cost(kind: int, *, short: bool) -> float:
    """The cost of a known name."""
    if not short:
        return _KNOWN
    return _SHORT_CITY if kind in CITIES else _SHORT_COUNTY
