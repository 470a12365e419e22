"""What tables of every format agree on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from cim.arrays import Int64, Objects, require_shape
from cim.features import Reject


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What the user says about a table; None means: find out."""

    layer: str | None = None
    """Layer or sheet inside the file, when it holds several."""

    encoding: str | None = None
    """Text encoding, such as `GBK` or `Big5`."""

    delimiter: str | None = None
    """Sign between the fields of a text table."""

    batch_size: int = 65_536
    """Rows in one batch, about."""


@dataclass(frozen=True, slots=True)
class TableBatch:
    """Some rows."""

    columns: Mapping[str, pa.Array]
    """(n,) columns by name, all of the table's; of a text table all are texts."""

    records: Int64
    """(n,) number of each record, the first of the table is 1; a header is none."""

    geometry: Objects | None = None
    """(n,) shapely geometries or None, of a table that has them."""

    rejects: tuple[Reject, ...] = ()
    """Records of this stretch that cannot be read; they are not among the rows, or are with
    None for the value that is broken."""

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != len(self.records):
                raise ValueError(f"{name}: {len(column)} rows, wanted {len(self.records)}")
        if self.geometry is not None:
            require_shape("geometry", self.geometry, len(self.records))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.records)


class Table(Protocol):
    """A table to read, looked into."""

    @property
    def label(self) -> str:
        """Names the table in messages."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, none twice, geometry not among them."""
        ...

    @property
    def count(self) -> int | None:
        """Number of records, None when the format cannot tell cheaply."""
        ...

    @property
    def crs(self) -> str | None:
        """CRS of its geometries, None when it has none or does not say."""
        ...

    @property
    def has_geometry(self) -> bool:
        """Whether its rows have geometries."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, such as an encoding that was guessed."""
        ...

    def batches(self, names: Iterable[str] | None = None) -> Iterator[TableBatch]:
        """The rows in their order; with `names` of these columns at least, else of all.

        Raises:
            SourceDataError: The file breaks off, or cannot be read on.
        """
        ...
