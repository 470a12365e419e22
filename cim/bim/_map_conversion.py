"""Both ways in which map conversions are written, told apart by where they lead.

The standard counts eastings, northings and height in the map's unit and lets `Scale` turn the
project's units into the map's (ISO 16739-1:2024, IfcMapConversion). Files also count eastings in
the project's unit, leave `Scale` out though the units differ, or mean a scale without units. So
each reading is tried, and the one that leads into the CRS's area of use is taken; where several
do, the one nearest to the site's own latitude and longitude.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from pyproj import CRS

from cim._crs_area import EXACT_MARGIN_DEG, TOLERANT_MARGIN_DEG, area_of
from cim._crs_routes import find_route
from cim.arrays import Float64
from cim.bim.model import MapConversion, MapCrs
from cim.crs import CITY_CRS, crs_code, parse_crs, transform
from cim.errors import CimError, SourceDataError
from cim.frames import ecef_from_geodetic
from cim.placing import Confidence

_LIKE_ONE: Final = 0.02
"""How far from 1 a scale on the ground may be: map scales reach 0.1 %, city grids 1 %."""

_EPSG: Final = re.compile(r"\bEPSG[:\s]*(\d{4,6})\b", re.IGNORECASE)
_VERTICAL: Final = {
    "nap": 5709, "nap height": 5709, "dhhn2016": 7837, "dhhn92": 5783, "evrf2007": 5621,
    "navd88": 5703, "egm2008": 3855, "egm96": 5773, "1985国家高程基准": 5737,
    "yellow sea 1985": 5737, "黄海1985": 5737, "tkk": 5778, "n2000": 3900, "rh2000": 5613,
}  # fmt: skip
"""Names of vertical datums as files write them, with the EPSG code of their height."""

type Near = tuple[float, float] | None
type World = tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class MapReading:
    """How a map conversion is read."""

    crs: CRS
    crs_with_heights: CRS
    """The same with its vertical part where the file names one that is known."""

    to_crs: Float64
    """(4, 4) from the model's frame, metres, to units of the CRS; heights in metres."""

    basis: str
    heights: str
    confidence: Confidence
    notes: tuple[str, ...]


def map_crs(stated: MapCrs, given: str | None) -> CRS:
    """The CRS of the map.

    Raises:
        InputError: A user gave one that is not known.
        SourceDataError: The file names none that is known.
    """
    if given is not None:
        return parse_crs(given)
    code = _EPSG.search(f"{stated.name} {stated.description}")
    texts = (stated.name, code and f"EPSG:{code[1]}", stated.wkt)
    for text in texts:
        if text:
            try:
                return parse_crs(text)
            except CimError:
                continue
    shown = stated.name or stated.description or "nothing"
    reason = (
        f"the file names its map's CRS {shown[:80]!r}, which is not known; name it with --crs, "
        "such as EPSG:4547"
    )
    raise SourceDataError(reason, where="IfcProjectedCRS")


def read_conversion(
    conversion: MapConversion,
    stated: MapCrs,
    crs: CRS,
    unit_m: float,
    about: tuple[Float64, Near, World],
) -> MapReading:
    """The reading of a conversion that leads where the model can be.

    Args:
        conversion: As the file states it.
        stated: The CRS as the file states it.
        crs: The same, known.
        unit_m: Metres in the project's unit of length.
        about: Middle of the model in its frame; longitude and latitude of its site; the
            context's WorldCoordinateSystem.

    Raises:
        SourceDataError: No reading leads into the CRS's area of use.
    """
    middle, near, world = about
    own_m = 1.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor)
    units = _units(stated, own_m, unit_m, crs)
    tried = [(name, _matrix(conversion, size, unit_m, own_m, crs, world)) for name, size in units]
    fitting = [one for one in tried if _fits(one[1][0], middle, crs)]
    if not fitting:
        at = tried[0][1][0] @ np.append(middle, 1.0)
        area = area_of(crs, EXACT_MARGIN_DEG)
        reason = (
            f"eastings {at[0]:.10g}, northings {at[1]:.10g} lie outside {crs.name} ({area}) in "
            f"every unit: {', '.join(name for name, _ in units)}; name the map's CRS with --crs"
        )
        raise SourceDataError(reason, where=conversion.origin)
    name, (matrix, scale_note, sound) = min(
        fitting, key=lambda one: _distance(one[1][0], middle, crs, near)
    )
    confidence: Confidence = "high" if sound and len(fitting) == 1 else "medium"
    notes = tuple(filter(None, (_unit_note(name, tried, fitting), scale_note)))
    whole, heights = _with_heights(crs, stated)
    return MapReading(crs, whole, matrix, conversion.origin, heights, confidence, notes)


