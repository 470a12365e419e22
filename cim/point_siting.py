"""A point cloud opened at its place: by its CRS, or by an anchor where it has none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from cim.arrays import Bool, Float64
from cim.crs import LOCAL
from cim.crs_points import PlacedPoints, point_placer
from cim.errors import InputError, SourceDataError
from cim.placing import FALSE_ORIGIN_M, Georeference, Placement
from cim.pointclouds.base import PointBatch, PointOptions, PointReader, PointSource
from cim.reading import point_reader_for
from cim.siting import Siting, anchored

NO_CRS = (
    "states no CRS; name it with --crs, or place coordinates of a local frame with "
    "--anchor lon,lat,height and --heading-deg"
)


class Placer(Protocol):
    """How points come to the Earth."""

    def ecef(self, xyz: Float64) -> tuple[Float64, Bool]:
        """(n, 3) Earth-centred positions, and which of them are somewhere legal."""
        ...

    def place(self, xyz: Float64, frame: Float64) -> PlacedPoints:
        """Points in a Cartesian frame; (4, 4) `frame` leads from there to the Earth's."""
        ...


@dataclass(frozen=True, slots=True)
class AnchoredPlacer:
    """Points of a local frame."""

    placement: Placement

    def ecef(self, xyz: Float64) -> tuple[Float64, Bool]:
        """(n, 3) Earth-centred positions, and which of them are finite."""
        matrix = self.placement.matrix
        return xyz @ matrix[:3, :3].T + matrix[:3, 3], _near(xyz)

    def place(self, xyz: Float64, frame: Float64) -> PlacedPoints:
        """Points in a Cartesian frame; (4, 4) `frame` leads from there to the Earth's."""
        kept: Bool | None = _near(xyz)
        dropped: Counter[str] = Counter()
        if kept is not None and not kept.all():
            finite = np.isfinite(xyz).all(axis=1)
            dropped["a coordinate is not a finite number"] = int(np.count_nonzero(~finite))
            dropped["a place beyond all measure"] = int(np.count_nonzero(finite & ~kept))
        else:
            kept = None
        matrix = self.placement.matrix
        turn = frame[:3, :3].T @ matrix[:3, :3]
        shift = frame[:3, :3].T @ (matrix[:3, 3] - frame[:3, 3])
        return PlacedPoints((xyz if kept is None else xyz[kept]) @ turn.T + shift, kept, +dropped)


_FARTHEST_M = 1e7


def _near(xyz: Float64) -> Bool:
    """Which coordinates are finite and no farther from their origin than the Earth is large."""
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(xyz) <= _FARTHEST_M).all(axis=1))


@dataclass(frozen=True, slots=True)
class PointSite:
    """A point cloud that was looked into, and how it comes to its place."""

    path: Path
    reader: PointReader
    options: PointOptions
    source: PointSource
    placer: Placer
    georeference: Georeference

    def read(self) -> Iterator[PointBatch]:
        """The points as the source states them."""
        return self.reader.read(self.path, self.options)


def survey_clouds(
    paths: Sequence[Path], options: PointOptions, siting: Siting
) -> tuple[PointSite, ...]:
    """Point clouds looked into, all of them before any is read.

    Raises:
        SourceDataError: A file cannot be used, or has no place.
        InputError: A file is no point cloud, or an option fits none of them.
    """
    readers = [(path, point_reader_for(path)) for path in paths]
    others = [path.name for path, reader in readers if reader is None]
    if others:
        raise InputError(
            f"points and features cannot share a tileset; not a point cloud: {', '.join(others)}"
        )
    sites = tuple(
        survey_points(path, reader, options, siting) for path, reader in readers if reader
    )
    if siting.anchor is not None and not any(s.source.crs == LOCAL for s in sites):
        raise InputError(
            "--anchor places what has no CRS, but all sources state one; --crs local makes them "
            "stand by the anchor all the same"
        )
    return sites


def survey_points(
    path: Path, reader: PointReader, options: PointOptions, siting: Siting
) -> PointSite:
    """A point cloud looked into, with the way to its place decided.

    Raises:
        SourceDataError: The file cannot be used, or has no place and no anchor gives it one.
        InputError: An option does not fit the source.
    """
    source = reader.describe(path, options)
    if source.crs in (None, LOCAL):
        return _at_anchor(path, reader, options, source, siting)
    crs = source.crs or ""
    placer = point_placer(crs, swap_axes=siting.swap_axes, where=path.name)
    heights = "; ".join(placer.route.heights.notes) or "ellipsoidal heights of the CRS"
    georeference = Georeference(path.name, "crs", crs, heights, notes=placer.route.notes)
    return PointSite(path, reader, options, source, placer, georeference)


def _at_anchor(
    path: Path, reader: PointReader, options: PointOptions, source: PointSource, siting: Siting
) -> PointSite:
    """A point cloud in a local frame."""
    if siting.anchor is None:
        raise SourceDataError(NO_CRS, where=path.name)
    if siting.swap_axes:
        raise InputError(
            f"{path.name}: --swap-axes is for coordinates in a CRS, --heading-deg turns a local "
            "frame"
        )
    placement, georeference = anchored(path.name, siting.anchor, _middle(source))
    placer = AnchoredPlacer(placement)
    return PointSite(path, reader, options, replace(source, crs=LOCAL), placer, georeference)


def _middle(source: PointSource) -> tuple[float, float, float] | None:
    """The middle of a cloud whose coordinates lie far from their origin; None for a near one."""
    if source.bounds is None:
        return None
    west, south, _, east, north, _ = source.bounds
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    return middle if np.hypot(*middle[:2]) > FALSE_ORIGIN_M else None
