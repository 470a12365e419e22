"""The features of a layer as a table, a page at a time, and as shapes on a map."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import shapely

from api.ogc.crs import CRS84
from api.ogc.html.maps import Shape
from api.ogc.parameters import ItemsRequest
from api.ogc.words import field_title
from cim.catalog import SYSTEM_FIELDS, Layer

LONGEST_VALUE = 400
"""Characters of a value in the table; the page of the feature has all of it."""

SIZES = (10, 50, 100, 500)
PLACES = frozenset({"cursor", "offset"})
"""Parameters that say where a page begins."""

type Feature = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table."""

    name: str
    title: str
    is_number: bool
    sort: str
    """URL of the table sorted by it, empty where that is not possible."""

    direction: str
    """`ascending`, `descending`, or empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    fid: object
    href: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a layer's features for one reader."""

    layer: Layer
    here: str
    """URL of the items."""

    language: str
    values: Mapping[str, str]
    """Parameters of the request."""

    @property
    def form(self) -> dict[str, str]:
        """Parameters of every page of the table."""
        return {"f": "html", "lang": self.language}

    @property
    def kept(self) -> dict[str, str]:
        """Parameters of the request that are not about the form."""
        return {name: text for name, text in self.values.items() if name not in self.form}

    def columns(self, names: Sequence[str]) -> tuple[Column, ...]:
        """Each leads to the table sorted by it, or the other way round if it is already."""
        fields = {field.name: field for field in self.layer.fields}
        return tuple(
            Column(
                name,
                field_title(fields[name], self.language) + _unit(fields[name].unit),
                fields[name].type in {"integer", "number"},
                "" if fields[name].type == "binary" else self._sorted(name),
                self._direction(name),
            )
            for name in names
        )

    def rows(self, features: Sequence[Feature], names: Sequence[str]) -> tuple[Row, ...]:
        """The lines, their values in the order of the names."""
        query = urlencode(self.form)
        return tuple(
            Row(
                feature["id"],
                f"{self.here}/{quote(str(feature['id']))}?{query}",
                tuple(shortened(text_of(feature["properties"].get(name))) for name in names),
            )
            for feature in features
        )

    def first(self) -> str:
        """URL of the first page."""
        return self._without(PLACES)

    def sizes(self, largest: int) -> tuple[tuple[int, str], ...]:
        """Page sizes to choose from, and the URL of the first page with each."""
        return tuple(
            (size, self._without(PLACES | {"limit"}, limit=str(size)))
            for size in SIZES
            if size <= largest
        )

    def _without(self, names: frozenset[str], **more: str) -> str:
        kept = {key: text for key, text in self.kept.items() if key not in names}
        return f"{self.here}?{urlencode(self.form | kept | more)}"

    def _direction(self, name: str) -> str:
        given = self.values.get("sortby", "")
        if given in {name, f"+{name}"}:
            return "ascending"
        return "descending" if given == f"-{name}" else ""

    def _sorted(self, name: str) -> str:
        turned = f"-{name}" if self._direction(name) == "ascending" else name
        return self._without(PLACES, sortby=turned)


def read(texts: bytes | memoryview) -> list[Feature]:
    """Features of their GeoJSON texts, which have commas between."""
    features: list[Feature] = orjson.loads(b"[" + bytes(texts) + b"]")
    return features


def shapes(features: Sequence[Feature], rows: Sequence[Row], name: str | None) -> list[Shape]:
    """The features that have a geometry, leading where their rows do; `name` is their label."""
    return [
        Shape(
            shapely.force_2d(shapely.from_geojson(orjson.dumps(feature["geometry"]))),
            label_of(feature, name) if row else "",
            row.href if row else "",
        )
        for feature, row in itertools.zip_longest(features, rows)
        if feature["geometry"] is not None
    ]


def is_lon_lat(request: ItemsRequest) -> bool:
    """Whether the features come in longitude and latitude, as a map needs them."""
    return str(request.representation.crs) == CRS84


def ordered(layer: Layer, only: Sequence[str] | None) -> tuple[str, ...]:
    """Names of the fields in the order of the columns: the source's own first."""
    names = [field.name for field in layer.fields if only is None or field.name in only]
    return tuple(sorted(names, key=lambda name: name in SYSTEM_FIELDS))


def label_of(feature: Feature, name: str | None) -> str:
    """What a feature is called: its name, else its number."""
    named = text_of(feature["properties"].get(name)) if name else None
    return named or f"#{feature['id']}"


def text_of(value: object) -> str | None:
    """A value as text, None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def shortened(text: str | None) -> str | None:
    """The text, cut where it is too long for a table."""
    return text if text is None or len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _unit(unit: str) -> str:
    return f" ({unit})" if unit else ""
