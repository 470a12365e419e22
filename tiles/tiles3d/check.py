"""Whether tileset documents keep the rules of 3D Tiles 1.1. Pure: JSON in, findings out.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 7.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from cim import frames
from cim.arrays import Float64
from tiles.gltf.loose import as_dict, as_list

ERROR, WARNING = "error", "warning"
VOLUME_LENGTHS = {"box": 12, "region": 6, "sphere": 4}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a tileset that breaks the standard or a client."""

    path: str
    """File, and the place in it."""

    rule: str
    message: str
    severity: str = ERROR
    """`error`: against the standard. `warning`: legal, but not checked or not wise."""


def check_tileset(document: dict[str, Any], path: str) -> Iterator[Finding]:
    """Faults of a tileset document, its tiles left out."""
    version = as_dict(document.get("asset")).get("version")
    if version not in ("1.0", "1.1"):
        yield Finding(path, "asset-version", f"asset.version {version!r}; legal: '1.0', '1.1'")
    error = document.get("geometricError")
    if not is_error(error):
        yield Finding(path, "geometric-error", f"geometricError {error!r}; legal: a number >= 0")
    elif error == 0:
        yield Finding(
            path, "root-error", "geometricError is 0: clients may never draw the root", WARNING
        )
    if not isinstance(document.get("root"), dict):
        yield Finding(path, "root", "has no root tile")
    used = as_list(document.get("extensionsUsed"))
    for name in as_list(document.get("extensionsRequired")):
        if name not in used:
            message = f"{name} is required but not in extensionsUsed"
            yield Finding(path, "extension-declared", message)


def check_tile(
    tile: dict[str, Any], path: str, parent_error: float, *, root: bool
) -> Iterator[Finding]:
    """Faults of one tile, its content and children left out."""
    yield from _check_volume(tile.get("boundingVolume"), path)
    error = tile.get("geometricError")
    if not is_error(error):
        yield Finding(path, "geometric-error", f"geometricError {error!r}; legal: a number >= 0")
    elif error > parent_error:
        yield Finding(
            path, "error-monotone", f"geometricError {error} above its parent's {parent_error}"
        )
    refine = tile.get("refine")
    if refine not in ("ADD", "REPLACE") and (root or refine is not None):
        yield Finding(path, "refine", f"refine {refine!r}; legal: 'ADD', 'REPLACE'")
    if "transform" in tile and matrix_of(tile) is None:
        yield Finding(path, "transform", "transform is not 16 numbers of an affine matrix")
    if "children" in tile and not as_list(tile["children"]):
        yield Finding(path, "children", "children is not a list of tiles; leave it out for a leaf")
    if "content" in tile and "contents" in tile:
        yield Finding(path, "content", "content and contents exclude each other")


def is_error(value: object) -> TypeGuard[float]:
    """Whether a value is a legal geometric error."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def matrix_of(tile: dict[str, Any]) -> Float64 | None:
    """(4, 4) transform of a tile; the identity without one, None when it is not legal."""
    if "transform" not in tile:
        return np.eye(4)
    numbers = _numbers(tile["transform"], 16)
    if numbers is None:
        return None
    matrix = numbers.reshape(4, 4).T
    return matrix if np.array_equal(matrix[3], (0, 0, 0, 1)) else None


def contents_of(tile: dict[str, Any]) -> list[dict[str, Any]]:
    """Contents of a tile, legal or not."""
    contents = [tile["content"]] if "content" in tile else as_list(tile.get("contents"))
    return [as_dict(content) for content in contents]


def outside(points: Float64, volume: dict[str, Any], matrix: Float64) -> Float64:
    """How far points lie outside a bounding volume, in metres; 0 or less inside.

    Args:
        points: (n, 3) Earth-centred.
        volume: With a legal `region`, `box` or `sphere`.
        matrix: (4, 4) from the frame of the volume's tile to the Earth's; regions ignore it.
    """
    if "region" in volume:
        return _outside_region(points, volume["region"])
    if "sphere" in volume:
        centre, radius = np.array(volume["sphere"][:3]), volume["sphere"][3]
        scale = np.cbrt(np.linalg.det(matrix[:3, :3]))
        away = points - (matrix[:3, :3] @ centre + matrix[:3, 3])
        return np.asarray(np.linalg.norm(away, axis=1) - radius * scale)
    numbers = np.array(volume["box"], np.float64)
    centre = matrix[:3, :3] @ numbers[:3] + matrix[:3, 3]
    axes = numbers[3:].reshape(3, 3) @ matrix[:3, :3].T
    lengths = np.maximum(np.linalg.norm(axes, axis=1), 1e-12)
    along = np.abs((points - centre) @ (axes / lengths[:, None]).T)
    return np.asarray((along - lengths).max(axis=1))


def _outside_region(points: Float64, region: list[float]) -> Float64:
    """How far points (n, 3) lie outside a region of radians and metres, in metres."""
    west, south, east, north, low, high = region
    geodetic = frames.geodetic_from_ecef(points)
    lon, lat = np.radians(geodetic[:, :2]).T
    half = lon_span(west, east) / 2
    middle = west + half
    turn = np.abs((lon - middle + np.pi) % (2 * np.pi) - np.pi) - half
    radius = frames.SEMI_MAJOR_AXIS_M
    across, along = turn * radius * np.cos(lat), np.maximum(south - lat, lat - north) * radius
    height = np.maximum(low - geodetic[:, 2], geodetic[:, 2] - high)
    return np.asarray(np.maximum(np.maximum(across, along), height))


def lon_span(west: float, east: float) -> float:
    """Radians from west to east, across the antimeridian if need be; the whole turn is one too."""
    span = (east - west) % (2 * math.pi)
    return span if span or east <= west else 2 * math.pi


def is_volume(volume: object) -> bool:
    """Whether a bounding volume is legal."""
    return not list(_check_volume(volume, ""))


def _check_volume(volume: object, path: str) -> Iterator[Finding]:
    """Faults of a bounding volume."""
    kinds = [kind for kind in VOLUME_LENGTHS if kind in as_dict(volume)]
    if not kinds:
        extended = "extensions" in as_dict(volume)
        if not extended:
            yield Finding(path, "bounding-volume", "legal: box, region or sphere")
        return
    for kind in kinds:
        numbers = _numbers(as_dict(volume)[kind], VOLUME_LENGTHS[kind])
        if numbers is None or not _fits(kind, numbers):
            yield Finding(
                path, "bounding-volume", f"{kind} {as_dict(volume)[kind]!r} is not legal"[:200]
            )


def _fits(kind: str, numbers: Float64) -> bool:
    """Whether the numbers of a bounding volume are within their ranges."""
    if kind == "sphere":
        return bool(numbers[3] >= 0)
    if kind == "box":
        return True
    west, south, east, north, low, high = numbers.tolist()
    lons = abs(west) <= math.pi and abs(east) <= math.pi
    return bool(lons and -math.pi / 2 <= south <= north <= math.pi / 2 and low <= high)


def _numbers(values: object, count: int) -> Float64 | None:
    """An array of `count` finite numbers, None when the values are something else."""
    if not isinstance(values, list) or len(values) != count:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return None
    numbers = np.array(values, np.float64)
    return numbers if np.isfinite(numbers).all() else None
