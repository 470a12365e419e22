"""What a user may say about a tileset of points, and what a build tells back."""

from dataclasses import dataclass
from pathlib import Path

from cim.catalog import Bounds
from cim.errors import InputError
from cim.placing import Georeference
from tiles.options import Compression


@dataclass(frozen=True, slots=True)
class PointBuildOptions:
    """How to make a tileset of points."""

    output: Path
    """Folder of the tileset; made when missing, its old tileset replaced in one step."""

    title_zh: str = ""
    title_en: str = ""

    compression: Compression = "none"
    """`meshopt`: EXT_meshopt_compression; it needs the extra `compression`."""

    tile_points: int = 50_000
    """A tile whose cube holds no more points than this has no tiles below."""

    partition_points: int = 1_000_000
    """Points held in memory at once while contents are written."""

    tiles_per_document: int = 1_000
    """A tree of more tiles than this is split into external tilesets."""

    def __post_init__(self) -> None:
        for name in ("tile_points", "partition_points", "tiles_per_document"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: {getattr(self, name)}; legal: 1 or more")
        if self.partition_points < self.tile_points:
            raise InputError(
                f"partition_points: {self.partition_points}; legal: at least tile_points, "
                f"{self.tile_points}"
            )


@dataclass(frozen=True, slots=True)
class PointBuildReport:
    """What a build did with its points."""

    points_in: int
    """Points of the sources."""

    points: int
    """Points in the tileset."""

    dropped: dict[str, int]
    """Points left out, by reason."""

    notes: tuple[str, ...]
    """How colours and heights were understood."""

    classes: dict[str, int]
    """Points by class, by its English name; empty where no point has one."""

    colours: str
    """`source`, `class` or `none`."""

    tiles: int
    """Tiles with content."""

    largest_tile: int
    """Points of the fullest tile."""

    bytes: dict[str, int]
    """By kind of file: `content`, `documents`, `schema`."""

    bounds: Bounds | None
    """Longitude and latitude bounds of a box about the points."""

    height_reference: str
    georeference: tuple[Georeference, ...]
    """How each source came to its place."""

    version: str
    """Digest of the contents: equal input and options give equal bytes."""
