"""Where everything stands on a plate: name above, number below, the QR code at the right."""

from dataclasses import dataclass

from addressing.plate.drawing import Area, Drawing, Modules, Shape, Words
from addressing.plate.sizes import PlateSize
from addressing.plate.symbol import QUIET, make_symbol
from addressing.plate.typeface import Typeface
from addressing.plate.wording import PlateText

BLUE = "#00479d"
"""Ground of the plate. The rules say blue; the shade is ours, GB 2893 was not at hand."""

WHITE = "#ffffff"
BLACK = "#000000"

_MARGIN = 0.07
"""Shares of the plate's height: free edge around everything,"""

_FRAME = 0.028
"""distance of the white line from the edge,"""

_LINE = 0.012
"""its breadth,"""

_CORNER = 0.05
"""and the radius of the corners."""

_FILL = 0.76
"""Share of its zone's height that a line of text fills."""

_PINYIN_FILL = 0.6
"""The same for Pinyin, which stands back behind the characters."""

_UNIT = 0.5
"""Size of the unit word beside the number."""

_NAME_PART = 0.6
"""Share of the zone of a name for its characters; the rest is for Pinyin."""

_CODE_PART = 0.16
"""Height of the zone of the code's digits below the QR code, as a share of the code's side."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle in which text is centred."""

    x: float
    y: float
    width: float
    height: float


def draw_plate(text: PlateText, size: PlateSize, face: Typeface) -> Drawing:
    """A plate.

    Raises:
        InputError: A character has no shape in the font, or the link is too long for the code.
    """
    face.require(text.name + text.pinyin + text.number + text.unit)
    name, pinyin, number = _zones(size)
    shapes = (
        *_ground(size),
        *_lines(text.name, name, face, _FILL),
        *_lines(text.pinyin, pinyin, face, _PINYIN_FILL),
        *_number(text, number, face),
        *_symbol(text, size, face),
    )
    title = f"{text.name}{text.number}{text.unit} ({text.pinyin}) {text.link}"
    return Drawing(size.width_mm, size.height_mm, shapes, title)


def _ground(size: PlateSize) -> tuple[Shape, ...]:
    """Blue ground with a white line along its edge."""
    shapes = []
    for inset, colour in ((0.0, BLUE), (_FRAME, WHITE), (_FRAME + _LINE, BLUE)):
        edge = inset * size.height_mm
        radius = max(0.0, _CORNER - inset) * size.height_mm
        box = (size.width_mm - 2 * edge, size.height_mm - 2 * edge)
        shapes.append(Area(edge, edge, *box, colour, radius))
    return tuple(shapes)


def _zones(size: PlateSize) -> tuple[Zone, Zone, Zone]:
    """Zones of name, Pinyin and number, left of the QR code."""
    edge = _MARGIN * size.height_mm
    inner = size.height_mm - 2 * edge
    width = size.width_mm - size.symbol_mm - 3 * edge
    top, middle = inner * size.name_share, inner * size.number_share
    bottom = inner - top - middle
    name_height = top if bottom > edge else top * _NAME_PART
    name = Zone(edge, edge, width, name_height)
    number = Zone(edge, edge + top, width, middle)
    if bottom > edge:
        return name, Zone(edge, edge + top + middle, width, bottom), number
    return name, Zone(edge, edge + name_height, width, top - name_height), number


def _lines(text: str, zone: Zone, face: Typeface, fill: float) -> list[Shape]:
    """Text as large as the zone lets it be, in one line or two."""
    if not text:
        return []
    half = zone.height / 2
    parts = _halves(text)
    one = _fit(text, zone, face, fill)
    two = min(_fit(part, Zone(zone.x, 0, zone.width, half), face, _FILL) for part in parts)
    if two <= one:
        return [_centred(text, zone, one, face)]
    return [
        _centred(part, Zone(zone.x, zone.y + row * half, zone.width, half), two, face)
        for row, part in enumerate(parts)
    ]


def _halves(text: str) -> tuple[str, str]:
    """The text in two lines of like length, cut at a space that parts no number from its unit."""
    middle = (len(text) + 1) // 2
    spaces = [
        place
        for place, letter in enumerate(text)
        if letter == " " and not text[place - 1].isdecimal()
    ]
    cut = min(spaces, key=lambda place: abs(place - middle), default=middle)
    return text[:cut].strip() or text, text[cut:].strip() or text


def _fit(text: str, zone: Zone, face: Typeface, fill: float) -> float:
    """The largest size at which the text fits the zone."""
    low, high = face.ink(text)
    return min(zone.height * fill / max(high - low, 0.5), zone.width / face.width(text))


def _centred(text: str, zone: Zone, size: float, face: Typeface) -> Words:
    low, high = face.ink(text)
    x = zone.x + (zone.width - face.width(text) * size) / 2
    baseline = zone.y + (zone.height + (high + low) * size) / 2
    return Words(text, x, baseline, size, WHITE)


def _number(text: PlateText, zone: Zone, face: Typeface) -> list[Shape]:
    """The number as large as can be, its unit word smaller on the same baseline."""
    low, high = face.ink(text.number)
    wide = face.width(text.number) + _UNIT * face.width(text.unit)
    size = min(zone.height * _FILL / max(high - low, 0.5), zone.width / wide)
    x = zone.x + (zone.width - wide * size) / 2
    baseline = zone.y + (zone.height + (high + low) * size) / 2
    shapes: list[Shape] = [Words(text.number, x, baseline, size, WHITE)]
    if text.unit:
        x += face.width(text.number) * size
        shapes.append(Words(text.unit, x, baseline, _UNIT * size, WHITE))
    return shapes


def _symbol(text: PlateText, size: PlateSize, face: Typeface) -> list[Shape]:
    """The QR code on its white square, the digits of the address code below it."""
    side = size.symbol_mm
    x = size.width_mm - _MARGIN * size.height_mm - side
    y = (size.height_mm - side * (1 + _CODE_PART)) / 2
    symbol = make_symbol(text.link, side)
    quiet = side * QUIET / (len(symbol.modules) + 2 * QUIET)
    digits = " ".join(text.code[start : start + 4] for start in range(0, len(text.code), 4))
    zone = Zone(x, y + side, side, side * _CODE_PART)
    return [
        Area(x, y, side, side, WHITE),
        Modules(symbol, x + quiet, y + quiet, side - 2 * quiet, BLACK),
        _centred(digits, zone, _fit(digits, zone, face, _FILL), face),
    ]
