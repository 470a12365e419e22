"""The clash test: boxes first, then solids."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Int64
from cim.bim.clash.base import Clash, ClashOptions, Element
from cim.bim.clash.measure import common, gap_m
from cim.bim.clash.reading import Source, Together, elements_of, together
from cim.bim.clash.skipping import Kin, Skipping, is_same, kin_of
from cim.bim.clash.solids import Solids
from cim.progress import Progress, silent

TOUCH_M: Final = 0.001
"""Surfaces nearer than this touch: walls on slabs are no clearance that is missed."""


@dataclass(frozen=True, slots=True)
class ClashRun:
    """What a test looked at and found."""

    together: Together
    elements: tuple[int, ...]
    """Elements of each model that were looked at."""

    looked_at: tuple[Element, ...]
    """All of them."""

    without_volume: int
    """Of these, those that fill nothing and cannot clash."""

    not_closed: int
    """Of these, those of which a piece stands in with its convex hull."""

    pairs: int
    """Pairs whose boxes meet."""

    clashes: tuple[Clash, ...]
    """The deepest first, then the nearest."""


def find_clashes(
    sources: tuple[Source, ...],
    options: ClashOptions,
    skipping: Skipping,
    progress: Progress = silent,
) -> ClashRun:
    """The clashes between two models, or within one.

    Args:
        sources: One model or two.
        options: What counts as a clash.
        skipping: What is left out by class.
        progress: Called now and then with pairs done and all pairs.

    Raises:
        InputError: Two models have no common frame.
        ConfigError: manifold3d is not installed.
    """
    frame = together(sources, options)
    elements = [
        one
        for side, (source, matrix) in enumerate(zip(sources, frame.matrices, strict=True))
        for one in elements_of(source, side, matrix, takes=skipping.takes)
    ]
    kins = [kin_of(source.model) for source in sources]
    pairs = candidates(elements, options, between=len(sources) > 1)
    solids = Solids()
    tested = _Test(elements, options, solids, lambda a, b: _is_skipped(a, b, kins, skipping))
    found = sorted(tested.clashes(pairs, progress), key=_order)
    made = [solids.of(one) for one in elements]
    sides = np.bincount([one.side for one in elements], minlength=len(sources))
    return ClashRun(
        together=frame,
        elements=tuple(sides.tolist()),
        looked_at=tuple(elements),
        without_volume=sum(solid.body is None for solid in made),
        not_closed=sum(not solid.is_exact for solid in made),
        pairs=len(pairs),
        clashes=tuple(found),
    )


def candidates(elements: Sequence[Element], options: ClashOptions, *, between: bool) -> Int64:
    """(n, 2) rows of elements whose boxes meet or come as near as the clearance.

    Args:
        elements: Of one model or two.
        options: Say how near.
        between: Only pairs of both models.
    """
    if not elements:
        return np.zeros((0, 2), np.int64)
    low = np.array([one.low for one in elements]) - options.clearance_m
    high = np.array([one.high for one in elements])
    side = np.array([one.side for one in elements])
    tree = shapely.STRtree(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    first, second = tree.query(tree.geometries)
    wanted = first < second
    if between:
        wanted &= side[first] != side[second]
    first, second = first[wanted], second[wanted]
    level = (low[first, 2] <= high[second, 2]) & (low[second, 2] <= high[first, 2])
    return np.column_stack((first[level], second[level]))


def _is_skipped(first: Element, second: Element, kins: Sequence[Kin], skipping: Skipping) -> bool:
    """Whether two elements may share room by what they are."""
    if is_same(first, second) or skipping.skips(first.object, second.object):
        return True
    same_side = first.side == second.side
    return same_side and kins[first.side].related(first.object.key, second.object.key)


@dataclass(frozen=True, slots=True)
class _Test:
    """Tests pairs of elements."""

    elements: Sequence[Element]
    options: ClashOptions
    solids: Solids
    skips: Callable[[Element, Element], bool]

    def clashes(self, pairs: Int64, progress: Progress) -> Iterator[Clash]:
        for done, (a, b) in enumerate(pairs.tolist(), 1):
            first, second = self.elements[a], self.elements[b]
            found = None if self.skips(first, second) else self._clash(first, second)
            if found is not None:
                yield found
            progress(done, len(pairs))

    def _clash(self, first: Element, second: Element) -> Clash | None:
        one, other = self.solids.of(first), self.solids.of(second)
        if one.body is None or other.body is None:
            return None
        exact = one.is_exact and other.is_exact
        shared = common(one.body, other.body, self.options.tolerance_m)
        if shared is not None:
            measured = (shared.point, shared.depth_m, shared.volume_m3, None)
            return Clash("hard", first, second, *measured, exact)
        if not self.options.clearance_m:
            return None
        gap = gap_m(one.body, other.body, self.options.clearance_m)
        if gap is None or gap <= TOUCH_M:
            return None
        return Clash("clearance", first, second, _between(first, second), None, None, gap, exact)


def _between(first: Element, second: Element) -> tuple[float, float, float]:
    """The middle of what the boxes of two elements share, or of the room between them."""
    low = np.maximum(first.low, second.low)
    high = np.minimum(first.high, second.high)
    x, y, z = ((low + high) / 2).tolist()
    return (x, y, z)


def _order(clash: Clash) -> tuple[float, float, str, str]:
    """Hard clashes by depth, then clearances by distance; then by GlobalId."""
    ids = (clash.first.object.global_id, clash.second.object.global_id)
    if clash.depth_m is not None:
        return (-clash.depth_m, 0.0, *ids)
    return (1.0, clash.gap_m or 0.0, *ids)
