"""Where an IFC model stands, judged from what its file says; pure, no file is touched.

The first of these that can be used, in this order:

1. map conversion and projected CRS of IFC4 and later, or the property sets that stand for them in
   IFC2x3 (IfcMapConversion, IfcRigidOperation, ePset_MapConversion);
2. a CRS without a conversion, when the model's coordinates lie in its area;
3. reference latitude, longitude and elevation of the site, with true north.

A model is placed rigidly at its middle: it keeps its true metres and its shared shapes, where a
projected CRS would stretch it by its scale. `FilePlace.residual_m` tells what that costs; beyond
`RIGID_M` the model follows the CRS instead, each vertex by itself.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from cim.arrays import Float64, Objects
from cim.bim._map_conversion import MapReading, map_crs, read_conversion, read_plain
from cim.bim._site_place import SiteReading, read_sites
from cim.bim.model import GeoFacts, IfcModel, MapCrs
from cim.crs import CITY_CRS, LOCAL, crs_code, named_crs, transform
from cim.errors import CimError, SourceDataError
from cim.frames import ecef_from_geodetic, enu_to_ecef_matrix
from cim.placing import FALSE_ORIGIN_M, FilePlace, Placement
from cim.vertical import ORTHOMETRIC, ellipsoidal, height_reference

RIGID_M: Final = 0.5
"""The farthest that a rigid model may stand from where its CRS puts a part of it."""

_FAR_APART_M: Final = 1_000.0
"""Distance between map conversion and site that is worth a note."""

_LEAST_REACH_M: Final = 50.0
_LEAST_UNIT_M: Final = 1e-6
_LARGEST_UNIT_M: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a model stands, or why that is not known."""

    place: FilePlace | None
    to_crs: Float64 | None = None
    """(4, 4) from the model's frame to the units of `crs`, heights in metres."""

    crs: str | None = None
    faults: tuple[str, ...] = ()
    """Statements of place that cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the coordinates of batches lead."""

    crs: str
    matrix: Float64
    """(4, 4) from the model's frame to coordinates of the CRS."""

    def moved(self, geometry: Objects) -> Objects:
        """Geometries of the model's frame in coordinates of the CRS, without heights."""
        if np.array_equal(self.matrix, np.eye(4)):
            return geometry
        flat = self.matrix
        moved = shapely.transform(geometry, lambda xy: xy @ flat[:2, :2].T + flat[:2, 3])
        return np.asarray(moved, object)

    def points(self, positions: Float64) -> Objects:
        """(n,) points with heights, of (n, 3) positions in the model's frame."""
        moved = positions @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return np.asarray(shapely.points(moved), object)


def frame_for(verdict: Verdict, given: str | None) -> Frame:
    """The coordinates of batches: local where the model stands rigidly, else those of the CRS.

    Args:
        verdict: Where the model stands.
        given: CRS that a user names for its coordinates.

    Raises:
        InputError: There is no such CRS.
    """
    if given is not None and named_crs(given) != LOCAL:
        return Frame(named_crs(given), np.eye(4) if verdict.to_crs is None else verdict.to_crs)
    rigid = verdict.place is None or verdict.place.residual_m <= RIGID_M
    if rigid or verdict.crs is None or verdict.to_crs is None:
        return Frame(LOCAL, np.eye(4))
    return Frame(verdict.crs, verdict.to_crs)


def check_unit(model: IfcModel, where: str) -> None:
    """Refuse a model that counts in a unit nobody builds in.

    Raises:
        SourceDataError: It does.
    """
    metres = model.unit.metres
    if not _LEAST_UNIT_M <= metres <= _LARGEST_UNIT_M:
        reason = (
            f"its length unit {model.unit.name!r} is {metres:g} m; legal: {_LEAST_UNIT_M:g} to "
            f"{_LARGEST_UNIT_M:g} m"
        )
        raise SourceDataError(reason, where=where)


def georeference(model: IfcModel, crs: str | None = None) -> Verdict:
    """The place of a model.

    Args:
        model: Its facts are used, its objects are not.
        crs: CRS that a user names for the map's coordinates, in place of the file's own.
    """
    facts = model.geo
    site, site_faults = read_sites(facts)
    reading, faults = _by_map(facts, model.unit.metres, crs, site)
    if reading is not None:
        return _mapped(reading, facts, site)
    if site is not None:
        place = _sited(site, facts)
        notes = (*place.notes, *faults)
        return Verdict(replace(place, notes=notes), faults=(*faults, *site_faults))
    return Verdict(None, faults=(*faults, *site_faults))


def _by_map(
    facts: GeoFacts, unit_m: float, crs: str | None, site: SiteReading | None
) -> tuple[MapReading | None, tuple[str, ...]]:
    """The reading of the map conversion, or faults."""
    if facts.conversion is None and facts.crs is None and crs is None:
        return None, ()
    stated = facts.crs or MapCrs("")
    try:
        found = map_crs(stated, crs)
        middle = middle_of(facts)
        near = None if site is None else (site.lon, site.lat)
        if facts.conversion is None:
            return read_plain(found, stated, middle, near), ()
        about = (middle, near, facts.world)
        return read_conversion(facts.conversion, stated, found, unit_m, about), ()
    except CimError as error:
        return None, (str(error),)


