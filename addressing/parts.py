"""Texts read part by part; parts that many texts share are read once.

Behind the county that a text begins with, behind the first neighbourhood, behind a known street
with a number and behind the first door number nothing that is read goes over the cut, so what
stands on its two sides can be read apart when the divisions before it are certain.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from addressing.blanks import Blanks
from addressing.kinds import DIVISIONS
from addressing.lattice import Lattice
from addressing.pieces import BEGINNING, Piece, Read, Standing
from addressing.reading import read
from addressing.templates import Places, Template, make_template
from addressing.text import Shape
from addressing.transitions import INDEX

MOST_PARTS: Final = 1 << 16
"""Parts kept; parts that differ in the number of their digits only are two."""

_KEPT_DIGITS: Final = re.compile("[1-9]")
"""A shape with other digits than 0 has a known name with digits."""

_NEIGHBOURHOOD: Final = re.compile("0+邻")
_LETTERS: Final = re.compile("[^0-9A-Z]{2,24}")
_COUNTY_END: Final = re.compile("[区县市旗]")
_REFUSED: Final = frozenset("区县市旗社街路道镇乡村间")
"""What a county's name does not end before: 东区街道, 矿区社区 are other names."""

_PLAIN_NUMBER: Final = re.compile("[巷弄路街段道里邻村][0之-]++号")
"""A door number behind a word that no numbered word goes over."""

_STREET_END: Final = re.compile("[路街道](?=(?:[一二三四五六七八九十]段)?0+(?:[-之]0+)*[巷弄号])")
"""Where a street may end: a number, or a section and a number, begins there, not before."""

_USUAL: Final = re.compile("[0一二三四五六七八九十之段巷弄号楼室-]+")
"""What stands behind most streets: there are few such texts, so each is a part of its own."""

_ROAD: Final = INDEX["road"]
_CUT_KINDS: Final = frozenset({"county", "group", "road", "number"})
"""Types that a part ends with when the rest can be read apart."""

_NUMBERED: Final = frozenset({"number", "compound"})
_OWN: Final = frozenset({"divisions_only", "contradiction", "unparsed"})
"""Problems of a part that say nothing of the other parts."""

_UNKNOWN: Final = (0, (), ())
_WHOLE: Final = Shape(None, frozenset(), (), ())


class Part(NamedTuple):
    """A part of a text as read."""

    read: Read
    template: Template
    """How it is read when it is a text of its own."""

    divisions: frozenset[str]
    """Types of the known divisions in it."""

    numbered: bool
    """Whether it has a door number."""

    on_street: bool
    """Whether it has a street."""

    is_apart: bool
    """Whether it may stand beside others: nothing in it is left out, or said of the whole."""

    end: int
    """Where it ends; its pieces cover it."""

    @classmethod
    def of(cls, text: str, found: Read, normal: Callable[[str], str]) -> "Part":
        """A part that was read."""
        template = make_template(_WHOLE, Places(text, None), text, found.pieces, normal)
        kinds = {piece.kind for piece in found.pieces}
        return cls(
            found,
            template,
            frozenset(one.kind for one in found.pieces if one.names and one.kind in DIVISIONS),
            numbered=not kinds.isdisjoint(_NUMBERED),
            on_street="road" in kinds,
            is_apart=not template.noise and _OWN.issuperset(template.problems),
            end=found.pieces[-1].end if found.pieces else 0,
        )


class PlacedPart(NamedTuple):
    """A part and where it begins."""

    begin: int
    part: Part

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.begin + self.part.end

    @property
    def pieces(self) -> Iterable[Piece]:
        """Its pieces at their places in the whole text."""
        begin, pieces = self.begin, self.part.read.pieces
        if not begin:
            return pieces
        return [one._replace(start=one.start + begin, end=one.end + begin) for one in pieces]


