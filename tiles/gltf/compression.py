"""EXT_meshopt_compression: buffer views in few bytes, and back.

Source: the Khronos extension EXT_meshopt_compression, which fixes version 0 of the vertex codec
and version 1 of the index codec. The library belongs to the extra `compression`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Int64
from cim.errors import SourceDataError
from cim.extras import require
from tiles.gltf.buffers import Packed

EXTRA = "compression"


def pack_rows(rows: NDArray[Any]) -> Packed:
    """Vertex attributes, one row of a multiple of four bytes each."""
    data = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    packed = _library().encode_gltf_buffer(data, "ATTRIBUTES")
    return Packed(packed, len(rows), data.shape[1], "ATTRIBUTES")


def pack_grid(floats: NDArray[np.float32], exponent: int) -> Packed:
    """(p, 3) floats that are whole numbers of steps, of two to the power of `exponent`."""
    steps = np.ldexp(floats.astype(np.float64), -exponent).astype(np.int64)
    words = ((exponent & 0xFF) << 24) | (steps & 0xFFFFFF)
    packed = pack_rows(words.astype("<u4"))
    return Packed(packed.data, packed.count, packed.stride, packed.mode, "EXPONENTIAL")


def pack_triangles(indices: NDArray[Any]) -> Packed:
    """(3 t,) indices of triangles, 2 or 4 bytes each."""
    packed = _library().encode_gltf_buffer(indices.astype("<u4"), "TRIANGLES")
    return Packed(packed, len(indices), indices.itemsize, "TRIANGLES")


def pack_indices(indices: NDArray[Any]) -> Packed:
    """(n,) indices of anything, 2 or 4 bytes each."""
    packed = _library().encode_gltf_buffer(indices.astype("<u4"), "INDICES")
    return Packed(packed, len(indices), indices.itemsize, "INDICES")


def arrange(triangles: Int64, vertices: int) -> tuple[Int64, Int64]:
    """Triangles in an order that compresses well, and vertices in that of their first use.

    Args:
        triangles: (t, 3) rows of vertices.
        vertices: How many there are, all of them used.

    Returns:
        (t, 3) triangles on renumbered vertices, and (v,) the old row of each vertex.
    """
    indices, places, _ = _library().reorder_mesh(
        triangles.astype(np.uint32).ravel(), triangles=True, optsize=True
    )
    order = np.zeros(vertices, np.int64)
    order[places[:vertices]] = np.arange(vertices)
    return indices.astype(np.int64).reshape(-1, 3), order


def unpack(data: bytes, extension: dict[str, Any], *, where: str) -> bytes:
    """The bytes of a buffer view from its compressed form.

    Args:
        data: What `extension` names of its buffer.
        extension: The EXT_meshopt_compression object of the buffer view.
        where: Name of the file, for messages.

    Raises:
        SourceDataError: The data cannot be decoded.
        ConfigError: The library is not installed.
    """
    count, stride = extension.get("count"), extension.get("byteStride")
    mode, name = extension.get("mode"), extension.get("filter", "NONE")
    try:
        decoded = _library().decode_gltf_buffer(
            data, count, stride, mode, None if name == "NONE" else name
        )
    except (ValueError, TypeError, RuntimeError) as error:
        raise SourceDataError(f"meshopt {mode}: {error}", where=where) from error
    return bytes(np.ascontiguousarray(decoded).tobytes())


def _library() -> Any:  # noqa: ANN401 - a library without types
    return require("meshopt", EXTRA)
