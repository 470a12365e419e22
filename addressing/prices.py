"""What a name told by its last word costs: by its form, and by what else it holds.

The costs were chosen by hand on labelled addresses; those of order and hierarchy are in
`addressing.transitions` and `addressing.reading`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from addressing.lattice import End
from addressing.transitions import INDEX

_LETTER, _LONG_LETTER, _LONG_LETTER_PLACE, _USUAL = 0.05, 0.3, 0.1, 6
_SHORT_STEM, _OVER_BREAK, _OVER_NAME = 0.6, 0.5, 0.4
_INNER, _INNER_DIVISION, _INNER_DIGIT = 0.35, 1.4, 0.6
_INNER_STREET, _INNER_IN_PLACE, _INNER_IN_BUILDING, _INNER_VILLAGE = 1.4, 0.5, 1.2, 1.4
_TWO_VILLAGES = 2.0
_DIVISION_INSIDE = 1.0
_TWO_CHARACTERS = 2

_BUILDING, _ESTATE = INDEX["building"], INDEX["estate"]
_POI, _ROAD = INDEX["poi"], INDEX["road"]
STREET_LIKE = frozenset({_ROAD, INDEX["lane"]})
_VILLAGES = frozenset(INDEX[kind] for kind in ("community", "natural_village", "group"))
_UPPER = range(INDEX["province"], INDEX["township"] + 1)
_CUT_OFF = ("区", "社区", "街道", "路")
"""No name begins so: it would have lost its first part."""

_PAIRS = frozenset(
    {
        "街道",
        "社区",
        "小区",
        "园区",
        "大道",
        "胡同",
        "村委",
        "行政",
        "庄村",
        "寨村",
        "屯村",
        "湾村",
    }
)
"""No name begins inside one of these."""

_SIDE_AND_NUMBER = 2
"""Characters of 东二 in 村东二路, which is one name."""

_SIDES = "东南西北中上下前后"
_VILLAGE = "村"
LETTERS = "".join((*_CUT_OFF, *_PAIRS, _SIDES, _VILLAGE))
"""Letters that a price depends on."""


def name_price(text: str, at: int, end: int, word: int, one: End, gaps: Sequence[int]) -> float:
    """The cost of a name by its form.

    Args:
        text: The text it is in, from `at` to `end`.
        at: Where it begins.
        end: Where it ends.
        word: Where its last word begins.
        one: Its last word.
        gaps: Places before which something was left out, in order.
    """
    length = end - at
    cost = one.end.cost + _LETTER * length
    if length > _USUAL:
        letter = _LONG_LETTER_PLACE if one.end.kind == "poi" else _LONG_LETTER
        cost += letter * (length - _USUAL)
    if word - at == 1:
        cost += _SHORT_STEM
    cost += cut_price(text, at)
    if gaps and bisect_right(gaps, at) < bisect_left(gaps, end):
        cost += _OVER_BREAK
    if text.find("0", at, end) >= 0:
        cost += _INNER_DIGIT
    return cost


def cut_price(text: str, at: int) -> float:
    """What it costs a name to begin where another would have lost its last part: 街|道."""
    cut = text.startswith(_CUT_OFF, at) or text[at - 1 : at + 1] in _PAIRS
    return _INNER_DIVISION if at and cut else 0.0


class Inner:
    """What the last words inside a name cost it."""

    __slots__ = ("apart", "price", "stop", "village")

    def __init__(self, stop: int, price: float, *, apart: bool, village: bool) -> None:
        self.stop = stop
        self.price = price
        self.apart = apart
        self.village = village

    def cost(self, text: str, word: int, kind: int, tower: int) -> float:
        """The cost for a name of a type whose own last word begins at `word`.

        Args:
            text: The text of the name.
            word: Where its last word begins.
            kind: Its type.
            tower: Where a word for a building ends it, such as 综合楼; -1 when none does.
        """
        stop, price = self.stop, self.price
        inside = stop < word
        if self.village and inside:
            if kind in _VILLAGES:
                return _TWO_VILLAGES
            area = kind in STREET_LIKE or kind == _ESTATE
            if area and word - stop > (1 if text[stop] not in _SIDES else _SIDE_AND_NUMBER):
                return max(price, _INNER_VILLAGE)
        apart = self.apart and inside
        if kind in STREET_LIKE:
            return max(price, _INNER_DIVISION) if apart else price
        if kind == _BUILDING or stop <= tower:
            return max(price, _INNER_IN_BUILDING)
        if kind == _POI:
            price = min(price, _INNER_IN_PLACE)
        return max(price, _INNER_STREET) if apart else price


def put_inner(inner: dict[int, Inner], text: str, end: int, word: int, one: End) -> None:
    """Note a last word for the longer names it is inside of."""
    price = _INNER_DIVISION if one.divides else _INNER
    apart = one.kind in STREET_LIKE or (one.kind == _ESTATE and end - word > 1)
    found = inner.get(end)
    if found is None:
        inner[end] = Inner(end, price, apart=apart, village=text[end - 1] == _VILLAGE)
    else:
        found.price = max(found.price, price)
        found.apart = found.apart or apart


def over_price(over: tuple[int, int, int], end: int, word: int, kind: int) -> float:
    """What it costs a name to begin with another, known one."""
    city, county, longest = over
    cost = 0.0
    if city and city < end:
        cost = _DIVISION_INSIDE if kind == _ROAD else _OVER_NAME
        if kind in _UPPER:
            cost = _DIVISION_INSIDE + _OVER_NAME
    elif longest and longest < end:
        cost = _OVER_NAME / 2
    if county and county < end and (kind in _UPPER or word - county >= _TWO_CHARACTERS):
        cost = max(cost, _DIVISION_INSIDE)
    return cost
