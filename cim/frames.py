"""Earth-centred and local frames: degrees and metres to x, y, z and back to east, north, up.

Source: the CGCS2000 ellipsoid (GB/T 22021), and EPSG Guidance Note 7-2, sections 4.1.1 and 4.1.2
(geographic/geocentric and geocentric/topocentric conversions).
"""

import numpy as np

from cim.arrays import Float64, require_shape

SEMI_MAJOR_AXIS_M = 6_378_137.0
INVERSE_FLATTENING = 298.257_222_101
_FLATTENING = 1 / INVERSE_FLATTENING
ECCENTRICITY_SQUARED = _FLATTENING * (2 - _FLATTENING)


def ecef_from_geodetic(lon_lat_height: Float64) -> Float64:
    """(n, 3) Earth-centred x, y, z in metres.

    Args:
        lon_lat_height: (n, 3) longitude and latitude in degrees, ellipsoidal height in metres.
    """
    require_shape("lon_lat_height", lon_lat_height, None, 3)
    lon, lat = np.radians(lon_lat_height[:, 0]), np.radians(lon_lat_height[:, 1])
    height = lon_lat_height[:, 2]
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    prime_vertical = SEMI_MAJOR_AXIS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sin_lat**2)
    across = (prime_vertical + height) * cos_lat
    along = (prime_vertical * (1 - ECCENTRICITY_SQUARED) + height) * sin_lat
    return np.stack((across * np.cos(lon), across * np.sin(lon), along), axis=1)


def geodetic_from_ecef(position: Float64) -> Float64:
    """(n, 3) longitude and latitude in degrees, ellipsoidal height in metres.

    Bowring's formula, applied twice: within a micrometre from 10 km below the ground to orbit.

    Args:
        position: (n, 3) Earth-centred x, y, z in metres; not the centre itself.
    """
    require_shape("position", position, None, 3)
    across = np.hypot(position[:, 0], position[:, 1])
    squash = np.sqrt(1 - ECCENTRICITY_SQUARED)
    second = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
    reduced = np.arctan2(position[:, 2], across * squash)
    lat = reduced
    for _ in range(2):
        lat = np.arctan2(
            position[:, 2] + second * SEMI_MAJOR_AXIS_M * squash * np.sin(reduced) ** 3,
            across - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS_M * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2(squash * np.sin(lat), np.cos(lat))
    sine = np.sin(lat)
    normal = np.sqrt(1 - ECCENTRICITY_SQUARED * sine**2)
    height = across * np.cos(lat) + position[:, 2] * sine - SEMI_MAJOR_AXIS_M * normal
    lon = np.arctan2(position[:, 1], position[:, 0])
    return np.stack((np.degrees(lon), np.degrees(lat), height), axis=1)


def enu_to_ecef_matrix(lon_deg: float, lat_deg: float, height_m: float) -> Float64:
    """(4, 4) matrix that takes columns of east, north, up metres about a point to x, y, z."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    matrix = np.eye(4)
    matrix[:3, 0] = -sin_lon, cos_lon, 0.0
    matrix[:3, 1] = -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat
    matrix[:3, 2] = cos_lat * cos_lon, cos_lat * sin_lon, sin_lat
    matrix[:3, 3] = ecef_from_geodetic(np.array([[lon_deg, lat_deg, height_m]]))[0]
    return matrix
