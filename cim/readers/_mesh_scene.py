"""What a mesh file holds, whatever its format: parts, the nodes that place them, materials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from cim.appearance import Material
from cim.arrays import Float32, Float64, Int32, Int64, Uint8

type Up = Literal["x", "y", "z"]

TO_Z_UP: Mapping[Up, Float64] = {
    "x": np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]),
    "y": np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    "z": np.eye(4),
}
"""(4, 4) matrices from axes of a file to x right, y ahead, z up.

Source: glTF 2.0, section 3.4 (y up, the front of a model looks along +z); COLLADA 1.4.1, element
up_axis.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Triangles as a file states them: neither finite nor within range until that is checked."""

    positions: Float64
    """(v, 3) in the units and axes of the file."""

    triangles: Int64
    """(t, 3)."""

    materials: Int32
    """(t,) rows of the palette or `PLAIN`."""

    normals: Float64 | None = None
    """(v, 3) of any length."""

    uv: Float32 | None = None
    """(v, 2), v up."""

    colours: Uint8 | None = None
    """(v, 4)."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of its own in the file: it becomes a feature."""

    name: str
    path: str
    """Names of the nodes above and its own, divided by `/`."""

    parts: tuple[tuple[int, Float64], ...]
    """Rows of the parts and the (4, 4) matrix of each to the frame of the file."""

    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """All of a file."""

    nodes: tuple[Node, ...]
    parts: tuple[Part, ...]
    palette: tuple[Material, ...] = ()
    notes: tuple[str, ...] = ()
    metres: float | None = None
    """Metres of a unit of the file, None where the format states none."""

    up: Up = "z"


def srgb(linear: Float64) -> Float64:
    """Colour values from 0 to 1, sRGB encoded (IEC 61966-2-1)."""
    value = np.clip(linear, 0.0, 1.0)
    low = value * 12.92
    high = np.minimum(1.055 * value ** (1 / 2.4) - 0.055, 1.0)
    return np.where(value <= 0.0031308, low, np.round(high, 12))  # noqa: PLR2004 - of the standard


def as_bytes(colour: Float64) -> Uint8:
    """Values from 0 to 1 as bytes."""
    return np.rint(np.clip(np.nan_to_num(colour), 0.0, 1.0) * 255).astype(np.uint8)
