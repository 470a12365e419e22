"""CityJSON files as they lie: a document, or a header and one feature a line."""

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from cim.errors import SourceDataError
from cim.features import Reject
from cim.readers._city_palette import PaletteMaker
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._cityjson_appearance import Appearance, appearance_of
from cim.readers._cityjson_geometry import Space, Vertices, check_finite, vertex_array
from cim.readers._cityjson_objects import CityObject, Group, Json, numbered
from cim.readers._gdal import check_gzip

VERSIONS: Final = ("1.0", "1.1", "2.0")
_HEAD: Final = 65_536
_SEQUENCES: Final = (".jsonl", ".jsonl.gz")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Header:
    """What holds for all features of a file."""

    crs: str | None
    scale: Vertices
    """(3,) factors from stored numbers to metres or degrees."""

    translate: Vertices
    """(3,) added after scaling."""

    templates: tuple[Json, ...]
    template_vertices: Vertices
    appearance: Appearance | None
    """None: nobody asks how surfaces look."""

    def space(self, body: Json) -> Space:
        """What geometry refers to in a document or line, placed in the source's CRS.

        Raises:
            BrokenGeometryError: The vertices are broken.
        """
        vertices = vertex_array(body.get("vertices"), "vertices")
        with np.errstate(over="ignore"):
            placed = vertices * self.scale + self.translate
        check_finite(placed, "vertices")
        own = self._own_appearance(body)
        return Space(placed, self.templates, self.template_vertices, own, self.appearance)

    def _own_appearance(self, body: Json) -> Appearance | None:
        """That of a line; the file's where a line has none."""
        value = body.get("appearance")
        if self.appearance is None or value is None:
            return self.appearance
        return appearance_of(value, self.appearance.palette)


def looks_like_cityjson(path: Path) -> bool:
    """Whether a JSON file holds CityJSON; GeoJSON shares its endings."""
    try:
        with _opened(path) as stream:
            head = stream.read(_HEAD)
    except (OSError, EOFError):
        return False
    if b'"CityJSON' in head or b'"CityObjects"' in head:
        return True
    return len(head) == _HEAD and b'"Feature' not in head and b'"CityJSON"' in _tail(path)


def read_objects(
    path: Path, palette: PaletteMaker | None = None
) -> tuple[str | None, Iterator[CityObject | Reject]]:
    """The CRS a file states, and its first-level city objects; rejects where a line is broken.

    Args:
        path: The file.
        palette: Numbers the materials; None: nobody asks how surfaces look.

    Raises:
        SourceDataError: The file is missing, empty, cut off, not CityJSON or of another version;
            cut off within a line of a sequence, this comes when the objects are taken.
    """
    _check_there(path)
    if path.name.lower().endswith(_SEQUENCES):
        return _sequence(path, palette)
    with _opened(path) as stream:
        document = _document(stream.read(), str(path))
    header = _header(document, str(path), palette)
    try:
        space = header.space({"vertices": document.get("vertices")})
    except BrokenGeometryError as error:
        raise SourceDataError(str(error), where=str(path)) from error
    group = Group(_city_objects(document, str(path)), lambda: space)
    return header.crs, numbered(iter((group,)))


def _sequence(
    path: Path, palette: PaletteMaker | None
) -> tuple[str | None, Iterator[CityObject | Reject]]:
    with _opened(path) as stream:
        first = _document(stream.readline(), f"{path}, line 1")
    header = _header(first, str(path), palette)
    return header.crs, numbered(_features(path, header))


def _features(path: Path, header: _Header) -> Iterator[Group]:
    with _opened(path) as stream:
        stream.readline()
        for number, line in enumerate(stream, 2):
            if line.strip():
                yield _feature(line, header, f"{path}, line {number}")


def _feature(line: bytes, header: _Header, where: str) -> Group:
    """The objects of one line; a broken line gives a fault, a last line cut off an error."""
    try:
        feature = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not line.endswith(b"\n"):
            raise SourceDataError(f"cut off: {error}", where=where) from error
        return _no_group(f"{where.rpartition(', ')[2]} is not JSON: {error}")
    objects = feature.get("CityObjects") if isinstance(feature, dict) else None
    if not isinstance(objects, dict) or feature.get("type") != "CityJSONFeature":
        return _no_group(f"{where.rpartition(', ')[2]} is not a CityJSONFeature")
    return Group(objects, partial(header.space, feature))


def _no_group(fault: str) -> Group:
    def space() -> Space:
        raise BrokenGeometryError(fault)

    return Group({}, space, fault)


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise SourceDataError("no such file", where=str(path))
    if path.stat().st_size == 0:
        raise SourceDataError("the file is empty (0 bytes)", where=str(path))
    if path.suffix.lower() == ".gz":
        check_gzip(path)


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-min(_HEAD, path.stat().st_size), io.SEEK_END)
        return file.read()


def _document(content: bytes, where: str) -> dict[str, Any]:
    if b"\0" in content[:4]:
        raise SourceDataError("the text is UTF-16 or UTF-32; legal: UTF-8", where=where)
    try:
        document = orjson.loads(content.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise SourceDataError(f"not JSON, or cut off: {error}", where=where) from error
    if not isinstance(document, dict) or document.get("type") != "CityJSON":
        raise SourceDataError('not CityJSON: no "type": "CityJSON" at the top', where=where)
    return document


def _header(document: Json, where: str, palette: PaletteMaker | None) -> _Header:
    version = str(document.get("version", ""))
    if not version.startswith(VERSIONS):
        reason = f"CityJSON version {version!r} is not known; known: {', '.join(VERSIONS)}"
        raise SourceDataError(reason, where=where)
    metadata, library = document.get("metadata"), document.get("geometry-templates")
    crs = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    library = library if isinstance(library, dict) else {}
    try:
        scale, translate = _transform(document.get("transform"))
        vertices = vertex_array(library.get("vertices-templates", []), "vertices-templates")
    except BrokenGeometryError as error:
        raise SourceDataError(str(error), where=where) from error
    templates = tuple(library.get("templates") or ())
    appearance = document.get("appearance")
    look = None if palette is None else appearance_of(appearance, palette)
    name = None if crs is None else str(crs)
    return _Header(name, scale, translate, templates, vertices, look)


def _transform(value: object) -> tuple[Vertices, Vertices]:
    """Scale and translation; 1 and 0 where the file, as 1.0 allows, has none."""
    if value is None:
        return np.ones(3), np.zeros(3)
    if not isinstance(value, dict):
        raise BrokenGeometryError("transform: not an object with scale and translate")
    rows = vertex_array([value.get("scale"), value.get("translate")], "transform")
    return rows[0], rows[1]


def _city_objects(document: Json, where: str) -> dict[str, Any]:
    objects = document.get("CityObjects")
    if not isinstance(objects, dict):
        found = ", ".join(repr(key) for key in document)
        raise SourceDataError(f'no "CityObjects"; found: {found}', where=where)
    return objects
