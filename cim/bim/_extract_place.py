"""What an open IFC file says of where it lies, in the child process."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from cim.arrays import Float64
from cim.bim._entity import Entity, attribute, by_type
from cim.bim._extract_units import Units, unit_factor
from cim.bim.model import GeoFacts, MapConversion, MapCrs, Point, SitePlace

_CONVERSION_SET: Final = "epset_mapconversion"
_CRS_SET: Final = "epset_projectedcrs"
_DEEP: Final = 200
"""Placements above one another; more is a circle."""


def facts_of(
    file: Entity,
    units: Units,
    keys: Mapping[int, str],
    sample: Sequence[Entity],
) -> GeoFacts:
    """All statements of place."""
    conversion, crs = _operation(file)
    if conversion is None:
        from_sets = _from_sets(file)
        conversion, crs = from_sets[0], crs or from_sets[1]
    points = [_first_point(product, units) for product in sample]
    return GeoFacts(
        conversion=conversion,
        crs=crs,
        sites=tuple(_site(site, units, keys) for site in file.by_type("IfcSite")),
        true_north=_true_north(file),
        world=_world(file, units),
        points=tuple(point for point in points if point is not None),
    )


def placement_z(placement: Entity, units: Units) -> float | None:
    """Height of a placement in the model's frame, metres."""
    matrix = placement_matrix(placement, units.length.metres)
    return None if matrix is None else float(matrix[2, 3])


def placement_point(product: Entity, units: Units) -> Point | None:
    """Origin of a product's placement in the model's frame, metres."""
    matrix = placement_matrix(attribute(product, "ObjectPlacement"), units.length.metres)
    if matrix is None:
        return None
    x, y, z = matrix[:3, 3].tolist()
    return (x, y, z)


def placement_matrix(placement: Entity, metres: float) -> Float64 | None:
    """(4, 4) from a placement to the model's frame, metres; None where there is none."""
    matrix: Float64 = np.eye(4)
    found = False
    for _ in range(_DEEP):
        if placement is None:
            break
        relative = attribute(placement, "RelativePlacement")
        if relative is not None and relative.is_a("IfcAxis2Placement3D"):
            matrix, found = axes_matrix(relative, metres) @ matrix, True
        placement = placement.PlacementRelTo
    return matrix if found else None


def axes_matrix(placement: Entity, metres: float) -> Float64:
    """(4, 4) of an IfcAxis2Placement3D, its function IfcBuildAxes, in metres."""
    matrix = np.eye(4)
    location = attribute(placement.Location, "Coordinates") or ()
    matrix[: len(location), 3] = np.array(location) * metres
    up = _direction(placement.Axis, (0.0, 0.0, 1.0))
    right = _direction(placement.RefDirection, (1.0, 0.0, 0.0))
    right = right - up * (right @ up)
    length = np.linalg.norm(right)
    if length > 0:
        right = right / length
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, _cross(up, right), up
    return matrix


