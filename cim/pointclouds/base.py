"""The protocol of a point cloud format, and the batches that its readers bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from cim.arrays import Float64, Uint8, Uint16, require_shape

POSITION, COLOUR, CLASSIFICATION, INTENSITY = "position", "colour", "classification", "intensity"
"""Names of the dimensions that tiles keep."""


@dataclass(frozen=True, slots=True)
class PointOptions:
    """What the user says about a point cloud; None means: find out."""

    crs: str | None = None
    """CRS of the coordinates, overriding what the file says."""

    batch_size: int = 131_072
    """Points in one batch."""


@dataclass(frozen=True, slots=True)
class PointSource:
    """What a point cloud holds, told by its head alone."""

    count: int | None
    """Points as the file states them, None when the format cannot tell cheaply."""

    crs: str | None
    """CRS of the coordinates: of the options, else authority code or WKT of the file; None when
    neither states one."""

    bounds: tuple[float, float, float, float, float, float] | None
    """Lowest x, y, z, then highest, in the CRS, as the file states them; None when it does not."""

    dimensions: tuple[str, ...]
    """Those of `position`, `colour`, `classification`, `intensity` that the points have."""

    notes: tuple[str, ...] = ()
    """Things the user should know, such as how colours were understood."""


@dataclass(frozen=True, slots=True)
class PointBatch:
    """Some points of a cloud, in the order of the file."""

    xyz: Float64
    """(n, 3) in the source CRS, x easting or longitude, y northing or latitude, z up."""

    colour: Uint8 | None = None
    """(n, 3) red, green, blue, sRGB encoded."""

    classification: Uint8 | None = None
    """(n,) codes of the ASPRS LAS specification."""

    intensity: Uint16 | None = None
    """(n,) as the file has it."""

    withheld: int = 0
    """Points of this stretch of the file that the file itself marks as deleted: they are not in
    the arrays."""

    def __post_init__(self) -> None:
        require_shape("xyz", self.xyz, None, 3)
        for name, shape in (("colour", (3,)), ("classification", ()), ("intensity", ())):
            values = getattr(self, name)
            if values is not None:
                require_shape(name, values, len(self.xyz), *shape)

    def __len__(self) -> int:
        """Number of points."""
        return len(self.xyz)


class PointReader(Protocol):
    """One point cloud format."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings in lower case, such as `.las`."""
        ...

    def claims(self, path: Path) -> bool:
        """Whether a file whose name fits is a point cloud.

        Formats may share an ending with meshes and tables. A missing or damaged file with an
        ending of its own is claimed.
        """
        ...

    def describe(self, path: Path, options: PointOptions) -> PointSource:
        """What the file says it holds.

        Raises:
            SourceDataError: The file is missing, empty, truncated, not of this format or states
                no point, or the CRS is unknown.
            ConfigError: A library that this format needs is not installed.
        """
        ...

    def read(self, path: Path, options: PointOptions) -> Iterator[PointBatch]:
        """The points, batch by batch.

        Raises:
            SourceDataError: As in `describe`, or the file breaks off.
        """
        ...


def scaled_colours(stored: Uint16, *, eight_bit: bool) -> Uint8:
    """(n, 3) 8-bit colours of 16-bit fields.

    Args:
        stored: (n, 3).
        eight_bit: Values up to 255 fill the lower byte only, against the specification.
    """
    return stored.astype(np.uint8) if eight_bit else (stored >> 8).astype(np.uint8)
