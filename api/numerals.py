"""Whole numbers in what requests say: in paths, parameters and headers."""

from typing import Annotated

from pydantic import Field

LARGEST_ROW = 2**63 - 1

type RowNumber = Annotated[int, Field(ge=0, le=LARGEST_ROW)]
"""A row's number in a path; the store knows none that is larger."""


def whole_number(text: str, most: int) -> int | None:
    """The number that ASCII digits write; None where they write none, or one above `most`.

    Python refuses to read thousands of digits; such a text is longer than any legal one.
    """
    if not (text.isascii() and text.isdecimal()) or len(text.lstrip("0")) > len(str(most)):
        return None
    number = int(text.lstrip("0") or "0")
    return number if number <= most else None


def exceeds(text: str, most: int) -> bool:
    """Whether digits write a number above `most`, however many they are."""
    return text.isascii() and text.isdecimal() and whole_number(text, most) is None
