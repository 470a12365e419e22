"""A source file opened at its place: by its CRS, or by an anchor where it has none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cim._crs_routes import find_route
from cim.crs import CITY_CRS, LOCAL, NO_PLACE, Settled, settle
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch
from cim.placing import Georeference, Placement, false_origin, place
from cim.plugins import load
from cim.readers.base import Reader, ReadOptions, SourceInfo
from cim.reading import reader_for
from cim.vertical import ABOVE_ELLIPSOID, HeightReference, ellipsoidal

type Middle = Callable[[], tuple[float, float, float] | None]
"""Finds what stands at an anchor where the origin is too far away; None where it is not."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a local frame stands, as a user says it."""

    lon: float
    lat: float
    """Degrees, EPSG:4490."""

    height_m: float
    """In `reference`."""

    heading_deg: float = 0.0
    """Direction of the model's y axis, clockwise from north."""

    reference: HeightReference = ABOVE_ELLIPSOID
    origin: tuple[float, float, float] | None = None
    """The point of the model's coordinates that stands here; None: their origin, or the middle
    of coordinates far from it."""


@dataclass(frozen=True, slots=True)
class Siting:
    """What a user says of where sources lie, beside the CRS."""

    swap_axes: bool = False
    """CRSs with x and y exchanged."""

    anchor: Anchor | None = None
    """For sources without a CRS."""


@dataclass(frozen=True, slots=True)
class Site:
    """A source that was looked into, and how it comes to its place."""

    path: Path
    reader: Reader
    options: ReadOptions
    info: SourceInfo
    swap_axes: bool
    placement: Placement | None
    """None: by the CRS of its coordinates."""

    georeference: Georeference

    def read(self) -> Iterator[FeatureBatch]:
        """The features as the source states them."""
        return self.reader.read(self.path, self.options)

    def settle(self, batch: FeatureBatch, target: str = CITY_CRS) -> Settled:
        """A batch of the source at its place.

        Raises:
            SourceDataError: As `cim.crs.settle`.
        """
        where = self.path.name
        if self.placement is None:
            return settle(batch, target, swap_axes=self.swap_axes, where=where)
        placed = place(batch, self.placement)
        if target == CITY_CRS:
            return placed
        settled = settle(placed.batch, target, where=where)
        return Settled(settled.batch, placed.rejects + settled.rejects, placed.notes)


def survey(path: Path, options: ReadOptions, siting: Siting) -> Site:
    """A source looked into, with the way to its place decided.

    Raises:
        SourceDataError: The file cannot be used, or has no place and no anchor gives it one.
        InputError: An option does not fit the source.
    """
    reader = reader_for(path)
    _check_frame_options(path, options)
    return sited(path, reader, options, reader.describe(path, options), siting)


def sited(
    path: Path,
    reader: Reader,
    options: ReadOptions,
    info: SourceInfo,
    siting: Siting,
    middle: Middle | None = None,
) -> Site:
    """A source that was looked into, with the way to its place decided.

    Args:
        path: The source.
        reader: Of its format.
        options: What the user says of it.
        info: What it holds.
        siting: What the user says of its place.
        middle: Finds what stands at an anchor where the origin is too far away; None: read the
            source for it.

    Raises:
        SourceDataError: It has no place and no anchor gives it one.
        InputError: An option does not fit the source.
    """
    if info.crs is None and siting.anchor is not None:
        options = replace(options, crs=LOCAL)
        info = replace(info, crs=LOCAL)
    if info.crs == LOCAL:
        return _anchored(path, reader, options, info, siting, middle)
    georeference = _by_crs(path, info.crs)
    return Site(path, reader, options, info, siting.swap_axes, None, georeference)


def _check_frame_options(path: Path, options: ReadOptions) -> None:
    """Refuse the unit and the axis of meshes for a file that states its own.

    Raises:
        InputError: One is given, and the file is no mesh.
    """
    for option, value in (("--unit", options.unit), ("--up-axis", options.up_axis)):
        if value is None:
            continue
        meshes: Reader = load("mesh", "cim.readers")
        if path.suffix.lower() not in meshes.suffixes:
            known = ", ".join(meshes.suffixes)
            raise InputError(f"{option} {value} is for mesh files ({known}), not for {path.name}")


