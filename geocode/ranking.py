"""From candidates to answers: level, status, confidence; ties are told as ties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geocode.comparing import finest, is_finer, verdicts
from geocode.model import Asked, Candidate, Level, Status, Verdict
from geocode.slips import is_other_number

_CAP: Final = 0.49
"""Most that an answer is worth which contradicts what was given."""

_WORTH: Final[Mapping[Status, float]] = {
    Status.EXACT: 0.999,
    Status.NORMALISED: 0.995,
    Status.CORRECTED: 0.97,
    Status.INTERPOLATED: 0.8,
    Status.PARENT_FALLBACK: 0.7,
}

_CROSSING: Final = 0.95
"""Worth of a crossing: the streets are sure, the place is that of their nearest doors."""

_SETTLED: Final = 0.95
"""From this confidence on an answer stands alone, whatever else could be meant."""

_LEADING: Final = 0.75
"""What doors under corrected names are worth together to be told before what they lie in."""

_TOLD: Final = 0.002
"""Answers worth less are not told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One place that may be meant."""

    candidate: Candidate
    level: Level
    status: Status
    confidence: float
    verdicts: Mapping[str, Verdict]
    """What became of each element that was given, by type."""


def ranked(asked: Asked, candidates: Sequence[Candidate]) -> list[Answer]:
    """Answers that are written so, the best first; several of equal standing are all ambiguous."""
    told = (_judged(asked, one) for one in candidates)
    judged = sorted((one for one in told if one), key=lambda one: -one.confidence)
    if not judged:
        return []
    best = [one for one in judged if one.confidence >= judged[0].confidence - 1e-9]
    if len(best) == 1:
        return judged
    share = 1 / len(best)
    return [
        replace(one, status=Status.AMBIGUOUS, confidence=one.confidence * share) for one in best
    ] + judged[len(best) :]


def chosen(
    asked: Asked,
    candidates: Sequence[Candidate],
    utilities: Sequence[float],
    parents: Sequence[Candidate],
) -> list[Answer]:
    """Answers of which one at most is meant, the likeliest first.

    Args:
        asked: The query.
        candidates: Doors or areas under several readings.
        utilities: What speaks for each, as the logarithm of its odds against none of them.
        parents: What the door lies in when it is none of them.
    """
    weights = np.exp(np.array([0.0, *utilities]) - max(0.0, *utilities, 0.0))
    none, *shares = (weights / weights.sum()).tolist()
    told = [
        replace(answer, confidence=min(share, _CAP) if _is_contradicted(answer) else share)
        for one, share in zip(candidates, shares, strict=True)
        if share >= _TOLD and (answer := _judged(asked, one))
    ]
    told.sort(key=lambda one: -one.confidence)
    doubtful = [replace(one, status=Status.AMBIGUOUS) for one in told]
    above = ranked(asked, parents)
    if above and sum(one.confidence for one in told) < _LEADING:
        return [*above, *doubtful]
    if told and (told[0].confidence >= _SETTLED or not (above or told[1:])):
        return [told[0], *doubtful[1:]]
    return [*doubtful, *(replace(one, confidence=one.confidence * none) for one in above)]


def _is_contradicted(answer: Answer) -> bool:
    """Whether a place is another one than the query says: 三街 is no misspelt 五街 either."""
    found = answer.candidate
    name = next(iter(found.corrections.values()), "")
    is_renamed = not found.slip and (
        found.edits > 1 or len(name) == len(found.typed) or is_other_number(found.typed, name)
    )
    return is_renamed or "contradicted" in answer.verdicts.values()


def _judged(asked: Asked, candidate: Candidate) -> Answer | None:
    """An answer as if it were the only one."""
    given = asked.values if candidate.given is None else candidate.given
    told = verdicts(candidate, given)
    level = finest({k: v for k, v in candidate.values.items() if k in given})
    level = level or finest(candidate.values)
    if candidate.crossing:
        return Answer(candidate, Level.INTERSECTION, Status.NORMALISED, _CROSSING, told)
    if level is None:
        return None
    status = _status(asked, given, candidate, level)
    if status is Status.EXACT and "missing" in told.values():
        status = Status.NORMALISED
    worth = _WORTH[status]
    if "contradicted" in told.values():
        worth = min(worth, _CAP)
    return Answer(candidate, level, status, worth, told)


def _status(asked: Asked, given: Mapping[str, str], candidate: Candidate, level: Level) -> Status:
    if candidate.interpolated:
        return Status.INTERPOLATED
    wanted = finest(given)
    if wanted is not None and is_finer(wanted, level):
        return Status.PARENT_FALLBACK
    if candidate.given is not None:
        return Status.CORRECTED
    return Status.EXACT if asked.plain else Status.NORMALISED
