"""From places that may be meant to answers: level, status, confidence."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Final

from geocode.comparing import finest, is_finer, verdicts
from geocode.model import Candidate, Level, Status
from geocode.ranking import Answer
from geocode.words.finder import Meant

_SHARP: Final = 3.0
"""By how much a place is likelier, as a logarithm, than one that costs one more."""

_NOTHING: Final = 2.2
"""What it costs that none of them is meant."""

_WORTH: Final[Mapping[Status, float]] = {
    Status.NORMALISED: 0.99,
    Status.CORRECTED: 0.95,
    Status.INTERPOLATED: 0.8,
    Status.PARENT_FALLBACK: 0.7,
}
"""Most that an answer of a status is worth. These and the costs are set by hand, not fitted."""

_ALONE: Final = 0.5
"""An answer worth more than all others together is told as what it is, else as one of several."""


def answers_of(meant: Sequence[Meant]) -> list[Answer]:
    """Answers of which one at most is meant, the likeliest first; equal ones in their order.

    Args:
        meant: What costs least first.
    """
    if not meant:
        return []
    weights = [exp(-_SHARP * one.cost) for one in meant]
    whole = sum(weights) + exp(-_SHARP * _NOTHING)
    return [
        _answer(one.candidate, weight / whole) for one, weight in zip(meant, weights, strict=True)
    ]


def _answer(candidate: Candidate, share: float) -> Answer:
    given = candidate.given or {}
    told = verdicts(candidate, given)
    shown = {kind: value for kind, value in candidate.values.items() if kind in given}
    level = finest(shown) or finest(candidate.values) or Level.CITY
    status = _status(candidate, given, level)
    confidence = min(share, _WORTH[status])
    if share <= _ALONE:
        status = Status.AMBIGUOUS
    return Answer(candidate, level, status, confidence, told)


def _status(candidate: Candidate, given: Mapping[str, str], level: Level) -> Status:
    if candidate.interpolated:
        return Status.INTERPOLATED
    wanted = finest(given)
    if wanted is not None and is_finer(wanted, level):
        return Status.PARENT_FALLBACK
    return Status.CORRECTED if candidate.corrections else Status.NORMALISED
