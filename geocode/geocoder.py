"""The geocoder: a query's text through reading, candidates and ranking to answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from addressing.parse import Outline, Parser
from addressing.text import normal_name
from geocode.asking import asked_of
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.base import Collector
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.candidates.parents import PLUGIN as PARENTS
from geocode.comparing import contradicts
from geocode.crossings import crossings, has_pair
from geocode.gazetteer import IndexGazetteer
from geocode.keys import NUMBERED, UPPER
from geocode.language import SHORT, Found
from geocode.model import Asked, Candidate
from geocode.piecewise import by_pieces
from geocode.ranking import Answer, choose, ranked
from geocode.respelling import Respeller, bare_text
from geocode.sides import Sides
from geocode.weighing import features, utility

_STREETS: Final = frozenset(("road", "estate", "poi", "natural_village"))
COLLECTORS: tuple[Collector, ...] = (DOORS, AREAS)


@dataclass(frozen=True, slots=True)
class Geocoder:
    """Answers queries about one city."""

    parser: Parser
    gazetteer: IndexGazetteer
    collectors: Sequence[Collector] = COLLECTORS
    respeller: Respeller = field(init=False)

    def __post_init__(self) -> None:
        """Make what remembers texts."""
        sides = Sides(self.parser, self.gazetteer)
        object.__setattr__(self, "respeller", Respeller(self.gazetteer, sides))

    def search(self, text: str) -> Found:
        """The places that a text may mean.

        Never fails on a text; one that leads nowhere has no answers.
        """
        outline, asked = self._read(text)
        if asked.rest and has_pair(outline):
            met = crossings(self.parser.address(outline), self.gazetteer)
            if met:
                return Found(asked, ranked(asked, met))
        return self._found(outline, asked, self.outright(asked))

    def look_up(self, text: str) -> Found | None:
        """See `Engine.look_up`: long are texts to be guessed, and the way to a crossing."""
        outline, asked = self._read(text)
        if asked.rest and has_pair(outline):
            return None
        outright = self.outright(asked)
        is_guess = asked.rest or not outright
        return None if is_guess and len(text) > SHORT else self._found(outline, asked, outright)

    def _read(self, text: str) -> tuple[Outline, Asked]:
        outline = self.parser.outline(text)
        return outline, asked_of(outline, self.parser)

    def _found(self, outline: Outline, asked: Asked, outright: list[Candidate]) -> Found:
        if outright and not asked.rest:
            return Found(asked, ranked(asked, outright))
        return Found(asked, self._weighed(outline, asked, outright))

    def begun(self, text: str) -> str:
        """See `Engine.begun`."""
        return normal_name(self.parser.grammar, text).lower()

    def values_of(self, text: str) -> Mapping[str, str]:
        """See `Engine.values_of`."""
        return asked_of(self.parser.outline(text), self.parser).values

    def outright(self, asked: Asked) -> list[Candidate]:
        """What is written as it was read."""
        for collector in self.collectors:
            found = collector.collect(asked, self.gazetteer)
            if found:
                return found
        return []

    def _weighed(self, outline: Outline, asked: Asked, outright: list[Candidate]) -> list[Answer]:
        """What may be meant when the text is not fully understood."""
        candidates = self.pool(outline, asked, outright)
        utilities = [utility(features(one, self.gazetteer)) for one in candidates]
        choice = choose(asked, candidates, utilities)
        if outright or choice.is_settled:
            return choice.answers([])
        return choice.answers(ranked(asked, PARENTS.collect(asked, self.gazetteer)))

    def _certain(self, asked: Asked) -> Mapping[str, str]:
        """Divisions of the city that no slip made: the whole text is known, a street in it."""
        values = asked.values
        if asked.rest or asked.doubtful or _STREETS.isdisjoint(values):
            return {}
        is_here = self.gazetteer.is_division
        return {kind: values[kind] for kind in UPPER if is_here(values.get(kind, ""))}

    def pool(self, outline: Outline, asked: Asked, outright: list[Candidate]) -> list[Candidate]:
        """Candidates of which one at most is meant."""
        address = self.parser.address(outline)
        text = bare_text(address, self.parser)
        respelled = self.respeller.candidates(address, text)
        certain = self._certain(asked)
        respelled = [one for one in respelled if not contradicts(one.values, certain)]
        respelled = _agreeing(asked, respelled)
        if not outright:
            return respelled or by_pieces(text, asked, self.gazetteer)
        seen = {frozenset(one.values.items()) for one in respelled}
        return respelled + [one for one in outright if frozenset(one.values.items()) not in seen]


def _agreeing(asked: Asked, candidates: list[Candidate]) -> list[Candidate]:
    """Candidates without those that read a number otherwise and are no less changed for that."""
    numbers = {kind: value for kind, value in asked.values.items() if kind in NUMBERED}
    agreeing = [one for one in candidates if not contradicts(one.given or {}, numbers)]
    if len(agreeing) in (0, len(candidates)):
        return candidates
    least = min(map(_changed, agreeing))
    return [one for one in candidates if one in agreeing or _changed(one) < least]


def _changed(candidate: Candidate) -> int:
    return candidate.edits + candidate.unread
