"""Validation of a tileset on disk: documents, contents, and that volumes enclose them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import orjson

from cim.arrays import Float64
from cim.errors import NotFoundError, SourceDataError
from tiles.gltf import check as gltf_check
from tiles.gltf import glb, read
from tiles.gltf.loose import as_list
from tiles.gltf.read import Gltf
from tiles.tiles3d import check
from tiles.tiles3d.check import ERROR, WARNING, Finding

ENCLOSURE_TOLERANCE_M = 1e-5
"""As the official validator has it."""

DEEPEST_TILE = 200
"""Tiles below this are not looked at: a chain that long is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tile or an external tileset stands: what the way to it says."""

    base: Path
    """Folder of the root document; nothing outside it is read."""

    document: Path
    at: str
    """JSON pointer inside the document, for messages."""

    matrix: Float64
    """(4, 4) from the parent's frame to the Earth's."""

    error: float
    """Geometric error of the parent."""

    volumes: tuple[tuple[dict[str, Any], Float64, str], ...] = ()
    """Bounding volumes on the way, with the matrix and the name of their tile."""

    documents: tuple[Path, ...] = ()
    """Tileset documents on the way."""

    depth: int = 0

    @property
    def name(self) -> str:
        """File and place in it."""
        return f"{_relative(self.document, self.base)}#{self.at}"


def validate(path: Path) -> list[Finding]:
    """Findings about a tileset; none means that it keeps the rules checked here.

    Args:
        path: Folder with a `tileset.json`, or a tileset document.

    Raises:
        NotFoundError: There is no such file.
    """
    document = path / "tileset.json" if path.is_dir() else path
    if not document.is_file():
        raise NotFoundError(f"{document}: no such tileset")
    root = document.resolve()
    return list(_document(_Place(root.parent, root, "", np.eye(4), np.inf)))


def has_errors(findings: list[Finding]) -> bool:
    """Whether a tileset breaks the standard."""
    return any(finding.severity == ERROR for finding in findings)


def _document(place: _Place) -> Iterator[Finding]:
    """Findings about a document and all it leads to."""
    name = _relative(place.document, place.base)
    if place.document in place.documents:
        yield Finding(name, "cycle", "external tileset leads back to itself")
        return
    try:
        document = orjson.loads(place.document.read_bytes())
    except orjson.JSONDecodeError as error:
        yield Finding(name, "json", f"is not JSON: {error}")
        return
    if not isinstance(document, dict):
        yield Finding(name, "json", "is not a JSON object")
        return
    yield from check.check_tileset(document, name)
    error_m = document.get("geometricError")
    limit = min(place.error, error_m) if check.is_error(error_m) else place.error
    below = replace(place, at="/root", error=limit, documents=(*place.documents, place.document))
    if isinstance(document.get("root"), dict):
        yield from _tile(below, document["root"])


def _tile(place: _Place, tile: dict[str, Any]) -> Iterator[Finding]:
    """Findings about a tile, its content and all below it."""
    if place.depth > DEEPEST_TILE:
        yield Finding(place.name, "not-checked", f"deeper than {DEEPEST_TILE} tiles", WARNING)
        return
    yield from check.check_tile(tile, place.name, place.error, root=place.at == "/root")
    here = _inside(place, tile)
    for uri in check.uris_of(tile):
        yield from _content(here, uri)
    for number, child in enumerate(as_list(tile.get("children"))):
        if isinstance(child, dict):
            yield from _tile(replace(here, at=f"{place.at}/children/{number}"), child)
        else:
            yield Finding(place.name, "children", f"child {number} is not a tile")


def _inside(place: _Place, tile: dict[str, Any]) -> _Place:
    """The place of what lies in a tile."""
    transform = check.matrix_of(tile)
    matrix = place.matrix if transform is None else place.matrix @ transform
    volume, error = tile.get("boundingVolume"), tile.get("geometricError")
    usable = isinstance(volume, dict) and check.is_volume(volume)
    added = ((volume, matrix, place.name),) if usable else ()
    return replace(
        place,
        matrix=matrix,
        error=error if check.is_error(error) else place.error,
        volumes=(*place.volumes, *added),
        depth=place.depth + 1,
    )


def _content(place: _Place, uri: object) -> Iterator[Finding]:
    """Findings about the content at an address."""
    target, fault = _resolve(place.document.parent, uri, place.base)
    if target is None:
        yield Finding(place.name, "content-uri", fault)
        return
    data = target.read_bytes()
    if data[:4] == glb.MAGIC:
        yield from _glb(place, target, data)
    elif data.lstrip()[:1] == b"{":
        yield from _document(replace(place, document=target, at=""))
    else:
        yield Finding(place.name, "not-checked", f"{uri}: neither glb nor tileset JSON", WARNING)


def _resolve(folder: Path, uri: object, base: Path) -> tuple[Path | None, str]:
    """File at an address inside the tileset, or what is wrong with the address."""
    if not isinstance(uri, str) or not uri:
        return None, f"uri {uri!r}; legal: the relative address of a file"
    parts = urlsplit(uri)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return None, f"{uri}: is not relative"
    target = (folder / unquote(parts.path)).resolve()
    if not target.is_relative_to(base):
        return None, f"{uri}: leaves the folder of the tileset"
    if not target.is_file():
        return None, f"{uri}: no such file"
    return target, ""


def _glb(place: _Place, path: Path, data: bytes) -> Iterator[Finding]:
    """Findings about a glb and how its tile encloses it."""
    name = _relative(path, place.base)
    if len(data) % glb.ALIGNMENT:
        yield Finding(name, "alignment", f"{len(data)} bytes are not a multiple of 8", WARNING)
    try:
        document, binary = glb.unpack(data, where=name)
    except SourceDataError as error:
        yield Finding(name, "glb-structure", error.reason)
        return
    gltf = Gltf(document, binary, name)
    schema, faults = _schema(gltf, path, place.base)
    for fault in (*faults, *gltf_check.check(gltf, schema)):
        yield Finding(name, fault.rule, fault.message, ERROR if fault.severe else WARNING)
    yield from _enclosure(place, gltf, name)


def _schema(
    gltf: Gltf, path: Path, base: Path
) -> tuple[dict[str, Any] | None, list[gltf_check.Fault]]:
    """Schema of a glb's property tables, None when there is none, and its faults."""
    metadata = read.structural_metadata(gltf)
    if not metadata:
        return None, []
    schema = metadata.get("schema")
    if schema is None:
        target, fault = _resolve(path.parent, metadata.get("schemaUri"), base)
        if target is None:
            return None, [gltf_check.Fault("schema", f"schemaUri {fault}")]
        try:
            schema = orjson.loads(target.read_bytes())
        except orjson.JSONDecodeError as error:
            return None, [gltf_check.Fault("schema", f"{target.name} is not JSON: {error}")]
    if not isinstance(schema, dict):
        return None, [gltf_check.Fault("schema", "is not a JSON object")]
    return schema, gltf_check.check_schema(schema)


def _enclosure(place: _Place, gltf: Gltf, name: str) -> Iterator[Finding]:
    """Every vertex lies in the bounding volume of its tile and of all tiles above."""
    try:
        local = read.positions(gltf)
    except (SourceDataError, TypeError, ValueError, KeyError, AttributeError) as error:
        yield Finding(name, "glb-structure", f"positions cannot be read: {error}")
        return
    points = local @ place.matrix[:3, :3].T + place.matrix[:3, 3]
    for volume, matrix, tile in place.volumes:
        away = check.outside(points, volume, matrix)
        if len(away) and away.max() > ENCLOSURE_TOLERANCE_M:
            count = int(np.count_nonzero(away > ENCLOSURE_TOLERANCE_M))
            yield Finding(
                tile,
                "enclosure",
                f"{count} vertices of {name} lie up to {away.max():.3g} m outside",
            )


def _relative(path: Path, base: Path) -> str:
    """Path for messages."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)
