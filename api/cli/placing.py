"""Options that say where sources lie; several commands share them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cim.clamping import METHODS, Clamping
from cim.errors import InputError
from cim.readers.base import ReadOptions
from cim.siting import Anchor, Siting
from cim.terrain import open_terrain
from cim.vertical import height_reference

AnchorText = Annotated[
    str,
    typer.Option(
        "--anchor", help="Where the origin of sources without CRS stands: lon,lat,height."
    ),
]
Heading = Annotated[
    float,
    typer.Option("--heading-deg", help="Compass direction of their y axis, clockwise from north."),
]
AnchorHeights = Annotated[
    str,
    typer.Option(
        help="What the anchor's height counts from: ellipsoidal, orthometric or a vertical CRS."
    ),
]
LocalOrigin = Annotated[
    str, typer.Option(help="Point of their coordinates that stands at the anchor: x,y[,z].")
]
Unit = Annotated[str, typer.Option(help="Unit of mesh files: m, mm, cm, km, in, ft, us-ft.")]
UpAxis = Annotated[str, typer.Option(help="Axis of mesh files that points up: z, y or x.")]
Clamp = Annotated[
    str, typer.Option(help="How features come to the ground: none, offset or terrain.")
]
HeightOffset = Annotated[
    float, typer.Option("--height-offset-m", help="Metres added to all heights.")
]
TerrainFile = Annotated[
    Path | None, typer.Option("--terrain", help="GeoTIFF or COG of the ground's heights.")
]
TerrainHeights = Annotated[
    str,
    typer.Option(
        help="What the terrain's heights count from: ellipsoidal, orthometric or a vertical CRS."
    ),
]

_TRIPLE = 3


@dataclass(frozen=True, slots=True)
class Placing:
    """Where sources lie, in the words of the options."""

    crs: str
    anchor: str
    heading_deg: float
    anchor_heights: str
    local_origin: str
    unit: str
    up_axis: str
    clamp: str
    height_offset_m: float
    terrain: Path | None
    terrain_heights: str
    swap_axes: bool

    @property
    def siting(self) -> Siting:
        """Where sources lie.

        Raises:
            InputError: A word is not legal, or an option lacks the one it belongs to.
        """
        return siting_of(
            self.anchor, self.heading_deg, self.anchor_heights, self.local_origin,
            swap_axes=self.swap_axes,
        )  # fmt: skip

    @property
    def clamping(self) -> Clamping:
        """How features come to the ground.

        Raises:
            InputError: A word is not legal, or an option lacks the one it belongs to.
            SourceDataError: The terrain cannot be used.
        """
        return clamping_of(self.clamp, self.height_offset_m, self.terrain, self.terrain_heights)

    @property
    def reading(self) -> ReadOptions:
        """What readers of features are told."""
        return ReadOptions(
            crs=self.crs or None, unit=self.unit or None, up_axis=self.up_axis or None,
            appearance=True,
        )  # fmt: skip


def siting_of(
    anchor: str, heading_deg: float, anchor_heights: str, local_origin: str, *, swap_axes: bool
) -> Siting:
    """Where sources lie, from the words of the options.

    Raises:
        InputError: A word is not legal, or an option lacks the one it belongs to.
    """
    if not anchor:
        given = {"--heading-deg": heading_deg != 0, "--local-origin": bool(local_origin)}
        for option, is_given in given.items():
            if is_given:
                raise InputError(f"{option} needs --anchor lon,lat,height")
        return Siting(swap_axes)
    lon, lat, height = numbers_of("--anchor", anchor, "lon,lat,height", (_TRIPLE,))
    origin = None
    if local_origin:
        x, y, z = (*numbers_of("--local-origin", local_origin, "x,y or x,y,z", (2, 3)), 0.0)[:3]
        origin = (x, y, z)
    reference = height_reference(anchor_heights)
    return Siting(swap_axes, Anchor(lon, lat, height, heading_deg, reference, origin))


def clamping_of(
    clamp: str, height_offset_m: float, terrain: Path | None, terrain_heights: str
) -> Clamping:
    """How features come to the ground, from the words of the options.

    Raises:
        InputError: A word is not legal, or an option lacks the one it belongs to.
        SourceDataError: The terrain cannot be used.
    """
    method = next((one for one in METHODS if one == clamp.strip().lower()), None)
    if method is None:
        raise InputError(f"--clamp {clamp!r}; legal: {', '.join(METHODS)}")
    ground = None
    if terrain is not None:
        ground = open_terrain(terrain, height_reference(terrain_heights))
    return Clamping(method, height_offset_m, ground)


def numbers_of(option: str, text: str, form: str, counts: tuple[int, ...]) -> tuple[float, ...]:
    """Numbers of an option, divided by commas.

    Raises:
        InputError: There are not as many, or one is no number.
    """
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) not in counts:
        raise InputError(f"{option} {text!r}; legal: {form}, such as 114.3,30.6,25")
    return values
