"""What differs from language to language in how addresses of words are written."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from cim.errors import ConfigError

_FOLDER: Final = Path(__file__).resolve().parents[2] / "assets" / "geocode" / "languages"


@dataclass(frozen=True, slots=True)
class WordProfile:
    """The words of one language; all of them folded, as `geocode.words.text.folded` writes."""

    name: str
    title: Mapping[str, str]
    """Human name by language, `zh` and `en`."""

    version: int
    """Of the tables; indexes made by another version are made anew."""

    weak: frozenset[str]
    """Words that say nothing by themselves: articles, prepositions."""

    idle: frozenset[str]
    """Words around addresses."""

    types: frozenset[str]
    """First words of streets."""

    ordinals: frozenset[str]
    """What makes a number one that counts: the e of 10e."""

    suffixes: frozenset[str]
    """What may stand behind the number of a door: bis."""

    short_suffixes: Mapping[str, str]
    """The suffix that a letter may be short for."""

    postcode: re.Pattern[str]
    postcode_area: int
    """How many digits at the beginning of a postcode neighbouring places share."""

    synonyms: Mapping[str, tuple[str, ...]]
    """Words that stand for a word: abbreviations, numbers."""

    told: Mapping[str, str]
    """How a `house` and a `place` are told, of housenumber, street, postcode and city."""


def load_profile(name: str) -> WordProfile:
    """The profile of a language, `assets/geocode/languages/NAME.toml`.

    Raises:
        ConfigError: The table lacks a key or has one that is unknown.
    """
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return profile_of(name, tomllib.load(file))


def profile_of(name: str, table: Mapping[str, Any]) -> WordProfile:
    """A profile of the table of a TOML file.

    Raises:
        ConfigError: The table lacks a key or has one that is unknown.
    """
    legal = {field.name for field in fields(WordProfile)} - {"name"}
    for key in sorted(legal ^ set(table)):
        fault = "lacks the key" if key in legal else "has the unknown key"
        raise ConfigError(f"language {name}: {fault} {key!r}; legal: {', '.join(sorted(legal))}")
    sets = ("weak", "idle", "types", "ordinals", "suffixes")
    return WordProfile(
        name=name,
        **{key: frozenset(table[key]) for key in sets},
        title=table["title"],
        version=table["version"],
        short_suffixes=table["short_suffixes"],
        postcode=re.compile(table["postcode"]),
        postcode_area=table["postcode_area"],
        synonyms={word: tuple(text.split()) for word, text in table["synonyms"].items()},
        told=table["told"],
    )
