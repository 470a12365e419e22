"""How right and how honest the geocoder is, told in tables."""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import h3
import numpy as np

from benchmarks.fit_confidence import expected_error, is_right
from benchmarks.geocode_lab import Lab, Truth
from benchmarks.geocode_queries import SEED, Changes
from geocode.model import Level, Status
from geocode.ranking import Answer

TOP: Final = 5
SURE: Final = 0.9
DOORS: Final = (Level.ROOM, Level.FLOOR, Level.UNIT, Level.BUILDING, Level.DOORPLATE)
SINGLE: Final = (Status.EXACT, Status.NORMALISED, Status.CORRECTED)
STREET_ONLY: Final = "missing number"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was answered to queries of one kind."""

    name: str
    told: Sequence[list[Answer]]
    right: Sequence[list[bool]]
    """Whether each answer is what was meant."""

    @property
    def firsts(self) -> list[tuple[Answer, bool]]:
        """The first answers, and whether they are right."""
        return [
            (answers[0], right[0])
            for answers, right in zip(self.told, self.right, strict=True)
            if answers
        ]


def judged(lab: Lab, count: int) -> Iterator[Judged]:
    """Answers to all kinds of queries about the same doors, and about streets not known."""
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    known = [one for one in lab.known if not one.is_learned]
    hidden = [one for one in lab.hidden if not one.is_learned]
    known = chance.sample(known, min(count, len(known)))
    hidden = chance.sample(hidden, min(count, len(hidden)))
    for name, change in Changes(lab.names).by_name().items():
        meant = _is_street if name == STREET_ONLY else _is_door
        yield _judged(lab, name, known, change, meant)
    changes = Changes(lab.names).by_name()
    for name in ("exact", "without village"):
        yield _judged(lab, f"street unknown, {name}", hidden, changes[name], _is_nothing)


def _judged(
    lab: Lab,
    name: str,
    truths: Sequence[Truth],
    change: Callable[..., str],
    meant: Callable[[Answer, Truth], bool],
) -> Judged:
    told = [lab.geocoder.search(change(truth.plate)).answers for truth in truths]
    right = [
        [meant(one, truth) for one in answers] for answers, truth in zip(told, truths, strict=True)
    ]
    return Judged(name, told, right)


def _is_door(answer: Answer, truth: Truth) -> bool:
    return is_right(answer.candidate, truth)


def _is_street(answer: Answer, truth: Truth) -> bool:
    county, street = truth.street
    own = answer.candidate.values
    return own.get("county", "") == county and street in own.values()


def _is_nothing(answer: Answer, truth: Truth) -> bool:
    """Nothing is right where the street is not known."""
    del answer, truth
    return False


def tell_quality(several: Sequence[Judged]) -> None:
    """Print how often answers are right."""
    print(
        f"| queries | right first | right among {TOP} | told as the only one | of these right |"
        f" at confidence {SURE} and more | of these wrong |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    for one in several:
        count = len(one.told)
        first = sum(right for _, right in one.firsts)
        among = sum(any(right[:TOP]) for right in one.right)
        single = [right for answer, right in one.firsts if answer.status in SINGLE]
        sure = [right for answer, right in one.firsts if answer.confidence >= SURE]
        print(
            f"| {one.name} | {first / count:.2%} | {among / count:.2%} |"
            f" {len(single) / count:.1%} | {sum(single) / max(len(single), 1):.2%} |"
            f" {len(sure) / count:.1%} | {1 - sum(sure) / max(len(sure), 1):.2%} |"
        )
    print()


def tell_hidden(several: Sequence[Judged]) -> None:
    """Print what is told of addresses whose streets are not known."""
    print("| the first answer | a door | a door as the only one | a door at 0.8 and more |")
    print("|---|--:|--:|--:|")
    for one in several:
        doors = [answer for answer, _ in one.firsts if answer.level in DOORS]
        single = sum(answer.status is not Status.AMBIGUOUS for answer in doors)
        sure = sum(answer.confidence >= 0.8 for answer in doors)
        count = len(one.told)
        shares = (f"{each / count:.2%}" for each in (len(doors), single, sure))
        print(f"| {one.name} | {' | '.join(shares)} |")
    print()


def reliability(several: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """Mean confidence, share of right answers and number of first answers in each of ten bins.

    What a door lies in says nothing of the door, so first answers that are such do not count.
    """
    pairs = np.array(
        [
            (answer.confidence, right)
            for one in several
            for answer, right in one.firsts
            if answer.status is not Status.PARENT_FALLBACK
        ]
    )
    bins = np.minimum((pairs[:, 0] * 10).astype(int), 9)
    found = [pairs[bins == one] for one in np.unique(bins)]
    print(f"Expected calibration error: {expected_error(pairs[:, 0], pairs[:, 1]):.4f}\n")
    return [(float(one[:, 0].mean()), float(one[:, 1].mean()), len(one)) for one in found]


def tell_between(lab: Lab) -> None:
    """Print how far numbers that are not known are placed from where they are."""
    away, below = [], 0
    for truth in lab.absent:
        answers = lab.geocoder.search(truth.plate.text).answers
        if not answers or answers[0].status is not Status.INTERPOLATED:
            below += 1
            continue
        place = answers[0].candidate
        away.append(
            h3.great_circle_distance((place.lat, place.lon), (truth.lat, truth.lon), unit="m")
        )
    if away:
        p95 = sorted(away)[int(0.95 * len(away))]
        print(
            f"{len(lab.absent):,} door numbers left out: {len(away) / len(lab.absent):.1%} are "
            f"placed between their neighbours, half of them within "
            f"{statistics.median(away):.1f} m, 95 % "
            f"within {p95:.1f} m; the others lead to what they lie in.\n"
        )
