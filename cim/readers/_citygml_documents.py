"""CityGML files as they lie: their version, their head, and their city objects one by one."""

import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from cim.errors import SourceDataError
from cim.readers._gdal import check_gzip

type Element = Any
"""An lxml element; lxml has no types."""

GML: Final = ("http://www.opengis.net/gml/3.2", "http://www.opengis.net/gml")
IDS: Final = tuple(f"{{{space}}}id" for space in GML)
HREF: Final = "{http://www.w3.org/1999/xlink}href"
VERSIONS: Final = ("1.0", "2.0", "3.0")

_CITYGML: Final = re.compile(r"\{http://www\.opengis\.net/citygml/(?:profiles/base/)?([\d.]+)\}.*")
_APPEARANCE: Final = "appearanceMember"
_MEMBERS: Final = ("cityObjectMember", "featureMember", "featureMembers", _APPEARANCE)
_DATA: Final = ("surfaceDataMember", "surfaceData")
_HEAD: Final = 65_536
_CHUNK: Final = 1 << 20
_EDGE: Final = 64
_LONGEST_PROLOG: Final = 1 << 20
_PROLOG: Final = re.compile(
    rb"[\xef\xbb\xbf\xfe\xff]*(?>\s+|<!--(?>.*?-->)|<\?(?>.*?\?>))*+<(!|[^?])", re.DOTALL
)
"""Byte order mark, blanks, comments and instructions, and what opens after them: `!` for a DTD."""

_MESSAGE: Final = 160
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?CityModel[\s>/]")
_SETTINGS: Final = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
    "huge_tree": True,  # posLists above 10 MB; safe, for documents with a DTD are refused
}


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """Name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def id_of(element: Element) -> str | None:
    """The gml:id of an element, of GML 3.1 or 3.2."""
    for name in IDS:
        found = element.get(name)
        if found:
            return str(found)
    return None


def looks_like_citygml(path: Path) -> bool:
    """Whether the root element of an XML file is a CityModel."""
    try:
        with _opened(path) as stream:
            head = stream.read(_HEAD)
    except (OSError, EOFError):
        return False
    return _ROOT.search(head.replace(b"\0", b"")) is not None


def read_members(path: Path) -> Iterator[Element]:
    """The elements of first-level city objects in file order, each freed when the next is taken.

    Raises:
        SourceDataError: The file is missing, empty, cut off, not XML or not CityGML of a known
            version; or it has a document type declaration, which could hide entity bombs.
    """
    _check_there(path)
    with _xml_errors(path), _opened(path) as stream:
        for element in _ends(stream):
            if _is_shared_data(element):
                _free_data(element)
            elif _is_member(element):
                for inner in element:
                    if local(element.tag) != _APPEARANCE and local(inner.tag) != "Appearance":
                        yield inner
                _free(element)


def read_surface_data(path: Path) -> Iterator[tuple[Element, Element]]:
    """Appearances of the whole model, each with one element of its surface data after the other.

    Each is freed when the next is taken.

    Raises:
        SourceDataError: As in `read_members`.
    """
    _check_there(path)
    with _xml_errors(path), _opened(path) as stream:
        for element in _ends(stream):
            if _is_shared_data(element):
                for inner in element:
                    yield element.getparent(), inner
                _free_data(element)
            elif _is_member(element):
                _free(element)


def _ends(stream: gzip.GzipFile | io.BufferedReader) -> Iterator[Element]:
    """Members of the model, and surface data of appearances, when they are whole."""
    tags = tuple(f"{{*}}{name}" for name in (*_MEMBERS, *_DATA))
    for _, element in etree.iterparse(stream, events=("end",), tag=tags, **_SETTINGS):
        yield element


def _is_member(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _is_shared_data(element: Element) -> bool:
    """Whether it belongs to an appearance of the whole model, and not of a city object."""
    appearance = element.getparent() if local(element.tag) in _DATA else None
    member = None if appearance is None else appearance.getparent()
    return member is not None and _is_member(member)


def _free(member: Element) -> None:
    """Forget a member and what lies before it, so that memory stays flat."""
    parent = member.getparent()
    member.clear()
    while member.getprevious() is not None:
        del parent[0]


def _free_data(element: Element) -> None:
    """Forget surface data and what of it lies before, but not the theme of the appearance."""
    element.clear()
    before = element.getprevious()
    if before is not None and local(before.tag) in _DATA:
        element.getparent().remove(before)


def has_appearances(path: Path) -> bool:
    """Whether a file has surface data, of the model or of city objects, in any encoding."""
    needles = [_DATA[1].encode(code) for code in ("ascii", "utf-16-le", "utf-16-be")]
    edge = b""
    with _opened(path) as stream:
        while chunk := stream.read(_CHUNK):
            if any(needle in edge + chunk for needle in needles):
                return True
            edge = chunk[-_EDGE:]
    return False


def read_head(path: Path) -> str | None:
    """The srsName that the envelope of the whole model states, None when it states none.

    Raises:
        SourceDataError: As in `read_members`, as far as the head shows it.
    """
    _check_there(path)
    tags = ("{*}Envelope", "{*}cityObjectMember", "{*}featureMember")
    with _xml_errors(path), _opened(path) as stream:
        for _, element in etree.iterparse(stream, events=("start",), **_SETTINGS):
            if element.getparent() is None:
                _check_root(element, path)
            elif f"{{*}}{local(element.tag)}" in tags:
                name = element.get("srsName") if local(element.tag) == "Envelope" else None
                return None if name is None else str(name)
    return None


def _check_root(root: Element, path: Path) -> None:
    found = _CITYGML.fullmatch(root.tag)
    if local(root.tag) != "CityModel":
        raise SourceDataError(f"not CityGML: the root is {local(root.tag)}", where=str(path))
    if found is None or found[1] not in VERSIONS:
        space = root.tag[1:].rpartition("}")[0]
        reason = f"CityGML of namespace {space!r} is not known; known: {', '.join(VERSIONS)}"
        raise SourceDataError(reason, where=str(path))


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise SourceDataError("no such file", where=str(path))
    if path.stat().st_size == 0:
        raise SourceDataError("the file is empty (0 bytes)", where=str(path))
    if path.suffix.lower() == ".gz":
        check_gzip(path)
    with _opened(path) as stream:
        start = _PROLOG.match(stream.read(_LONGEST_PROLOG).replace(b"\0", b""))
    if start is None:
        raise SourceDataError("not XML: no root element at its beginning", where=str(path))
    if start[1] == b"!":
        reason = "has a document type declaration (DTD); refused, for entities may hide in it"
        raise SourceDataError(reason, where=str(path))


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


@contextmanager
def _xml_errors(path: Path) -> Iterator[None]:
    """Turn errors of the XML parser into one line.

    Raises:
        SourceDataError: The file is no XML, or cut off.
    """
    try:
        yield
    except etree.XMLSyntaxError as error:
        line = " ".join(str(error.msg or "no XML").split())[:_MESSAGE]
        raise SourceDataError(f"not XML, or cut off: {line}", where=str(path)) from error
