"""The cheapest way to read a text: every known name and numbered word, scored as a whole.

No first hit wins by being first. Known names, numbered words and names told by their last word are
edges from place to place; characters that nothing explains are edges too, and dear. The way from
the beginning to the end that costs least is the reading, so 广东路 is a street although 广东 is a
province, and a numeral inside a name stays there.
"""

from addressing.edges import Edges, States
from addressing.lattice import Lattice
from addressing.pieces import BEGIN, BEGINNING, Edge, Read, Standing, State, pieces_of
from addressing.transitions import COSTS, INDEX, KIND_LIST

_GAP_OPEN, _GAP_AFTER_SHORT = 2.0, 4.0
_KIN, _CONTRADICTION, _ELSEWHERE, _TOLD_AGAIN = -0.2, 1.2, 0.8, 1.0
_COMMUNITY = INDEX["community"]
_NAMESAKE = 1.0
"""Villages of one name are many: one of another town is rather not known."""

_BEHIND = 3.0
"""A state that costs this much more than the best at its place is given up."""

type Joined = tuple[tuple[str, ...], float, bool]
"""Divisions that agree, the cost, whether it contradicts."""


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
    size = len(text)
    edges = Edges(lattice, text, breaks)
    states: list[States] = [{} for _ in range(size + 1)]
    after = INDEX[before.kind]
    states[0][after, False] = BEGIN._replace(kind=after, division=before.division)
    for at in range(size):
        here = states[at]
        if here:
            if len(here) > 1:
                here = _promising(here)
            for edge in edges.leaving(at, here):
                if edge.gap:
                    _skip(edge, here, states[edge.end], at)
                else:
                    _follow(lattice, edge, here, states[edge.end], at)
    final = min(states[size].values(), key=_cost_of)
    standing = Standing(KIND_LIST[final.kind] if not final.gap else "", final.division)
    return Read(tuple(pieces_of(final, text)), standing, edges.divided)


def _skip(edge: Edge, here: States, there: States, at: int) -> None:
    """Pass by what nothing explains, from every state of a place."""
    for state in here.values():
        cost = state.cost + edge.cost
        if not state.gap:
            cost += _GAP_OPEN + (_GAP_AFTER_SHORT if state.short else 0.0)
        key = state.kind, True
        old = there.get(key)
        if old is None or cost < old.cost:
            there[key] = State(
                cost, state.kind, gap=True, division=state.division, before=state, edge=edge, at=at
            )


def _follow(lattice: Lattice, edge: Edge, here: States, there: States, at: int) -> None:
    """Go along the edge of an element from every state of a place."""
    key = edge.last, False
    old = there.get(key)
    least = old.cost if old is not None else float("inf")
    for state in here.values():
        cost = state.cost + edge.cost + COSTS[state.kind][edge.first]
        division, contradiction = state.division, False
        if edge.codes:
            division, extra, contradiction = _join(lattice, division, edge)
            cost += extra
        if cost < least:
            least = cost
            there[key] = State._make(
                (cost, edge.last, False, division, state, edge, at, edge.short, contradiction)
            )


def _join(lattice: Lattice, before: tuple[str, ...], edge: Edge) -> Joined:
    """Divisions so far with those of a name."""
    codes = edge.codes
    if not before:
        near = tuple([code for code in codes if code.startswith(lattice.context)])
        if not lattice.context:
            return codes, (_NEVER if edge.local else 0.0), False
        return (near, 0.0, False) if near else (codes, _NEVER if edge.local else _ELSEWHERE, False)
    inside = tuple([code for code in codes if code.startswith(before)])
    if inside:
        return inside, (_TOLD_AGAIN if edge.short and inside == before else _KIN), False
    if edge.local:
        return before, _NEVER, True
    around = tuple([code for code in before if code.startswith(codes)])
    if around:
        return around, _KIN, False
    namesake = _NAMESAKE if edge.first == _COMMUNITY else 0.0
    return before, _CONTRADICTION + namesake, True


_NEVER = 99.0
"""The cost of a name that means something inside its division only, elsewhere."""


def _promising(here: States) -> States:
    """The states of a place without those that are far behind the best."""
    most = min([state.cost for state in here.values()]) + _BEHIND
    return {key: state for key, state in here.items() if state.cost <= most}


def _cost_of(state: State) -> float:
    return state.cost
