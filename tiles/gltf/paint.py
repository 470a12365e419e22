"""What triangles are drawn with: a few paints for a whole content.

Source: Khronos glTF 2.0 specification, clause 3.9 (Materials); IEC 61966-2-1 (sRGB).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cim.appearance import Wrap
from cim.arrays import Float64, Int64
from tiles.meshing.mesh import SURFACE_CLASSES, TriangleMesh

REPEAT, MIRRORED_REPEAT, CLAMP_TO_EDGE = 10497, 33648, 33071
WRAPS: dict[Wrap, int] = {"repeat": REPEAT, "mirror": MIRRORED_REPEAT, "clamp": CLAMP_TO_EDGE}
LINEAR, LINEAR_MIPMAP_LINEAR = 9729, 9987

type Alpha = Literal["OPAQUE", "MASK", "BLEND"]


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of the surface classes."""

    colours: tuple[str, ...] = (
        "#c8bfb2", "#ece7de", "#a7a49d", "#7fa3b8", "#8fb8d6", "#b9b7b3", "#9dbb8a", "#d5d8c4",
    )  # fmt: skip
    """sRGB in hexadecimal, in the order of `SURFACE_CLASSES`."""

    double_sided: bool = False
    """Draw back faces too: for surfaces whose orientation the source does not promise."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture and what lies outside of it."""

    data: bytes
    mime: Literal["image/jpeg", "image/png"]
    wrap: Wrap
    alpha: Alpha


@dataclass(frozen=True, slots=True)
class Paint:
    """How some triangles are drawn."""

    name: str
    colour: tuple[float, float, float, float]
    """Linear red, green, blue, and opacity, 0 to 1."""

    alpha: Alpha = "OPAQUE"
    double_sided: bool = False
    picture: int | None = None
    """Row of the content's pictures; the vertices then have texture coordinates."""

    by_vertex: bool = False
    """The vertices have colours, which multiply this one."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A mesh ready to be written."""

    mesh: TriangleMesh
    """Its `uv` are those of glTF, v down; its `colours` are linear; its materials are not read."""

    paint: Int64
    """(t,) row of `paints` of each triangle."""

    paints: tuple[Paint, ...]
    pictures: tuple[Picture, ...] = ()


def class_paints(look: Look, *, double_sided: bool) -> tuple[Paint, ...]:
    """A paint for each surface class."""
    return tuple(
        Paint(name, (*_of_hexadecimal(colour), 1.0), double_sided=double_sided)
        for name, colour in zip(SURFACE_CLASSES, look.colours, strict=True)
    )


def linear(encoded: Float64) -> Float64:
    """Linear shares of light of sRGB encoded ones, 0 to 1 (IEC 61966-2-1)."""
    low = encoded / 12.92
    return np.asarray(np.where(encoded <= 0.04045, low, ((encoded + 0.055) / 1.055) ** 2.4))  # noqa: PLR2004 - of the standard


def material_of(paint: Paint) -> dict[str, Any]:
    """The glTF material of a paint; texture n shows picture n."""
    texture = {} if paint.picture is None else {"baseColorTexture": {"index": paint.picture}}
    return {
        "name": paint.name,
        "pbrMetallicRoughness": {
            "baseColorFactor": list(paint.colour),
            **texture,
            "metallicFactor": 0.0,
            "roughnessFactor": 1.0,
        },
        **({} if paint.alpha == "OPAQUE" else {"alphaMode": paint.alpha}),
        **({"doubleSided": True} if paint.double_sided else {}),
    }


def sampler_of(picture: Picture) -> dict[str, int]:
    """The glTF sampler of a picture."""
    wrap = WRAPS[picture.wrap]
    return {
        "magFilter": LINEAR,
        "minFilter": LINEAR_MIPMAP_LINEAR,
        "wrapS": wrap,
        "wrapT": wrap,
    }


def channels_of(colour: str) -> tuple[int, int, int]:
    """Red, green, blue, 0 to 255, of a colour in hexadecimal."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _of_hexadecimal(colour: str) -> tuple[float, float, float]:
    """Linear red, green, blue of an sRGB colour."""
    red, green, blue = np.round(linear(np.array(channels_of(colour)) / 255), 4).tolist()
    return red, green, blue
