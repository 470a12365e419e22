"""The first pass over point clouds: every point on the lattice, one after the other on disk."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cim.arrays import Float64, Int64, Uint8
from cim.catalog import Bounds
from cim.errors import SourceDataError
from cim.frames import enu_to_ecef_matrix, geodetic_from_ecef
from cim.point_siting import PointSite
from cim.pointclouds.base import PointBatch
from tiles.options import Progress
from tiles.points import classes, lattice
from tiles.points.lattice import REACH_M, STEP_M, Points
from tiles.points.spill import PointFile
from tiles.tiles3d.boxes import corners

WITHHELD = "marked as deleted in the file (withheld)"
FAR = f"more than {REACH_M / 1000:g} km from the middle of the cloud"


@dataclass(frozen=True, slots=True)
class Intake:
    """What the first pass leaves."""

    frame: Float64
    """(4, 4) from the lattice's east, north, up to Earth-centred coordinates."""

    ends: Int64
    """(2, 3) lowest and highest lattice coordinates."""

    bounds: Bounds
    points_in: int
    dropped: dict[str, int]
    class_counts: Int64
    """(256,) points of each class."""

    has_colour: bool
    """A source brings colours of its own."""

    has_intensity: bool


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is kept of a batch beside its points on disk."""

    ends: Int64
    around: Float64
    """(2, 2) lowest and highest longitude and latitude."""

    class_counts: Int64
    has_colour: bool
    has_intensity: bool


def take_in(
    sites: Sequence[PointSite], file: PointFile, tell: Callable[[Progress], None]
) -> Intake:
    """Bring all points of all sources to `file`.

    Raises:
        SourceDataError: No point is usable, or a source cannot be read.
    """
    dropped, seen, total = Counter[str](), 0, _total(sites)
    frame: Float64 | None = None
    measures: list[_Measure] = []
    for site, batch in _batches(sites):
        frame = _frame(site, batch) if frame is None else frame
        points, lost = _on_lattice(site, batch, frame)
        if frame is not None and len(points):
            file.append(points)
            measures.append(_measure(points, batch, frame))
        dropped.update(lost)
        seen += len(batch) + batch.withheld
        tell(Progress("read", seen, total))
    if frame is None or not measures:
        raise SourceDataError(f"no point to show: {_reasons(dropped)}", where=_names(sites))
    return Intake(
        frame=frame,
        ends=_hull([each.ends for each in measures]),
        bounds=_bounds([each.around for each in measures]),
        points_in=seen,
        dropped=dict(dropped),
        class_counts=np.sum([each.class_counts for each in measures], axis=0),
        has_colour=any(each.has_colour for each in measures),
        has_intensity=any(each.has_intensity for each in measures),
    )


def _measure(points: Points, batch: PointBatch, frame: Float64) -> _Measure:
    """What is kept of a batch."""
    ends = lattice.extremes(points)
    return _Measure(
        ends,
        _around(ends, frame),
        np.bincount(points["classification"], minlength=256),
        batch.colour is not None,
        bool(points["intensity"].any()),
    )


def _batches(sites: Sequence[PointSite]) -> Iterator[tuple[PointSite, PointBatch]]:
    """Site and batch, one after the other."""
    for site in sites:
        for batch in site.read():
            yield site, batch


def _total(sites: Sequence[PointSite]) -> int | None:
    """Points of all sources, None where one does not tell."""
    counts = [site.source.count for site in sites]
    return None if None in counts else sum(count or 0 for count in counts)


def _frame(site: PointSite, batch: PointBatch) -> Float64 | None:
    """East, north, up at the middle of a source, as far as it tells; None without legal point.

    The head of a file is believed only where its box holds the first points.
    """
    candidates = [*_stated_middle(site, batch), batch.xyz]
    positions, legal = site.placer.ecef(np.concatenate(candidates))
    if not legal.any():
        return None
    lon, lat, _ = geodetic_from_ecef(positions[np.argmax(legal)][None])[0].tolist()
    return enu_to_ecef_matrix(lon, lat, 0.0)


def _stated_middle(site: PointSite, batch: PointBatch) -> list[Float64]:
    """(1, 3) middle of the box that a file states, if the batch begins inside it."""
    if site.source.bounds is None or not len(batch):
        return []
    low, high = np.array(site.source.bounds).reshape(2, 3)
    first = batch.xyz[0]
    inside = bool(((first >= low) & (first <= high))[:2].all())
    return [((low + high) / 2)[None]] if inside else []


def _on_lattice(
    site: PointSite, batch: PointBatch, frame: Float64 | None
) -> tuple[Points, Counter[str]]:
    """The points of a batch that can be shown, and the others by reason.

    Without a frame there is no legal point; the placer tells why.
    """
    placed = site.placer.place(batch.xyz, np.eye(4) if frame is None else frame)
    kept, positions = placed.kept, placed.positions
    lost = Counter(placed.dropped) + Counter({WITHHELD: batch.withheld})
    reached = lattice.within_reach(positions) if len(positions) else None
    if reached is not None:
        lost[FAR] += int(np.count_nonzero(~reached))
        kept = np.ones(len(batch), np.bool_) if kept is None else kept.copy()
        kept[np.flatnonzero(kept)[~reached]] = False
        positions = positions[reached]
    rows = batch if kept is None else _select(batch, kept)
    return lattice.as_points(positions, rows, _colour(rows)), lost


def _select(batch: PointBatch, kept: np.ndarray) -> PointBatch:
    """The points of a batch that are kept."""
    columns = (batch.colour, batch.classification, batch.intensity)
    colour, classification, intensity = (c if c is None else c[kept] for c in columns)
    return PointBatch(batch.xyz[kept], colour, classification, intensity)


def _colour(batch: PointBatch) -> Uint8 | None:
    """(n, 3) colours as drawn: the source's own, else those of the classes."""
    if batch.colour is not None:
        return batch.colour
    if batch.classification is None:
        return None if not len(batch) else _COLOURS[np.zeros(len(batch), np.uint8)]
    return np.asarray(_COLOURS[batch.classification], np.uint8)


_COLOURS = classes.colour_table()


def _around(ends: Int64, frame: Float64) -> Float64:
    """(2, 2) lowest and highest longitude and latitude of a box of lattice points."""
    box = np.asarray(ends * STEP_M, np.float64)
    places = corners(box) @ frame[:3, :3].T + frame[:3, 3]
    geodetic = geodetic_from_ecef(places)[:, :2]
    return np.stack((geodetic.min(axis=0), geodetic.max(axis=0)))


def _bounds(around: list[Float64]) -> Bounds:
    """West, south, east, north of all boxes."""
    west, south = np.min([low for low, _ in around], axis=0).tolist()
    east, north = np.max([high for _, high in around], axis=0).tolist()
    return west, south, east, north


def _hull(ends: list[Int64]) -> Int64:
    """(2, 3) lowest and highest of all."""
    return np.stack(
        (np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0))
    )


def _reasons(dropped: Counter[str]) -> str:
    """What was left out and why."""
    return "; ".join(f"{count} {reason}" for reason, count in dropped.items()) or "no points came"


def _names(sites: Sequence[PointSite]) -> str:
    """File names for messages."""
    return ", ".join(site.path.name for site in sites)[:200]
