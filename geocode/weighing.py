"""What speaks for a candidate: its features, and their weights as they were fitted.

The confidences of a query's candidates are those of a choice: each has odds of its own against
none of them being meant, and they share what certainty there is. The weights are in
`assets/geocode/confidence.toml`, made by `python -m benchmarks.fit_confidence`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from geocode.gazetteer import IndexGazetteer
from geocode.keys import LEAVES
from geocode.model import Candidate
from geocode.plausible import plausibility

_FILE: Final = Path(__file__).resolve().parents[1] / "assets" / "geocode" / "confidence.toml"
_DETAILS: Final = frozenset(("section", "lane", "alley", "sub_alley", *LEAVES)) - {"group"}
_MANY: Final = 3
"""More characters, pairs or elements than this count as so many."""

_USUAL: Final = 3
"""Characters of most names of streets."""

FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "as_written": "all of it is written so",
        "reread": "all of it is written so, but the text reads otherwise at first sight",
        "corrected": "a name is corrected",
        "second_edit": "by two characters",
        "alike": "that lack, are too many, are swapped or sound the same",
        "on_purpose": "where the two names differ by what tells names apart: 一街 and 二街",
        "unread": "characters of the query that say nothing, three at most",
        "long": "characters of the corrected name beyond three",
        "details": "numbered elements that the door has as they are given, three at most",
        "two_details": "there are two or more",
        "known_name": "something else in the city has the name that is typed",
        "strange": "pairs of characters that no name of the city has, three at most",
        "usual": "there is no such pair",
        "plausible": "names of places have the pairs that differ, 0 (never) to 3 (often)",
        "perhaps_a_name": "they have them at all",
        "another_character": "another character stands in the name, its last one is right",
        "another_name": "both: how often, where another character stands in it",
        "no_district": "a name is corrected and no district is given",
        "by_pieces": "only pieces of a name are there",
        "part_of_name": "all that the query says is part of the name",
    }
)
"""What each feature says of a candidate."""


def features(candidate: Candidate, gazetteer: IndexGazetteer) -> tuple[float, ...]:
    """The features of a candidate in the order of `FEATURES`."""
    if candidate.share:
        return (*(0.0,) * (len(FEATURES) - 2), 1.0, float(candidate.share == 1))
    if candidate.given is None or not candidate.edits:
        is_first = candidate.given is None
        first = (float(is_first), float(not is_first), 0.0, 0.0, 0.0, 0.0)
        return (*first, float(min(candidate.unread, _MANY)), *(0.0,) * (len(FEATURES) - 7))
    given, typed = candidate.given, candidate.typed
    name = next(iter(candidate.corrections.values()))
    strange = gazetteer.strangeness(typed)
    plausible = plausibility(typed, name)
    details = min(len(_DETAILS.intersection(given)), _MANY)
    is_other = not candidate.alike and typed[-1:] == name[-1:]
    return (
        0.0,
        0.0,
        1.0,
        float(candidate.edits - 1),
        float(candidate.alike),
        float(not candidate.slip),
        float(min(candidate.unread, _MANY)),
        float(max(len(name) - _USUAL, 0)),
        float(details),
        float(details > 1),
        float(gazetteer.knows(typed)),
        float(min(strange, _MANY)),
        float(not strange),
        float(plausible),
        float(plausible > 0),
        float(is_other),
        float(is_other * plausible),
        float("county" not in given),
        0.0,
        0.0,
    )


def utility(values: tuple[float, ...]) -> float:
    """What speaks for a candidate with these features."""
    pairs = zip(weights().values(), values, strict=True)
    return sum([weight * value for weight, value in pairs])


@cache
def weights() -> Mapping[str, float]:
    """Weight of each feature, in their order."""
    table = tomllib.loads(_FILE.read_text("utf-8"))["weights"]
    return MappingProxyType({name: float(table[name]) for name in FEATURES})
