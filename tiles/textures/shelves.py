"""Packing rectangles into pages, shelf by shelf, the tallest first."""

from collections.abc import Sequence
from dataclasses import dataclass

PAGE_PX, LARGEST_PAGE_PX = 2_048, 4_096
"""Usual and largest side of a page: a rectangle that fits no usual page takes a larger one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rectangle lies."""

    page: int
    left: int
    top: int


@dataclass(slots=True)
class _Page:
    """A page while it fills."""

    side: int
    left: int = 0
    """Where the open shelf goes on."""

    top: int = 0
    """Of the open shelf."""

    bottom: int = 0
    """Of the open shelf."""

    def take(self, width: int, height: int) -> tuple[int, int] | None:
        """Left and top of a rectangle, None when there is no room."""
        if self.left + width > self.side:
            self.left, self.top = 0, self.bottom
        if self.top + height > self.side or width > self.side:
            return None
        place = self.left, self.top
        self.left += width
        self.bottom = max(self.bottom, self.top + height)
        return place


def pack(sizes: Sequence[tuple[int, int]]) -> tuple[Place, ...]:
    """The place of each rectangle (width, height in pixels); none exceeds `LARGEST_PAGE_PX`."""
    places: dict[int, Place] = {}
    pages: list[_Page] = []
    for number in sorted(range(len(sizes)), key=lambda n: (-sizes[n][1], -sizes[n][0], n)):
        width, height = sizes[number]
        found = pages[-1].take(width, height) if pages else None
        if found is None:
            side = PAGE_PX if max(width, height) <= PAGE_PX else LARGEST_PAGE_PX
            pages.append(_Page(side))
            found = pages[-1].take(width, height)
        if found is None:
            raise ValueError(f"rectangle of {width} x {height}, at most {LARGEST_PAGE_PX}")
        places[number] = Place(len(pages) - 1, *found)
    return tuple(places[number] for number in range(len(sizes)))
