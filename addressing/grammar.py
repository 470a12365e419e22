"""All rules of address text put together once for a city: tables and compiled patterns."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from addressing.profile import Profile
from addressing.rules.base import BEGINNINGS, NameEnd, Reading, Rule, RuleParts
from cim import plugins
from cim.errors import ConfigError

PACKAGE = "addressing.rules"


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """A rule and what it adds for a city."""

    name: str
    parts: RuleParts


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the rules of a city say, ready to run."""

    version: int
    profile: Profile
    rules: tuple[ActiveRule, ...]
    characters: Mapping[int, str]
    """Code point to normal character, for `str.translate`."""

    changed: re.Pattern[str]
    """Finds whether a text has a character that changes: asking is cheaper than translating."""

    noise: re.Pattern[str]
    noisy: re.Pattern[str]
    """Finds whether a text may have noise at all."""

    noise_rules: tuple[str, ...]
    """Name of the rule of each group of `noise`."""

    token: re.Pattern[str]
    token_readings: tuple[tuple[Reading, ...], ...]
    token_rules: tuple[str, ...]
    """Readings and rule of each group of `token`."""

    ends: tuple[NameEnd, ...]
    end_rules: tuple[str, ...]


def compile_grammar(table: Mapping[str, Any], profile: Profile) -> Grammar:
    """The grammar of a city.

    Args:
        table: Contents of `rules.toml`: `version`, and `rule` with `name` and options of each.
        profile: Switches of the city.

    Raises:
        ConfigError: The table has no version, a rule twice or an unknown one.
    """
    version, entries = table.get("version"), table.get("rule")
    if not isinstance(version, int) or not isinstance(entries, list):
        raise ConfigError("rules.toml: needs an integer `version` and a list `rule`")
    rules = tuple(_active(entry, profile) for entry in entries)
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"rules.toml: rule {twice!r} is there twice")
    return _compile(version, profile, rules)


def _active(entry: Mapping[str, Any], profile: Profile) -> ActiveRule:
    """One rule of the table."""
    name = str(entry.get("name", ""))
    known = plugins.names(PACKAGE)
    if name not in known:
        raise ConfigError(f"rules.toml: unknown rule {name!r}; known: {', '.join(known)}")
    rule: Rule = plugins.load(name, PACKAGE)
    options = {key: value for key, value in entry.items() if key != "name"}
    try:
        return ActiveRule(name, rule.parts(profile, options))
    except KeyError as error:
        raise ConfigError(f"rules.toml: rule {name!r} lacks the option {error}") from error


def _compile(version: int, profile: Profile, rules: tuple[ActiveRule, ...]) -> Grammar:
    """Patterns joined into one each."""
    noise = [(rule.name, pattern) for rule in rules for pattern in rule.parts.noise]
    tokens = [(rule.name, token) for rule in rules for token in rule.parts.tokens]
    ends = [(rule.name, end) for rule in rules for end in rule.parts.names]
    characters = compose(rule.parts.characters for rule in rules)
    return Grammar(
        version=version,
        profile=profile,
        rules=rules,
        characters=characters,
        changed=_any_of(characters),
        noise=_join(pattern for _, pattern in noise),
        noisy=re.compile("|".join(rule.parts.signs for rule in rules if rule.parts.noise)),
        noise_rules=tuple(name for name, _ in noise),
        token=_join((token.pattern for _, token in tokens), f"(?={BEGINNINGS})"),
        token_readings=tuple(token.readings for _, token in tokens),
        token_rules=tuple(name for name, _ in tokens),
        ends=tuple(end for _, end in ends),
        end_rules=tuple(name for name, _ in ends),
    )


def _any_of(characters: Iterable[int]) -> re.Pattern[str]:
    """A pattern of any of these code points; all of the upper planes, where few are."""
    usual = "".join(chr(one) for one in characters if one < _UPPER_PLANES)
    return re.compile(f"[{re.escape(usual)}\U00010000-\U0010ffff]")


_UPPER_PLANES = 0x10000


def _join(patterns: Iterable[str], ahead: str = "") -> re.Pattern[str]:
    """One pattern with a group for each; the patterns have no groups of their own."""
    return re.compile(f"{ahead}(?:{'|'.join(f'({pattern})' for pattern in patterns)})")


def compose(maps: Iterable[Mapping[str, str]]) -> dict[int, str]:
    """Maps of characters one after another as one, for `str.translate`."""
    table: dict[int, str] = {}
    for one in maps:
        for place, letter in table.items():
            table[place] = one.get(letter, letter)
        for source, target in one.items():
            table.setdefault(ord(source), target)
    return table