def _anchored(
    path: Path,
    reader: Reader,
    options: ReadOptions,
    info: SourceInfo,
    siting: Siting,
    middle: Middle | None,
) -> Site:
    """A source in a local frame."""
    anchor = siting.anchor
    if siting.swap_axes:
        raise InputError(f"{path.name}: --swap-axes is for coordinates in a CRS, --heading-deg "
                         "turns a local frame")  # fmt: skip
    if anchor is None:
        placement, georeference = _by_file(path, info)
        return Site(path, reader, options, info, siting.swap_axes, placement, georeference)
    find = middle or (lambda: _middle(reader, path, options))
    told = anchor.origin is not None or info.is_near_origin
    placement, georeference = anchored(path.name, anchor, None if told else find())
    return Site(path, reader, options, info, siting.swap_axes, placement, georeference)


def anchored(
    name: str, anchor: Anchor, middle: tuple[float, float, float] | None
) -> tuple[Placement, Georeference]:
    """Where a local frame stands.

    Args:
        name: Of the source.
        anchor: What the user says.
        middle: What stands at the anchor where the user names no point and the origin is too far
            away; None: the origin.
    """
    there = np.array([[anchor.lon, anchor.lat, anchor.height_m]])
    height = float(ellipsoidal(there, anchor.reference)[0])
    placement = Placement(
        anchor=(anchor.lon, anchor.lat, height),
        heading_deg=anchor.heading_deg,
        origin=anchor.origin or middle or (0.0, 0.0, 0.0),
    )
    georeference = Georeference(
        source=name,
        method="anchor",
        crs=LOCAL,
        height_reference=f"anchor: {anchor.reference.text}",
        anchor=placement.anchor,
        heading_deg=placement.heading_deg,
        origin=placement.origin,
        notes=() if anchor.origin else _middle_note(middle),
    )
    return placement, georeference


def _by_file(path: Path, info: SourceInfo) -> tuple[Placement, Georeference]:
    """The place that the file gives its local frame.

    Raises:
        SourceDataError: It gives none; the message holds what the file says instead.
    """
    if info.place is None:
        raise SourceDataError("; ".join((NO_PLACE, *info.notes)), where=str(path))
    place, placement = info.place, info.place.placement
    georeference = Georeference(
        source=path.name,
        method="file",
        crs=place.crs or LOCAL,
        height_reference=place.height_reference,
        anchor=placement.anchor,
        heading_deg=placement.heading_deg,
        origin=placement.origin,
        basis=place.basis,
        residual_m=place.residual_m,
        confidence=place.confidence,
        notes=place.notes,
    )
    return placement, georeference


def _middle(reader: Reader, path: Path, options: ReadOptions) -> tuple[float, float, float] | None:
    """What stands at the anchor where the origin is too far away."""
    first = next((b for b in reader.read(path, options) if len(b)), None)
    return None if first is None else false_origin(first)


def _middle_note(middle: tuple[float, float, float] | None) -> tuple[str, ...]:
    if middle is None:
        return ()
    x, y, _ = middle
    note = (
        f"coordinates lie {np.hypot(x, y) / 1000:.0f} km from their origin, so their middle "
        f"x {x:.3f}, y {y:.3f} stands at the anchor; --local-origin names another point, --crs "
        "their CRS"
    )
    return (note,)


def _by_crs(path: Path, crs: str | None) -> Georeference:
    """How a source comes to its place by its CRS, as far as that is known before it is read."""
    if crs is None:
        return Georeference(path.name, "crs", "", "")
    route = find_route(crs, CITY_CRS, path.name)
    heights = "; ".join(route.heights.notes) or "ellipsoidal heights of the CRS"
    return Georeference(path.name, "crs", crs, heights, notes=route.notes)
