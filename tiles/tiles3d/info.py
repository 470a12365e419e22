"""What is in a tileset: counts, levels of detail, bounds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from cim import frames
from cim.arrays import Float64
from cim.catalog import Bounds
from cim.errors import SourceDataError
from tiles.archive import SUFFIX
from tiles.gltf import glb, read, scene
from tiles.gltf.loose import as_dict, as_list, dicts_of, read_object
from tiles.gltf.read import Gltf
from tiles.tiles3d import boxes, check
from tiles.tiles3d.files import open_files, require, resolve
from tiles.tiles3d.implicit import each_subtree, expand, implicit_of
from tiles.tiles3d.morton import node_places
from tiles.tiles3d.place import Place, read_schema

COMPRESSIONS = (
    "EXT_meshopt_compression",
    "KHR_draco_mesh_compression",
    "KHR_mesh_quantization",
    "KHR_texture_basisu",
    "EXT_texture_webp",
)
"""Extensions of glTF that make contents smaller."""

POINTS = 0
"""Mode of primitives that are points, glTF 2.0 clause 3.7.2.1."""


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
    """That are drawn: those of instances count for each."""

    instances: int
    """Features that are drawn as instances of a mesh that several have."""

    instanced_triangles: int
    """Triangles that instances draw; they are among `triangles`."""

    points: int
    textures: int
    """Images in contents."""

    compression: dict[str, int]
    """Contents by each extension that makes them smaller."""

    archive: bool
    """Whether it lies in a `.3tz`."""

    subtrees: int
    """Of implicit tiling; 0 for a tileset that names each tile."""

    bytes: int
    """Of documents, subtrees and contents."""

    properties: tuple[str, ...]
    """Of features, in the order of the first property table, or of points."""

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
    subtrees: int = 0
    features: int = 0
    triangles: int = 0
    instances: int = 0
    instanced_triangles: int = 0
    points: int = 0
    textures: int = 0
    bytes: int = 0
    depth: int = 0
    properties: tuple[str, ...] = ()
    compression: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "_Part") -> "_Part":
        """What both add."""
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in _Part.__dataclass_fields__
            if name not in {"depth", "properties"}
        }
        depth, properties = max(self.depth, other.depth), self.properties or other.properties
        return _Part(**counts, depth=depth, properties=properties)


def info(path: Path) -> TilesetInfo:
    """Facts about a tileset on disk.

    Args:
        path: Folder with a `tileset.json`, a tileset document, or a `.3tz` archive.

    Raises:
        NotFoundError: There is no such file.
        SourceDataError: A document, subtree or content cannot be read.
    """
    with open_files(path) as files:
        root = _load(require(files.read(files.root), files.root), files.root)
        total = _Part()
        for part in _parts(Place(files, files.root), 1, (files.root,)):
            total += part
    asset = as_dict(root.get("asset"))
    extras, error = as_dict(asset.get("extras")), root.get("geometricError")
    return TilesetInfo(
        title={str(k): str(v) for k, v in as_dict(extras.get("title")).items()},
        version=str(asset.get("version", "")),
        generator=str(asset.get("generator", "")),
        documents=total.documents,
        tiles=total.tiles,
        contents=total.contents,
        depth=total.depth,
        features=total.features,
        triangles=total.triangles,
        instances=total.instances,
        instanced_triangles=total.instanced_triangles,
        points=total.points,
        textures=total.textures,
        compression=dict(sorted(total.compression.items())),
        archive=path.suffix == SUFFIX and path.is_file(),
        subtrees=total.subtrees,
        bytes=total.bytes,
        properties=total.properties,
        lods=tuple(map(str, as_list(extras.get("lods")))),
        height_reference=str(extras.get("height_reference", "")),
        geometric_error_m=error if check.is_error(error) else 0.0,
        bounds=_bounds(as_dict(root.get("root")), extras),
    )


def _parts(place: Place, depth: int, above: tuple[str, ...]) -> Iterator[_Part]:
    """What a document and all files it leads to add."""
    data = require(place.files.read(place.document), place.document)
    tileset = _load(data, place.document)
    schema, _ = read_schema(place, tileset)
    here = replace(place, schema=schema)
    yield _Part(documents=1, bytes=len(data))
    waiting = [(as_dict(tileset.get("root")), depth)]
    while waiting:
        tile, level = waiting.pop()
        if "implicitTiling" in tile:
            yield from _implicit(here, tile, level, above)
            continue
        yield _Part(tiles=1, depth=level)
        waiting += [(child, level + 1) for child in dicts_of(tile.get("children"))]
        for content in check.contents_of(tile):
            yield from _content(here, content.get("uri"), level, above)


def _implicit(
    place: Place, tile: dict[str, Any], depth: int, above: tuple[str, ...]
) -> Iterator[_Part]:
    """What the tiles below a tile with implicit tiling add."""
    implicit, faults = implicit_of(tile)
    if implicit is None:
        raise SourceDataError(f"implicitTiling: {faults[0]}", where=place.document)
    levels, cells = node_places(implicit.scheme, implicit.subtree_levels)
    for level, cell, size, found in each_subtree(place, implicit):
        deepest = int(levels[found.tiles.available].max(initial=0))
        yield _Part(
            tiles=int(np.count_nonzero(found.tiles.available)),
            subtrees=1,
            bytes=size,
            depth=depth + level + deepest,
        )
        for template, content in zip(implicit.contents, found.contents, strict=False):
            for number in np.flatnonzero(content.available).tolist():
                down = int(levels[number])
                uri = expand(template, level + down, (cell << down) + cells[number])
                yield from _content(place, uri, depth + level + down, above)


def _content(place: Place, uri: object, depth: int, above: tuple[str, ...]) -> Iterator[_Part]:
    """What a content adds; contents other than glb and tilesets are only counted."""
    name, fault = resolve(place.document, uri)
    if fault:
        raise SourceDataError(fault, where=place.document)
    if name.endswith(".json"):
        if name not in above:
            yield _Part(tiles=-1)
            yield from _parts(replace(place, document=name), depth, (*above, name))
        return
    data = require(place.files.read(name), name)
    yield _glb(data, name) if data[:4] == glb.MAGIC else _Part(contents=1, bytes=len(data))


def _glb(data: bytes, name: str) -> _Part:
    """What a glb adds."""
    gltf = Gltf(*glb.unpack(data, where=name), name)
    tables = read.property_tables(gltf)
    told = tables or dicts_of(read.structural_metadata(gltf).get("propertyAttributes"))
    used = as_list(gltf.document.get("extensionsUsed"))
    drawn = scene.count(gltf)
    return _Part(
        contents=1,
        features=sum(_count(table) for table in tables),
        triangles=drawn.triangles,
        instances=drawn.instances,
        instanced_triangles=drawn.instanced_triangles,
        points=_points(gltf),
        textures=len(as_list(gltf.document.get("images"))),
        bytes=len(data),
        properties=tuple(as_dict(told[0].get("properties"))) if told else (),
        compression=Counter(each for each in COMPRESSIONS if each in used),
    )


def _points(gltf: Gltf) -> int:
    """Number of points of all primitives that are points."""
    accessors = [
        as_dict(each.get("attributes")).get("POSITION")
        for each in read.primitives(gltf)
        if each.get("mode") == POINTS
    ]
    return sum(_count(read.item(gltf, "accessors", each)) for each in accessors)


def _count(table: dict[str, Any]) -> int:
    """Rows of a property table, elements of an accessor."""
    count = table.get("count")
    return count if isinstance(count, int) else 0


def _load(data: bytes, name: str) -> dict[str, Any]:
    """A tileset document."""
    return read_object(data, "not a tileset document", name)


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
