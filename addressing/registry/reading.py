"""From a text that was read to the elements that the registry takes."""

from addressing.parse import Address, Parser
from addressing.registry.schema import NUMBERED
from addressing.registry.values import FieldError, Part


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
