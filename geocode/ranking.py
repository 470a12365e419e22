"""From candidates to answers: level, status, confidence; ties are told as ties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Final, NamedTuple

from geocode.comparing import fineness, level_of, verdicts
from geocode.keys import UPPER
from geocode.model import Asked, Candidate, Level, Status, Verdict
from geocode.slips import is_other_number, kept

_CAP: Final = 0.49
"""Most that an answer is worth which contradicts what was given."""

_DOUBTED: Final = 0.79
"""Most that a door is worth where half of the street's name is another, or a word like 南 is too
much or lacks, and nothing but its number speaks for it: the street may be one not known here."""

_HALF: Final = 0.5
_CONFIRMING: Final = frozenset(
    ("lane", "alley", "sub_alley", "poi", "estate", "compound", "building", "unit")
)
"""What is seldom the same on another street; most have a number 5, and a fifth floor."""

_WORTH: Final[Mapping[Status, float]] = {
    Status.EXACT: 0.999,
    Status.NORMALISED: 0.995,
    Status.CORRECTED: 0.97,
    Status.INTERPOLATED: 0.8,
    Status.PARENT_FALLBACK: 0.7,
}

_PARTS: Final = ("section", "lane", "alley", "sub_alley")
"""What a street is divided into; a street without the part asked for is what it lies in."""

_CROSSING: Final = 0.95
"""Worth of a crossing: the streets are sure, the place is that of their nearest doors."""

_SETTLED: Final = 0.95
"""From this confidence on an answer stands alone, whatever else could be meant."""

_LEADING: Final = 0.75
"""What doors under corrected names are worth together to be told before what they lie in."""

_SLIPPED: Final = 0.9
"""The same of names of which two characters are wrong, were each as likely as it looks: who means
another street that is named on purpose like this one changes one character."""

_TOLD: Final = 0.002
"""Answers worth less are not told."""


class Answer(NamedTuple):
    """One place that may be meant."""

    candidate: Candidate
    level: Level
    status: Status
    confidence: float
    verdicts: Mapping[str, Verdict]
    """What became of each element that was given, by type."""


def ranked(asked: Asked, candidates: Sequence[Candidate]) -> list[Answer]:
    """Answers that are written so, the best first; several of equal standing are all ambiguous."""
    if len(candidates) == 1:
        only = _judged(asked, candidates[0])
        return [only] if only else []
    told = (_judged(asked, one) for one in candidates)
    judged = sorted((one for one in told if one), key=lambda one: -one.confidence)
    if not judged:
        return []
    tied = [one for one in judged if one.confidence >= judged[0].confidence - 1e-9]
    if len(tied) == 1:
        return judged
    best = _fullest(tied)
    if len(best) == 1:
        others = [one for one in tied if one is not best[0]] + judged[len(tied) :]
        rest = 1 - best[0].confidence
        return best + [
            one._replace(status=Status.AMBIGUOUS, confidence=min(one.confidence, rest))
            for one in others
        ]
    share = 1 / len(tied)
    return [
        one._replace(status=Status.AMBIGUOUS, confidence=one.confidence * share) for one in tied
    ] + judged[len(tied) :]


def _fullest(tied: Sequence[Answer]) -> list[Answer]:
    """Of answers of equal standing, those that lack least of what was given."""
    lacks = [sum(verdict == "missing" for verdict in one.verdicts.values()) for one in tied]
    return [one for one, count in zip(tied, lacks, strict=True) if count == min(lacks)]


@dataclass(frozen=True, slots=True)
class Choice:
    """Answers of which one at most is meant."""

    told: Sequence[Answer]
    """The likeliest first."""

    none: float
    """How likely it is that none of them is meant."""

    leads: bool
    """Whether they are told before what the door lies in."""

    @property
    def is_settled(self) -> bool:
        """Whether the first stands alone, whatever else could be meant."""
        return bool(self.told) and self.told[0].confidence >= _SETTLED

    def answers(self, above: list[Answer]) -> list[Answer]:
        """The answers in their order.

        Args:
            above: What the door lies in when it is none of them; not asked for when one is sure.
        """
        doubtful = [one._replace(status=Status.AMBIGUOUS) for one in self.told]
        if above and not self.leads:
            return [*above, *doubtful]
        if self.is_settled or (self.told and not (above or self.told[1:])):
            return [self.told[0], *doubtful[1:]]
        return [*doubtful, *(one._replace(confidence=one.confidence * self.none) for one in above)]


def choose(asked: Asked, candidates: Sequence[Candidate], utilities: Sequence[float]) -> Choice:
    """Answers of which one at most is meant.

    Args:
        asked: The query.
        candidates: Doors or areas under several readings.
        utilities: What speaks for each, as the logarithm of its odds against none of them.
    """
    most = max(0.0, *utilities, 0.0)
    weights = [exp(one - most) for one in utilities]
    none = exp(-most)
    whole = none + sum(weights)
    shares = [
        (weight / whole, answer)
        for one, weight in zip(candidates, weights, strict=True)
        if weight / whole >= _TOLD and (answer := _judged(asked, one))
    ]
    told = [answer._replace(confidence=min(share, _most(answer))) for share, answer in shares]
    worth = sum([one.confidence for one in told])
    slipped = sum([share for share, answer in shares if answer.candidate.edits > 1])
    told.sort(key=lambda one: -one.confidence)
    return Choice(told, none / whole, worth >= _LEADING or slipped >= _SLIPPED)


def as_written(answer: Answer) -> Answer:
    """An answer that turns out to be written as the standard is."""
    sure = _WORTH[Status.EXACT] if answer.confidence == _WORTH[Status.NORMALISED] else 0.0
    return answer._replace(status=Status.EXACT, confidence=max(answer.confidence, sure))


def _most(answer: Answer) -> float:
    """The most that an answer may be worth, whatever speaks for it.

    A place is another one than the query says when it contradicts that, or when its name is one
    that somebody means: 三街 is no misspelt 五街.
    """
    found = answer.candidate
    if "contradicted" in answer.verdicts.values():
        return _CAP
    if not found.corrections:
        return 1.0
    kind, name = next(iter(found.corrections.items()))
    is_longer = found.edits == 1 and len(name) != len(found.typed)
    if not found.slip and (not is_longer or is_other_number(found.typed, name)):
        return _CAP
    share = kept(found.typed, name)
    is_confirmed = share > 0 and not _CONFIRMING.isdisjoint(found.given or ())
    if is_confirmed or kind in UPPER:
        return 1.0
    is_near = found.alike and found.edits == 1
    return _DOUBTED if not found.slip or (share <= _HALF and not is_near) else 1.0


def _judged(asked: Asked, candidate: Candidate) -> Answer | None:
    """An answer as if it were the only one."""
    given = asked.values if candidate.given is None else candidate.given
    told = verdicts(candidate, given)
    values = candidate.values
    fine = fineness([kind for kind in values if kind in given])
    fine = fine if fine >= 0 else fineness(values)
    level = level_of(fine)
    if candidate.crossing:
        return Answer(candidate, Level.INTERSECTION, Status.NORMALISED, _CROSSING, told)
    if level is None:
        return None
    status = _status(given, candidate, fine)
    worth = _WORTH[status]
    if "contradicted" in told.values():
        worth = min(worth, _CAP)
    return Answer(candidate, level, status, worth, told)


def _status(given: Mapping[str, str], candidate: Candidate, fine: int) -> Status:
    """How a candidate of some fineness was come by, whatever way it is written."""
    if candidate.interpolated:
        return Status.INTERPOLATED
    if candidate.unmet or fineness(given) > fine:
        return Status.PARENT_FALLBACK
    values = candidate.values
    for kind in _PARTS:
        if kind in given and kind not in values:
            return Status.PARENT_FALLBACK
    return Status.CORRECTED if candidate.corrections else Status.NORMALISED
