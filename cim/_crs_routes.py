"""Ways from one CRS to another, chosen once and kept: operations, legal area, what to tell.

PROJ falls back to a 'ballpark' operation, which drops the datum shift, where the EPSG registry
holds none between two datums; for CGCS2000 it holds none to any other datum. A route never takes
one: it passes WGS 84 instead, which CGCS2000 equals within decimetres, and it fails where no
published operation leads there either.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup

from cim._crs_area import (
    EXACT_MARGIN_DEG,
    TOLERANT_MARGIN_DEG,
    WORLD,
    Area,
    Bounds,
    area_of,
    covers,
    grown,
    home_of,
)
from cim._crs_names import crs_code, datum_name, is_cgcs2000, parse_crs
from cim.arrays import Bool, Float64
from cim.errors import InputError, SourceDataError
from cim.warned import silenced

_NORMALISED = " (with axis order normalized for visualization)"
_EQUAL_DATUMS = "WGS 84 and CGCS2000 are taken as equal (they agree within decimetres)"


@dataclass(frozen=True, slots=True)
class Heights:
    """What becomes of the heights of a source."""

    steps: tuple[Transformer, ...] | None
    """Steps for positions with heights, which become ellipsoidal; None: heights stay."""

    factor: float
    """Metres up for one unit of height, where heights stay."""

    notes: tuple[str, ...]
    """What to tell when there are heights."""


@dataclass(frozen=True, slots=True)
class Route:
    """How coordinates of one CRS become those of another; x is east or longitude throughout."""

    source: str
    target: str

    steps: tuple[Transformer, ...]
    """For positions without heights, in order; none when coordinates stay as they are."""

    heights: Heights

    exact: Area
    """The source's area of use, in the source's units."""

    tolerant: Area
    """The same with the margin that is still accepted."""

    coverage: tuple[Area, ...] | None
    """Longitude/latitude areas the first step is made for; None when it needs no check."""

    notes: tuple[str, ...]

    def walk(self, start: Float64) -> tuple[Float64, Bool]:
        """(n, 2) or (n, 3) coordinates at the end, and whether each is finite and covered.

        Args:
            start: (n, 2), or (n, 3) where `heights.steps` says how heights become ellipsoidal.
        """
        steps = self.steps if start.shape[1] == len("xy") else self.heights.steps or ()
        here = start
        covered = np.ones(len(start), np.bool_)
        for number, step in enumerate(steps):
            here = np.column_stack(step.transform(*here.T))
            if number == 0 and self.coverage is not None:
                covered = np.any([area.holds(*here.T[:2]) for area in self.coverage], axis=0)
        return here, covered & np.isfinite(here).all(axis=1)


@lru_cache(maxsize=64)
def find_route(source: str, target: str, where: str) -> Route:
    """The way from one CRS to another.

    Args:
        source: CRS of the coordinates, as `parse_crs` takes it.
        target: CRS wanted; horizontal, heights in it are ellipsoidal.
        where: Names the source in errors.

    Raises:
        SourceDataError: The source CRS is unknown, or no published operation leads on from it.
        InputError: The target CRS is unknown or names a vertical reference.
    """
    start, end = parse_crs(source, where), parse_crs(target)
    if end.is_compound:
        raise InputError(f"{target}: a compound CRS cannot be the target, wanted a horizontal one")
    flat, legs = _flat(start), _legs(_flat(start), _flat(end))
    groups = [_operations(*leg) for leg in legs]
    for leg, group in zip(legs, groups, strict=True):
        if not group.transformers:
            raise SourceDataError(_no_operation(*leg, group), where=where)
    return Route(
        source=crs_code(start),
        target=crs_code(end),
        steps=_steps(legs),
        heights=_heights(start, end),
        exact=area_of(flat, EXACT_MARGIN_DEG),
        tolerant=area_of(flat, TOLERANT_MARGIN_DEG),
        coverage=_coverage(flat, groups),
        notes=_notes(start, end, legs, groups),
    )


type _Leg = tuple[CRS, CRS]


def _legs(start: CRS, end: CRS) -> list[_Leg]:
    """Pairs of horizontal CRSs that need an operation; WGS 84 to CGCS2000 needs none."""
    if _same(start, end):
        return []
    by_hubs = [(start, _hub(start)), (_hub(end), end)]
    return [leg for leg in by_hubs if not _same(*leg)]


def _hub(crs: CRS) -> CRS:
    """The geographic CRS on the way: CGCS2000 for its own family, WGS 84 for all others."""
    return CRS.from_epsg(4490 if is_cgcs2000(crs) else 4326)


def _hub_with_heights(crs: CRS) -> CRS:
    return CRS.from_epsg(4480 if is_cgcs2000(crs) else 4979)


def _same(one: CRS, other: CRS) -> bool:
    return bool(one.equals(other, ignore_axis_order=True))


def _flat(crs: CRS) -> CRS:
    """The horizontal part of a CRS."""
    if crs.is_compound:
        return crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) > len("xy") else crs


def _steps(legs: list[_Leg]) -> tuple[Transformer, ...]:
    """One transformer a leg; where several operations are published PROJ chooses by place."""
    return tuple(
        Transformer.from_crs(*leg, always_xy=True, allow_ballpark=False, only_best=False)
        for leg in legs
    )


def _operations(start: CRS, end: CRS) -> TransformerGroup:
    with silenced(UserWarning):
        return TransformerGroup(start, end, always_xy=True, allow_ballpark=False)


def _no_operation(start: CRS, end: CRS, group: TransformerGroup) -> str:
    grids = _missing_grids(group)
    need = f"it needs {grids} in PROJ's data folder" if grids else "none is published"
    return (
        f"no transformation from {start.name} to {end.name}: {need}; transform the data before, "
        "or give a CRS with its datum parameters (+towgs84=…)"
    )


def _missing_grids(group: TransformerGroup) -> str:
    """Names of the grids that the best operation lacks."""
    if not group.unavailable_operations:
        return ""
    grids = group.unavailable_operations[0].grids
    return " and ".join(grid.short_name for grid in grids if not grid.available)


def _notes(
    start: CRS, end: CRS, legs: list[_Leg], groups: list[TransformerGroup]
) -> tuple[str, ...]:
    notes = [
        note
        for leg, group in zip(legs, groups, strict=True)
        if not _shares_datum(*leg)
        for note in _operation_notes(*leg, group)
    ]
    if is_cgcs2000(start) != is_cgcs2000(end):
        notes.append(_EQUAL_DATUMS)
    return tuple(notes)


def _operation_notes(start: CRS, end: CRS, group: TransformerGroup) -> list[str]:
    best = group.transformers[0]
    name = best.description.removesuffix(_NORMALISED)
    within = f" ({best.accuracy:g} m)" if best.accuracy > 0 else ""
    others = len(group.transformers) - 1
    choice = f"; {others} other operations by place" if others else ""
    notes = [f"{start.name} to {end.name} by {name!r}{within}{choice}"]
    if not group.best_available:
        grids = _missing_grids(group)
        notes.append(f"{start.name}: for a more exact operation, not installed: {grids}")
    return notes


def _shares_datum(one: CRS, other: CRS) -> bool:
    bound = one.is_bound or other.is_bound
    return not bound and datum_name(one) == datum_name(other) != ""


def _coverage(start: CRS, groups: list[TransformerGroup]) -> tuple[Area, ...] | None:
    """Areas of the first step's operations, unless one covers the source's area of use."""
    if not groups:
        return None
    areas = [_operation_bounds(operation) for operation in groups[0].transformers]
    home = home_of(start) or WORLD
    if _shares_datum(start, _hub(start)) or any(covers(area, home) for area in areas):
        return None
    return tuple(Area(grown(area, EXACT_MARGIN_DEG)) for area in areas)


def _operation_bounds(operation: Transformer) -> Bounds:
    """Where an operation holds; conversions that name no area hold everywhere."""
    bounds: Bounds = getattr(operation.area_of_use, "bounds", WORLD)
    return bounds


def _heights(start: CRS, end: CRS) -> Heights:
    """How heights become ellipsoidal metres, or why they stay what they are."""
    hub = _hub_with_heights(start)
    if start.is_compound:
        return _compound_heights(start, end, hub)
    if len(start.axis_info) == len("xy"):
        note = f"heights are kept unchanged: {start.name} names no height reference"
        return Heights(None, 1.0, (note,))
    if _same(start, hub) or not _operations(start, hub).transformers:
        return Heights(None, _metres_up(start), ())
    return Heights(_steps_with_heights(start, end, hub), 1.0, ())


def _compound_heights(start: CRS, end: CRS, hub: CRS) -> Heights:
    vertical, group = start.sub_crs_list[1], _operations(start, hub)
    if group.transformers:
        name = group.transformers[0].description.removesuffix(_NORMALISED)
        note = f"{vertical.name} is turned into ellipsoidal height by {name!r}"
        return Heights(_steps_with_heights(start, end, hub), 1.0, (note,))
    grids = _missing_grids(group)
    why = f"not installed: {grids}" if grids else "no geoid model is registered for it"
    note = f"heights stay {vertical.name} and do not become ellipsoidal: {why}"
    return Heights(None, _metres_up(vertical), (note,))


def _steps_with_heights(start: CRS, end: CRS, hub: CRS) -> tuple[Transformer, ...]:
    flat_end = _flat(end)
    onward = [] if _same(_hub(end), flat_end) else [(_hub(end), flat_end)]
    return _steps([(start, hub), *onward])


def _metres_up(crs: CRS) -> float:
    """Metres up for one unit of the last axis; negative for depths."""
    axis = crs.axis_info[-1]
    metres = float(axis.unit_conversion_factor)
    return -metres if axis.direction == "down" else metres
