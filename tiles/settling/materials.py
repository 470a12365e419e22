"""Numbers of materials that batches settled apart, in other processes too, agree on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cim.appearance import PLAIN, Material, Texture
from cim.arrays import Int32, Int64


class Numbering:
    """Digest numbers of a batch's palette, and which of them its settled rows use."""

    def __init__(self, palette: Sequence[Material]) -> None:
        self._palette = palette
        numbers = [_number(each) for each in palette]
        self._numbers = np.array([*numbers, PLAIN], np.int64)

    def of(self, rows: Int32) -> Int64:
        """Number of each row of the palette; `PLAIN` stays what it is."""
        return np.asarray(self._numbers[rows])

    def used(self, numbers: Int64) -> dict[int, Material]:
        """The materials with these numbers."""
        wanted = set(np.unique(numbers).tolist())
        pairs = zip(self._numbers.tolist(), self._palette, strict=False)
        return {number: each for number, each in pairs if number in wanted}


def _number(material: Material) -> int:
    """A number from 0 that stands for what the material looks like; its name is no part of it."""
    told = (material.colour, material.double_sided, _texture_told(material.texture))
    digest = hashlib.blake2b(repr(told).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def _texture_told(texture: Texture | None) -> tuple[str, str] | None:
    """What tells a picture from others."""
    if texture is None:
        return None
    if isinstance(texture.source, Path):
        return str(texture.source), texture.wrap
    return hashlib.blake2b(texture.source, digest_size=16).hexdigest(), texture.wrap
