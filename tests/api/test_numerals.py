"""Whole numbers in what requests say."""

import pytest

from api.numerals import exceeds, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("20", 20), ("21", None), ("", None), ("-1", None), ("1.0", None)],
)
def test_only_digits_up_to_the_most_are_a_number(text: str, number: int | None) -> None:
    assert whole_number(text, 20) == number


@pytest.mark.parametrize("text", ["9" * 5000, "١", "１", "²", "1_0", " 1"])
def test_what_python_would_read_otherwise_is_none(text: str) -> None:
    assert whole_number(text, 10**18) is None


def test_any_number_of_digits_can_be_compared() -> None:
    assert exceeds("9" * 5000, 10)
    assert exceeds("11", 10)
    assert not exceeds("0" * 5000 + "7", 10)
    assert not exceeds("ten", 10)