def _mapped(reading: MapReading, facts: GeoFacts, site: SiteReading | None) -> Verdict:
    """The place by a CRS: rigid at the middle, with what that costs."""
    middle, reach = middle_of(facts), reach_of(facts)
    code = crs_code(reading.crs)
    steps = np.vstack((np.zeros(3), np.eye(3)[:2], _corners(reach)))
    geodetic = _to_earth(reading, middle + steps)
    anchor = (float(geodetic[0, 0]), float(geodetic[0, 1]), float(geodetic[0, 2]))
    frame = enu_to_ecef_matrix(*anchor)
    local = (ecef_from_geodetic(geodetic) - frame[:3, 3]) @ frame[:3, :3]
    heading = float(np.degrees(np.arctan2(local[2, 0], local[2, 1])))
    placement = Placement(anchor, heading, tuple(middle.tolist()))
    rigid = (steps + middle) @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
    residual = float(np.linalg.norm(rigid[3:] - ecef_from_geodetic(geodetic[3:]), axis=1).max())
    notes = reading.notes
    confidence = reading.confidence
    apart = None if site is None else _apart_m(site, facts, placement)
    if apart is not None and apart > _FAR_APART_M:
        away = f"{apart / 1000:.1f} km from there"
        told = f"the site's latitude and longitude lie {away}; {reading.basis} is followed"
        notes = (*notes, told)
        confidence = "medium"
    place = FilePlace(
        placement=placement,
        basis=reading.basis,
        crs=code,
        height_reference=reading.heights,
        residual_m=residual,
        site_distance_m=apart,
        confidence=confidence,
        notes=notes,
    )
    return Verdict(place, reading.to_crs, code)


def _to_earth(reading: MapReading, local: Float64) -> Float64:
    """(n, 3) longitude, latitude, height of points of the model's frame."""
    mapped = local @ reading.to_crs[:3, :3].T + reading.to_crs[:3, 3]
    points = np.asarray(shapely.points(mapped), object)
    moved = transform(points, crs_code(reading.crs_with_heights), CITY_CRS)
    return np.asarray(shapely.get_coordinates(moved, include_z=True))


def _corners(reach: float) -> Float64:
    """Four corners of a square about the middle."""
    signs = np.array([[1, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1, 0]])
    return np.asarray(signs * reach / np.sqrt(2.0))


def _apart_m(site: SiteReading, facts: GeoFacts, placement: Placement) -> float:
    """Distance between the point that the site names and where the placement puts it."""
    origin = np.array(site.origin)
    if _is_far(origin - middle_of(facts)):
        origin = middle_of(facts)
    there = placement.matrix[:3, :3] @ origin + placement.matrix[:3, 3]
    stated = ecef_from_geodetic(np.array([[site.lon, site.lat, placement.anchor[2]]]))[0]
    return float(np.linalg.norm(there - stated))


def _sited(site: SiteReading, facts: GeoFacts) -> FilePlace:
    """The place by latitude and longitude of the site."""
    reference = height_reference(ORTHOMETRIC)
    stated = np.array([[site.lon, site.lat, site.elevation_m or 0.0]])
    height = float(ellipsoidal(stated, reference)[0])
    origin, notes, confidence = site.origin, site.notes, site.confidence
    middle = middle_of(facts)
    if _is_far(np.array(origin) - middle):
        away = float(np.hypot(*(np.array(origin) - middle)[:2]))
        origin = (float(middle[0]), float(middle[1]), 0.0)
        confidence = "low"
        told = (
            f"the model lies {away / 1000:.0f} km from the point that the site names; its middle "
            "stands there instead; --crs names the CRS of such coordinates"
        )
        notes = (*notes, told)
    elevation = "not stated, 0 m taken" if site.elevation_m is None else f"{stated[0, 2]:g} m"
    return FilePlace(
        placement=Placement((site.lon, site.lat, height), site.heading_deg, origin),
        basis="IfcSite latitude and longitude",
        crs=None,
        height_reference=f"RefElevation above sea level ({elevation}): {reference.text}",
        residual_m=0.0,
        site_distance_m=0.0,
        confidence=confidence,
        notes=notes,
    )


def _is_far(away: Float64) -> bool:
    return float(np.hypot(away[0], away[1])) > FALSE_ORIGIN_M


def middle_of(facts: GeoFacts) -> Float64:
    """(3,) where the model roughly is, in its frame; the ground is its lowest point."""
    if not facts.points:
        return np.zeros(3)
    points = np.array(facts.points)
    x, y = np.median(points[:, :2], axis=0)
    return np.array(
        [x, y, 0.0 if abs(points[:, 2].min()) < FALSE_ORIGIN_M else points[:, 2].min()]
    )


def reach_of(facts: GeoFacts) -> float:
    """How far the model roughly reaches from its middle, metres."""
    if not facts.points:
        return _LEAST_REACH_M
    away = np.array(facts.points)[:, :2] - middle_of(facts)[:2]
    return max(_LEAST_REACH_M, float(np.percentile(np.hypot(*away.T), 90)) * 1.5)
