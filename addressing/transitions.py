"""What it costs an element to follow another: the order of addresses, and where it is loose."""

from addressing.kinds import KINDS

KIND_LIST = ("", *KINDS)
"""Types by number; 0 is the beginning of the text."""

INDEX = {name: number for number, name in enumerate(KIND_LIST)}

_SAME, _BACK, _DIVISION_LATE, _ORPHAN = 1.2, 3.0, 2.0, 0.8

_SPECIAL = {
    ("road", "road"): 0.3,
    ("township", "number"): 0.5,
    ("poi", "number"): 0.5,
    ("poi", "road"): 1.5,
    ("poi", "building"): 0.2,
    ("poi", "zone"): 0.3,
    ("poi", "unit"): 0.2,
    ("poi", "floor"): 0.0,
    ("poi", "room"): 0.1,
    ("poi", "estate"): 0.8,
    ("poi", "poi"): 0.8,
    ("poi", "compound"): 0.8,
    ("alley", "number"): 0.3,
    ("sub_alley", "number"): 0.3,
    ("estate", "number"): 0.4,
    ("estate", "compound"): 0.5,
    ("estate", "road"): 0.3,
    ("estate", "estate"): 0.8,
    ("estate", "lane"): 1.0,
    ("estate", "alley"): 0.8,
    ("zone", "estate"): 0.8,
    ("zone", "zone"): 0.4,
    ("zone", "number"): 0.6,
    ("number", "compound"): 1.5,
    ("compound", "number"): 1.0,
    ("natural_village", "community"): 1.0,
    ("group", "natural_village"): 0.3,
    ("group", "community"): 1.5,
    ("township", "township"): 0.8,
    ("road", "community"): 0.8,
    ("number", "section"): 2.0,
    ("road", "room"): 1.5,
    ("road", "unit"): 1.5,
    ("community", "room"): 1.0,
    ("estate", "room"): 0.3,
    ("floor", "building"): 1.2,
    ("building", "building"): 0.9,
    ("building", "poi"): 0.0,
    ("unit", "poi"): 0.1,
    ("floor", "poi"): 0.1,
    ("room", "poi"): 0.3,
    ("building", "estate"): 0.8,
    ("building", "zone"): 0.4,
    ("number", "number"): 2.5,
    ("number", "road"): 1.8,
    ("county", "county"): 0.2,
    ("room", "room"): 2.0,
}
_UPWARD = ("community", "township", "county", "city", "province")
_SPECIAL |= {(low, high): 0.8 for i, low in enumerate(_UPWARD) for high in _UPWARD[i + 1 :]}
_NOT_LANE = ("", *KINDS)
_SPECIAL |= {(kind, "lane"): 0.4 for kind in _NOT_LANE if kind not in {"road", "section"}}
_DIVISION_RANKS = range(1, 6)
_BEGINNERS = frozenset({"building", "unit", "floor", "room", "section", "zone", "sub_alley"})


def _cost(before: str, after: str) -> float:
    """The cost of one pair."""
    if not before and after != "lane":
        return _ORPHAN if after in _BEGINNERS else 0.0
    if (before, after) in _SPECIAL:
        return _SPECIAL[before, after]
    old, new = KINDS[before].rank, KINDS[after].rank
    if new > old:
        return 0.0
    if new == old:
        return _SAME
    return _DIVISION_LATE if new in _DIVISION_RANKS else _BACK


COSTS = tuple(
    tuple(_cost(before, after) if after else 0.0 for after in KIND_LIST) for before in KIND_LIST
)
"""Cost by the number of the type before and of the type after."""
