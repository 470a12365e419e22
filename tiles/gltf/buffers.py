"""The binary chunk of a glb: buffer views, each on an 8-byte border."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 8
"""Enough for every component type; EXT_structural_metadata and GLB ask for 8 at most."""


class BufferWriter:
    """Collects arrays and describes them as buffer views of buffer 0."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self._views: list[dict[str, Any]] = []

    def add(
        self, array: NDArray[Any], *, stride: int | None = None, target: int | None = None
    ) -> int:
        """Append an array; the index of its buffer view.

        Args:
            array: Little-endian values in memory order.
            stride: Bytes from one vertex to the next, for vertex attributes.
            target: 34962 for vertex attributes, 34963 for indices, None for other data.
        """
        data = np.ascontiguousarray(array).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if stride is not None:
            view["byteStride"] = stride
        if target is not None:
            view["target"] = target
        padding = -len(data) % ALIGNMENT
        self._parts += [data, bytes(padding)]
        self._length += len(data) + padding
        self._views.append(view)
        return len(self._views) - 1

    @property
    def views(self) -> list[dict[str, Any]]:
        """Buffer views in the order they were added."""
        return self._views

    def getvalue(self) -> bytes:
        """All bytes, a multiple of 8."""
        return b"".join(self._parts)
