import pytest
from hypothesis import given
from hypothesis import strategies as st

from addressing.code import MOST, AddressCode, make_code, parse_code
from cim.codes.base import CodeError


@given(st.sampled_from(["110101", "330106", "990101"]), st.integers(1, MOST))
def test_a_code_tells_its_county_and_number_again(division: str, sequence: int) -> None:
    code = make_code(division, sequence)
    assert len(code) == 16
    assert parse_code(code) == AddressCode(division, sequence)
    assert str(parse_code(code)) == code


@given(st.integers(1, MOST), st.integers(0, 15), st.integers(1, 9))
def test_any_single_wrong_digit_is_refused(sequence: int, place: int, shift: int) -> None:
    code = make_code("330106", sequence)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    with pytest.raises(CodeError):
        parse_code(wrong)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("33010600000000", "has 14 characters; legal: 16"),
        ("3301O60000000010", "character 5 is 'O'"),
        ("0001060000000010", "characters 1 to 2 are '00', no province"),
    ],
)
def test_the_message_names_the_digit_at_fault(text: str, says: str) -> None:
    with pytest.raises(CodeError, match=says):
        parse_code(text)


def test_a_wrong_check_digit_tells_the_right_one() -> None:
    code = make_code("330106", 7)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    with pytest.raises(CodeError, match=f"character 16 is '{wrong[-1]}', legal: '{code[-1]}'"):
        parse_code(wrong)


@pytest.mark.parametrize("sequence", [0, -1, MOST + 1])
def test_numbers_out_of_range_are_refused(sequence: int) -> None:
    with pytest.raises(CodeError, match="legal: 1 to 999999999"):
        make_code("330106", sequence)


@pytest.mark.parametrize("division", ["33010", "33010六", "330006"])
def test_a_county_that_is_none_is_refused(division: str) -> None:
    with pytest.raises(CodeError):
        make_code(division, 1)
