"""Query parameters of the OGC routes: each is understood whole or refused by name.

Source: OGC 17-069r4 (Features Part 1), clauses 7.6, 7.15; OGC 18-058r1 (Part 2), clauses 6.2, 7.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from api.errors import ParameterError
from api.numerals import whole_number
from api.ogc import crs as systems
from api.ogc import filters, representations
from api.ogc.crs import Box
from api.ogc.cursors import Cursor, parse_cursor
from api.ogc.encoding import PLAIN, Representation
from api.ogc.times import Span, parse_datetime
from cim.catalog import Bounds, Field, Layer
from cim.errors import InputError, NotFoundError
from cim.filters.instants import parse_instant
from cim.filters.model import Expression
from cim.store.base import SortKey

FORMATS = ("json", "html")
LANGUAGES = ("zh", "en")
COMMON = ("f", "lang")
ITEM = (*COMMON, *representations.PARAMETERS)
ITEMS = (
    *ITEM,
    *filters.PARAMETERS,
    "limit",
    "offset",
    "cursor",
    "bbox",
    "bbox-crs",
    "datetime",
)
"""Parameters of items; every other name must be a field of the layer."""

LARGEST = 2**63 - 1
VALUE_FORMS: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"[+-]?[0-9]{1,18}"),
    "number": re.compile(
        r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?"
    ),
    "boolean": re.compile(r"true|false|1|0"),
}
"""What a value of a field's type looks like in a parameter."""

BOX_2D, BOX_3D = 4, 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Page sizes of items."""

    default: int
    largest: int


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """What a request for items asks for."""

    limit: int
    offset: int = 0
    after: Cursor | None = None
    """Only what comes behind this place: the cursor of a `next` link."""

    boxes: tuple[Box, ...] | None = None
    """Boxes in the storage CRS, two where the request crosses the antimeridian, none where it
    lies outside the area of that CRS. None: no box was given."""

    valid: Span | None = None
    equals: tuple[tuple[str, str], ...] = ()
    where: Expression | None = None
    """Condition on features; geometry in the storage CRS."""

    order: tuple[SortKey, ...] = ()
    representation: Representation = field(default=PLAIN)

    @property
    def selects_all(self) -> bool:
        """Whether all features that are valid now are asked for, in the order of their rows."""
        return (
            self.boxes is None
            and self.valid is None
            and not self.equals
            and self.where is None
            and not self.order
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing but a page of all features, as they are kept ready, is asked for."""
        return self.selects_all and self.representation is PLAIN

    def whole(self) -> "ItemsRequest":
        """All that the request selects, whatever the page and the form."""
        return replace(self, limit=1, offset=0, after=None, representation=PLAIN)


def single_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters by name.

    Raises:
        ParameterError: A parameter comes twice.
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise ParameterError(name, "given more than once; once is legal")
        values[name] = value
    return values


def refuse_unknown(values: Mapping[str, str], legal: Iterable[str]) -> None:
    """Check that every parameter is known.

    Raises:
        ParameterError: One is not; the message lists the known ones.
    """
    known = tuple(legal)
    for name in values:
        if name not in known:
            raise ParameterError(
                name, f"unknown parameter; known: {', '.join(known) or 'none here'}"
            )


def choose(values: Mapping[str, str], name: str, legal: tuple[str, ...]) -> str | None:
    """Value of a parameter that is one of a few words, None when absent."""
    value = values.get(name)
    if value is not None and value not in legal:
        raise ParameterError(name, f"{value!r} is not legal; legal: {', '.join(legal)}")
    return value


def filterable(layer: Layer) -> tuple[str, ...]:
    """Fields that may be used as parameters: all whose names are not taken."""
    return tuple(f.name for f in layer.fields if f.name not in ITEMS and f.type != "binary")


