"""Checks of the contents of tiles: the glb itself, what encloses it, where on the Earth it is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cim import frames
from cim.arrays import Float64
from cim.errors import SourceDataError
from tiles.gltf import check as gltf_check
from tiles.gltf import glb, read, scene
from tiles.gltf.check_textures import IMAGE_STARTS
from tiles.gltf.loose import dicts_of
from tiles.gltf.read import Gltf
from tiles.tiles3d import check
from tiles.tiles3d.check import ERROR, WARNING, Finding
from tiles.tiles3d.files import resolve
from tiles.tiles3d.place import Place, read_schema

ENCLOSURE_TOLERANCE_M = 1e-5
"""As the official validator has it."""

FARTHEST_FROM_ELLIPSOID_M = 20_000.0
"""Contents farther up or down are most likely not placed on the Earth."""

SMALLEST_RADIUS_M = 1_000_000.0
"""Nearer to the Earth's centre, a content has no place on it at all."""

OFF_GLOBE = "off-globe"
"""Rule of contents that are not on the Earth."""


def check_glb(place: Place, name: str, data: bytes) -> Iterator[Finding]:
    """Findings about a glb and how the tiles above enclose it."""
    if len(data) % glb.ALIGNMENT:
        yield Finding(name, "alignment", f"{len(data)} bytes are not a multiple of 8", WARNING)
    try:
        document, binary = glb.unpack(data, where=name)
    except SourceDataError as error:
        yield Finding(name, "glb-structure", error.reason)
        return
    gltf = Gltf(document, binary, name)
    here = replace(place, document=name, at="")
    metadata = read.structural_metadata(gltf)
    schema, faults = read_schema(here, metadata)
    yield from faults
    found = gltf_check.check_schema(schema) if schema else []
    for fault in (*found, *gltf_check.check(gltf, schema or None)):
        yield Finding(name, fault.rule, fault.message, ERROR if fault.severe else WARNING)
    yield from _check_outer_images(here, document)
    yield from _check_positions(place, gltf, name)


def _check_outer_images(place: Place, document: dict[str, Any]) -> Iterator[Finding]:
    """Images outside the glb exist and are what their names say."""
    for number, image in enumerate(dicts_of(document.get("images"))):
        uri = image.get("uri")
        if not isinstance(uri, str) or uri.startswith("data:"):
            continue
        at = f"{place.document}#/images/{number}"
        name, fault = resolve(place.document, uri)
        data = place.files.read(name) if name else None
        if data is None:
            yield Finding(at, "texture", fault or f"{uri}: no such file")
        elif not any(data.startswith(start) for start in IMAGE_STARTS.values()):
            yield Finding(at, "texture", f"{uri}: is none of {', '.join(IMAGE_STARTS)}")


def _check_positions(place: Place, gltf: Gltf, name: str) -> Iterator[Finding]:
    """Every vertex lies in the bounding volumes of its tile and of all tiles above."""
    try:
        local = scene.positions(gltf)
    except (SourceDataError, TypeError, ValueError, KeyError, AttributeError) as error:
        yield Finding(name, "glb-structure", f"positions cannot be read: {error}")
        return
    if not len(local) or not np.isfinite(local).all():
        return
    points = local @ place.matrix[:3, :3].T + place.matrix[:3, 3]
    for volume, matrix, tile in place.volumes:
        away = check.outside(points, volume, matrix)
        if away.max() > ENCLOSURE_TOLERANCE_M:
            count = int(np.count_nonzero(away > ENCLOSURE_TOLERANCE_M))
            yield Finding(
                tile,
                "enclosure",
                f"{count} vertices of {name} lie up to {away.max():.3g} m outside",
            )
    yield from _check_globe(points, name)


def _check_globe(points: Float64, name: str) -> Iterator[Finding]:
    """The content lies near the ellipsoid."""
    ends = np.stack((points.min(axis=0), points.max(axis=0), points[0]))
    radius = float(np.linalg.norm(ends, axis=1).min())
    if radius < SMALLEST_RADIUS_M:
        message = f"lies {radius / 1000:.0f} km from the Earth's centre; it is not georeferenced"
        yield Finding(name, OFF_GLOBE, message, WARNING)
        return
    height = float(frames.geodetic_from_ecef(points[:1])[0, 2])
    if abs(height) > FARTHEST_FROM_ELLIPSOID_M:
        message = f"lies {height / 1000:.0f} km above the ellipsoid"
        yield Finding(name, OFF_GLOBE, message, WARNING)
