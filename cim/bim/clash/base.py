"""Elements of a clash test, what is asked of it, and what it finds."""

from dataclasses import dataclass
from typing import Literal

from cim.arrays import Float64, Int32
from cim.bim.model import IfcObject
from cim.errors import InputError

type Frame = Literal["auto", "earth", "local"]

FRAMES: tuple[Frame, ...] = ("auto", "earth", "local")
_MOST_M = 100.0


@dataclass(frozen=True, slots=True)
class ClashOptions:
    """What counts as a clash."""

    tolerance_m: float = 0.01
    """Elements may reach this deep into each other: contact and rounding are no clash."""

    clearance_m: float = 0.0
    """Elements nearer than this that do not touch are found too; 0: only those that share room."""

    frame: Frame = "auto"
    """How two models come together: by their places on the Earth, by their own coordinates, or
    (`auto`) by these where both files state one and the same place or none, else by the Earth."""

    def __post_init__(self) -> None:
        for name in ("tolerance_m", "clearance_m"):
            value = getattr(self, name)
            if not 0 <= value <= _MOST_M:
                raise InputError(f"{name}: {value:g}; legal: 0 to {_MOST_M:g}")
        if self.frame not in FRAMES:
            raise InputError(f"frame {self.frame!r}; legal: {', '.join(FRAMES)}")


@dataclass(frozen=True, slots=True)
class Shell:
    """A mesh that several elements may share."""

    digest: str
    positions: Float64
    triangles: Int32


@dataclass(frozen=True, slots=True)
class Element:
    """An element with its shape in the frame of the test."""

    side: int
    """0 for the first model, 1 for the second."""

    object: IfcObject
    storey: str
    """Name of its storey; empty for none."""

    shells: tuple[tuple[Shell, Float64], ...]
    """Meshes with their (4, 4) matrices to the frame of the test, metres."""

    low: Float64
    """(3,) the lowest corner of its box."""

    high: Float64


@dataclass(frozen=True, slots=True)
class Clash:
    """Two elements that share room or stand too near."""

    kind: Literal["hard", "clearance"]
    first: Element
    second: Element
    point: tuple[float, float, float]
    """Where, in the frame of the test: the middle of the deepest common body, or between both."""

    depth_m: float | None
    """Width of that body across its narrowest direction; None for a clearance."""

    volume_m3: float | None
    """Volume of all that is common; None for a clearance."""

    gap_m: float | None
    """Distance of the surfaces; None for a hard clash."""

    is_exact: bool
    """Whether both shapes close; a piece that does not is taken as its convex hull."""
