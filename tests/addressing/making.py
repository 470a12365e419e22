"""Parsers and addresses for the tests of `addressing`."""

from functools import cache

from addressing.parse import Address, Parser
from addressing.resources import make_parser

TAINAN = "71/台南市"


@cache
def parser_of(profile: str = "mainland", *within: str) -> Parser:
    """The parser of a profile and region; made once."""
    return make_parser(profile, within)


def elements_of(address: Address) -> list[tuple[str, str]]:
    """Types and values in the order of the text."""
    return [(element.type, element.value) for element in address.elements]


def read(text: str, profile: str = "mainland", *within: str) -> dict[str, str]:
    """Values by type."""
    return dict(elements_of(parser_of(profile, *within).parse(text)))
