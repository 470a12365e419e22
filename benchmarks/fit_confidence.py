"""Fits the weights of confidence on one half of the streets of some cities.

Tells how honest they are on the other half.

    python -m benchmarks.fit_confidence

Writes `assets/geocode/confidence.toml`. The weights are those of a choice between the candidates
of a query and none of them (McFadden's conditional logit), drawn a little towards what one would
guess, so that a feature which the queries seldom show stays sensible.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from benchmarks.geocode_lab import Lab, Truth, made_labs
from benchmarks.geocode_queries import SEED, Changes
from benchmarks.inputs import ROOT
from cim.arrays import Float64
from geocode.asking import asked_of
from geocode.model import Candidate
from geocode.weighing import FEATURES, features

QUERIES: Final = 2_000
"""Addresses that are changed in each way."""

TARGET: Final = ROOT / "assets" / "geocode" / "confidence.toml"
LEARNED: Final = (
    "one typo", "two typos", "three typos", "homophone", "look-alike", "typo without district",
    "more behind it",
)  # fmt: skip
_GUESS: Final[Mapping[str, float]] = {
    "as_written": 4.0, "reread": 3.0, "second_edit": -3.0, "on_purpose": -2.0, "unread": -1.0,
    "no_district": -1.0, "by_pieces": -2.0, "part_of_name": 4.0,
}  # fmt: skip
_PULL: Final = 1e-4
"""How strongly weights are drawn to the guess, for each query."""


class Choice(NamedTuple):
    """A query that is not understood outright: its candidates and which of them are right."""

    name: str
    features: Float64
    right: tuple[int, ...]
    """Empty when none is."""


def main() -> None:
    """Fit, write and tell."""
    with tempfile.TemporaryDirectory(prefix="cim-fit-") as folder:
        cities = {
            name: [list(choices(lab, learned=learned)) for learned in (True, False)]
            for name, lab in made_labs(Path(folder))
        }
    learned = [one for several, _ in cities.values() for one in several]
    weights = fitted(learned)
    TARGET.write_text(_text(weights, len(learned)), "utf-8")
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name:18} {weight:7.2f}")
    for name, (_, kept) in cities.items():
        print(f"\n{name}")
        _tell(kept, weights)


def choices(lab: Lab, *, learned: bool) -> Iterator[Choice]:
    """Choices that queries about one half of a city's streets lead to."""
    chance = random.Random(SEED + 1)  # noqa: S311 - queries, no secrets
    changes = Changes(lab.names).by_name()
    known, hidden = (
        [one for one in several if one.is_learned == learned]
        for several in (lab.known, lab.hidden)
    )
    found = []
    for truth in chance.sample(known, min(QUERIES, len(known))):
        found += [_choice(lab, name, changes[name], truth, known=True) for name in LEARNED]
    for truth in chance.sample(hidden, min(QUERIES, len(hidden))):
        for name in ("exact", "without village"):
            found.append(_choice(lab, f"hidden, {name}", changes[name], truth, known=False))
    yield from (one for one in found if one is not None)


def _choice(
    lab: Lab, name: str, change: Callable[..., str], truth: Truth, *, known: bool
) -> Choice | None:
    """The choice a query leads to; None when it is understood outright, or has none to fit."""
    geocoder = lab.geocoder
    outline = geocoder.parser.outline(change(truth.plate))
    asked = asked_of(outline, geocoder.parser)
    outright = geocoder.outright(asked)
    if outright and not asked.rest:
        return None
    pool = geocoder.pool(outline, asked, outright)
    if not pool or pool[0].share:  # pieces of names: too few to fit, their weights are the guess
        return None
    told = np.array([features(one, geocoder.gazetteer) for one in pool])
    right = (at for at, one in enumerate(pool) if known and is_right(one, truth))
    return Choice(name, told, tuple(right))


def is_right(candidate: Candidate, truth: Truth) -> bool:
    """Whether a candidate is the door that was meant."""
    own, meant = candidate.values, truth.values
    loose = ("township", "community", "group")
    return all(own.get(kind) == value for kind, value in meant.items() if kind not in loose) and (
        set(own) <= set(meant)
    )


def fitted(several: Sequence[Choice]) -> Float64:
    """The weights under which the right choices are the likeliest."""
    stacked = np.concatenate([one.features for one in several])
    sizes = [len(one.features) for one in several]
    query = np.repeat(np.arange(len(several)), sizes)
    firsts = np.cumsum([0, *sizes[:-1]])
    right = np.array(
        [first + one.right[0] for first, one in zip(firsts, several, strict=True) if one.right]
    )
    guess = np.array([_GUESS.get(name, 0.0) for name in FEATURES])

    def cost(weights: Float64) -> tuple[float, Float64]:
        told = stacked @ weights
        most = np.zeros(len(several))
        np.maximum.at(most, query, told)
        raised = np.exp(told - most[query])
        total = np.exp(-most)
        np.add.at(total, query, raised)
        off = weights - guess
        likely = told[right].sum() - (np.log(total) + most).sum()
        slope = stacked[right].sum(axis=0) - stacked.T @ (raised / total[query])
        pull = _PULL * len(several)
        return -likely + pull * (off @ off), -slope + 2 * pull * off

    return np.asarray(minimize(cost, guess, jac=True, method="L-BFGS-B").x)


def certainty(choice: Choice, weights: Float64) -> Float64:
    """Probabilities of the candidates of a query."""
    told = choice.features @ weights
    most = max(0.0, told.max())
    raised = np.exp(told - most)
    return np.asarray(raised / (raised.sum() + np.exp(-most)))


def _text(weights: Float64, count: int) -> str:
    """The file of weights."""
    lines = [
        f"# {meaning}\n{name} = {weight:.3f}\n"
        for (name, meaning), weight in zip(FEATURES.items(), weights, strict=True)
    ]
    head = "# Weights of what speaks for a candidate: logarithms of odds. Do not edit: made by\n"
    made = "# python -m benchmarks.fit_confidence\n"
    return f"{head}{made}queries = {count}\nseed = {SEED + 1}\n\n[weights]\n{''.join(lines)}"


def _tell(kept: Sequence[Choice], weights: Float64) -> None:
    """Print how the other half is judged."""
    names = sorted({one.name for one in kept})
    for name in names:
        group = [one for one in kept if one.name == name]
        best = [certainty(one, weights) for one in group]
        top = [(float(one.max()), int(one.argmax()) in each.right)
               for one, each in zip(best, group, strict=True)]  # fmt: skip
        sure = [right for worth, right in top if worth >= 0.9]
        print(
            f"{name:28} {len(group):5} first {np.mean([right for _, right in top]):.4f}"
            f" sure {len(sure) / len(group):.3f} wrong {len(sure) - sum(sure)}"
            f" at 0.5 {np.mean([worth >= 0.5 for worth, _ in top]):.4f}"
        )
    worth = np.array([float(certainty(one, weights).max()) for one in kept])
    right = np.array([int(certainty(one, weights).argmax()) in one.right for one in kept])
    print(f"ECE {expected_error(worth, right):.4f}")


def expected_error(worth: Float64, right: Float64, bins: int = 20) -> float:
    """The expected calibration error: mean distance of confidence and rate of right answers."""
    bucket = np.minimum((worth * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(worth[bucket == one].mean() - right[bucket == one].mean()) * (bucket == one).mean()
            for one in np.unique(bucket)
        )
    )


if __name__ == "__main__":
    main()
