"""A plate as shapes in millimetres: x to the right, y downward, from the upper left corner."""

from dataclasses import dataclass

from addressing.plate.symbol import Symbol


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle, perhaps with round corners."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    """`#rrggbb`."""

    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text."""

    text: str
    x: float
    """Where the first letter's advance begins."""

    baseline: float
    size: float
    """Side of the em."""

    colour: str


@dataclass(frozen=True, slots=True)
class Modules:
    """A QR code without its quiet zone."""

    symbol: Symbol
    x: float
    y: float
    side: float
    colour: str

    def runs(self) -> list[tuple[float, float, float, float]]:
        """Dark modules as rectangles (x, y, width, height), those side by side as one."""
        step = self.side / len(self.symbol.modules)
        found = []
        for row, line in enumerate(self.symbol.modules.tolist()):
            start = None
            for column, dark in enumerate([*line, False]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    left, top = self.x + start * step, self.y + row * step
                    found.append((left, top, (column - start) * step, step))
                    start = None
        return found


type Shape = Area | Words | Modules


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are painted."""

    width_mm: float
    height_mm: float
    shapes: tuple[Shape, ...]
    title: str
    """What stands on it, for those who cannot see it."""
