"""What speaks against a place: costs beside `matching.EDIT`, that of a letter that is wrong.

They are set by hand.
"""

from collections.abc import Sequence
from typing import Final

from geocode.model import Area
from geocode.words.matching import Match
from geocode.words.names import Name
from geocode.words.query import Query

IDLE: Final = 0.5
"""Cost of a word that says nothing."""

IDLE_TOWN: Final = 0.8
"""Of one that is a town's name, so that another one is meant."""

OTHER_TYPE: Final = 0.15
"""Of rue for avenue, beside what it costs that rue lacks."""

IDLE_NUMBER: Final = 0.4
NO_POSTCODE: Final = 0.2
"""Of a postcode where the gazetteer has none."""

NO_TOWN: Final = 0.3
"""Of a town that is not named."""

OTHER_POSTCODE: Final = 1.5
NEAR_POSTCODE: Final = 0.6
NO_DOOR: Final = 0.3
"""Of a number that the street has not."""

OTHER_SUFFIX: Final = 0.15


def other_type(query: Query, match: Match) -> frozenset[int]:
    """The piece that says avenue where the name says rue."""
    if not match.name.begins_street or not match.lacking:
        return frozenset()
    before = (at for at in reversed(range(match.start)) if not query.pieces[at].is_weak)
    at = next(before, -1)
    is_type = at >= 0 and query.pieces[at].text in query.profile.types
    return frozenset((at,)) if is_type else frozenset()


def named_towns(matches: Sequence[Match]) -> frozenset[int]:
    """The pieces that are the names of towns, as they are written."""
    towns = (one for one in matches if one.name.kind == "city" and not one.cost)
    return frozenset(at for one in towns for at in one.taken)


def postcode_cost(query: Query, area: Area) -> float:
    """What it costs that an area has another postcode than the query says, or none."""
    asked, own = query.pieces[query.postcode].plain, area.values.get("county", "")
    if own == asked:
        return 0.0
    shared = query.profile.postcode_area
    if not own:
        return NO_POSTCODE
    return NEAR_POSTCODE if own[:shared] == asked[:shared] else OTHER_POSTCODE


def idle_cost(query: Query, taken: frozenset[int], *, in_town: bool = False) -> float:
    """Cost of what would say nothing; more of the name of a town where it is another one."""
    cost = 0.0
    for at in query.idle(taken):
        if query.pieces[at].plain.isdigit():
            cost += IDLE_NUMBER
        else:
            cost += IDLE_TOWN if in_town and at in query.towns else IDLE
    return cost


def type_cost(query: Query, name: Name) -> float:
    """What it costs that the name of a town is a word that begins streets: Rue."""
    return IDLE if query.profile.types.issuperset(name.value.split()) else 0.0
