"""The template of a text from those of its parts, when each part can stand for itself."""

from collections.abc import Iterator, Sequence
from typing import Final

from addressing.parts import Part, PlacedPart
from addressing.templates import Slot, Template

_OWN: Final = frozenset({"divisions_only", "contradiction", "unparsed"})
"""Problems of a part that say nothing of the other parts."""


def joined(parts: Sequence[PlacedPart]) -> Template | None:
    """The template of a text that nothing is left out of.

    Args:
        parts: All of the text.

    Returns:
        The template; None when the parts depend on one another: one may be the beginning of
        another address, or say a division again.
    """
    several = [one.part for one in parts]
    if len(parts) == 1:
        return several[0].template
    if not _are_apart(several):
        return None
    slots = [slot for one in parts for slot in _moved(one)]
    rest = [
        (one.begin + first, one.begin + last, hint)
        for one in parts
        for first, last, hint in one.part.template.rest
    ]
    codes = max([one.template.division_codes for one in several], key=_depth)
    return Template(None, tuple(slots), tuple(rest), (), _problems(several), codes, -1)


def _are_apart(parts: Sequence[Part]) -> bool:
    """Whether nothing that one part says changes what another says."""
    told: frozenset[str] = frozenset()
    numbered = False
    for part in parts:
        template = part.template
        if template.noise or not _OWN.issuperset(template.problems):
            return False
        if (numbered and part.on_street) or not told.isdisjoint(part.divisions):
            return False
        told |= part.divisions
        numbered = numbered or part.numbered
    return True


def _moved(one: PlacedPart) -> Iterator[Slot]:
    """The elements of a part at their places in the whole text."""
    by = one.begin
    if not by:
        yield from one.part.template.slots
        return
    for kind, reader, start, end, first, last, value, name, code, rule in one.part.template.slots:
        place = (start + by, end + by, first + by, last + by)
        yield Slot._make((kind, reader, *place, value, name, code, rule))


def _problems(parts: Sequence[Part]) -> tuple[str, ...]:
    """What is odd about the whole, the gravest first."""
    found = {problem for part in parts for problem in part.template.problems}
    if "divisions_only" in found and any(
        part.template.slots and "divisions_only" not in part.template.problems for part in parts
    ):
        found.remove("divisions_only")
    return tuple([one for one in ("divisions_only", "contradiction", "unparsed") if one in found])


def _depth(codes: tuple[str, ...]) -> int:
    return len(codes[0]) if codes else 0
