"""The cheapest way to read a text: every known name and numbered word, scored as a whole.

No first hit wins by being first. Known names, numbered words and names told by their last word are
edges from place to place; characters that nothing explains are edges too, and dear. The way from
the beginning to the end that costs least is the reading, so 广东路 is a street although 广东 is a
province, and a numeral inside a name stays there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick

from addressing.grammar import Grammar
from addressing.kinds import DIVISIONS
from addressing.lexicon import Lexicon, Name
from addressing.rules.base import NameEnd
from addressing.text import normal_name
from addressing.transitions import COSTS, INDEX, KIND_LIST

LONGEST_NAME = 14
"""No name told by its last word is longer."""

_KNOWN, _SHORT_CITY, _SHORT_COUNTY = 0.1, 0.7, 0.9
_GAP_OPEN, _GAP_LETTER, _GAP_AFTER_SHORT = 2.0, 0.8, 4.0
_LEFT_OVER, _OVER_KNOWN, _UNKNOWN_OF_COMPLETE = 2.4, 1.5, 0.6
_KIN, _CONTRADICTION, _ELSEWHERE = -0.2, 1.2, 0.8
_LETTER, _LONG_LETTER, _LONG_LETTER_PLACE, _USUAL = 0.05, 0.3, 0.1, 6
_SHORT_STEM, _OVER_BREAK, _OVER_NAME = 0.6, 0.5, 0.4
_INNER, _INNER_DIVISION, _INNER_DIGIT = 0.35, 1.4, 0.6
_INNER_STREET, _INNER_IN_PLACE = 1.1, 0.5
_CITY_INSIDE = 1.0
_BEHIND = 3.0
"""A state that costs this much more than the best at its place is given up."""
_CITIES = frozenset({INDEX["province"], INDEX["city"]})
_NUMBER = INDEX["number"]
_ESTATE, _POI, _ROAD = INDEX["estate"], INDEX["poi"], INDEX["road"]
_STREET_LIKE = frozenset({_ROAD, INDEX["lane"]})
_AFTER_AREA = range(INDEX["road"], len(KIND_LIST))
_STREETS = frozenset({INDEX["road"], INDEX["section"], INDEX["community"], INDEX["group"]})
_CHAIN_NEXT = frozenset(INDEX[kind] for kind in ("building", "zone", "unit", "room"))
_CUT_OFF = ("区", "社区", "街道", "路")
"""No name begins so: it would have lost its first part."""

_PAIRS = frozenset({"街道", "社区", "小区", "园区", "大道", "胡同"})
"""No name begins inside one of these."""

_DOORS = "numbers"
"""Rule of door numbers."""

_NOTE = re.compile(r"[（(][^（）()]*[）)]")
"""A note that is part of an official name, which people leave out."""

_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffffA-Z]")


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


class _Edge(NamedTuple):
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


class _State(NamedTuple):
    cost: float
    kind: int
    gap: bool
    division: tuple[str, ...]
    before: "_State | None"
    edge: _Edge | None
    at: int
    short: bool = False
    contradiction: bool = False


_BEGIN = _State(0.0, 0, gap=False, division=(), before=None, edge=None, at=0)


class _End(NamedTuple):
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

    ends: tuple[_End, ...]

    @classmethod
    def of(cls, grammar: Grammar, lexicon: Lexicon, context: Sequence[str] = ()) -> "Lattice":
        """The lattice of a grammar and a lexicon."""
        ends = tuple(
            _End(
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

    def read(
        self, text: str, breaks: frozenset[int] = frozenset(), before: Standing = BEGINNING
    ) -> "Read":
        """The cheapest reading, from left to right; pieces cover the whole text.

        Args:
            text: Characters that are read, normal; digits may all be 0.
            breaks: Places before which something was left out.
            before: What stands before the text.
        """
        return _Reading(self, text, breaks).best(before)

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


def _automaton(
    grammar: Grammar, lexicon: Lexicon, ends: tuple[_End, ...]
) -> ahocorasick.Automaton:
    """Names and last words in one automaton, by normal text."""
    words: dict[str, tuple[list[Name], list[tuple[int, _End]]]] = {}
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
    return _SHORT_CITY if kind in _CITIES else _SHORT_COUNTY


class _Reading:
    """One text on its way through the lattice."""

    def __init__(self, lattice: Lattice, text: str, breaks: frozenset[int]) -> None:
        self.lattice = lattice
        self.text = text
        self.breaks = breaks
        self.size = len(text)
        self.known: list[list[_Edge]] = [[] for _ in range(self.size + 1)]
        self.lasts: list[tuple[int, int, _End]] = []
        self.token_starts: set[int] = set()
        self.numbered: list[tuple[int, int]] = []
        """Numbered words with Arabic digits and a unit word, and sections; in no name."""
        self._find_names()
        self._find_tokens()
        self.ends = [end for end, _, _ in self.lasts]
        self.starts = sorted(
            {at for at, edges in enumerate(self.known) if edges} | breaks | {self.size}
        )

    def _find_names(self) -> None:
        """Known names, and last words."""
        for last, (length, names, ends) in self.lattice.automaton.iter(self.text):
            end = last + 1
            for kind, short, cost, group in names:
                self.known[end - length].append(
                    _Edge(end, kind, kind, cost, (KIND_LIST[kind],), group, "lexicon", short=short)
                )
            for size, one in ends:
                self.lasts.append((end, end - size, one))
        self.known = [_without_cut(edges) if len(edges) > 1 else edges for edges in self.known]

    def _find_tokens(self) -> None:
        """Numbered words."""
        grammar = self.lattice.grammar
        for found in grammar.token.finditer(self.text):
            start, end = found.span()
            group = (found.lastindex or 1) - 1
            self.token_starts.add(start)
            arabic = "0" in found.group() and not found.group()[-1].isascii()
            if arabic or found.group()[-1] == "段":
                self.numbered.append((start, end))
            for reading in grammar.token_readings[group]:
                first, last = INDEX[reading.kinds[0]], INDEX[reading.kinds[-1]]
                rule = grammar.token_rules[group]
                self.known[start].append(
                    _Edge(end, first, last, reading.cost, reading.kinds, rule=rule)
                )

    def best(self, before: Standing) -> "Read":
        """The pieces of the cheapest way to the end."""
        states: list[dict[tuple[int, bool], _State]] = [{} for _ in range(self.size + 1)]
        after = INDEX[before.kind]
        states[0][after, False] = _BEGIN._replace(kind=after, division=before.division)
        for at in range(self.size):
            here = states[at]
            if here:
                if len(here) > 1:
                    here = _promising(here)
                for edge in self._edges(at, here):
                    self._follow(edge, here, states[edge.end], at)
        final = min(states[self.size].values(), key=_cost_of)
        standing = Standing(KIND_LIST[final.kind] if not final.gap else "", final.division)
        return Read(tuple(self._pieces(final)), standing)

    def _edges(self, at: int, here: dict[tuple[int, bool], _State]) -> list[_Edge]:
        """All edges from a place."""
        edges = list(self.known[at])
        if at in self.breaks or any(not gap for _, gap in here):
            edges.extend(self._grown(at, here))
            edges.extend(self._left_over(at, here, {edge.end for edge in edges}))
        stop = self.starts[bisect_right(self.starts, at)]
        edges.append(_Edge(stop, 0, 0, _GAP_LETTER * (stop - at), (), gap=True))
        return edges

    def _grown(self, at: int, here: dict[tuple[int, bool], _State]) -> list[_Edge]:
        """Names that begin here, told by their last words."""
        edges = []
        inner: dict[int, tuple[float, bool]] = {}
        city = max((edge.end for edge in self.known[at] if self._begins(edge, here)), default=0)
        over = max((edge.end for edge in self.known[at] if edge.rule == "lexicon"), default=0)
        behind = all(kind >= _NUMBER for kind, gap in here)
        limit = min(
            [at + LONGEST_NAME + 1, *(stop for start, stop in self.numbered if start >= at)]
        )
        for end, word, one in self.lasts[bisect_right(self.ends, at) :]:
            if end >= limit:
                break
            if word < at + one.end.stem:
                continue
            inside = behind and one.kind == _ESTATE
            cost = self._name_price(at, end, word, one)
            street = one.kind in _STREET_LIKE
            cost += sum(
                _inner_price(price, _POI if inside else one.kind, apart=apart and stop < word)
                for stop, (price, apart) in inner.items()
                if stop <= word
            )
            price, before = inner.get(end, (0.0, False))
            apart = before or street or (one.kind == _ESTATE and end - word > 1)
            inner[end] = max(price, _INNER_DIVISION if one.divides else _INNER), apart
            if city and city < end:
                cost += _CITY_INSIDE if one.kind == _ROAD else _OVER_NAME
            elif over and over < end and over > at + 1:
                cost += _OVER_NAME / 2
            edges.extend(self._name_edges(at, end, one, cost))
        return edges

    @staticmethod
    def _begins(edge: _Edge, here: dict[tuple[int, bool], _State]) -> bool:
        """Whether a known name is a city that may well stand here."""
        if edge.first not in _CITIES or not edge.names:
            return False
        codes = tuple(name.code for name in edge.names)
        return any(
            not state.gap
            and (not state.kind or state.kind in _CITIES)
            and any(code.startswith(state.division or "") for code in codes)
            for state in here.values()
        )

    def _name_price(self, at: int, end: int, word: int, one: _End) -> float:
        """The cost of a name by its form."""
        length = end - at
        long_letter = _LONG_LETTER_PLACE if one.kind == _POI else _LONG_LETTER
        cost = one.end.cost + _LETTER * length + long_letter * max(0, length - _USUAL)
        if word - at == 1:
            cost += _SHORT_STEM
        if at and (self.text.startswith(_CUT_OFF, at) or self.text[at - 1 : at + 1] in _PAIRS):
            cost += _INNER_DIVISION
        if self.breaks and any(at < place < end for place in self.breaks):
            cost += _OVER_BREAK
        if self.text.find("0", at, end) >= 0:
            cost += _INNER_DIGIT
        return cost

    def _name_edges(self, at: int, end: int, one: _End, cost: float) -> list[_Edge]:
        """The edges of one name: as it is, and with what may follow its last word."""
        stops = [end]
        if one.tail and (found := one.tail.match(self.text, end)) and found.end() > end:
            stops.append(found.end())
        edges = []
        for stop in stops:
            if one.refused and one.refused.fullmatch(self.text, at, stop):
                continue
            if one.end.kind in self.lattice.lexicon.complete:
                price = cost + _UNKNOWN_OF_COMPLETE
                edges.append(_Edge(stop, one.kind, one.kind, price, (), (), "", one.end.kind))
            else:
                kind = one.kind
                edges.append(_Edge(stop, kind, kind, cost, (one.end.kind,), rule=one.rule))
        return edges

    def _left_over(
        self, at: int, here: dict[tuple[int, bool], _State], explained: set[int]
    ) -> list[_Edge]:
        """A whole stretch after a street or number that nothing else explains: a name by place."""
        kinds = [kind for kind, gap in here if kind in _AFTER_AREA and not gap]
        if not any(kind not in _STREETS for kind in kinds) and not kinds:
            return []
        stop = next(
            (start for start in self.starts if start > at and self._is_firm(start)), self.size
        )
        if stop in explained:
            return []
        stretch = self.text[at:stop]
        if stop - at < 2 or stop - at > LONGEST_NAME + 6 or not _HAN.match(stretch):  # noqa: PLR2004
            return []
        chain = any(edge.first in _CHAIN_NEXT for edge in self.known[stop])
        kind = _ESTATE if chain else _POI
        if all(one in _STREETS for one in kinds) and not chain:
            return []
        inside = any(
            edge.rule == "lexicon" and not edge.short
            for place in range(at, stop)
            for edge in self.known[place]
        )
        cost = _LEFT_OVER + (_OVER_KNOWN if inside else 0.0)
        return [_Edge(stop, kind, kind, cost, (KIND_LIST[kind],), rule="position")]

    def _is_firm(self, at: int) -> bool:
        """Whether a stretch must end here: a numbered word, the end, or something left out."""
        return at in self.token_starts or at in self.breaks or at == self.size

    def _follow(
        self,
        edge: _Edge,
        here: dict[tuple[int, bool], _State],
        there: dict[tuple[int, bool], _State],
        at: int,
    ) -> None:
        """Go along an edge from every state of a place."""
        coded = edge.names and edge.names[0].code
        codes = tuple(name.code for name in edge.names) if coded else ()
        for state in here.values():
            division, contradiction = state.division, False
            if edge.gap:
                cost = state.cost + edge.cost + (0.0 if state.gap else _GAP_OPEN)
                cost += _GAP_AFTER_SHORT if state.short else 0.0
            else:
                cost = state.cost + edge.cost + COSTS[state.kind][edge.first]
                if codes:
                    division, extra, contradiction = self._join(division, codes)
                    cost += extra
            key = (state.kind if edge.gap else edge.last, edge.gap)
            old = there.get(key)
            if old is None or cost < old.cost:
                there[key] = _State(
                    cost, key[0], edge.gap, division, state, edge, at, edge.short, contradiction
                )

    def _join(
        self, before: tuple[str, ...], codes: tuple[str, ...]
    ) -> tuple[tuple[str, ...], float, bool]:
        """Divisions so far with those of a name: which agree, the cost, a contradiction."""
        if not before:
            near = tuple(code for code in codes if code.startswith(self.lattice.context))
            if not self.lattice.context:
                return codes, 0.0, False
            return (near, 0.0, False) if near else (codes, _ELSEWHERE, False)
        inside = tuple(code for code in codes if code.startswith(before))
        if inside:
            return inside, _KIN, False
        around = tuple(code for code in before if code.startswith(codes))
        return (around, _KIN, False) if around else (before, _CONTRADICTION, True)

    def _pieces(self, state: _State) -> list[Piece]:
        """The way to a state as pieces."""
        pieces: list[Piece] = []
        division = state.division
        end = self.size
        while state.before is not None and state.edge is not None:
            edge = state.edge
            if edge.gap or not edge.kinds:
                pieces.append(Piece("", state.at, end, hint=edge.hint))
            elif len(edge.kinds) > 1:
                pieces.extend(reversed(self._split(edge, state.at, end)))
            else:
                names = _chosen(edge.names, division)
                piece = Piece(
                    edge.kinds[0], state.at, end, names, edge.rule, "", state.contradiction
                )
                pieces.append(piece)
            end = state.at
            state = state.before
        return _merged(pieces[::-1])

    def _split(self, edge: _Edge, start: int, end: int) -> list[Piece]:
        """The elements of numbers joined by hyphens."""
        pieces = []
        at = start
        for part, kind in zip(self.text[start:end].split("-"), edge.kinds, strict=True):
            pieces.append(Piece(kind, at, at + len(part), rule=edge.rule))
            at += len(part) + 1
        return pieces


def _inner_price(price: float, kind: int, *, apart: bool) -> float:
    """What it costs a name to have another name's last word inside.

    Args:
        price: The usual price of that last word.
        kind: Type of the name.
        apart: Whether something stands between that word and the name's own last word, and the
            word is one that seldom is part of another name.
    """
    if kind in _STREET_LIKE:
        return max(price, _INNER_DIVISION) if apart else price
    if kind == _POI:
        price = min(price, _INNER_IN_PLACE)
    return max(price, _INNER_STREET) if apart else price


def _without_cut(edges: list[_Edge]) -> list[_Edge]:
    """The names from one place without short forms of those that stand there whole."""
    whole = [(edge.end, name.code) for edge in edges if not edge.short for name in edge.names]
    return [
        edge
        for edge in edges
        if not edge.short
        or not any(end > edge.end and code == edge.names[0].code for end, code in whole)
    ]


def _promising(here: dict[tuple[int, bool], _State]) -> dict[tuple[int, bool], _State]:
    """The states of a place without those that are far behind the best."""
    most = min([state.cost for state in here.values()]) + _BEHIND
    return {key: state for key, state in here.items() if state.cost <= most}


def _cost_of(state: _State) -> float:
    return state.cost


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
