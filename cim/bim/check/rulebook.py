"""Rules as data: a TOML file of rules, each of a kind and with parameters of its own.

[[rule]]
id = "walls-say-if-external"
kind = "properties"
severity = "warning"
zh = "墙未注明内外"
en = "Walls do not say whether they are external"
[rule.parameters]
classes = ["IfcWall"]
property_set = "Pset_WallCommon"
properties = ["IsExternal"]
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cim import plugins
from cim.bim.check.base import SEVERITIES, Parameters, RuleKind, Severity, Test, Words
from cim.errors import InputError, NotFoundError

KINDS: Final = "cim.bim.check.rules"
HOUSE_RULES: Final = Path(__file__).resolve().parents[3] / "assets" / "bim" / "rules.toml"
"""The rules that every model is checked by."""

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_KEYS: Final = ("id", "kind", "severity", "zh", "en", "off", "parameters")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be tried."""

    id: str
    kind: str
    severity: Severity
    title: Words
    test: Test


def house_rules() -> tuple[Rule, ...]:
    """The rules that come with the program."""
    return read_rules((HOUSE_RULES,))


def read_rules(files: Iterable[Path]) -> tuple[Rule, ...]:
    """The rules of files, in order; a later rule stands in for an earlier one of the same id.

    A rule with `off = true` takes the earlier one of its id away.

    Raises:
        InputError: A file cannot be read, or a rule in it is not legal; the message names both.
    """
    found: dict[str, Rule] = {}
    for file in files:
        for number, entry in enumerate(_entries(file), 1):
            try:
                key, rule = _rule(entry)
            except (InputError, NotFoundError) as error:
                raise InputError(f"{file}: rule {number}: {error}") from error
            if rule is None:
                found.pop(key, None)
            else:
                found[key] = rule
    return tuple(found.values())


def _entries(file: Path) -> Sequence[Any]:
    """The tables `[[rule]]` of a file.

    Raises:
        InputError: It cannot be read, or holds something else.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no file of rules: {error}") from error
    if set(document) != {"rule"} or not isinstance(document["rule"], list):
        raise InputError(f"{file}: a file of rules holds tables [[rule]] and nothing else")
    return document["rule"]


def _rule(entry: Any) -> tuple[str, Rule | None]:  # noqa: ANN401 - what TOML holds
    """Id and rule of an entry; None for one that is switched off."""
    if not isinstance(entry, dict):
        raise InputError(f"{entry!r} is no table")
    unknown = next((name for name in entry if name not in _KEYS), None)
    if unknown is not None:
        raise InputError(f"no key {unknown!r}; known: {', '.join(_KEYS)}")
    key = entry.get("id")
    if not isinstance(key, str) or not _ID.fullmatch(key):
        raise InputError(f"id {key!r}; legal: a lower-case letter, then letters, digits and -")
    off = entry.get("off", False)
    if off is True:
        return key, None
    if off is not False:
        raise InputError(f"rule {key!r}: off = {off!r}; legal: true, false")
    severity = _word(key, entry, "severity")
    if severity not in SEVERITIES:
        raise InputError(f"rule {key!r}: severity {severity!r}; legal: {', '.join(SEVERITIES)}")
    kind = _word(key, entry, "kind")
    maker: RuleKind = plugins.load(kind, KINDS)
    parameters = entry.get("parameters", {})
    if not isinstance(parameters, dict):
        raise InputError(f"rule {key!r}: parameters {parameters!r}; legal: a table")
    title = Words(_word(key, entry, "zh"), _word(key, entry, "en"))
    test = maker.test(Parameters(key, parameters))
    return key, Rule(key, kind, severity, title, test)


def _word(key: str, entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"rule {key!r}: {name} = {value!r}; legal: a text that is not empty")
    return value
