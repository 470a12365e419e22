"""From candidates to answers: level, status, confidence; ties are told as ties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from geocode.comparing import finest, is_finer, verdicts
from geocode.model import Asked, Candidate, Level, Status, Verdict

_CAP: Final = 0.49
"""Most that an answer is worth which contradicts what was given."""

_WORTH: Final[Mapping[Status, float]] = {
    Status.EXACT: 0.999,
    Status.NORMALISED: 0.995,
    Status.CORRECTED: 0.97,
    Status.INTERPOLATED: 0.8,
    Status.PARENT_FALLBACK: 0.7,
}
_SECOND: Final = 0.2
"""Worth of a second guess."""

_EDIT: Final = 0.92
"""What each corrected character leaves of the worth, the first only where another stands in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One place that may be meant."""

    candidate: Candidate
    level: Level
    status: Status
    confidence: float
    verdicts: Mapping[str, Verdict]
    """What became of each element that was given, by type."""


def demoted(answer: Answer) -> Answer:
    """An answer that is told only because the first is not sure."""
    return replace(answer, confidence=answer.confidence * _SECOND)


def ranked(asked: Asked, candidates: Sequence[Candidate]) -> list[Answer]:
    """Answers, the best first; several of equal standing are all ambiguous."""
    told = (_judged(asked, one) for one in candidates)
    judged = sorted((one for one in told if one), key=lambda one: -one.confidence)
    if not judged:
        return []
    best = [one for one in judged if one.confidence >= judged[0].confidence - 1e-9]
    if len(best) == 1:
        return judged
    share = 1 / len(best)
    return [
        Answer(one.candidate, one.level, Status.AMBIGUOUS, one.confidence * share, one.verdicts)
        for one in best
    ] + judged[len(best) :]


def _judged(asked: Asked, candidate: Candidate) -> Answer | None:
    """An answer as if it were the only one."""
    told = verdicts(candidate, asked.values)
    level = finest({k: v for k, v in candidate.values.items() if k in asked.values})
    level = level or finest(candidate.values)
    if level is None:
        return None
    status = _status(asked, candidate, level)
    worth = _WORTH[status] * _EDIT ** max(candidate.edits - candidate.alike, 0)
    if "contradicted" in told.values():
        worth = min(worth, _CAP)
    return Answer(candidate, level, status, worth, told)


def _status(asked: Asked, candidate: Candidate, level: Level) -> Status:
    if candidate.interpolated:
        return Status.INTERPOLATED
    wanted = finest(asked.values)
    if wanted is not None and is_finer(wanted, level):
        return Status.PARENT_FALLBACK
    if candidate.corrections:
        return Status.CORRECTED
    return Status.EXACT if asked.plain else Status.NORMALISED
