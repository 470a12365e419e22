"""The cheapest way to read a text: every known name and numbered word, scored as a whole.

No first hit wins by being first. Known names, numbered words and names told by their last word are
edges from place to place; characters that nothing explains are edges too, and dear. The way from
the beginning to the end that costs least is the reading, so 广东路 is a street although 广东 is a
province, and a numeral inside a name stays there.
"""

import re
from bisect import bisect_right

from addressing.lattice import CITIES, End, Lattice
from addressing.pieces import BEGIN, BEGINNING, Edge, Read, Standing, State, pieces_of
from addressing.transitions import COSTS, INDEX, KIND_LIST

LONGEST_NAME = 14
"""No name told by its last word is longer."""

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

_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffffA-Z]")


def read(
    lattice: Lattice,
    text: str,
    breaks: frozenset[int] = frozenset(),
    before: Standing = BEGINNING,
) -> Read:
    """The cheapest reading, from left to right; pieces cover the whole text.

    Args:
        lattice: What the city knows.
        text: Characters that are read, normal; digits may all be 0.
        breaks: Places before which something was left out.
        before: What stands before the text.
    """
    return _Reading(lattice, text, breaks).best(before)


class _Reading:
    """One text on its way through the lattice."""

    def __init__(self, lattice: Lattice, text: str, breaks: frozenset[int]) -> None:
        self.lattice = lattice
        self.text = text
        self.breaks = breaks
        self.size = len(text)
        self.known: list[list[Edge]] = [[] for _ in range(self.size + 1)]
        self.lasts: list[tuple[int, int, End]] = []
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
                    Edge(end, kind, kind, cost, (KIND_LIST[kind],), group, "lexicon", short=short)
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
                    Edge(end, first, last, reading.cost, reading.kinds, rule=rule)
                )

    def best(self, before: Standing) -> Read:
        """The pieces of the cheapest way to the end."""
        states: list[dict[tuple[int, bool], State]] = [{} for _ in range(self.size + 1)]
        after = INDEX[before.kind]
        states[0][after, False] = BEGIN._replace(kind=after, division=before.division)
        for at in range(self.size):
            here = states[at]
            if here:
                if len(here) > 1:
                    here = _promising(here)
                for edge in self._edges(at, here):
                    self._follow(edge, here, states[edge.end], at)
        final = min(states[self.size].values(), key=_cost_of)
        standing = Standing(KIND_LIST[final.kind] if not final.gap else "", final.division)
        return Read(tuple(pieces_of(final, self.text)), standing)

    def _edges(self, at: int, here: dict[tuple[int, bool], State]) -> list[Edge]:
        """All edges from a place."""
        edges = list(self.known[at])
        if at in self.breaks or any(not gap for _, gap in here):
            edges.extend(self._grown(at, here))
            edges.extend(self._left_over(at, here, {edge.end for edge in edges}))
        stop = self.starts[bisect_right(self.starts, at)]
        edges.append(Edge(stop, 0, 0, _GAP_LETTER * (stop - at), (), gap=True))
        return edges

    def _grown(self, at: int, here: dict[tuple[int, bool], State]) -> list[Edge]:
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
    def _begins(edge: Edge, here: dict[tuple[int, bool], State]) -> bool:
        """Whether a known name is a city that may well stand here."""
        if edge.first not in CITIES or not edge.names:
            return False
        codes = tuple(name.code for name in edge.names)
        return any(
            not state.gap
            and (not state.kind or state.kind in CITIES)
            and any(code.startswith(state.division or "") for code in codes)
            for state in here.values()
        )

    def _name_price(self, at: int, end: int, word: int, one: End) -> float:
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

    def _name_edges(self, at: int, end: int, one: End, cost: float) -> list[Edge]:
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
                edges.append(Edge(stop, one.kind, one.kind, price, (), (), "", one.end.kind))
            else:
                kind = one.kind
                edges.append(Edge(stop, kind, kind, cost, (one.end.kind,), rule=one.rule))
        return edges

    def _left_over(
        self, at: int, here: dict[tuple[int, bool], State], explained: set[int]
    ) -> list[Edge]:
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
        return [Edge(stop, kind, kind, cost, (KIND_LIST[kind],), rule="position")]

    def _is_firm(self, at: int) -> bool:
        """Whether a stretch must end here: a numbered word, the end, or something left out."""
        return at in self.token_starts or at in self.breaks or at == self.size

    def _follow(
        self,
        edge: Edge,
        here: dict[tuple[int, bool], State],
        there: dict[tuple[int, bool], State],
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
                there[key] = State(
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


def _without_cut(edges: list[Edge]) -> list[Edge]:
    """The names from one place without short forms of those that stand there whole."""
    whole = [(edge.end, name.code) for edge in edges if not edge.short for name in edge.names]
    return [
        edge
        for edge in edges
        if not edge.short
        or not any(end > edge.end and code == edge.names[0].code for end, code in whole)
    ]


def _promising(here: dict[tuple[int, bool], State]) -> dict[tuple[int, bool], State]:
    """The states of a place without those that are far behind the best."""
    most = min([state.cost for state in here.values()]) + _BEHIND
    return {key: state for key, state in here.items() if state.cost <= most}


def _cost_of(state: State) -> float:
    return state.cost