def read_plain(crs: CRS, stated: MapCrs, middle: Float64, near: Near) -> MapReading:
    """The model's own coordinates as those of a CRS: a false origin.

    Raises:
        SourceDataError: They do not lie in the CRS's area of use.
    """
    own_m = 1.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor)
    matrix = np.diag([1 / own_m, 1 / own_m, 1.0, 1.0])
    if crs.is_geographic or not _fits(matrix, middle, crs):
        x, y = (middle[:2] / own_m).tolist()
        reason = (
            f"no map conversion, and the model's own coordinates x {x:.10g}, y {y:.10g} lie "
            f"outside {crs.name} ({area_of(crs, EXACT_MARGIN_DEG)}); place it with --anchor "
            "lon,lat,height and --heading-deg"
        )
        raise SourceDataError(reason, where="coordinates")
    whole, heights = _with_heights(crs, stated)
    far = _distance(matrix, middle, crs, near)
    note = f"the model's own coordinates are those of {crs.name}"
    confidence: Confidence = "high" if near is not None and far < 1000.0 else "medium"  # noqa: PLR2004 - metres
    return MapReading(crs, whole, matrix, "false origin", heights, confidence, (note,))


def _units(stated: MapCrs, own_m: float, unit_m: float, crs: CRS) -> list[tuple[str, float]]:
    """Units that eastings may count in, the likeliest first, metres in each."""
    if crs.is_geographic:
        return [("degrees", 1.0)]
    named = [("the map unit", stated.unit_m), ("the CRS's unit", own_m), ("project units", unit_m)]
    found: dict[str, tuple[str, float]] = {}
    for name, size in named:
        if size is not None and size > 0:
            found.setdefault(f"{size:.9g}", (name, size))
    return list(found.values())


def _matrix(
    conversion: MapConversion,
    map_m: float,
    unit_m: float,
    own_m: float,
    crs: CRS,
    world: World,
) -> tuple[Float64, str, bool]:
    """Matrix to the CRS with eastings in units of `map_m` metres; a note and whether it is sound.

    Source: ISO 16739-1:2024, IfcMapConversion: rotation by the x axis, scale, translation. The
    conversion starts at the context's WorldCoordinateSystem.
    """
    along, across = _axis(conversion)
    fx, fy, fz = conversion.factors or (1.0, 1.0, 1.0)
    scale, note, sound = ground_scale(conversion.scale, (fx + fy) / 2, map_m / unit_m)
    ratio = fy / fx if fx else 1.0
    per_x = scale / own_m
    per_y = per_x * (ratio if abs(ratio - 1) < _LIKE_ONE else 1.0)
    to_own = map_m / own_m
    matrix = np.eye(4)
    matrix[:2, :2] = [[along * per_x, -across * per_y], [across * per_x, along * per_y]]
    matrix[:3, 3] = (
        conversion.eastings * to_own,
        conversion.northings * to_own,
        conversion.height * (1.0 if crs.is_geographic else map_m),
    )
    matrix[2, 2] = fz if abs(fz - 1) < _LIKE_ONE else 1.0
    if crs.is_geographic:
        matrix = _geographic(conversion, along, across, crs)
    if world is not None:
        matrix = matrix @ np.linalg.inv(np.array(world).reshape(4, 4))
    return matrix, note, sound


