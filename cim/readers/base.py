"""The protocol of a source format, and the options a user may give with a source."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cim.errors import SourceDataError
from cim.features import FeatureBatch
from cim.placing import FilePlace


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user says about a source; None means: find out."""

    layer: str | None = None
    """Layer inside the source, when it holds several."""

    crs: str | None = None
    """CRS of the coordinates, overriding what the file says; `local` for a frame without one."""

    id_field: str | None = None
    """Column that holds the source's permanent id of a record."""

    lon_field: str | None = None
    """Column of longitudes or eastings, for tables without geometry."""

    lat_field: str | None = None
    """Column of latitudes or northings, for tables without geometry."""

    encoding: str | None = None
    """Text encoding of the attributes, such as `GBK`."""

    batch_size: int = 65_536
    """Features in one batch."""

    unit: str | None = None
    """Unit of the coordinates of a mesh file, such as `mm`."""

    up_axis: str | None = None
    """Axis of a mesh file that points up: `x`, `y` or `z`."""

    appearance: bool = False
    """Whether to read how surfaces look: materials, textures and their coordinates."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source holds, read before its features."""

    layer: str
    """Name of the layer inside the source."""

    layers: tuple[str, ...]
    """All layers of the source."""

    count: int | None
    """Number of records, None when the format cannot tell cheaply."""

    crs: str | None
    """Authority code or WKT the file states, `cim.crs.LOCAL` for a local frame, None when it
    states none."""

    id_rule: str
    """Where source ids come from, in words for the load report."""

    notes: tuple[str, ...] = ()
    """Things the user should know, such as an assumed encoding."""

    place: FilePlace | None = None
    """Where the file puts its local frame; None where it does not, or has a CRS."""

    is_near_origin: bool = False
    """What is known already of its coordinates says that they lie about their origin."""


def no_crs(path: Path, example: str) -> SourceDataError:
    """The refusal of a file that does not say where its coordinates lie."""
    reason = (
        f"states no CRS; name that of its coordinates with --crs, such as {example}, or place it "
        "with --anchor lon,lat,height"
    )
    return SourceDataError(reason, where=str(path))


class Reader(Protocol):
    """One source format."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings in lower case, such as `.city.json`; the longest fit wins.

        Empty for the reader of last resort, which takes what no other claims.
        """
        ...

    def claims(self, path: Path) -> bool:
        """Whether a file whose name fits also starts like this format; a missing file does not."""
        ...

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """What the source holds.

        Raises:
            SourceDataError: The file is missing, empty, truncated or not of this format.
        """
        ...

    def read(self, path: Path, options: ReadOptions) -> Iterator[FeatureBatch]:
        """The features, batch by batch, in the source's CRS.

        Raises:
            SourceDataError: As in `describe`, or the CRS is unknown.
        """
        ...
