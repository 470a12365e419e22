"""How surfaces look: colours and pictures, as far as a source tells them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cim.arrays import Float32, Int32, require_shape

PLAIN = -1
"""Instead of a row of a palette: the surface has no material of its own."""

type Wrap = Literal["repeat", "mirror", "clamp"]


@dataclass(frozen=True, slots=True)
class Texture:
    """A picture on surfaces; it is decoded only when it is drawn."""

    name: str
    """As the source names it, for messages."""

    source: Path | bytes
    """A file that was found inside the folder of the source, or the encoded picture itself."""

    wrap: Wrap = "repeat"
    """What lies outside the picture: texture coordinates below 0 or above 1."""


@dataclass(frozen=True, slots=True)
class Material:
    """Colour and picture of surfaces."""

    name: str = ""
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Red, green, blue, opacity, 0 to 1, sRGB encoded; it multiplies the texture."""

    texture: Texture | None = None
    double_sided: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Materials and texture coordinates of the polygons of one geometry."""

    materials: Int32
    """(q,) row of the batch's palette for each polygon, or `PLAIN`."""

    uv: Float32 | None
    """(p, 2) texture coordinates, u right and v up, of each position as
    `shapely.get_coordinates` lists them, closing points too; NaN where there is no texture.
    None when no polygon has a texture."""

    def __post_init__(self) -> None:
        require_shape("materials", self.materials, None)
        if self.uv is not None:
            require_shape("uv", self.uv, None, 2)
