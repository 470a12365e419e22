"""The parser of one city's queries: its own names before all, the country's in full only."""

from collections.abc import Iterable, Sequence

from addressing.lexicon import Lexicon, Name
from addressing.parse import Parser
from addressing.resources import load_divisions, load_grammar, load_villages


def city_parser(profile: str, within: Sequence[str], names: Iterable[Name]) -> Parser:
    """A parser for queries to one city.

    Short names of divisions elsewhere are left out: a street without its last word (中山, 东兴)
    would be taken for one of them.

    Args:
        profile: Name of the city profile.
        within: Codes of the city's divisions; none: the whole country is near.
        names: Names of the gazetteer.

    Raises:
        NotFoundError: There is no such profile.
    """
    upper = load_divisions().names(levels=range(1, 4))
    if not within:
        return Parser(load_grammar(profile), Lexicon.of((*upper, *names)))
    abroad = (name for name in upper if not name.short or name.kind == "province")
    own = load_villages(within).names(within)
    return Parser(load_grammar(profile), Lexicon.of((*abroad, *own, *names)), within)
