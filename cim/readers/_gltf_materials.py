"""Materials of glTF files: base colour and its texture.

Source: Khronos glTF 2.0 specification, section 3.9; KHR_texture_transform;
KHR_materials_pbrSpecularGlossiness (its diffuse colour); EXT_texture_webp.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from cim.appearance import Material, Texture, Wrap
from cim.arrays import Float64
from cim.readers._gltf_file import BrokenGltfError, Buffers, Document, resolve
from cim.readers._mesh_scene import srgb

_WRAPS: Final[dict[int, Wrap]] = {33071: "clamp", 33648: "mirror", 10497: "repeat"}
_REPEAT: Final = 10497


@dataclass(frozen=True, slots=True)
class Look:
    """What a primitive needs of its material."""

    row: int
    """In the palette."""

    uv_set: int | None
    """Number of the texture coordinates; None without texture."""

    uv_matrix: Float64
    """(3, 3) applied to them, v down."""


class Looks:
    """Materials of a document, made as primitives ask for them."""

    def __init__(self, document: Document, buffers: Buffers) -> None:
        self._document = document
        self._buffers = buffers
        self._made: dict[int, Look] = {}
        self._palette: list[Material] = []
        self._notes: dict[str, None] = {}

    @property
    def palette(self) -> tuple[Material, ...]:
        """The materials asked for."""
        return tuple(self._palette)

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be told of them."""
        return tuple(self._notes)

    def of(self, number: int | None) -> Look | None:
        """The look of a material; None for the default one."""
        if number is None:
            return None
        if number not in self._made:
            self._made[number] = self._look(self._document.item("materials", number))
        return self._made[number]

    def _look(self, material: dict[str, Any]) -> Look:
        pbr = material.get("pbrMetallicRoughness", {})
        colour, picture = pbr.get("baseColorFactor", [1, 1, 1, 1]), pbr.get("baseColorTexture")
        old = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness")
        if old is not None:
            colour, picture = old.get("diffuseFactor", [1, 1, 1, 1]), old.get("diffuseTexture")
        texture = None if picture is None else self._texture(picture)
        red, green, blue, opacity = _colour(colour, material.get("alphaMode", "OPAQUE"))
        row = len(self._palette)
        self._palette.append(
            Material(
                name=str(material.get("name", "")),
                colour=(red, green, blue, opacity),
                texture=texture,
                double_sided=bool(material.get("doubleSided", False)),
            )
        )
        if picture is None or texture is None:
            return Look(row, None, np.eye(3))
        uv_set, matrix = _transform(picture)
        return Look(row, uv_set, matrix)

    def _texture(self, picture: dict[str, Any]) -> Texture | None:
        """The picture of a texture; None and a note when it is not there."""
        texture = self._document.item("textures", picture["index"])
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        number = webp.get("source", texture.get("source"))
        if number is None:
            self._notes["a texture has no picture of a kind that is read: PNG, JPEG, WebP"] = None
            return None
        image = self._document.item("images", number)
        sampler = {}
        if "sampler" in texture:
            sampler = self._document.item("samplers", texture["sampler"])
        name = str(image.get("name") or image.get("uri", "")[:80] or f"image {number}")
        data, fault = self._picture(image)
        if data is None:
            self._notes[f"texture {fault}: its surfaces show the colour alone"] = None
            return None
        sides = {_WRAPS.get(sampler.get(side, _REPEAT), "repeat") for side in ("wrapS", "wrapT")}
        return Texture(name, data, sides.pop() if len(sides) == 1 else "repeat")

    def _picture(self, image: dict[str, Any]) -> tuple[bytes | Path | None, str]:
        if "bufferView" in image:
            return self._buffers.view(image["bufferView"]), ""
        return resolve(self._document.path, image.get("uri"))


def _colour(linear: list[float], alpha_mode: str) -> tuple[float, float, float, float]:
    """A base colour factor, sRGB encoded; opacity counts where the material blends."""
    values = np.array(linear, np.float64)
    if values.shape != (4,) or not np.isfinite(values).all():
        raise BrokenGltfError(f"colour {linear!r:.60}; wanted 4 numbers")
    red, green, blue = srgb(values[:3]).tolist()
    opacity = float(np.clip(values[3], 0, 1)) if alpha_mode == "BLEND" else 1.0
    return red, green, blue, opacity


def _transform(picture: dict[str, Any]) -> tuple[int, Float64]:
    """Set of texture coordinates and the matrix of KHR_texture_transform."""
    found = picture.get("extensions", {}).get("KHR_texture_transform", {})
    uv_set = int(found.get("texCoord", picture.get("texCoord", 0)))
    angle = float(found.get("rotation", 0.0))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.eye(3)
    matrix[:2, :2] = turn * np.array(found.get("scale", [1.0, 1.0]), np.float64)
    matrix[:2, 2] = found.get("offset", [0.0, 0.0])
    return uv_set, matrix
