"""Point clouds on disk for tests, made with defaults."""

from pathlib import Path
from typing import Any

import laspy
import numpy as np
from pyproj import CRS

from cim.arrays import Float64

PLACE = (530_000.0, 3_380_000.0, 20.0)
"""Near Wuhan in EPSG:4547."""

CRS_CODE = "EPSG:4547"


def scattered(
    count: int, *, size: float = 50.0, at: tuple[float, float, float] = PLACE
) -> Float64:
    """(n, 3) points in a flat box, whole millimetres."""
    random = np.random.default_rng(count)
    return np.round(random.uniform(0, (size, size, size / 5), (count, 3)) + at, 3)


def write_las(
    path: Path,
    xyz: Float64,
    *,
    point_format: int = 3,
    version: str = "1.2",
    crs: str | None = CRS_CODE,
    scale: float = 0.001,
    **fields: Any,
) -> Path:
    """A LAS or LAZ file, by the ending of its name; fields by laspy's names."""
    header = laspy.LasHeader(point_format=point_format, version=version)
    header.scales, header.offsets = np.full(3, scale), np.floor(xyz.min(axis=0))
    if crs is not None:
        header.add_crs(CRS.from_user_input(crs), keep_compatibility=version < "1.4")
    data = laspy.LasData(header)
    data.x, data.y, data.z = xyz.T
    for name, values in fields.items():
        setattr(data, name, values)
    data.write(str(path))
    return path


def coloured(count: int, *, wide: bool = True) -> dict[str, Any]:
    """Colour fields, of 16 bits or of 8 bits in them."""
    random = np.random.default_rng(count + 1)
    step = 257 if wide else 1
    values = random.integers(1, 256, (3, count)) * step
    return dict(zip(("red", "green", "blue"), values.astype(np.uint16), strict=True))
