"""Which tile each feature of a layer is in: kept beside a tileset for incremental builds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Bool, Float64, Int64
from tiles.meshing.shapes import METRES_PER_DEGREE
from tiles.publish import STATE_FOLDER
from tiles.running.settle import Measures
from tiles.running.tree import Plane, centres_m
from tiles.tiling.edit import Placed

_ROW = np.dtype(
    [
        ("record", "<i8"),
        ("tile", "<i4"),
        ("triangles", "<i4"),
        ("east_m", "<f4"),
        ("north_m", "<f4"),
        ("size_m", "<f4"),
    ]
)
"""Places count from the corner of the root's square, so that 32 bits keep the centimetre."""


@dataclass(frozen=True, slots=True)
class Register:
    """The features of a tileset, ascending by their row numbers in the layer."""

    rows: NDArray[np.void]

    @classmethod
    def of(cls, measures: Measures, tile_of: Int64, plane: Plane) -> Self:
        """The features that were measured, in their tiles."""
        rows = np.zeros(len(measures), _ROW)
        centres = centres_m(measures.bounds, plane.lon_m)
        rows["record"], rows["tile"] = measures.records, tile_of
        rows["triangles"], rows["size_m"] = measures.triangles, measures.size_m
        rows["east_m"] = centres[:, 0] - plane.square.west_m
        rows["north_m"] = centres[:, 1] - plane.square.south_m
        return cls(rows[np.argsort(rows["record"], kind="stable")])

    def __len__(self) -> int:
        """Number of features."""
        return len(self.rows)

    def has(self, records: Int64) -> Bool:
        """(n,) which records are here."""
        found = np.minimum(np.searchsorted(self.rows["record"], records), len(self) - 1)
        return np.asarray(self.rows["record"][found] == records)

    def tiles_of(self, records: Int64) -> Int64:
        """(n,) tiles of records that are here."""
        found = np.searchsorted(self.rows["record"], records)
        return self.rows["tile"][found].astype(np.int64)

    def without(self, records: Int64) -> "Register":
        """The others."""
        kept = np.ones(len(self), np.bool_)
        kept[np.searchsorted(self.rows["record"], records[self.has(records)])] = False
        return Register(self.rows[kept])

    def records_in(self, tiles: Int64) -> Int64:
        """Records of all features in some tiles, ascending."""
        return self.rows["record"][np.isin(self.rows["tile"], tiles)].astype(np.int64)

    def near(self, bounds: tuple[float, float, float, float], plane: Plane) -> Int64:
        """Records of the features that may reach into bounds in degrees, ascending."""
        scale = np.array([plane.lon_m, METRES_PER_DEGREE])
        corner = np.array([plane.square.west_m, plane.square.south_m])
        low, high = np.array(bounds[:2]) * scale - corner, np.array(bounds[2:]) * scale - corner
        places = np.column_stack((self.rows["east_m"], self.rows["north_m"]))
        slack = self.rows["size_m"][:, None] / 2
        inside = (places >= low - slack) & (places <= high + slack)
        return np.asarray(self.rows["record"][inside.all(axis=1)], np.int64)

    def placed(self, plane: Plane) -> Placed:
        """Features as the tree takes them."""
        east = self.rows["east_m"].astype(np.float64) + plane.square.west_m
        north = self.rows["north_m"].astype(np.float64) + plane.square.south_m
        size: Float64 = self.rows["size_m"].astype(np.float64)
        return Placed(self.rows["tile"].astype(np.int64), np.column_stack((east, north)), size)


def join(first: Register, second: Register) -> Register:
    """The features of both."""
    places = np.searchsorted(first.rows["record"], second.rows["record"])
    return Register(np.insert(first.rows, places, second.rows))


def save(register: Register, output: Path, version: str, work: Path) -> None:
    """Keep the features of a version of a tileset, and those of no other."""
    partial = work / "features.npy"
    np.save(partial, register.rows)
    partial.replace(_path(output, version))


def load(output: Path, version: str) -> Register | None:
    """The features of a version of a tileset, None when they were not kept."""
    try:
        rows = np.load(_path(output, version))
    except (FileNotFoundError, ValueError, EOFError):
        return None
    return Register(rows) if rows.dtype == _ROW else None


def forget(output: Path, version: str) -> None:
    """Delete the features of all other versions."""
    for path in (output / STATE_FOLDER).glob("features-*.npy"):
        if path != _path(output, version):
            path.unlink()


def _path(output: Path, version: str) -> Path:
    return output / STATE_FOLDER / f"features-{version}.npy"