def _cross(a: Float64, b: Float64) -> Float64:
    """Cross product of two vectors; numpy's own takes fifty times as long for so few."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def _direction(direction: Entity, default: Point) -> Float64:
    values = np.array(default if direction is None else direction.DirectionRatios, np.float64)
    values = np.resize(values, 3) if len(values) == len(default) else np.array([*values, 0.0])
    length = float(np.linalg.norm(values))
    return np.asarray(values / length if length > 0 else np.array(default))


def _operation(file: Entity) -> tuple[MapConversion | None, MapCrs | None]:
    """The coordinate operation of IFC4 and later; a CRS without one counts too."""
    operations = by_type(file, "IfcCoordinateOperation")
    if operations:
        # The one of the model's own context comes before those of others.
        best = min(operations, key=lambda one: _is_plan(one.SourceCRS))
        return _conversion(best), _crs(best.TargetCRS)
    stated = by_type(file, "IfcCoordinateReferenceSystem")
    return None, _crs(stated[0]) if stated else None


def _is_plan(context: Entity) -> bool:
    if context is None or not context.is_a("IfcRepresentationContext"):
        return False
    return str(context.ContextType or "").lower() == "plan"


def _conversion(one: Entity) -> MapConversion | None:
    if one.is_a("IfcMapConversion"):
        axis = (one.XAxisAbscissa, one.XAxisOrdinate)
        factors = None
        if one.is_a("IfcMapConversionScaled"):
            factors = (float(one.FactorX), float(one.FactorY), float(one.FactorZ))
        return MapConversion(
            origin=one.is_a(),
            eastings=float(one.Eastings),
            northings=float(one.Northings),
            height=float(one.OrthogonalHeight or 0.0),
            axis=None if None in axis else (float(axis[0]), float(axis[1])),
            scale=None if one.Scale is None else float(one.Scale),
            factors=factors,
        )
    if one.is_a("IfcRigidOperation"):
        first, second = (
            float(c.wrappedValue) for c in (one.FirstCoordinate, one.SecondCoordinate)
        )
        height = float(one.Height or 0.0)
        return MapConversion("IfcRigidOperation", first, second, height, None, None)
    return None


def _crs(crs: Entity) -> MapCrs | None:
    if crs is None or attribute(crs, "Name") is None:
        return None
    unit = attribute(crs, "MapUnit")
    wkt = [one.WellKnownText for one in attribute(crs, "WellKnownText") or ()]
    return MapCrs(
        name=str(crs.Name or ""),
        description=str(crs.Description or ""),
        geodetic_datum=str(crs.GeodeticDatum or ""),
        vertical_datum=str(attribute(crs, "VerticalDatum") or ""),
        wkt=str(wkt[0]) if wkt else "",
        unit_m=None if unit is None else unit_factor(unit, 1),
    )


def _from_sets(file: Entity) -> tuple[MapConversion | None, MapCrs | None]:
    """The property sets that stand for the operation in IFC2x3, in any letter case.

    Source: buildingSMART, User Guide for Geo-referencing in IFC, version 2.0, section 5.
    """
    sets: dict[str, dict[str, Entity]] = {}
    for one in file.by_type("IfcPropertySet"):
        name = str(one[2] or "").lower()
        if name in {_CONVERSION_SET, _CRS_SET}:
            values = {
                str(prop[0]).lower(): prop.NominalValue.wrappedValue
                for prop in one.HasProperties or ()
                if attribute(prop, "NominalValue") is not None
            }
            sets.setdefault(name, values)
    conversion, crs = sets.get(_CONVERSION_SET), sets.get(_CRS_SET)
    return (
        None if conversion is None else _set_conversion(conversion),
        None if crs is None else _set_crs(crs),
    )


def _set_conversion(values: Mapping[str, Entity]) -> MapConversion | None:
    east, north = _number(values.get("eastings")), _number(values.get("northings"))
    if east is None or north is None:
        return None
    axis = (_number(values.get("xaxisabscissa")), _number(values.get("xaxisordinate")))
    return MapConversion(
        origin="ePset_MapConversion",
        eastings=east,
        northings=north,
        height=_number(values.get("orthogonalheight")) or 0.0,
        axis=None if axis[0] is None or axis[1] is None else (axis[0], axis[1]),
        scale=_number(values.get("scale")),
    )


def _set_crs(values: Mapping[str, Entity]) -> MapCrs:
    unit = str(values.get("mapunit") or "").replace(" ", "").replace("_", "").upper()
    known = {"METRE": 1.0, "METER": 1.0, "M": 1.0, "MILLIMETRE": 0.001, "MM": 0.001}
    return MapCrs(
        name=str(values.get("name") or ""),
        description=str(values.get("description") or ""),
        geodetic_datum=str(values.get("geodeticdatum") or ""),
        vertical_datum=str(values.get("verticaldatum") or ""),
        unit_m=known.get(unit),
    )


def _number(value: object) -> float | None:
    """A number, also one written as text."""
    try:
        return None if value is None else float(str(value).replace(",", "."))
    except ValueError:
        return None


def _site(site: Entity, units: Units, keys: Mapping[int, str]) -> SitePlace:
    matrix = placement_matrix(site.ObjectPlacement, units.length.metres)
    origin = (0.0, 0.0, 0.0) if matrix is None else tuple(matrix[:3, 3].tolist())
    elevation = site.RefElevation
    return SitePlace(
        key=keys[site.id()],
        name=str(site[2] or ""),
        latitude=_angle(site.RefLatitude),
        longitude=_angle(site.RefLongitude),
        elevation_m=None if elevation is None else float(elevation) * units.length.metres,
        origin=(origin[0], origin[1], origin[2]),
    )


def _angle(parts: Entity) -> tuple[int, ...] | None:
    return tuple(int(part) for part in parts) if parts else None


def _true_north(file: Entity) -> tuple[float, float] | None:
    for context in _contexts(file):
        if context.TrueNorth is not None:
            ratios = context.TrueNorth.DirectionRatios
            return (float(ratios[0]), float(ratios[1]))
    return None


def _world(file: Entity, units: Units) -> tuple[float, ...] | None:
    """The model's frame as the first context states it, None for the plain one."""
    for context in _contexts(file):
        placement = context.WorldCoordinateSystem
        if placement is not None and placement.is_a("IfcAxis2Placement3D"):
            matrix = axes_matrix(placement, units.length.metres)
            if np.allclose(matrix, np.eye(4), atol=1e-9):
                return None
            return tuple(matrix.ravel().tolist())
    return None


def _contexts(file: Entity) -> Iterator[Entity]:
    """Contexts of the model, not their parts nor those of plans."""
    for context in file.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
        if not _is_plan(context):
            yield context


def _first_point(product: Entity, units: Units) -> Point | None:
    """A point of a product's shape in the model's frame; its placement where none is found."""
    metres = units.length.metres
    matrix = placement_matrix(product.ObjectPlacement, metres)
    if matrix is None:
        matrix = np.eye(4)
    point = np.zeros(3)
    queue, seen = list(product.Representation.Representations or ()), 0
    while queue and seen < _DEEP:
        one, seen = queue.pop(0), seen + 1
        if one.is_a("IfcRepresentationMap") or one.is_a("IfcStyledItem"):
            continue
        found = _coordinates(one)
        if found is not None:
            point = found * metres
            break
        queue += _inner(one)
    x, y, z = (matrix[:3, :3] @ point + matrix[:3, 3]).tolist()
    return (x, y, z)


def _coordinates(one: Entity) -> Float64 | None:
    """The first coordinates of a point or list of points in space."""
    values = None
    if one.is_a("IfcCartesianPoint"):
        values = one.Coordinates
    elif one.is_a("IfcCartesianPointList3D"):
        values = one.CoordList[0]
    return np.array(values) if values is not None and len(values) == len("xyz") else None


def _inner(one: Entity) -> list[Entity]:
    """Entities that an entity names, the first of each list."""
    found = []
    for number in range(len(one)):
        value = one[number]
        if isinstance(value, tuple) and value:
            value = value[0]
        if hasattr(value, "is_a") and value.id():
            found.append(value)
    return found
