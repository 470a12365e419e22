"""The readings of one text in which a known name stands where another one is written."""

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple

from geocode.sides import UNREAD, Side, Sides
from geocode.windows import Hit, Window

_MANY: Final = 2
"""Most edits of a hit."""

DEAREST: Final = UNREAD + _MANY
"""Most that a reading may cost."""


_FRONTS: Final = frozenset("甲乙丙丁戊己庚辛临特附增新老")
"""What a number may begin with."""


class Reading(NamedTuple):
    """One way to read a text."""

    hit: Hit
    values: Mapping[str, str]
    unread: int
    typed: Window
    """The name's window with the characters that touch it and are not read."""

    @property
    def cost(self) -> int:
        """Characters that are wrong or idle."""
        return self.hit.edits + self.unread


class Readings:
    """The readings of a text, the least changed first.

    A name that was found in a window is not sought in a part of it: the rest of the window would
    only count as unread, but for what may belong to a number behind it.

    Args:
        sides: Read what stands before and behind a name.
        text: Normal text.
        hits: Names that may stand in it.
    """

    def __init__(self, sides: Sides, text: str, hits: Iterable[Hit]) -> None:
        self._sides = sides
        self._text = text
        self._hits: list[list[tuple[int, Hit]]] = [[] for _ in range(DEAREST + 1)]
        self._begun: list[list[tuple[int, Hit, Side]]] = [[] for _ in range(DEAREST + 1)]
        self._whole: list[list[tuple[int, Reading]]] = [[] for _ in range(DEAREST + 1)]
        self._windows: dict[tuple[str, str], list[Window]] = {}
        for place, hit in enumerate(hits):
            self._hits[hit.edits].append((place, hit))

    def of_cost(self, cost: int) -> Iterator[tuple[int, Reading]]:
        """The readings of a cost, each with the place of its hit; asked for in ascending order.

        What stands before a name is read when its edits are as many, what stands behind it when
        the two leave it a chance; the longest window first.
        """
        yield from sorted(self._whole[cost], key=itemgetter(0))
        for place, hit in self._hits[cost]:
            self._begin(place, hit)
        for place, hit, before in sorted(self._begun[cost], key=_shortness):
            reading = None if self._is_found(hit) else self._read(hit, before)
            if reading is not None and reading.cost == cost:
                yield place, reading
            elif reading is not None:
                self._whole[reading.cost].append((place, reading))

    def found(self, hit: Hit) -> None:
        """Take note that the city has what a name in its window says."""
        self._windows.setdefault((hit.kind, hit.value), []).append(hit.window)

    def _is_found(self, hit: Hit) -> bool:
        """Whether its name was found in a window that has this one in it."""
        start, end = hit.window
        windows = self._windows.get((hit.kind, hit.value), ())
        if self._text[end : end + 1] in _FRONTS:
            return hit.window in windows
        return any(first <= start and end <= last for first, last in windows)

    def _begin(self, place: int, hit: Hit) -> None:
        """Read what stands before a name."""
        before = self._sides.before(self._text[: hit.window.start])
        if before.unread <= UNREAD and hit.kind not in before.values:
            self._begun[hit.edits + before.unread].append((place, hit, before))

    def _read(self, hit: Hit, before: Side) -> Reading | None:
        """The text with a name in its place; None when it does not fit there."""
        start, end = hit.window
        behind = self._sides.behind(self._text[end:], hit.kind)
        unread = before.unread + behind.unread
        if unread > UNREAD or hit.kind in behind.values:
            return None
        values = {**behind.values, **before.values}
        if len(values) < len(behind.values) + len(before.values):
            return None
        typed = Window(start - before.beside, end + behind.beside)
        return Reading(hit, {**values, hit.kind: hit.value}, unread, typed)


def _shortness(begun: tuple[int, Hit, Side]) -> int:
    start, end = begun[1].window
    return start - end
