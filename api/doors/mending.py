"""Address codes read or typed wrongly: which digit may be wrong, and what was meant."""

from collections.abc import Iterator

from addressing.code import parse_code
from cim.codes.address import LENGTH
from cim.codes.base import CodeError

MOST = 5
"""Codes proposed at most."""


def digits_of(text: str) -> str:
    """The digits of a text that someone typed, in any width, without what stands between them."""
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())


def candidates(code: str) -> Iterator[tuple[int, str]]:
    """Sound codes that differ in one digit, or in two neighbours exchanged.

    Args:
        code: Sixteen digits.

    Yields:
        The place of the (first) differing digit, counted from 1, and the code.
    """
    if len(code) != LENGTH or not code.isdecimal():
        return
    for place in range(LENGTH):
        others = (digit for digit in "0123456789" if digit != code[place])
        yield from _sound(place, (code[:place] + digit + code[place + 1 :] for digit in others))
    for place in range(LENGTH - 1):
        first, second = code[place], code[place + 1]
        if first != second:
            yield from _sound(place, [code[:place] + second + first + code[place + 2 :]])


def _sound(place: int, codes: Iterator[str] | list[str]) -> Iterator[tuple[int, str]]:
    for code in codes:
        try:
            parse_code(code)
        except CodeError:
            continue
        yield place + 1, code
