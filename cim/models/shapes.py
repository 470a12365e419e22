"""What a shape is, in a few numbers that survive another export of the same thing.

Vertices and triangles change from export to export, with the program and its version; the box
around a body, its surface, its volume and the middle of its surface do not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.arrays import Float64

SAME_M: Final = 0.001
"""Lengths that differ by less are the same."""

SAME_SHARE: Final = 0.001
"""Surfaces and volumes that differ by a smaller share are the same."""

_SAME_SURFACE: Final = 1e-4
"""Square or cubic metres that count as nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """A shape in the model's frame."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    """Corners of the box around it, metres."""

    area_m2: float
    volume_m3: float
    """Without sign; of a body that is not closed it is a number like any other."""

    middle: tuple[float, float, float]
    """Of its surface, from the middle of the box, metres."""

    @property
    def centre(self) -> tuple[float, float, float]:
        """Middle of the box."""
        (a, b, c), (d, e, f) = self.low, self.high
        return ((a + d) / 2, (b + e) / 2, (c + f) / 2)

    @property
    def size(self) -> tuple[float, float, float]:
        """Extent along the axes of the model."""
        (a, b, c), (d, e, f) = self.low, self.high
        return (d - a, e - b, f - c)


def form_of(positions: Float64, triangles: np.ndarray) -> Form:
    """The form of a mesh.

    Args:
        positions: (v, 3) metres, in the model's frame.
        triangles: (t, 3) rows of `positions`.
    """
    low, high = positions.min(axis=0), positions.max(axis=0)
    centre = (low + high) / 2
    corners = positions[triangles] - centre
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(cross, axis=1) / 2
    total = float(areas.sum())
    volume = float(np.einsum("ij,ij->", corners[:, 0], cross)) / 6
    weighted = (corners.mean(axis=1) * areas[:, None]).sum(axis=0)
    middle = weighted / total if total > 0 else np.zeros(3)
    return Form(_triple(low), _triple(high), total, abs(volume), _triple(middle))


def joined_forms(one: Form, other: Form) -> Form:
    """The form of two bodies together."""
    low, high = np.minimum(one.low, other.low), np.maximum(one.high, other.high)
    centre, total = (low + high) / 2, one.area_m2 + other.area_m2
    moments = [
        (np.array(form.middle) + form.centre - centre) * form.area_m2 for form in (one, other)
    ]
    middle = sum(moments, np.zeros(3)) / total if total > 0 else np.zeros(3)
    return Form(
        _triple(low), _triple(high), total, one.volume_m3 + other.volume_m3, _triple(middle)
    )


def is_same(one: "Measures", other: "Measures") -> bool:
    """Whether two shapes are the same, wherever they stand."""
    lengths = np.abs(np.array(one.lengths) - other.lengths)
    if (lengths > SAME_M).any():
        return False
    pairs = ((one.area_m2, other.area_m2), (one.volume_m3, other.volume_m3))
    return all(abs(a - b) <= max(_SAME_SURFACE, SAME_SHARE * max(a, b)) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Measures:
    """What of a form does not depend on where it stands; kept in the store."""

    size: tuple[float, float, float]
    middle: tuple[float, float, float]
    area_m2: float
    volume_m3: float

    @property
    def lengths(self) -> tuple[float, ...]:
        """Those of the numbers that are lengths."""
        return (*self.size, *self.middle)


def measures_of(form: Form) -> Measures:
    """The measures of a form, rounded to a tenth of a millimetre and to a square centimetre."""
    return Measures(
        size=_rounded(form.size),
        middle=_rounded(form.middle),
        area_m2=round(form.area_m2, 4),
        volume_m3=round(form.volume_m3, 6),
    )


def _rounded(values: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = (round(value, 4) + 0.0 for value in values)
    return (x, y, z)


def _triple(values: Float64) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return (x, y, z)
