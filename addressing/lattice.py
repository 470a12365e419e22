"""What the texts of a city are read over: known names and last words in one automaton."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick

from addressing.grammar import Grammar
from addressing.kinds import DIVISIONS
from addressing.lexicon import Lexicon, Name
from addressing.pieces import Edge
from addressing.rules.base import NameEnd, Reading
from addressing.text import normal_name, normal_text, shape_of
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

    kinds: tuple[str, ...]
    unknown: bool
    """Whether all names of the type are known, so that others are none."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Ready to read the texts of a city."""

    grammar: Grammar
    lexicon: Lexicon
    automaton: ahocorasick.Automaton
    context: tuple[str, ...]
    """Beginnings of division codes that names without other company are taken from."""

    ends: tuple[End, ...]
    token_edges: tuple[tuple[Edge, ...], ...]
    """Edges of each kind of numbered word, all but their ends."""

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
                (end.kind,),
                end.kind in lexicon.complete,
            )
            for end, rule in zip(grammar.ends, grammar.end_rules, strict=True)
        )
        tokens = tuple(
            tuple(_token_edge(reading, rule) for reading in readings)
            for readings, rule in zip(grammar.token_readings, grammar.token_rules, strict=True)
        )
        automaton = _automaton(grammar, lexicon, ends)
        return cls(grammar, lexicon, automaton, tuple(context), ends, tokens)

    def number_end(self, text: str, start: int) -> int:
        """Where the first door number behind a place ends, 0 when there is none."""
        for found in self.grammar.token.finditer(text, start):
            if self.grammar.token_rules[(found.lastindex or 1) - 1] == _DOORS:
                return found.end()
        return 0


def _automaton(grammar: Grammar, lexicon: Lexicon, ends: tuple[End, ...]) -> ahocorasick.Automaton:
    """Names and last words in one automaton, by normal text."""
    words: dict[str, tuple[list[Name], list[tuple[int, End]]]] = {}
    for text, names in lexicon.names.items():
        words.setdefault(normal_name(grammar, text), ([], []))[0].extend(names)
    for word, bare in _without_notes(grammar, lexicon).items():
        if word not in words:
            words[word] = (bare, [])
    for end in ends:
        for word in end.end.words:
            words.setdefault(word, ([], []))[1].append((len(word), end))
    automaton = ahocorasick.Automaton()
    for word, (known, last) in words.items():
        automaton.add_word(word, (len(word), _name_edges(known), tuple(last)))
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


def _without_notes(grammar: Grammar, lexicon: Lexicon) -> dict[str, list[Name]]:
    """Names by what is left of them without a note in brackets.

    Where that is left of several, it is a name of its own and none of them.
    """
    found: dict[str, dict[str, list[Name]]] = {}
    for text, names in lexicon.names.items():
        if (bare := _NOTE.sub("", text)) != text and (word := normal_name(grammar, bare)):
            found.setdefault(word, {})[text] = [*names]
    return {
        word: [name for names in texts.values() for name in names]
        if len(texts) == 1
        else [Name(word, kind) for kind in {one[0].kind for one in texts.values()}]
        for word, texts in found.items()
    }


def _token_edge(reading: Reading, rule: str) -> Edge:
    """The edge of one way to read a numbered word, without its end."""
    first, last = INDEX[reading.kinds[0]], INDEX[reading.kinds[-1]]
    return Edge(0, first, last, reading.cost, reading.kinds, rule=rule)


def noted_names(grammar: Grammar, lexicon: Lexicon) -> re.Pattern[str] | None:
    """Known names that hold what the rules leave out of a text, over normal text."""
    normal = {shape_of(normal_text(grammar, text)) for text in lexicon.names}
    found = {name for name in normal if _PERHAPS.search(name) and grammar.noise.search(name)}
    if not found:
        return None
    return re.compile("|".join(re.escape(name) for name in sorted(found, key=len, reverse=True)))


_PERHAPS = re.compile("[-()近面过边壁旁口处侧叉汇门]")
"""What a name has that may hold a note or a word of nearness."""


def _name_edges(names: Iterable[Name]) -> tuple[Edge, ...]:
    """The edges of the names of one text, without their end: one for each type and form."""
    groups: dict[tuple[str, bool, bool], list[Name]] = {}
    for name in names:
        groups.setdefault((name.kind, name.short, name.local), []).append(name)
    return tuple(
        Edge(
            0,
            INDEX[kind],
            INDEX[kind],
            _name_cost(INDEX[kind], short=short),
            (kind,),
            tuple(group),
            "lexicon",
            short=short,
            codes=tuple({name.code: None for name in group}) if group[0].code else (),
            local=local,
        )
        for (kind, short, local), group in groups.items()
    )


def _name_cost(kind: int, *, short: bool) -> float:
    """The cost of a known name."""
    if not short:
        return _KNOWN
    return _SHORT_CITY if kind in CITIES else _SHORT_COUNTY
