"""Where two streets meet: 文三路与学院路交叉口."""

from collections.abc import Iterator, Mapping
from typing import Final

import h3
import numpy as np

from addressing.parse import Address, Outline
from cim.arrays import Float64
from geocode.candidates.areas import areas_of
from geocode.gazetteer import IndexGazetteer
from geocode.keys import UPPER
from geocode.model import Candidate

_APART_M: Final = 150.0
"""Streets whose nearest doors are farther apart do not meet."""

_LEAST_M: Final = 15.0
_BETWEEN: Final = frozenset("、&口和与")
"""What may stand between or behind two streets and is not read."""

_STROKE: Final = "-"
"""What a stroke between two streets is read as: part of the second."""

_METRES: Final = 111_195.0


def has_pair(outline: Outline) -> bool:
    """Whether an address names two streets, which may cross."""
    return [slot[0] for slot in outline.template.slots()].count("road") >= 2  # noqa: PLR2004 - a pair


def crossings(address: Address, gazetteer: IndexGazetteer) -> list[Candidate]:
    """The places where two streets meet that a text names; none when it names no crossing.

    Where they do not meet, or one is not known, what is known of them stands for the crossing.
    """
    roads = list(
        dict.fromkeys(one.value.strip(_STROKE) for one in address.elements if one.type == "road")
    )
    others = {one.type for one in address.elements} - {"road", *UPPER}
    idle = "".join(one.text.strip() for one in address.rest)
    if len(roads) != 2 or others or not set(idle) <= _BETWEEN:  # noqa: PLR2004 - a pair
        return []
    upper = {one.type: one.value for one in address.elements if one.type in UPPER}
    met = list(_meetings(roads[0], roads[1], upper, gazetteer))
    return met or [
        one._replace(unmet=True)
        for road in roads
        for one in areas_of("road", {**upper, "road": road}, gazetteer)
    ]


def _meetings(
    one: str, other: str, upper: Mapping[str, str], gazetteer: IndexGazetteer
) -> Iterator[Candidate]:
    """One meeting in each district that has both streets."""
    firsts = areas_of("road", {**upper, "road": one}, gazetteer)
    for first in firsts:
        county = {kind: first.values[kind] for kind in UPPER if kind in first.values}
        if not areas_of("road", {**county, "road": other}, gazetteer):
            continue
        met = _nearest(gazetteer.along(one, county), gazetteer.along(other, county))
        if met is not None:
            lon, lat, apart = met
            values = {**county, "road": one}
            yield Candidate(values, lon, lat, crossing=other, accuracy_m=max(apart / 2, _LEAST_M))


def _nearest(one: Float64, other: Float64) -> tuple[float, float, float] | None:
    """The middle of the nearest doors of two streets, and how many metres they are apart.

    Args:
        one: (n, 2) degrees, the doors of a street.
        other: (m, 2) degrees, those of another.
    """
    if not len(one) or not len(other):
        return None
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

    scale = np.array([np.cos(np.radians(one[:, 1].mean())), 1.0]) * _METRES
    far, at = cKDTree(other * scale).query(one * scale)
    near = int(far.argmin())
    a, b = one[near], other[int(at[near])]
    apart = h3.great_circle_distance((a[1], a[0]), (b[1], b[0]), unit="m")
    if apart > _APART_M:
        return None
    lon, lat = ((a + b) / 2).tolist()
    return lon, lat, float(apart)
