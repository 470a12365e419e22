"""Shapes of an open IFC file, in the child process: triangles in the element's own frame.

Settings: openings cut, local coordinates (world coordinates cost four times and end all sharing),
one thread (a second one costs 1.6 to 2.8 times the CPU and is no faster), and the kernel that
tries CGAL's simple one before Open CASCADE.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Final

import numpy as np

from cim.bim._entity import Entity, attribute
from cim.bim._wire import WireMesh, WireShape, mesh_message, packed
from cim.extras import require

FAST: Final = "hybrid-cgal-simple-opencascade"
SURE: Final = "opencascade"

_ROUNDING: Final = 1e5
"""Vertices that agree within 10 micrometres are the same for sharing."""

_MESSAGE_TRIANGLES: Final = 40_000
_MESSAGE_SHAPES: Final = 400
_MESSAGE_S: Final = 1.0
"""Seconds without a message: the parent takes silence for a stand."""

_LOG_SHOWN: Final = 160

type Send = Callable[[list[Entity]], None]


class ShapeStream:
    """Turns shapes into messages; a mesh goes over once."""

    def __init__(self, file: Entity, send: Send) -> None:
        self._file, self._send = file, send
        self._by_geometry: dict[str, str] = {}
        self._sent: set[str] = set()
        self._meshes: list[WireMesh] = []
        self._shapes: list[WireShape] = []
        self._triangles = 0
        self._flushed = time.monotonic()
        self._styles: dict[int, tuple[str, float, float, float, float]] = {}
        self.delivered: set[int] = set()

    def add(self, shape: Entity) -> None:
        """One shape of the kernel; one without triangles counts as not delivered."""
        geometry = shape.geometry
        digest = self._by_geometry.get(geometry.id)
        if digest is None:
            digest = self._add_mesh(geometry)
            self._by_geometry[geometry.id] = digest
        if not digest:
            return
        number = shape.id
        if number in self.delivered:
            return
        self._shapes.append(WireShape(number, digest, shape.transformation.matrix))
        self.delivered.add(number)
        full = self._triangles >= _MESSAGE_TRIANGLES or len(self._shapes) >= _MESSAGE_SHAPES
        if full or time.monotonic() - self._flushed > _MESSAGE_S:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._shapes:
            self._send(mesh_message(self._meshes, self._shapes))
        self._meshes, self._shapes, self._triangles = [], [], 0
        self._flushed = time.monotonic()

    def _add_mesh(self, geometry: Entity) -> str:
        """Digest of a mesh, empty for one without triangles."""
        positions = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
        triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
        if not len(triangles):
            return ""
        looks = tuple([self._style(style) for style in geometry.materials])
        materials = np.frombuffer(geometry.material_ids_buffer, np.int32)
        digest = _digest(positions, triangles, materials, looks)
        if digest not in self._sent:
            self._sent.add(digest)
            copies = (positions.copy(), triangles.copy(), materials.copy())
            self._meshes.append(WireMesh(digest, *copies, looks))
            self._triangles += len(triangles)
        return digest

    def _style(self, style: Entity) -> tuple[str, float, float, float, float]:
        number = style.instance_id()
        if number not in self._styles:
            self._styles[number] = self._read_style(style, number)
        return self._styles[number]

    def _read_style(self, style: Entity, number: int) -> tuple[str, float, float, float, float]:
        name = style.name
        if number > 0:
            entity = self._file.by_id(number)
            name = attribute(entity, "Name") or name
        colour, opacity = style.diffuse, 1.0
        if style.has_transparency():
            opacity = 1.0 - float(style.transparency)
        rgb = (colour.r(), colour.g(), colour.b())
        red, green, blue, alpha = (
            float(np.clip(v, 0.0, 1.0)) if np.isfinite(v) else 1.0 for v in (*rgb, opacity)
        )
        return (str(name), red, green, blue, alpha)


def _digest(positions: Entity, triangles: Entity, materials: Entity, looks: Entity) -> str:
    """Equal for meshes of equal content."""
    rounded = np.rint(positions * _ROUNDING).astype(np.int64)
    pieces = (rounded.tobytes(), triangles.tobytes(), materials.tobytes(), repr(looks).encode())
    return blake2b(b"|".join(pieces), digest_size=16).hexdigest()


def stream_all(file: Entity, ids: Iterable[int], stream: ShapeStream) -> None:
    """The shapes of products by the iterator, which makes a shared representation once."""
    geom = require("ifcopenshell.geom", "bim")
    products = [file.by_id(number) for number in ids]
    if not products:
        return
    iterator = geom.iterator(_settings(geom), file, 1, include=products, geometry_library=FAST)
    if iterator.initialize():
        stream.add(iterator.get())
        while iterator.next():
            stream.add(iterator.get())
    stream.flush()


def stream_singly(
    file: Entity,
    ids: Iterable[int],
    stream: ShapeStream,
    send: Send,
    libraries: tuple[str, ...],
) -> None:
    """The shapes of products one by one, each announced before it is begun.

    Args:
        file: The open file.
        ids: Their step ids.
        stream: Takes the shapes.
        send: Takes the announcements, and the products that no kernel can make a shape of.
        libraries: Kernels to try, in order.
    """
    geom = require("ifcopenshell.geom", "bim")
    kernels = _Kernels(geom, file)
    for number in ids:
        send(packed({"kind": "task", "id": number}))
        reason = "no kernel makes a surface of it"
        for library in libraries:
            try:
                stream.add(kernels.of(library).create_shape(file.by_id(number)))
            except RuntimeError as error:
                reason = " ".join(str(error).split())[:_LOG_SHOWN] or reason
            if number in stream.delivered:
                break
        stream.flush()
        if number not in stream.delivered:
            send(packed({"kind": "lost", "id": number, "reason": reason}))


class _Kernels:
    """Kernels made when they are asked for."""

    def __init__(self, geom: Entity, file: Entity) -> None:
        self._geom, self._file = geom, file
        self._made: dict[str, Entity] = {}

    def of(self, library: str) -> Entity:
        if library not in self._made:
            settings = _settings(self._geom)
            self._made[library] = self._geom.kernel(settings, self._file, geometry_library=library)
        return self._made[library]


def _settings(geom: Entity) -> Entity:
    settings = geom.settings()
    settings.set("no-normals", True)  # noqa: FBT003 - the library's own signature
    return settings


def missing(ids: Iterable[int], stream: ShapeStream) -> Iterator[int]:
    """Those of which no shape came."""
    return (number for number in ids if number not in stream.delivered)
