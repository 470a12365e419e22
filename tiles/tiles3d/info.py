"""What is in a tileset: counts, levels of detail, bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim import frames
from cim.arrays import Float64
from cim.catalog import Bounds
from cim.errors import NotFoundError, SourceDataError
from tiles.gltf import glb, read
from tiles.gltf.loose import as_dict, as_list, dicts_of
from tiles.gltf.read import Gltf
from tiles.tiles3d import boxes, check


@dataclass(frozen=True, slots=True)
class TilesetInfo:
    """Facts about a tileset."""

    title: dict[str, str]
    """By language; empty where the tileset has none."""

    version: str
    """Of 3D Tiles."""

    generator: str
    documents: int
    tiles: int
    """With and without content."""

    contents: int
    depth: int
    """Levels of the tree."""

    features: int
    """Rows of all property tables."""

    triangles: int
    bytes: int
    """Of documents and contents."""

    properties: tuple[str, ...]
    """Of features, in the order of the first property table."""

    lods: tuple[str, ...]
    height_reference: str
    geometric_error_m: float
    bounds: Bounds | None
    """West, south, east, north in degrees, None when the root's volume does not tell."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file adds."""

    documents: int = 0
    tiles: int = 0
    contents: int = 0
    features: int = 0
    triangles: int = 0
    bytes: int = 0
    depth: int = 0
    properties: tuple[str, ...] = ()


def info(path: Path) -> TilesetInfo:
    """Facts about a tileset on disk.

    Args:
        path: Folder with a `tileset.json`, or a tileset document.

    Raises:
        NotFoundError: There is no such file.
        SourceDataError: A document or content cannot be read.
    """
    document = path / "tileset.json" if path.is_dir() else path
    if not document.is_file():
        raise NotFoundError(f"{document}: no such tileset")
    root = _load(document)
    parts = list(_parts(document, 1, (document.resolve(),)))
    asset = as_dict(root.get("asset"))
    extras, error = as_dict(asset.get("extras")), root.get("geometricError")
    return TilesetInfo(
        title={str(k): str(v) for k, v in as_dict(extras.get("title")).items()},
        version=str(asset.get("version", "")),
        generator=str(asset.get("generator", "")),
        documents=sum(part.documents for part in parts),
        tiles=sum(part.tiles for part in parts),
        contents=sum(part.contents for part in parts),
        depth=max(part.depth for part in parts),
        features=sum(part.features for part in parts),
        triangles=sum(part.triangles for part in parts),
        bytes=sum(part.bytes for part in parts),
        properties=next((part.properties for part in parts if part.properties), ()),
        lods=tuple(map(str, as_list(extras.get("lods")))),
        height_reference=str(extras.get("height_reference", "")),
        geometric_error_m=error if check.is_error(error) else 0.0,
        bounds=_bounds(as_dict(root.get("root")), extras),
    )


def _parts(document: Path, depth: int, above: tuple[Path, ...]) -> Iterator[_Part]:
    """What a document and all files it leads to add."""
    tileset = _load(document)
    yield _Part(documents=1, bytes=document.stat().st_size)
    waiting = [(as_dict(tileset.get("root")), depth)]
    while waiting:
        tile, level = waiting.pop()
        yield _Part(tiles=1, depth=level)
        waiting += [(child, level + 1) for child in dicts_of(tile.get("children"))]
        for uri in check.uris_of(tile):
            target = (document.parent / str(uri)).resolve()
            if target.suffix != ".json":
                yield _content(target)
            elif target not in above:
                yield _Part(tiles=-1)
                yield from _parts(target, level, (*above, target))


def _content(path: Path) -> _Part:
    """What a content adds; contents other than glb are only counted."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceDataError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if data[:4] != glb.MAGIC:
        return _Part(contents=1, bytes=len(data))
    gltf = Gltf(*glb.unpack(data, where=str(path)), str(path))
    tables = read.property_tables(gltf)
    return _Part(
        contents=1,
        features=sum(_count(table) for table in tables),
        triangles=read.triangles(gltf),
        bytes=len(data),
        properties=tuple(as_dict(tables[0].get("properties"))) if tables else (),
    )


def _count(table: dict[str, Any]) -> int:
    """Rows of a property table."""
    count = table.get("count")
    return count if isinstance(count, int) else 0


def _load(path: Path) -> dict[str, Any]:
    """A tileset document."""
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceDataError(f"not a tileset document: {error}", where=str(path)) from error
    if not isinstance(document, dict):
        raise SourceDataError("not a tileset document", where=str(path))
    return document


def _bounds(root: dict[str, Any], extras: dict[str, Any]) -> Bounds | None:
    """Longitude/latitude bounds as stated, or those of the root's volume."""
    stated = as_list(extras.get("bounds"))
    if len(stated) == 4 and all(isinstance(each, int | float) for each in stated):  # noqa: PLR2004 - bounds
        west, south, east, north = stated
        return west, south, east, north
    volume, matrix = root.get("boundingVolume"), check.matrix_of(root)
    if not isinstance(volume, dict) or matrix is None or not check.is_volume(volume):
        return None
    if "region" in volume:
        west, south, east, north = np.degrees(volume["region"][:4]).tolist()
        return west, south, east, north
    return _around(volume, matrix)


def _around(volume: dict[str, Any], matrix: Float64) -> Bounds | None:
    """Longitude/latitude bounds of the corners of a box or of the box about a sphere."""
    if "box" in volume:
        centre, axes = boxes.box_axes(volume["box"])
    elif "sphere" in volume:
        centre, axes = np.array(volume["sphere"][:3]), np.eye(3) * volume["sphere"][3]
    else:
        return None
    signs = boxes.corners(np.array([[-1.0] * 3, [1.0] * 3]))
    corners = (centre + signs @ axes) @ matrix[:3, :3].T + matrix[:3, 3]
    lon_lat = frames.geodetic_from_ecef(corners)[:, :2]
    west, south = lon_lat.min(axis=0).tolist()
    east, north = lon_lat.max(axis=0).tolist()
    return west, south, east, north
