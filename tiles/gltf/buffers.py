"""The binary chunk of a glb: buffer views, each on an 8-byte border, some of them compressed."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 8
"""Enough for every component type; EXT_structural_metadata and GLB ask for 8 at most."""

MESHOPT = "EXT_meshopt_compression"
LEAST_GAIN = 320
"""Bytes that compressing a buffer view has to save: describing it takes about as many."""

type Mode = Literal["ATTRIBUTES", "TRIANGLES", "INDICES"]


@dataclass(frozen=True, slots=True)
class Packed:
    """Another, smaller form of a buffer view's bytes."""

    data: bytes
    count: int
    stride: int
    mode: Mode
    filter: str | None = None


class BufferWriter:
    """Collects arrays and describes them as buffer views.

    Buffer 0 is the binary chunk. Bytes that stand there in a compressed form have a place in
    buffer 1, which has no bytes: nobody needs it who can decode.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self._fallback = 0
        self._views: list[dict[str, Any]] = []

    def add(
        self,
        array: NDArray[Any] | bytes,
        *,
        stride: int | None = None,
        target: int | None = None,
        packed: Packed | None = None,
    ) -> int:
        """Append an array; the index of its buffer view.

        Args:
            array: Little-endian values in memory order.
            stride: Bytes from one vertex to the next, for vertex attributes.
            target: 34962 for vertex attributes, 34963 for indices, None for other data.
            packed: The same values compressed; used where that pays.
        """
        view: dict[str, Any]
        data = array if isinstance(array, bytes) else np.ascontiguousarray(array).tobytes()
        if packed is not None and len(packed.data) + LEAST_GAIN < len(data):
            view = {"buffer": 1, "byteOffset": self._fallback, "byteLength": len(data)}
            self._fallback += len(data) + -len(data) % ALIGNMENT
            view |= {"extensions": {MESHOPT: self._placed(packed)}}
        else:
            view = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
            self._append(data)
        if stride is not None:
            view["byteStride"] = stride
        if target is not None:
            view["target"] = target
        self._views.append(view)
        return len(self._views) - 1

    @property
    def views(self) -> list[dict[str, Any]]:
        """Buffer views in the order they were added."""
        return self._views

    @property
    def is_compressed(self) -> bool:
        """Whether a buffer view is."""
        return self._fallback > 0

    def buffers(self) -> list[dict[str, Any]]:
        """The buffers that the views lie in."""
        whole: list[dict[str, Any]] = [{"byteLength": self._length}]
        if self.is_compressed:
            fallback = {"extensions": {MESHOPT: {"fallback": True}}}
            whole.append({"byteLength": self._fallback, **fallback})
        return whole

    def getvalue(self) -> bytes:
        """All bytes, a multiple of 8."""
        return b"".join(self._parts)

    def _append(self, data: bytes) -> None:
        padding = -len(data) % ALIGNMENT
        self._parts += [data, bytes(padding)]
        self._length += len(data) + padding

    def _placed(self, packed: Packed) -> dict[str, Any]:
        """The extension of a buffer view whose bytes are appended in another form."""
        at = self._length
        self._append(packed.data)
        return {
            "buffer": 0,
            "byteOffset": at,
            "byteLength": len(packed.data),
            "byteStride": packed.stride,
            "count": packed.count,
            "mode": packed.mode,
            **({} if packed.filter is None else {"filter": packed.filter}),
        }
