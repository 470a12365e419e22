"""What some pieces of a name lead to, where no key and no near spelling does."""

from collections.abc import Mapping
from typing import Final

from geocode.candidates.areas import PLUGIN as AREAS
from geocode.candidates.doors import PLUGIN as DOORS
from geocode.gazetteer import IndexGazetteer
from geocode.keys import NUMBERED, UPPER
from geocode.model import Asked, Candidate

_MOST: Final = 30
"""Names that are looked up."""

_KEPT: Final = frozenset(("section", "lane", "alley", "sub_alley")) | NUMBERED
"""Types that are numbers, and so are read whatever the names are."""


def by_pieces(text: str, asked: Asked, gazetteer: IndexGazetteer) -> list[Candidate]:
    """Doors that hang on names with pieces of the text; else these names' areas.

    Args:
        text: Normal text.
        asked: As it was read.
        gazetteer: Where to look.
    """
    divisions = gazetteer.divisions_in(text)
    told = {kind: asked.values[kind] for kind in UPPER if kind in asked.values}
    inside = {**told, **{kind: value for _, kind, value in divisions}}
    letters = list(text)
    for (start, end), _, _ in divisions:
        letters[start:end] = "0" * (end - start)
    own = "".join(letters)
    numbers = {kind: value for kind, value in asked.values.items() if kind in _KEPT}
    names = gazetteer.by_pieces(own, inside.get("county", ""))[:_MOST]
    finest: list[Candidate] = []
    areas: list[Candidate] = []
    for name, share, is_part in names:
        if asked.values.get(name.kind) == name.value:  # what is written so was looked up before
            continue
        upper = {**inside, name.kind: name.value}
        told = {name.kind: name.value}
        finest += (
            _looked({**upper, **numbers}, told, 1.0 if is_part else share / 2, gazetteer)
            if numbers
            else []
        )
        areas += _looked(upper, told, 1.0 if is_part else share / 2, gazetteer)
    return finest or areas


def _looked(
    values: Mapping[str, str], told: Mapping[str, str], share: float, gazetteer: IndexGazetteer
) -> list[Candidate]:
    asked = Asked("", values)
    found = DOORS.collect(asked, gazetteer) or AREAS.collect(asked, gazetteer)
    return [one._replace(given=values, corrections=told, share=share) for one in found]
