"""Wavefront OBJ: vertices, faces of any number of corners, objects, groups, materials.

Source: the Wavefront Advanced Visualizer's object file format, version 3.0. Free-form curves,
lines and points are not read.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from cim.appearance import PLAIN
from cim.arrays import Float64, Int64, Uint8
from cim.errors import SourceDataError
from cim.readers._mesh_files import encoding_of
from cim.readers._mesh_mtl import Library, read_library
from cim.readers._mesh_polygons import triangulate
from cim.readers._mesh_scene import Node, Part, Scene, as_bytes

_POSITION, _COLOURED = 3, 6
_KINDS = 3
"""A corner names a position, a texture coordinate and a normal."""


class _File:
    """What is gathered while the lines of a file pass."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.positions: list[str] = []
        self.colours: list[str] = []
        self.uv: list[str] = []
        self.normals: list[str] = []
        self.corners: list[str] = []
        self.sizes: list[int] = []
        self.face_names: list[tuple[str, str]] = []
        """Object and group of each face."""

        self.face_materials: list[str] = []
        self.libraries: list[str] = []
        self.skipped = 0
        self._place = ("", "")
        self._material = ""

    def take(self, words: list[str], line: str) -> None:
        """Note one line."""
        kind, values = words[0], words[1:]
        if kind == "v":
            self.positions += values[:_POSITION]
            if len(values) >= _COLOURED:
                self.colours += values[_POSITION:_COLOURED]
            if len(values) < _POSITION:
                raise SourceDataError(
                    f"vertex {line.strip()!r}; wanted x y z", where=str(self.path)
                )
        elif kind == "vt":
            self.uv += (*values, "0")[:2]
        elif kind == "vn":
            self.normals += values[:_POSITION]
        elif kind == "f":
            self.corners += self._absolute(values) if "-" in line else values
            self.sizes.append(len(values))
            self.face_names.append(self._place)
            self.face_materials.append(self._material)
        else:
            self._take_name(kind, line)

    def _take_name(self, kind: str, line: str) -> None:
        name = line.split(maxsplit=1)[1].strip() if len(line.split(maxsplit=1)) > 1 else ""
        if kind == "usemtl":
            self._material = name
        elif kind == "o":
            self._place = (name, "")
        elif kind == "g":
            self._place = (self._place[0], name)
        elif kind == "mtllib":
            self.libraries.append(name)
        elif kind in ("l", "p", "curv", "curv2", "surf"):
            self.skipped += 1

    def _absolute(self, corners: list[str]) -> list[str]:
        """Corners whose negative numbers, which count back from here, are made absolute."""
        counts = (len(self.positions) // 3, len(self.uv) // 2, len(self.normals) // 3)
        return ["/".join(_counted(c.split("/"), counts)) for c in corners]


def _counted(numbers: list[str], counts: tuple[int, ...]) -> Iterator[str]:
    for number, count in zip(numbers, counts, strict=False):
        yield str(count + 1 + int(number)) if number.startswith("-") else number


def load(path: Path) -> Scene:
    """The scene of an OBJ file; an object or, where it names none, a group is a node.

    Raises:
        SourceDataError: A line breaks the format, or nothing in the file is a face.
    """
    file = _File(path)
    try:
        for line in _lines(path):
            words = line.split()
            if words and not words[0].startswith("#"):
                file.take(words, line)
        return _scene(file)
    except ValueError as error:
        if isinstance(error, SourceDataError):
            raise
        raise SourceDataError(f"is no sound OBJ file: {error}", where=str(path)) from error


def _lines(path: Path) -> Iterator[str]:
    """The lines, with those joined that end in a backslash."""
    waiting = ""
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        for line in file:
            if line.endswith("\\\n"):
                waiting += line[:-2] + " "
                continue
            yield waiting + line
            waiting = ""


def _scene(file: _File) -> Scene:
    positions = _table(file.positions, 3, "v")
    if not file.sizes:
        what = f"{len(positions)} vertices but no face" if len(positions) else "no face"
        raise SourceDataError(f"holds {what}: not a mesh, or cut off", where=str(file.path))
    numbers = _numbers(file.corners)
    corner_rows = np.clip(numbers[:, 0], 0, max(len(positions) - 1, 0))
    corners = positions[corner_rows] if len(positions) else np.zeros((len(numbers), 3))
    triangles, faces = triangulate(corners, np.array(file.sizes, np.int64))
    library = read_library(file.path, file.libraries)
    materials, notes = _materials(file, library)
    keys = _keys(file)
    names = list(dict.fromkeys(keys))
    of_name = {name: number for number, name in enumerate(names)}
    owner = np.array([of_name[key] for key in keys], np.int64)[faces]
    order = np.argsort(owner, kind="stable")
    cuts = np.searchsorted(owner[order], np.arange(len(names) + 1))
    tables = _Tables(file, positions)
    parts: list[Part] = []
    nodes: list[Node] = []
    for (start, end), name in zip(pairwise(cuts.tolist()), names, strict=True):
        rows = order[start:end]
        nodes.append(Node(name.rpartition("/")[2], name, ((len(parts), np.eye(4)),)))
        parts.append(tables.part(numbers[triangles[rows]], materials[faces[rows]]))
    skipped = (f"{file.skipped} lines, points and curves are left out",) if file.skipped else ()
    return Scene(tuple(nodes), tuple(parts), library.palette, library.notes + notes + skipped)


class _Tables:
    """Positions, texture coordinates, normals and colours of a file."""

    def __init__(self, file: _File, positions: Float64) -> None:
        self._positions = positions
        self._uv = _table(file.uv, 2, "vt")
        self._normals = _table(file.normals, 3, "vn")
        self._colours = _colours(file, len(positions))

    def part(self, corners: Int64, materials: Int64) -> Part:
        """Triangles (t, 3, 3) of position, texture and normal numbers as a part."""
        flat = corners.reshape(-1, _KINDS)
        triples, vertices = _distinct(flat)
        position = triples[:, 0]
        valid = (position >= 0) & (position < len(self._positions))
        where = np.where(valid, position, 0)
        points = self._positions[where] if len(self._positions) else np.zeros((len(where), 3))
        triangles = np.where(valid[vertices], vertices, -1).reshape(-1, 3).astype(np.int64)
        uv = _rows(self._uv, triples[:, 1])
        return Part(
            positions=points,
            triangles=triangles,
            materials=materials.astype(np.int32),
            normals=_rows(self._normals, triples[:, 2]),
            uv=None if uv is None else uv.astype(np.float32),
            colours=None if self._colours is None else self._colours[where],
        )


def _distinct(corners: Int64) -> tuple[Int64, Int64]:
    """Corners (n, 3) of which none is repeated, and the (n,) row among them of each."""
    low = corners.min(axis=0, initial=0)
    spans = (corners.max(axis=0, initial=0) - low + 1).tolist()
    if spans[0] * spans[1] * spans[2] >= np.iinfo(np.int64).max:
        triples, rows = np.unique(corners, axis=0, return_inverse=True)
        return triples, rows.reshape(-1)
    keys = np.ravel_multi_index((corners - low).T, spans)
    _, firsts, rows = np.unique(keys, return_index=True, return_inverse=True)
    return corners[firsts], rows.reshape(-1)


def _rows(table: Float64, rows: Int64) -> Float64 | None:
    """Rows of a table; None when one is not there, as where corners state none."""
    if not len(table) or (rows < 0).any() or (rows >= len(table)).any():
        return None
    return table[rows]


def _table(texts: list[str], width: int, kind: str) -> Float64:
    """(n, width) numbers."""
    if len(texts) % width:
        raise ValueError(f"a line {kind} has fewer than {width} numbers")
    return np.array(texts, np.float64).reshape(-1, width)


def _colours(file: _File, count: int) -> Uint8 | None:
    """(v, 4) colours, when every vertex states one and they are not all white."""
    if len(file.colours) != 3 * count or not count:
        return None
    rgb = _table(file.colours, 3, "v")
    rgb = rgb / 255 if rgb.max() > 1 else rgb
    if (rgb == 1).all():
        return None
    return as_bytes(np.column_stack((rgb, np.ones(count))))


def _numbers(corners: list[str]) -> Int64:
    """(n, 3) rows of position, texture coordinate and normal; -1 where a corner names none."""
    depths = {corner.count("/") for corner in corners}
    text = " ".join(corners)
    if len(depths) > 1 or "/ " in text or text.endswith("/"):
        text = " ".join(_filled(corner) for corner in corners)
        depths = {_KINDS - 1}
    depth = depths.pop()
    flat = np.array(text.replace("//", "/0/").replace("/", " ").split(), np.int64)
    filled = np.zeros((len(corners), _KINDS), np.int64)
    filled[:, : depth + 1] = flat.reshape(len(corners), depth + 1)
    return filled - 1


def _filled(corner: str) -> str:
    """A corner with 0 for each number that it leaves out."""
    return "/".join(number or "0" for number in (*corner.split("/"), "", "")[:_KINDS])


def _keys(file: _File) -> list[str]:
    """Path of the node of each face: its object, else its group, else the file."""
    stem = file.path.name.split(".")[0]
    if any(thing for thing, _ in file.face_names):
        return [thing or stem for thing, _ in file.face_names]
    return [group or stem for _, group in file.face_names]


def _materials(file: _File, library: Library) -> tuple[Int64, tuple[str, ...]]:
    """(f,) row of the palette of each face, and the names that no library knows."""
    rows = np.array([library.rows.get(name, PLAIN) for name in file.face_materials], np.int64)
    unknown = sorted({name for name in file.face_materials if name} - library.rows.keys())
    if not unknown:
        return rows, ()
    return rows, (f"{len(unknown)} materials are not in any MTL file, the first: {unknown[0]!r}",)
