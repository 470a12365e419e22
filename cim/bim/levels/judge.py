"""A model's level: the highest whose grades of geometry and information it reaches.

Levels, grades and what they need are data (assets/bim/levels.toml), marked as not verified
against the text of the guide.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cim.bim.check.base import Subject, Words
from cim.bim.levels.measures import MEASURES, measures_of
from cim.errors import InputError

HOUSE_LEVELS: Final = Path(__file__).resolve().parents[3] / "assets" / "bim" / "levels.toml"
_KEYS: Final = ("verified", "zh", "en", "geometry", "information", "level")


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of geometric detail or of information depth."""

    name: str
    title: Words
    needs: Mapping[str, float]
    """Least values of measures."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a city information model."""

    id: str
    title: Words
    by_building_models: bool
    """Whether a building model can reach it; others are made of terrain and footprints."""

    geometry: str = ""
    """Name of the least grade."""

    information: str = ""
    needs: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels, from the lowest to the highest, with their grades."""

    is_verified: bool
    origin: Words
    geometry: tuple[Grade, ...]
    information: tuple[Grade, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """Why the next level is not reached."""

    measure: str
    value: float
    needs: float


@dataclass(frozen=True, slots=True)
class LevelVerdict:
    """The level of a model, with its reasons."""

    level: Level | None
    """None: below the lowest that a building model can reach."""

    geometry: Grade | None
    information: Grade | None
    measures: Mapping[str, float]
    next: Level | None
    """The level above, None at the top."""

    lacks: tuple[Lack, ...]
    """What is missing for the level above."""

    is_verified: bool
    origin: Words

    def document(self) -> dict[str, Any]:
        """The verdict as plain values."""
        return {
            "level": self.level.id if self.level else None,
            "zh": self.level.title.zh if self.level else "",
            "en": self.level.title.en if self.level else "",
            "geometry": self.geometry.name if self.geometry else None,
            "information": self.information.name if self.information else None,
            "measures": {name: round(value, 3) for name, value in self.measures.items()},
            "next": self.next.id if self.next else None,
            "lacks": [
                {"measure": one.measure, "value": round(one.value, 3), "needs": one.needs}
                for one in self.lacks
            ],
            "verified": self.is_verified,
            "origin": {"zh": self.origin.zh, "en": self.origin.en},
        }


def judge(subject: Subject, levels: Levels) -> LevelVerdict:
    """The level of a model."""
    measures = measures_of(subject)
    reachable = [level for level in levels.levels if level.by_building_models]
    reached = [level for level in reachable if not _lacks(level, levels, measures)]
    level = reached[-1] if reached else None
    above = reachable[reachable.index(level) + 1 :] if level else reachable
    following = above[0] if above else None
    return LevelVerdict(
        level=level,
        geometry=_highest(levels.geometry, measures),
        information=_highest(levels.information, measures),
        measures=measures,
        next=following,
        lacks=() if following is None else tuple(_lacks(following, levels, measures)),
        is_verified=levels.is_verified,
        origin=levels.origin,
    )


def _highest(grades: Sequence[Grade], measures: Mapping[str, float]) -> Grade | None:
    reached = [grade for grade in grades if not _missing(grade.needs, measures)]
    return reached[-1] if reached else None


def _lacks(level: Level, levels: Levels, measures: Mapping[str, float]) -> list[Lack]:
    """What a model lacks for a level."""
    geometry = next(grade for grade in levels.geometry if grade.name == level.geometry)
    information = next(grade for grade in levels.information if grade.name == level.information)
    needs = {**geometry.needs, **information.needs, **(level.needs or {})}
    return _missing(needs, measures)


def _missing(needs: Mapping[str, float], measures: Mapping[str, float]) -> list[Lack]:
    return [
        Lack(name, measures[name], least)
        for name, least in needs.items()
        if measures[name] < least
    ]


def house_levels() -> Levels:
    """The levels that come with the program."""
    return read_levels(HOUSE_LEVELS)


def read_levels(file: Path) -> Levels:
    """The levels of a file.

    Raises:
        InputError: It cannot be read, or something in it is not legal; the message names it.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
        return _levels(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{file}: no file of levels: {told}") from error


def _levels(document: Mapping[str, Any]) -> Levels:
    unknown = next((key for key in document if key not in _KEYS), None)
    if unknown is not None:
        raise InputError(f"no key {unknown!r}; known: {', '.join(_KEYS)}")
    geometry = tuple(_grade(entry) for entry in document["geometry"])
    information = tuple(_grade(entry) for entry in document["information"])
    names = ({one.name for one in geometry}, {one.name for one in information})
    return Levels(
        is_verified=document["verified"] is True,
        origin=Words(document["zh"], document["en"]),
        geometry=geometry,
        information=information,
        levels=tuple(_level(entry, *names) for entry in document["level"]),
    )


def _grade(entry: Mapping[str, Any]) -> Grade:
    return Grade(entry["grade"], Words(entry["zh"], entry["en"]), _needs(entry["needs"]))


def _level(entry: Mapping[str, Any], geometry: set[str], information: set[str]) -> Level:
    judged = entry.get("by_building_models", True)
    if judged:
        for name, known in (("geometry", geometry), ("information", information)):
            if entry[name] not in known:
                raise InputError(f"{name} {entry[name]!r}; known: {', '.join(sorted(known))}")
    return Level(
        entry["id"],
        Words(entry["zh"], entry["en"]),
        judged,
        entry.get("geometry", ""),
        entry.get("information", ""),
        _needs(entry.get("needs", {})),
    )


def _needs(entry: Mapping[str, Any]) -> dict[str, float]:
    for name, value in entry.items():
        if name not in MEASURES:
            raise InputError(f"no measure {name!r}; known: {', '.join(MEASURES)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise InputError(f"{name} = {value!r}; legal: a number from 0")
    return {name: float(value) for name, value in entry.items()}
