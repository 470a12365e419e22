"""The template of a text from those of its parts, when each part can stand for itself."""

from collections.abc import Sequence

from addressing.parts import Part, PlacedPart
from addressing.templates import Template


def joined(parts: Sequence[PlacedPart], runs: Sequence[tuple[int, int]]) -> Template | None:
    """The template of a text that nothing is left out of.

    Args:
        parts: All of the text, shortened.
        runs: Where it was, as `addressing.text.shorten` tells.

    Returns:
        The template; None when the parts depend on one another: one may be the beginning of
        another address, or say a division again.
    """
    several = [one.part for one in parts]
    if not _are_apart(several):
        return None
    at = _places(parts[-1].end, runs)
    rest: list[tuple[int, int, str]] = []
    codes: tuple[str, ...] = ()
    is_odd = False
    for by, part in parts:
        template = part.template
        if template.rest:
            rest += [(at[first + by], at[last + by], hint) for first, last, hint in template.rest]
        if _depth(template.division_codes) > _depth(codes):
            codes = template.division_codes
        is_odd = is_odd or bool(template.problems)
    problems = _problems(several) if is_odd else ()
    segments = tuple([(by, part.template.segments[0][1]) for by, part in parts])
    return Template(None, segments, at, tuple(rest), (), problems, codes, -1)


def _places(size: int, runs: Sequence[tuple[int, int]]) -> Sequence[int]:
    """Places in the whole text of those in the shortened one, its end too."""
    if not runs:
        return range(size + 1)  # not SAME: the parts' own places are shifted
    places: list[int] = []
    begin = gone = 0
    for place, more in runs:
        places.extend(range(begin + gone, place + gone + 1))
        begin, gone = place + 1, more
    places.extend(range(begin + gone, size + gone + 1))
    return places


def _are_apart(parts: Sequence[Part]) -> bool:
    """Whether nothing that one part says changes what another says."""
    told: frozenset[str] = frozenset()
    numbered = False
    for part in parts:
        if not part.is_apart or (numbered and part.on_street):
            return False
        if part.divisions:
            if not told.isdisjoint(part.divisions):
                return False
            told |= part.divisions
        numbered = numbered or part.numbered
    return True


def _problems(parts: Sequence[Part]) -> tuple[str, ...]:
    """What is odd about the whole, the gravest first."""
    found = {problem for part in parts for problem in part.template.problems}
    told = [part.template.problems for part in parts if part.template.segments[0][1]]
    if any("divisions_only" not in problems for problems in told):
        found.discard("divisions_only")
    return tuple([one for one in ("divisions_only", "contradiction", "unparsed") if one in found])


def _depth(codes: tuple[str, ...]) -> int:
    return len(codes[0]) if codes else 0
