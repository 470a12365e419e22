"""Validation of a tileset: documents, subtrees, contents, and that volumes enclose them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cim.errors import SourceDataError, UnsupportedError
from tiles.gltf import glb
from tiles.gltf.check import check_schema
from tiles.gltf.loose import as_dict, as_list
from tiles.tiles3d import check
from tiles.tiles3d.check import ERROR, WARNING, Finding
from tiles.tiles3d.contents import OFF_GLOBE, check_glb
from tiles.tiles3d.files import Files, open_files, resolve
from tiles.tiles3d.implicit import check_implicit
from tiles.tiles3d.place import Place, inside, read_schema, within

DEEPEST_TILE = 200
"""Tiles below this are not looked at: a chain that long is a mistake or an attack."""

INCOMPLETE = frozenset({"not-checked", "json", "root", "children", "subtree", "implicit-tiling"})
"""Rules after which not every file was looked for: none is called an orphan then."""


def validate(path: Path) -> list[Finding]:
    """Findings about a tileset; none means that it keeps the rules checked here.

    Args:
        path: Folder with a `tileset.json`, a tileset document, or a `.3tz` archive.

    Raises:
        NotFoundError: There is no such file.
        SourceDataError: The archive cannot be read at all.
    """
    with open_files(path) as files:
        looked_at: set[str] = set()
        watched = _watched(files, looked_at)
        found = [Finding(path.name, "archive", fault) for fault in files.faults()]
        found += _document(Place(watched, files.root))
        if not any(finding.rule in INCOMPLETE for finding in found):
            found += _orphans(files, looked_at)
        return _summed(found)


def has_errors(findings: list[Finding]) -> bool:
    """Whether a tileset breaks the standard."""
    return any(finding.severity == ERROR for finding in findings)


def _watched(files: Files, looked_at: set[str]) -> Files:
    """The files, with the names of those that are read kept in a set."""

    def read(name: str) -> bytes | None:
        looked_at.add(name)
        return files.read(name)

    return replace(files, read=read)


def _orphans(files: Files, looked_at: set[str]) -> Iterator[Finding]:
    """Files that nothing leads to."""
    for name in files.names():
        twin_of = name.removesuffix(".gz").removesuffix(".br")
        if name not in looked_at and twin_of not in looked_at:
            yield Finding(name, "orphan", "nothing in the tileset leads to this file", WARNING)


def _summed(findings: list[Finding]) -> list[Finding]:
    """The findings, those of contents off the Earth made one: there may be thousands."""
    off = [finding for finding in findings if finding.rule == OFF_GLOBE]
    kept = [finding for finding in findings if finding.rule != OFF_GLOBE]
    if not off:
        return kept
    more = f"; so do {len(off) - 1} more contents" if len(off) > 1 else ""
    return [*kept, replace(off[0], message=off[0].message + more)]


def _document(place: Place) -> Iterator[Finding]:
    """Findings about a document and all it leads to."""
    if place.document in place.documents:
        yield Finding(place.name, "cycle", "external tileset leads back to itself")
        return
    data = place.files.read(place.document)
    try:
        document = orjson.loads(data or b"")
    except orjson.JSONDecodeError as error:
        yield Finding(place.name, "json", f"is not JSON: {error}")
        return
    if not isinstance(document, dict):
        yield Finding(place.name, "json", "is not a JSON object")
        return
    yield from check.check_tileset(document, place.name)
    schema, faults = read_schema(place, document)
    yield from faults
    for fault in check_schema(schema) if schema else ():
        yield Finding(place.name, fault.rule, fault.message)
    error_m = document.get("geometricError")
    limit = min(place.error, error_m) if check.is_error(error_m) else place.error
    documents = (*place.documents, place.document)
    below = replace(place, at="/root", error=limit, documents=documents, schema=schema)
    if isinstance(document.get("root"), dict):
        yield from _tile(below, document["root"])


def _tile(place: Place, tile: dict[str, Any]) -> Iterator[Finding]:
    """Findings about a tile, its content and all below it."""
    if place.depth > DEEPEST_TILE:
        yield Finding(place.name, "not-checked", f"deeper than {DEEPEST_TILE} tiles", WARNING)
        return
    yield from check.check_tile(tile, place.name, place.error, root=place.at == "/root")
    here = inside(place, tile)
    if "implicitTiling" in tile:
        yield from check_implicit(here, tile, _content)
        return
    for content in check.contents_of(tile):
        volume = content.get("boundingVolume")
        if volume is not None and not check.is_volume(volume):
            yield Finding(place.name, "bounding-volume", f"content: {volume!r} is not legal"[:200])
        yield from _content(within(here, volume), content.get("uri"))
    for number, child in enumerate(as_list(tile.get("children"))):
        if isinstance(child, dict):
            yield from _tile(replace(here, at=f"{place.at}/children/{number}"), child)
        else:
            yield Finding(place.name, "children", f"child {number} is not a tile")


def _content(place: Place, uri: object) -> Iterator[Finding]:
    """Findings about the content at an address."""
    name, fault = resolve(place.document, uri)
    try:
        data = place.files.read(name) if name else None
    except (SourceDataError, UnsupportedError) as error:
        yield Finding(place.name, "archive", str(error))
        return
    if data is None:
        yield Finding(place.name, "content-uri", fault or f"{uri}: no such file")
    elif data[:4] == glb.MAGIC:
        yield from check_glb(place, name, data)
    elif data.lstrip()[:1] == b"{":
        yield from _json(place, name, data)
    else:
        yield Finding(place.name, "not-checked", f"{uri}: neither glb nor tileset JSON", WARNING)


def _json(place: Place, name: str, data: bytes) -> Iterator[Finding]:
    """Findings about a content in JSON: an external tileset, or a glTF that is not read."""
    if name.endswith(".gltf"):
        yield Finding(place.name, "not-checked", f"{name}: glTF in JSON", WARNING)
        for uri in _addresses(data):
            target, _ = resolve(name, uri)
            if target and place.files.read(target) is None:
                yield Finding(name, "content-uri", f"{uri}: no such file")
        return
    yield from _document(replace(place, document=name, at=""))


def _addresses(data: bytes) -> list[str]:
    """Addresses of the buffers and images of a glTF in JSON."""
    try:
        document = as_dict(orjson.loads(data))
    except orjson.JSONDecodeError:
        return []
    parts = as_list(document.get("buffers")) + as_list(document.get("images"))
    uris = [as_dict(part).get("uri") for part in parts]
    return [uri for uri in uris if isinstance(uri, str) and not uri.startswith("data:")]
