"""The ways through one text: known names, numbered words, names told by their last words.

Characters that nothing explains are a way too, and dear. A name told by its last word pays for
what else it holds: last words of other names, known names, digits, places where something was left
out.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection

from addressing.lattice import CITIES, End, Lattice
from addressing.pieces import Edge, State, edge_to
from addressing.prices import STREET_LIKE, Inner, cut_price, name_price, over_price, put_inner
from addressing.transitions import INDEX, KIND_LIST

type States = dict[tuple[int, bool], State]
"""The cheapest state of a place by type of the last element and whether it is a gap."""

LONGEST_NAME = 14
"""No name told by its last word is longer."""

_GAP_LETTER = 0.8
_LEFT_OVER, _OVER_KNOWN, _UNKNOWN_OF_COMPLETE = 2.4, 1.5, 0.6

_NUMBER, _COUNTY, _BUILDING = INDEX["number"], INDEX["county"], INDEX["building"]
_ESTATE, _POI = INDEX["estate"], INDEX["poi"]
_AFTER_AREA = range(INDEX["road"], len(KIND_LIST))
_STREETS = frozenset(INDEX[kind] for kind in ("road", "section", "community", "group"))
_CHAIN_NEXT = frozenset(INDEX[kind] for kind in ("building", "zone", "unit", "room"))
_VILLAGE = INDEX["natural_village"]
_COMMUNITIES = {INDEX["community"], _VILLAGE, INDEX["group"]}
_OF_HAMLETS = {_NUMBER, INDEX["group"]}
_LONGEST_HAMLET, _VILLAGE_ENDS = 4, frozenset("村会里邻组队")
_NO_STREET_BEHIND = "0道"
"""What does not follow a sub-district that is written as a street."""

_HARD = frozenset("段期幢栋层元室")
"""Last words of numbered words with Chinese numerals that are in no name."""

_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffffA-Z]")


class Edges:
    """All edges of one text."""

    def __init__(self, lattice: Lattice, text: str, breaks: frozenset[int]) -> None:
        self.lattice = lattice
        self.text = text
        self.breaks = breaks
        self.gaps = sorted(breaks)
        self.size = len(text)
        self.known: list[list[Edge]] = [[] for _ in range(self.size + 1)]
        self.lasts: list[tuple[int, int, End]] = []
        self.towers: dict[int, int] = {}
        """Where words for buildings begin, by where they end."""
        self.token_starts: set[int] = set()
        self.hard_starts: list[int] = []
        self.hard_stops: list[int] = []
        """Numbered words that are in no name: Arabic digits with a unit word, sections, 栋, 层."""
        self._find_names()
        self._find_tokens()
        self.ends = [end for end, _, _ in self.lasts]
        starts = {at for at, edges in enumerate(self.known) if edges}
        self.starts = sorted(starts | breaks | {self.size})
        self.firm = sorted(self.token_starts | breaks | {self.size})
        """Where a stretch must end: a numbered word, something left out, the end."""

    def _find_names(self) -> None:
        """Known names, and last words."""
        known, lasts = self.known, self.lasts
        for last, (length, names, ends) in self.lattice.automaton.iter(self.text):
            end = last + 1
            if names:
                after = self.text[end : end + 1]
                known[end - length] += [
                    edge_to(edge, end)
                    for edge in names
                    if not (edge.local and edge.short) or after not in _NO_STREET_BEHIND
                ]
            for size, one in ends:
                lasts.append((end, end - size, one))
                if one.kind == _BUILDING:
                    self.towers[end] = end - size
        for at, edges in enumerate(known):
            if len(edges) > 1:
                known[at] = _without_cut(edges)

    def _find_tokens(self) -> None:
        """Numbered words."""
        grammar = self.lattice.grammar
        for found in grammar.token.finditer(self.text):
            start, end = found.span()
            word = found.group()
            self.token_starts.add(start)
            last = word[-1]
            if last in _HARD or ("0" in word and not last.isascii()):
                self.hard_starts.append(start)
                self.hard_stops.append(end)
            edges = self.lattice.token_edges[(found.lastindex or 1) - 1]
            self.known[start] += [edge_to(edge, end) for edge in edges]

    @property
    def divided(self) -> bool:
        """Whether a known name is that of a division, whole or short, or has its code."""
        return any(
            edge.first <= _COUNTY or any(name.code for name in edge.names)
            for edges in self.known
            for edge in edges
            if edge.names
        )

    def leaving(self, at: int, here: States) -> list[Edge]:
        """All edges from a place."""
        edges = self.known[at].copy()
        kinds = [kind for kind, gap in here if not gap]
        if kinds or at in self.breaks:
            edges += self._grown(at, here)
            left = self._left_over(at, kinds, edges)
            if left:
                edges.append(left)
        stop = self.starts[bisect_right(self.starts, at)]
        edges.append(Edge(stop, 0, 0, _GAP_LETTER * (stop - at), (), gap=True))
        return edges

    def _grown(self, at: int, here: States) -> list[Edge]:
        """Names that begin here, told by their last words."""
        lasts, number = self.lasts, bisect_right(self.ends, at)
        hard = bisect_left(self.hard_starts, at)
        limit = at + LONGEST_NAME + 1
        if hard < len(self.hard_stops):
            limit = min(limit, self.hard_stops[hard])
        if number == len(lasts) or lasts[number][0] >= limit:
            return []
        edges: list[Edge] = []
        inner: dict[int, Inner] = {}
        over = self._over(at, here)
        behind = min(here)[0] >= _NUMBER
        for end, word, one in lasts[number:]:
            if end >= limit:
                break
            if word < at + one.end.stem:
                continue
            kind = one.kind
            cost = name_price(self.text, at, end, word, one, self.gaps)
            if over:
                cost += over_price(over, end, word, kind)
            counted = _POI if behind and kind == _ESTATE else kind
            tower = self.towers.get(end, -1) if kind == _POI else -1
            for other in inner.values():
                if other.stop <= word:
                    cost += other.cost(self.text, word, counted, tower)
            put_inner(inner, self.text, end, word, one)
            edges += self._name_edges(at, end, one, cost)
        return edges

    def _over(self, at: int, here: States) -> tuple[int, int, int] | None:
        """Ends of the longest known names that begin here: cities, counties inside, any.

        None when there is no known name.
        """
        if not self.known[at]:
            return None
        city = county = longest = 0
        for edge in self.known[at]:
            if edge.rule != "lexicon":
                continue
            if not edge.short:
                longest = max(longest, edge.end)
            if edge.first in CITIES and _begins(edge, here):
                city = max(city, edge.end)
            elif edge.first == _COUNTY and _is_inside(edge, here):
                county = max(county, edge.end)
        return city, county, longest if longest > at + 1 else 0

    def _name_edges(self, at: int, end: int, one: End, cost: float) -> list[Edge]:
        """The edges of one name: as it is, and with what may follow its last word."""
        stops = [end]
        if one.tail and (found := one.tail.match(self.text, end)) and found.end() > end:
            stops.append(found.end())
        edges = []
        for stop in stops:
            if one.refused and one.refused.fullmatch(self.text, at, stop):
                continue
            kind = one.kind
            if one.unknown:
                price = cost + _UNKNOWN_OF_COMPLETE
                edges.append(Edge(stop, kind, kind, price, (), (), "", one.end.kind))
            else:
                edges.append(Edge(stop, kind, kind, cost, one.kinds, (), one.rule))
        return edges

    def _left_over(self, at: int, before: list[int], explained: list[Edge]) -> Edge | None:
        """A whole stretch that nothing else explains: a name by its place.

        It stands behind a street or a number; before a building it may stand anywhere.
        """
        stop = self.firm[bisect_right(self.firm, at)]
        if not 1 < stop - at <= LONGEST_NAME + 6 or not _HAN.match(self.text, at):
            return None
        kinds = {kind for kind in before if kind in _AFTER_AREA}
        village = not _COMMUNITIES.isdisjoint(before) and self._is_hamlet(at, stop)
        low = kinds or village
        if stop in {one.end for one in explained if one.first in _AFTER_AREA or not low}:
            return None
        chain = not _CHAIN_NEXT.isdisjoint([edge.first for edge in self.known[stop]])
        plain = village or (self._is_chain(stop) and self._is_plain(at, stop))
        if not kinds and not plain:
            return None
        if not chain and not village and kinds <= _STREETS:
            return None
        inside = any(
            edge.rule == "lexicon" and not edge.short
            for place in range(at, stop)
            for edge in self.known[place]
        )
        cost = _LEFT_OVER + (_OVER_KNOWN if inside else 0.0)
        cost += 0.0 if village else cut_price(self.text, at)
        kind = _VILLAGE if village else _ESTATE if chain else _POI
        return Edge(stop, kind, kind, cost, (KIND_LIST[kind],), rule="position")

    def _is_hamlet(self, at: int, stop: int) -> bool:
        """Whether a few characters stand between a village and a door or group: 白云村下张35号."""
        behind = not at or self.text[at - 1] in _VILLAGE_ENDS
        few = behind and stop - at <= _LONGEST_HAMLET
        edges = self.known[stop]
        number = bool(edges) and min(edges, key=_cost_of).first in _OF_HAMLETS
        return few and number and self._is_plain(at, stop)

    def _is_plain(self, at: int, stop: int) -> bool:
        """Whether a stretch has no street or division in it."""
        lasts = self.lasts[bisect_right(self.ends, at) : bisect_right(self.ends, stop)]
        return not any(
            word > at and (one.divides or one.kind in STREET_LIKE) for _, word, one in lasts
        ) and not any(
            edge.codes
            for place in range(at, stop)
            for edge in self.known[place]
            if not edge.short and not edge.local
        )

    def _is_chain(self, at: int) -> bool:
        """Whether a building or what is inside one most likely begins here."""
        edges = self.known[at]
        return bool(edges) and min(edges, key=_cost_of).first in _CHAIN_NEXT


def _cost_of(edge: Edge) -> float:
    return edge.cost


def _begins(edge: Edge, here: States) -> bool:
    """Whether a known name is a city that may well stand here."""
    codes = tuple([name.code for name in edge.names])
    return any(
        not state.gap
        and (not state.kind or state.kind in CITIES)
        and any(code.startswith(state.division or "") for code in codes)
        for state in here.values()
    )


def _is_inside(edge: Edge, here: States) -> bool:
    """Whether a known name is a county of the division that stands before it."""
    return any(
        bool(state.division)
        and state.kind in CITIES
        and not state.gap
        and any(name.code.startswith(state.division) for name in edge.names)
        for state in here.values()
    )


def _without_cut(edges: list[Edge]) -> list[Edge]:
    """The names from one place without short forms of those that stand there whole."""
    whole: Collection[tuple[int, str]] = [
        (edge.end, name.code) for edge in edges if not edge.short for name in edge.names
    ]
    return [
        edge
        for edge in edges
        if not edge.short
        or not any(end > edge.end and code == edge.names[0].code for end, code in whole)
    ]
