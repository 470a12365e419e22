"""Messages between a reading child process and its parent: a JSON head and arrays after it.

No pickles: the child runs native code over a file that a stranger made, so what comes back is
taken as data only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson

from cim.arrays import Float64, Int32

HEAD: Final = np.dtype([("head", "<u4"), ("body", "<u8")])
"""Lengths before each message."""

_LARGEST_INT: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class WireMesh:
    """A mesh that several elements may share."""

    digest: str
    positions: Float64
    """(v, 3)."""

    triangles: Int32
    """(t, 3)."""

    materials: Int32
    """(t,) rows of `looks`, -1 for none."""

    looks: tuple[tuple[str, float, float, float, float], ...]
    """Name, red, green, blue, opacity of each material."""


@dataclass(frozen=True, slots=True)
class WireShape:
    """One mesh of one element."""

    step_id: int
    digest: str
    matrix: tuple[float, ...]
    """(16) column by column, to the model's frame in metres."""


def packed(head: dict[str, Any], body: Sequence[bytes | memoryview] = ()) -> list[Any]:
    """A message as pieces to write one after the other."""
    text = to_json(head)
    size = sum(len(piece) for piece in body)
    return [np.array([(len(text), size)], HEAD).tobytes(), text, *body]


def to_json(value: object) -> bytes:
    """JSON of plain values and dataclasses; what JSON cannot hold becomes text it can."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_mended(value))


def _mended(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """The same value with lone surrogates replaced and huge integers as text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mended(str(key)): _mended(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mended(one) for one in value]
    if isinstance(value, int) and abs(value) >= _LARGEST_INT:
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _mended(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def mesh_message(meshes: Sequence[WireMesh], shapes: Sequence[WireShape]) -> list[Any]:
    """Shapes with the meshes that were not sent before."""
    head = {
        "kind": "shapes",
        "meshes": [[m.digest, len(m.positions), len(m.triangles), m.looks] for m in meshes],
        "shapes": [[s.step_id, s.digest, s.matrix] for s in shapes],
    }
    arrays = [one for mesh in meshes for one in (mesh.positions, mesh.triangles, mesh.materials)]
    return packed(head, [one.tobytes() for one in arrays])


def read_shapes(head: dict[str, Any], body: bytes) -> tuple[list[WireMesh], list[WireShape]]:
    """The meshes and shapes of such a message.

    Raises:
        ValueError: It is not one.
    """
    meshes, at = [], 0
    for digest, vertices, triangles, looks in head["meshes"]:
        positions = np.frombuffer(body, np.float64, vertices * 3, at).reshape(-1, 3)
        at += positions.nbytes
        faces = np.frombuffer(body, np.int32, triangles * 3, at).reshape(-1, 3)
        at += faces.nbytes
        materials = np.frombuffer(body, np.int32, triangles, at)
        at += materials.nbytes
        named = tuple((str(n), float(r), float(g), float(b), float(a)) for n, r, g, b, a in looks)
        meshes.append(WireMesh(digest, positions, faces, materials, named))
    return meshes, [WireShape(int(n), str(d), tuple(m)) for n, d, m in head["shapes"]]
