"""The geocoder: a query's text through reading, candidates and ranking to answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from addressing.parse import Parser
from geocode.asking import asked_of
from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.base import Collector, Gazetteer
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.candidates.parents import PLUGIN as PARENTS
from geocode.candidates.spelled import PLUGIN as SPELLED
from geocode.candidates.spelled import under_other_names
from geocode.model import Asked, Status
from geocode.ranking import Answer, demoted, ranked

_UNSURE = (Status.INTERPOLATED, Status.PARENT_FALLBACK)
"""Answers beside which doors under names of nearly the same spelling are told too."""

COLLECTORS: tuple[Collector, ...] = (DOORS, AREAS, SPELLED, PARENTS)


@dataclass(frozen=True, slots=True)
class Found:
    """What a query leads to."""

    asked: Asked
    answers: list[Answer]
    """The best first; empty when nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Geocoder:
    """Answers queries about one city."""

    parser: Parser
    gazetteer: Gazetteer
    collectors: Sequence[Collector] = COLLECTORS

    def search(self, text: str) -> Found:
        """The places that a text may mean.

        Never fails on a text; one that leads nowhere has no answers.
        """
        asked = asked_of(self.parser.parse(text), self.parser)
        for collector in self.collectors:
            candidates = collector.collect(asked, self.gazetteer)
            if candidates:
                answers = ranked(asked, candidates)
                if answers[0].status in _UNSURE and "number" in asked.values:
                    others = under_other_names(asked, self.gazetteer)
                    answers += [demoted(one) for one in ranked(asked, others)]
                return Found(asked, answers)
        return Found(asked, [])
