"""What is told of an address that was read: its elements, and why they are read so."""

from typing import Any

from addressing.format import FULL, SHORT, write, write_english
from addressing.kinds import ga_code
from addressing.parse import Address, Element, Parser


def report(address: Address, parser: Parser) -> dict[str, Any]:
    """Everything about an address, ready for JSON.

    Args:
        address: As read.
        parser: What read it.
    """
    profile = parser.grammar.profile
    return {
        "address": address.original,
        "canonical": address.canonical,
        "standard": write(address.elements, profile, FULL),
        "short": write(address.elements, profile, SHORT),
        "english": write_english(address.elements),
        "elements": [_element(element) for element in address.elements],
        "rest": address.rest_text,
        "unparsed": [one._asdict() for one in address.rest],
        "noise": [
            {
                "start": one.start,
                "end": one.end,
                "text": address.original[one.start : one.end],
                "rule": one.rule,
            }
            for one in address.noise
        ],
        "problems": list(address.problems),
        "others": list(address.others),
        "division_codes": list(address.division_codes),
        "rules": list(fired_rules(address, parser)),
        "profile": profile.name,
        "version": parser.grammar.version,
    }


def _element(element: Element) -> dict[str, Any]:
    """One element."""
    return {
        "type": element.type,
        "value": element.value,
        "text": element.text,
        "start": element.start,
        "end": element.end,
        "name": element.name,
        "code": element.code or None,
        "ga_code": ga_code(element.type, element.value) or None,
        "known": element.known,
        "rule": element.rule,
    }


def fired_rules(address: Address, parser: Parser) -> tuple[str, ...]:
    """Names of the rules that changed or read something, in their order; `lexicon` last."""
    used = {element.rule for element in address.elements} | {one.rule for one in address.noise}
    text = address.original
    found = []
    for rule in parser.grammar.rules:
        table = {ord(old): new for old, new in rule.parts.characters.items()}
        changed = text.translate(table)
        if changed != text or rule.name in used:
            found.append(rule.name)
        text = changed
    return (*found, *(name for name in ("position", "lexicon") if name in used))