def _geographic(conversion: MapConversion, along: float, across: float, crs: CRS) -> Float64:
    """Matrix to longitude and latitude about a point that is given so."""
    lon, lat = conversion.eastings, conversion.northings
    if conversion.origin == "IfcRigidOperation" and crs.axis_info[0].direction == "north":
        lon, lat = lat, lon
    metres = np.pi / 180 * 6_371_000.0
    east, north = 1 / (metres * np.cos(np.radians(lat))), 1 / metres
    matrix = np.eye(4)
    matrix[:2, :2] = [[along * east, -across * east], [across * north, along * north]]
    matrix[:3, 3] = lon, lat, conversion.height
    return matrix


def ground_scale(
    scale: float | None, factor: float, units_per_project: float
) -> tuple[float, str, bool]:
    """Metres on the map for one metre of the model.

    Args:
        scale: `Scale`, None where the file leaves it out.
        factor: Mean of `FactorX` and `FactorY`, 1 where there is none.
        units_per_project: Metres in a map unit over metres in a project unit.

    Returns:
        The scale, what to tell, and whether a reading fits.
    """
    if scale is None and factor == 1.0:
        told = "" if abs(units_per_project - 1) < _LIKE_ONE else "no Scale is stated: true size"
        return 1.0, told, True
    product = (1.0 if scale is None else scale) * factor
    strict = product * units_per_project
    if abs(strict - 1) < _LIKE_ONE:
        return strict, "", True
    if abs(product - 1) < _LIKE_ONE:
        return product, f"Scale {product:g} is read without units: true size", True
    return 1.0, f"Scale {product:g} fits neither reading; the model keeps its true size", False


def _axis(conversion: MapConversion) -> tuple[float, float]:
    """Unit vector of the model's x axis on the map."""
    if conversion.axis is None:
        return 1.0, 0.0
    length = float(np.hypot(*conversion.axis))
    if not np.isfinite(length) or length == 0:
        return 1.0, 0.0
    return conversion.axis[0] / length, conversion.axis[1] / length


def _fits(matrix: Float64, middle: Float64, crs: CRS) -> bool:
    """Whether the middle of the model lies in the CRS's area of use."""
    x, y = (matrix @ np.append(middle, 1.0))[:2]
    area = area_of(crs, TOLERANT_MARGIN_DEG)
    return bool(area.holds(np.array([x]), np.array([y]))[0])


def _distance(matrix: Float64, middle: Float64, crs: CRS, near: Near) -> float:
    """Metres from where a reading puts the middle to the site's point; 0 without one."""
    if near is None:
        return 0.0
    x, y = (matrix @ np.append(middle, 1.0))[:2]
    point = np.array([shapely.Point(x, y)], object)
    lon_lat = shapely.get_coordinates(transform(point, crs_code(crs), CITY_CRS))
    both = np.array([[*lon_lat[0], 0.0], [*near, 0.0]])
    one, other = ecef_from_geodetic(both)
    return float(np.linalg.norm(one - other))


def _unit_note(
    name: str, tried: Sequence[tuple[str, object]], fitting: Sequence[tuple[str, object]]
) -> str:
    if len(tried) == 1:
        return ""
    others = [other for other, _ in tried if other != name]
    fits = [other for other, _ in fitting if other != name]
    why = f"{' and '.join(fits)} would fit too" if fits else "other units lead out of its area"
    return f"eastings are read in {name}, not in {' or '.join(others)}: {why}"


def _with_heights(crs: CRS, stated: MapCrs) -> tuple[CRS, str]:
    """The CRS with its vertical part where one is known, and what heights count from."""
    datum = stated.vertical_datum.strip()
    code = _EPSG.search(datum)
    number = int(code[1]) if code else _VERTICAL.get(datum.lower())
    if crs.is_compound or number is None:
        named = f"{datum!r}, which is not known" if datum else "a datum the file does not name"
        kept = f"heights count from {named}; kept as they are"
        return crs, "as the CRS states" if crs.is_compound else kept
    horizontal = crs_code(crs)
    try:
        whole = parse_crs(f"{horizontal}+{number}")
    except CimError:
        return crs, f"heights count from {datum!r}, kept as they are"
    notes = find_route(crs_code(whole), CITY_CRS, "IfcProjectedCRS").heights.notes
    return whole, "; ".join((f"heights count from {whole.sub_crs_list[1].name}", *notes))
