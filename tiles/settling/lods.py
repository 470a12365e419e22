"""Which level of detail of a feature is shown: the finest, a coarse one, or the one asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cim.arrays import Int64
from cim.features import FeatureBatch


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is shown of a batch's features beyond their footprints."""

    surfaces: Int64
    """Rows of the batch's surfaces, at most one a feature."""

    bodies: Int64
    """Rows of the batch's bodies, sorted by feature, perhaps several a feature."""

    hidden: Int64
    """Features that have bodies of the same level of detail as the surfaces shown."""


def choose(batch: FeatureBatch, lod: str | None, *, coarse: bool = False) -> Chosen:
    """The finest surfaces or bodies of each feature; of equal ones, the surfaces.

    Args:
        batch: Any.
        lod: Nothing but this level of detail.
        coarse: In place of the finest level 1, the coarsest of several; without it, the coarsest.
    """
    names = (*batch.surfaces.lod, *batch.bodies.lod)
    features = np.concatenate((batch.surfaces.feature, batch.bodies.feature))
    ranks = _ranks(names, lod, _coarseness if coarse else _fineness)
    finest = np.full(len(batch), -1)
    np.maximum.at(finest, features, ranks)
    best = (ranks == finest[features]) & (ranks >= 0)
    rows = np.flatnonzero(best[: len(batch.surfaces.lod)])
    _, firsts = np.unique(batch.surfaces.feature[rows], return_index=True)
    surfaces = np.sort(rows[firsts])
    bodies = np.flatnonzero(best[len(batch.surfaces.lod) :])
    owners = batch.bodies.feature[bodies]
    beside = np.isin(owners, batch.surfaces.feature[surfaces])
    order = np.argsort(owners[~beside], kind="stable")
    return Chosen(surfaces, bodies[~beside][order], np.unique(owners[beside]))


def differing(batch: FeatureBatch) -> Int64:
    """(k,) features, ascending, whose coarse look is another than the finest."""
    fine, coarse = choose(batch, None), choose(batch, None, coarse=True)
    surfaces = np.setxor1d(fine.surfaces, coarse.surfaces)
    bodies = np.setxor1d(fine.bodies, coarse.bodies)
    return np.union1d(batch.surfaces.feature[surfaces], batch.bodies.feature[bodies])


def _ranks(
    names: Sequence[str], lod: str | None, order: Callable[[str], tuple[int, ...]]
) -> Int64:
    """(m,) the larger the better; -1 is not wanted."""
    known = sorted(set(names), key=lambda name: (order(name), name))
    rank = {name: i if lod is None or name == lod else -1 for i, name in enumerate(known)}
    return np.array([rank[name] for name in names], np.int64)


def _fineness(lod: str) -> tuple[int, ...]:
    """Sort key of a level of detail: `2.2` is finer than `2`."""
    return tuple(int(part) if part.isdigit() else -1 for part in lod.split("."))


def _coarseness(lod: str) -> tuple[int, ...]:
    """Sort key of a level of detail for a coarse look: level 1 first, then the coarser."""
    fineness = _fineness(lod)
    return (int(fineness[0] == 1), *(-part for part in fineness))
