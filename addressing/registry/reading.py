"""From a text that was read to the elements that the registry takes."""

from collections.abc import Iterable

from addressing.cities import AUTO, COMMON, CityReader, profile_for
from addressing.parse import Address, Parser
from addressing.registry.schema import NUMBERED
from addressing.registry.values import FieldError, Part, part
from addressing.resources import load_grammar


def read_parts(text: str, division: str = "") -> tuple[Part, ...]:
    """The elements of a text, read by the rules of the city that a division lies in.

    Raises:
        FieldError: Some of the text could not be read, or it holds several addresses.
    """
    profile = profile_for((division,)) if division else AUTO
    return parts_of(*CityReader(profile).read(text))


def given_parts(fields: Iterable[tuple[str, str]], division: str = "") -> tuple[Part, ...]:
    """Elements of forms: type and text of each.

    Raises:
        FieldError: A type is unknown, or a text is none.
    """
    grammar = load_grammar(profile_for((division,)) if division else COMMON)
    return tuple(part(kind, text, grammar) for kind, text in fields)


def parts_of(address: Address, parser: Parser) -> tuple[Part, ...]:
    """The elements of an address that was read as a whole.

    Names are the official ones; in cities that write traditional characters, those of the text.

    Raises:
        FieldError: Some of the text could not be read, or it holds several addresses.
    """
    if not address.elements:
        raise FieldError("text", f"{address.original[:40]!r} has no element of an address")
    if address.rest:
        raise FieldError(
            "text", f"{address.rest_text[:40]!r} of {address.original[:40]!r} cannot be read"
        )
    if address.others:
        raise FieldError("text", f"holds {1 + len(address.others)} addresses; legal: one")
    own_script = parser.grammar.profile.script == "hant"
    return tuple(
        Part(
            one.type,
            one.value,
            ""
            if one.type in NUMBERED and one.value[-1:].isascii()
            else (one.text if own_script else one.name),
            one.code,
        )
        for one in address.elements
    )
