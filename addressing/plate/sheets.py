"""Many plates on a sheet of paper: places, and marks to cut along."""

from dataclasses import dataclass
from types import MappingProxyType

from addressing.plate.sizes import PlateSize
from cim.errors import InputError

SHEETS = MappingProxyType(
    {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A2": (420.0, 594.0), "A1": (594.0, 841.0)}
)
"""Breadth and height in millimetres by name, ISO 216."""

EDGE_MM = 7.0
"""Least free edge of a sheet; printers do not reach further out."""

GAP_MM = 6.0
"""Between two plates."""

MARK_MM = 2.5
"""Length of a cutting mark; it begins half a millimetre off the plate."""

_OFF_MM = 0.5

type Line = tuple[float, float, float, float]
"""From x, y to x, y; millimetres from the upper left corner."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A sheet and the places of plates on it."""

    width_mm: float
    height_mm: float
    places: tuple[tuple[float, float], ...]
    """Upper left corners of the plates."""

    marks: tuple[tuple[Line, ...], ...]
    """Cutting marks of each place."""


def arrange(size: PlateSize, sheet: str) -> Arrangement:
    """As many plates on a sheet as it holds, upright or on its side.

    Raises:
        InputError: There is no such sheet, or not one plate fits it.
    """
    if sheet not in SHEETS:
        raise InputError(f"sheet {sheet!r} is unknown; legal: {', '.join(SHEETS)}")
    breadth, height = SHEETS[sheet]
    both = (_arrange(size, breadth, height), _arrange(size, height, breadth))
    best = max(both, key=lambda found: len(found.places))
    if not best.places:
        fits = [name for name in SHEETS if _holds(size, *SHEETS[name])]
        raise InputError(
            f"a {size.name} plate ({size.width_mm:g} x {size.height_mm:g} mm) does not fit "
            f"{sheet}; legal: {', '.join(fits)}"
        )
    return best


def _holds(size: PlateSize, breadth: float, height: float) -> bool:
    both = ((breadth, height), (height, breadth))
    return any(_arrange(size, *way).places for way in both)


def _arrange(size: PlateSize, width: float, height: float) -> Arrangement:
    columns, left = _row(width, size.width_mm)
    rows, top = _row(height, size.height_mm)
    places = tuple(
        (left + column * (size.width_mm + GAP_MM), top + row * (size.height_mm + GAP_MM))
        for row in range(rows)
        for column in range(columns)
    )
    return Arrangement(width, height, places, tuple(_marks(size, *place) for place in places))


def _row(room: float, side: float) -> tuple[int, float]:
    """How many fit in a row, and where the first begins so that all stand in the middle."""
    count = int((room - 2 * EDGE_MM + GAP_MM) // (side + GAP_MM))
    return count, (room - count * side - max(count - 1, 0) * GAP_MM) / 2


def _marks(size: PlateSize, x: float, y: float) -> tuple[Line, ...]:
    """Two marks at each corner, outside the plate."""
    lines: list[Line] = []
    for corner_x, out_x in ((x, -1), (x + size.width_mm, 1)):
        for corner_y, out_y in ((y, -1), (y + size.height_mm, 1)):
            near, far = _OFF_MM, _OFF_MM + MARK_MM
            lines.append((corner_x + out_x * near, corner_y, corner_x + out_x * far, corner_y))
            lines.append((corner_x, corner_y + out_y * near, corner_x, corner_y + out_y * far))
    return tuple(lines)