def parse_items(values: Mapping[str, str], layer: Layer, limits: Limits) -> ItemsRequest:
    """The request for items that the parameters make.

    Raises:
        ParameterError: A parameter is unknown, malformed or out of range.
    """
    names = filterable(layer)
    if values.keys() - set(ITEMS):
        refuse_unknown(values, (*ITEMS, *names))
    order = filters.parse_order(values, layer)
    assumed = representations.assumed_crs(values)
    return ItemsRequest(
        limit=min(integer(values, "limit", limits.default, least=1), limits.largest),
        offset=integer(values, "offset", 0, least=0),
        after=_optional(values, "cursor", lambda text: parse_cursor(text, len(order))),
        boxes=_boxes(values, layer, assumed),
        valid=_optional(values, "datetime", parse_datetime),
        equals=tuple(
            (column.name, _value(column, values[column.name]))
            for column in layer.fields
            if column.name in values and column.name in names
        ),
        where=filters.parse_filter(values, layer, assumed),
        order=order,
        representation=representations.parse_representation(values, layer),
    )


def row_number(text: str, layer: Layer) -> int:
    """The row number that the last part of a feature's address names.

    Raises:
        NotFoundError: It is no number.
    """
    number = whole_number(text, LARGEST)
    if number is None or text != str(number):
        raise NotFoundError(f"layer {layer.name!r} has no feature {text[:40]!r}; ids are numbers")
    return number


def _optional[T](values: Mapping[str, str], name: str, parse: Callable[[str], T]) -> T | None:
    text = values.get(name)
    return None if text is None else parse(text)


def integer(values: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """Whole number of a parameter, the default when absent.

    Raises:
        ParameterError: It is no number, or below the least.
    """
    text = values.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)):
        raise ParameterError(name, f"{text[:40]!r} is not legal; legal: {least} to {LARGEST}")
    value = int(text)
    if not least <= value <= LARGEST:
        raise ParameterError(name, f"{value} is not legal; legal: {least} to {LARGEST}")
    return value


def _value(column: Field, text: str) -> str:
    """Text that a field may be compared with: one of its type."""
    if column.type in {"date", "datetime"}:
        try:
            parse_instant(text)
        except InputError as error:
            raise ParameterError(column.name, str(error)) from error
    form = VALUE_FORMS.get(column.type)
    if form is None or form.fullmatch(text):
        return text
    raise ParameterError(column.name, f"{text[:40]!r} is no {column.type}")


def _boxes(
    values: Mapping[str, str], layer: Layer, assumed: systems.Crs
) -> tuple[Box, ...] | None:
    text, uri = values.get("bbox"), values.get("bbox-crs")
    if text is None:
        if uri is not None:
            raise ParameterError("bbox-crs", "has no meaning without bbox")
        return None
    source = assumed if uri is None else systems.find(layer, "bbox-crs", uri)
    try:
        parts = unwrapped(corners(text), source)
    except ValueError as error:
        raise ParameterError("bbox", f"{text[:80]!r}: {error}") from error
    boxes = (systems.box_to(part, source, layer.crs) for part in parts)
    return tuple(box for box in boxes if box is not None)


def corners(text: str) -> Bounds:
    """The two plane corners of a box of 4 numbers, or of 6, whose heights are checked only.

    Raises:
        ValueError: The text is no box.
    """
    numbers = [number(part) for part in text.split(",")]
    if len(numbers) not in {BOX_2D, BOX_3D}:
        raise ValueError(f"{len(numbers)} numbers; legal: 4, or 6 with heights")
    half = len(numbers) // 2
    low, high = numbers[:half], numbers[half:]
    if half > 2 and low[2] > high[2]:  # noqa: PLR2004 - the third coordinate is the height
        raise ValueError(f"lower height {low[2]} is above upper height {high[2]}")
    return low[0], low[1], high[0], high[1]


def number(text: str) -> float:
    """A finite number.

    Raises:
        ValueError: The text is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise ValueError(f"{text[:40]!r} is not a number")
    return value


def unwrapped(corners: Bounds, source: systems.Crs) -> tuple[Bounds, ...]:
    """The box, or its two parts where it crosses the antimeridian.

    Raises:
        ValueError: The box ends before it begins.
    """
    a, b, c, d = corners
    (x, y), (right, top) = ((b, a), (d, c)) if source.north_first else ((a, b), (c, d))
    if y > top:
        raise ValueError(f"lower edge {y} is above upper edge {top}")
    if x <= right:
        return (corners,)
    if source.decimals != systems.GEOGRAPHIC_DECIMALS:
        raise ValueError(f"left edge {x} is right of right edge {right}")
    if source.north_first:
        return (a, b, c, 180.0), (a, -180.0, c, d)
    return (a, b, 180.0, d), (-180.0, b, c, d)
