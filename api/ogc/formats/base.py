"""What the formats agree on: features on their way into a file, and what a format must give."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from api.ogc.crs import Crs
from api.ogc.encoding import Representation
from cim.catalog import Field, Layer
from cim.features import FeatureBatch

type Links = list[dict[str, str]]

ROW = "fid"
"""Column of row numbers in formats whose features have no id of their own; a layer cannot have
a field of this name."""


@dataclass(frozen=True, slots=True)
class Options:
    """What may be said about a file beside what is in it."""

    encoding: str = "utf-8"
    """`utf-8` or `gbk`, of text tables."""

    formulas: str = "guard"
    """`guard` or `keep`: what becomes of texts in CSV that a spreadsheet would run."""

    language: str = "zh"
    """`zh` or `en`, of titles."""


ENCODINGS = ("utf-8", "gbk")
FORMULAS = ("guard", "keep")
OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"encoding": ENCODINGS, "formulas": FORMULAS}
)
"""Parameters that only CSV has, and their legal values."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the features of one page: its links and its counts."""

    links: Links
    matched: int | None
    returned: int
    schema: str = ""
    """URL of the schema of the features."""


@dataclass(frozen=True, slots=True)
class Export:
    """Features of one layer on their way into a file."""

    layer: Layer
    representation: Representation
    """CRS, fields and geometry to write. Files that fix the order of coordinates have east first,
    whatever the CRS states; the others follow the CRS."""

    read: Callable[[], Iterator[FeatureBatch]] = field(repr=False)
    """Makes the features anew on each call: batches in the layer's storage CRS, east first, with
    at least the fields to write, in the order in which they are to be written."""

    options: Options = field(default=Options())
    frame: Frame | None = None
    """What the page says of itself, in formats that have pages; None for a file."""

    is_single: bool = False
    """Whether one feature is asked for by its id, and not a collection of one."""

    @property
    def crs(self) -> Crs:
        """CRS of the file."""
        return self.representation.crs

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields to write."""
        chosen = self.representation.properties
        return tuple(f for f in self.layer.fields if chosen is None or f.name in chosen)

    def title_of(self, field: Field) -> str:
        """Title of a field in the language of the file, with its unit; its name without one."""
        titles = {"zh": (field.title_zh, field.title_en), "en": (field.title_en, field.title_zh)}
        first, second = titles[self.options.language]
        title = first or second or field.name
        return f"{title} ({field.unit})" if field.unit else title

    @property
    def title(self) -> str:
        """Title of the layer in the language of the file."""
        titles = {"zh": self.layer.title_zh, "en": self.layer.title_en}
        return titles[self.options.language] or self.layer.name


class Format(Protocol):
    """A format of features; its file's name is its name in `f=`."""

    @property
    def media_type(self) -> str:
        """Its registered media type, or the one clients know it by."""
        ...

    @property
    def suffix(self) -> str:
        """End of the names of its files, with the dot."""
        ...

    @property
    def titles(self) -> Mapping[str, str]:
        """What people call it, by language."""
        ...

    @property
    def is_paged(self) -> bool:
        """Whether its answers are pages with links; otherwise one file holds all it is asked."""
        ...

    @property
    def is_text(self) -> bool:
        """Whether it shrinks when compressed."""
        ...

    def stream(self, export: Export) -> Generator[bytes]:
        """The file, piece by piece; pieces are made when they are asked for.

        Memory stays flat whatever the number of features. Files that are made elsewhere first are
        gone when the iterator ends or is closed.

        Raises:
            SourceDataError: The features do not fit the format; the message names one.
        """
        ...
