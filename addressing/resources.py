"""Files under assets/addressing and assets/divisions, the only reading of files here."""

import gzip
import json
import lzma
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from addressing.division import Division
from addressing.division_files import (
    read_changes,
    read_history,
    read_names,
    read_table,
    read_villages,
)
from addressing.divisions import Change, Divisions
from addressing.grammar import Grammar, compile_grammar
from addressing.lexicon import Lexicon, Name
from addressing.parse import Parser
from addressing.profile import Profile
from cim.errors import NotFoundError

ASSETS = Path(__file__).resolve().parents[1] / "assets"
_FOLDER = ASSETS / "addressing"
_DIVISIONS = ASSETS / "divisions"
_ROOTS = {"台湾省": "71", "香港特别行政区": "81", "澳门特别行政区": "82"}


def profile_names() -> tuple[str, ...]:
    """Sorted names of the city profiles."""
    return tuple(sorted(path.stem for path in (_FOLDER / "profiles").glob("*.toml")))


def load_profile(name: str) -> Profile:
    """A city profile.

    Raises:
        NotFoundError: There is none of the name; the message lists those there are.
    """
    if name not in profile_names():
        raise NotFoundError(f"profile {name!r} is unknown; known: {', '.join(profile_names())}")
    return Profile.from_table(name, _toml(_FOLDER / "profiles" / f"{name}.toml"))


def rules_table() -> Mapping[str, Any]:
    """Contents of `rules.toml`."""
    return _toml(_FOLDER / "rules.toml")


@cache
def load_grammar(profile: str = "mainland") -> Grammar:
    """The grammar of a city profile.

    Raises:
        NotFoundError: There is no such profile.
    """
    return compile_grammar(rules_table(), load_profile(profile))


@cache
def load_divisions() -> Divisions:
    """The divisions of China from province to township, with what became of the merged ones.

    Those of Hong Kong, Macao and Taiwan have names only; below the first level their codes are
    paths of names.
    """
    names = json.loads((_DIVISIONS / "hk-mo-tw.json").read_text(encoding="utf-8"))
    with (_DIVISIONS / "history.csv").open(encoding="utf-8", newline="") as lines:
        history = read_history(lines, "history.csv")
    now = load_nbs() | read_names(names, _ROOTS)
    aliases = _toml(_DIVISIONS / "aliases.toml")["alias"]
    return now.with_changes((*history, *load_changes())).with_aliases(aliases)


def load_nbs() -> Divisions:
    """The divisions of the mainland as in the edition that is kept, without their past."""
    with gzip.open(_DIVISIONS / "divisions.csv.gz", "rt", encoding="utf-8") as lines:
        return read_table(lines, "divisions.csv.gz")


def load_changes() -> tuple[Change, ...]:
    """What became of districts and counties, where the day is known."""
    return read_changes(_toml(_DIVISIONS / "changes.toml"), "changes.toml")


def load_villages(within: Sequence[str]) -> Divisions:
    """The divisions from province to village of some regions, all provinces among them.

    Args:
        within: Beginnings of division codes: `3301` for a city, `330106` for a district.
    """
    with lzma.open(_DIVISIONS / "villages.txt.xz", "rt", encoding="utf-8") as lines:
        villages = tuple(read_villages(lines, within))
    upper = load_divisions()
    return Divisions.of((*upper.by_code.values(), *(_own_name(one, upper) for one in villages)))


def _own_name(village: Division, upper: Divisions) -> Division:
    """The village; one that the source writes with its town and county has its own name."""
    if village.parent not in upper.by_code:
        return village
    _, *above = upper.names_of(village.parent)
    wholes = ("".join(above[start:]) for start in range(len(above) - 1))
    own = next((village.name[len(one) :] for one in wholes if village.name.startswith(one)), "")
    return replace(village, name=own) if len(own) > 1 else village


def make_parser(
    profile: str = "mainland", within: Sequence[str] = (), names: Iterable[Name] = ()
) -> Parser:
    """A parser of a city.

    Args:
        profile: Name of the city profile.
        within: Codes of the city's divisions. Their townships and villages are known then, and of
            the rest of the country provinces, cities and counties; without, townships of all.
        names: Further names of the city: streets, estates, places.

    Raises:
        NotFoundError: There is no such profile.
    """
    grammar = load_grammar(profile)
    divisions = load_villages(within) if within else load_divisions()
    upper = load_divisions().names(levels=range(1, 4)) if within else ()
    known = [*upper, *divisions.names(within or ("",)), *names]
    if grammar.profile.street_townships:
        known += divisions.street_names(grammar.profile.divisions)
    return Parser(grammar, Lexicon.of(known), within)


@cache
def taiwan_codes() -> Mapping[str, str]:
    """Names of the counties and towns of Taiwan by the codes that its registers have for them."""
    names: dict[str, str] = {}
    for county, (name, towns) in _toml(_DIVISIONS / "tw-codes.toml").items():
        names[county] = name
        codes = (f"{county}{10 * place:03d}" for place in range(1, 100))
        names |= dict(zip(codes, towns.split(" "), strict=False))
    return names


@cache
def register_columns() -> Mapping[str, Mapping[str, list[str]]]:
    """Names of columns in registers, by what they hold: sections `columns` and `elements`."""
    return _toml(_FOLDER / "columns.toml")


def _toml(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
