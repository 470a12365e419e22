"""Checks that several schemes share."""

from cim.codes.base import CodeError

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHOWN = 60


def compact(text: str) -> str:
    """The text without white space, ASCII letters in capitals."""
    joined = "".join(text.split())
    return joined.upper() if joined.isascii() else joined


def quoted(text: str) -> str:
    """A text for a message, cut when long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def require_length(title: str, code: str, length: int) -> None:
    """Refuse a code of another length.

    Raises:
        CodeError: It has another length.
    """
    if len(code) != length:
        raise CodeError(f"{title} {quoted(code)} has {len(code)} characters; legal: {length}")


def require_letters(title: str, code: str, start: int, stop: int, legal: str) -> None:
    """Refuse characters from `start` (counted from 0) to `stop` that are not `legal`.

    Raises:
        CodeError: One is not; the message gives its place counted from 1.
    """
    for place in range(start, stop):
        if code[place] not in legal:
            shown = (
                f"{legal[0]} to {legal[-1]}" if legal in (DIGITS, CAPITALS) else ", ".join(legal)
            )
            raise CodeError(
                f"{title} {quoted(code)}: character {place + 1} is {code[place]!r}, legal: {shown}"
            )
