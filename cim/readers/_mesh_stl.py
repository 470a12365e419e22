"""STL, binary or text: triangles alone, solid by solid.

Source: 3D Systems, StereoLithography Interface Specification, 1988. The colours that some programs
hide in the two spare bytes of a binary triangle are not read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from cim.appearance import PLAIN
from cim.arrays import Float64
from cim.errors import SourceDataError
from cim.readers._mesh_scene import Node, Part, Scene

_HEAD: Final = 80
_RECORD: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
_SOLID: Final = re.compile(rb"^[ \t]*(end)?solid\b[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_VERTEX: Final = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
_FACET: Final = re.compile(rb"\bendfacet\b", re.IGNORECASE)


def load(path: Path) -> Scene:
    """The scene of an STL file: each solid of a text file is a node.

    Raises:
        SourceDataError: The file is cut off, holds no triangle or is no STL.
    """
    data = path.read_bytes()
    stem = path.name.split(".")[0]
    try:
        binary = _binary(data)
        solids = list(_text(data)) if binary is None else [("", binary)]
    except ValueError as error:
        raise SourceDataError(f"is no sound STL file: {error}", where=str(path)) from error
    filled = [(name, corners) for name, corners in solids if len(corners)]
    if not filled:
        raise SourceDataError("holds no triangle: cut off, or no STL file", where=str(path))
    nodes = [
        Node(name or stem, name or stem, ((row, np.eye(4)),))
        for row, (name, _) in enumerate(filled)
    ]
    return Scene(tuple(nodes), tuple(_part(corners) for _, corners in filled))


def _part(corners: Float64) -> Part:
    """Triangles (t, 3, 3) as a part in which none share a vertex."""
    count = len(corners)
    triangles = np.arange(3 * count).reshape(-1, 3)
    return Part(corners.reshape(-1, 3), triangles, np.full(count, PLAIN, np.int32))


def _binary(data: bytes) -> Float64 | None:
    """(t, 3, 3) corners of a binary file; None for text, which a head may also begin like.

    Raises:
        ValueError: It is cut off.
    """
    start = _HEAD + 4
    is_text = data.lstrip()[:5].lower() == b"solid"
    if len(data) < start:
        if is_text:
            return None
        raise ValueError(f"{len(data)} bytes, a head alone has {start}")
    stated = int.from_bytes(data[_HEAD:start], "little")
    held = (len(data) - start) // _RECORD.itemsize
    if is_text and len(data) != start + stated * _RECORD.itemsize:
        return None
    if held < stated:
        raise ValueError(f"cut off: it states {stated} triangles and holds {held}")
    return np.frombuffer(data, _RECORD, stated, start)["corners"].astype(np.float64)


def _text(data: bytes) -> Iterator[tuple[str, Float64]]:
    """Name and (t, 3, 3) corners of each solid.

    Raises:
        ValueError: A solid does not end, or a facet is no triangle of numbers.
    """
    open_at: tuple[int, str] | None = None
    for found in _SOLID.finditer(data):
        if found[1] is None:
            if open_at is not None:
                raise ValueError(f"solid {open_at[1]!r} does not end: cut off?")
            name = found[2].decode("utf-8", "replace").strip().replace("/", "∕")
            open_at = (found.end(), name)
        elif open_at is not None:
            yield open_at[1], _corners(data[open_at[0] : found.start()])
            open_at = None
    if open_at is not None:
        raise ValueError(f"solid {open_at[1]!r} does not end: cut off?")


def _corners(body: bytes) -> Float64:
    """(t, 3, 3) corners of the facets in the body of a solid."""
    vertices = _VERTEX.findall(body)
    facets = len(_FACET.findall(body))
    if len(vertices) != 3 * facets:
        raise ValueError(f"{len(vertices)} vertices in {facets} facets; wanted 3 in each")
    return np.array(vertices, np.float64).reshape(-1, 3, 3)