class PartReader:
    """Reads shapes part by part.

    Args:
        lattice: What the city knows.
        normal: The normal form of a name.
    """

    def __init__(self, lattice: Lattice, normal: Callable[[str], str]) -> None:
        self._lattice = lattice
        self.blanks = Blanks(lattice)
        self._normal = normal
        self._parts: dict[tuple[str, frozenset[int], Standing], Part] = {}
        self._shared: dict[tuple[str, frozenset[int], str], Part] = {}
        words = {word for end in lattice.grammar.ends for word in end.words}
        self._words = re.compile("|".join(map(re.escape, sorted(words))))
        """Last words: behind a county, one may make both into one name, as in 黄浦区小区."""

        self._heads: dict[str, frozenset[str] | None] = {}

    def read(self, text: str, breaks: frozenset[int]) -> list[PlacedPart]:
        """The parts of a text.

        Args:
            text: Characters that are read; all digits are 0 but for those of known names.
            breaks: Places before which something was left out.
        """
        cuts = () if _KEPT_DIGITS.search(text) else self._cuts(text)
        parts: list[PlacedPart] = []
        begin, before = 0, BEGINNING
        for cut in cuts:
            part, behind = self._part(text[begin:cut], _moved(breaks, begin, cut), before)
            if behind.kind in _CUT_KINDS and len(behind.division) <= 1:
                parts.append(PlacedPart(begin, part))
                begin, before = cut, behind
        last, _ = self._part(text[begin:], _moved(breaks, begin, len(text)), before)
        parts.append(PlacedPart(begin, last))
        return parts

    def _part(self, text: str, breaks: frozenset[int], before: Standing) -> tuple[Part, Standing]:
        """A part as read, from the memory when it was read before; and what it ends with.

        What names no division is read alike behind every division.
        """
        part = self._known(text, breaks, before)
        if part is None:
            text = self.blanks.filled(text)
            part = self._known(text, breaks, before)
        if part is None:
            found = read(self._lattice, text, breaks, before) if text else Read((), before)
            part = Part.of(text, found, self._normal)
            if part.read.divided:
                keep(self._parts, (text, breaks, before), part)
            else:
                keep(self._shared, (text, breaks, before.kind), part)
        standing = part.read.standing
        return part, standing if part.read.divided else Standing(standing.kind, before.division)

    def _known(self, text: str, breaks: frozenset[int], before: Standing) -> Part | None:
        """A part that was read before."""
        shared = self._shared.get((text, breaks, before.kind))
        return shared or self._parts.get((text, breaks, before))

    def _cuts(self, text: str) -> list[int]:
        """Where the text behind the county, the neighbourhood, street and door number begins."""
        head = self._head(text)
        found = _NEIGHBOURHOOD.search(text, head)
        first = found.end() if found else head
        street = self._street_end(text, first)
        is_usual = street and _USUAL.fullmatch(text, street)
        number = 0 if is_usual else self._number_end(text, street or first)
        size = len(text)
        return [cut for cut in (head, found and first, street, number) if cut and cut < size]

    def _street_end(self, text: str, start: int) -> int:
        """Where the known street ends that begins at a place, 0 when none does."""
        found = _STREET_END.search(text, start)
        if found is None:
            return 0
        end = found.end()
        _, edges, _ = self._lattice.automaton.get(text[start:end], _UNKNOWN)
        is_street = bool(edges) and all(one.first == _ROAD and not one.short for one in edges)
        return end if is_street else 0

    def _head(self, text: str) -> int:
        """Where the county ends that a text begins with, 0 when that is not certain."""
        letters = _LETTERS.match(text)
        for found in _COUNTY_END.finditer(text, 1, letters.end()) if letters else ():
            end = found.end()
            head = text[:end]
            if head not in self._heads:
                keep(self._heads, head, self._refused_behind(head))
            refused = self._heads[head]
            if refused is not None:
                is_over = text[end : end + 1] in refused or self._words.match(text, end)
                return 0 if is_over else end
        return 0

    def _refused_behind(self, head: str) -> frozenset[str] | None:
        """What must not follow for a text to end with a county; None when it ends with none.

        A known name or last word that begins in it would go over the cut.
        """
        part, standing = self._part(head, frozenset(), BEGINNING)
        if standing.kind != "county" or len(standing.division) != 1:
            return None
        context = self._lattice.context
        is_abroad = bool(context) and not standing.division[0].startswith(context)
        if is_abroad or not all(map(_is_whole_division, part.read.pieces)):
            return None
        over = {
            word[size]
            for size in range(1, len(head) + 1)
            for word in self._lattice.automaton.keys(head[-size:])
            if len(word) > size
        }
        return _REFUSED | over

    def _number_end(self, text: str, start: int) -> int:
        """Where the first door number behind a place ends, 0 when there is none."""
        lattice = self._lattice
        at = text.find("号", start)
        if at < 0 or lattice.grammar.profile.building_in_alley:
            return 0
        plain = _PLAIN_NUMBER.search(text, start)
        if plain and plain.end() == at + 1:
            start = plain.start() + 1
        return lattice.number_end(text, start)


def _is_whole_division(piece: Piece) -> bool:
    """Whether a piece is a known division in full, inside the one before it."""
    is_known = bool(piece.names) and piece.kind in DIVISIONS and not piece.contradiction
    return is_known and not any(name.short for name in piece.names)


def _moved(breaks: frozenset[int], begin: int, end: int) -> frozenset[int]:
    """The places of a part, as seen from its beginning."""
    return frozenset(at - begin for at in breaks if begin <= at < end) if breaks else breaks


def keep[K, V](memory: dict[K, V], key: K, value: V, most: int = MOST_PARTS) -> None:
    """Keep a value; a full memory is emptied first."""
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
