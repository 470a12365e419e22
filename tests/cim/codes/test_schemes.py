"""Code schemes against published codes and against slips of the hand."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from cim import plugins
from cim.code_checks import check, find_scheme, identify, schemes
from cim.codes.base import CodeError, Scheme
from cim.errors import InputError

Shared = Callable[[str], Path]
ADDRESS = "4201030000000016"
ENTITY = "BLDGN50J47539B825534000D"


def rows(shared: Shared, name: str) -> list[dict[str, str]]:
    with shared(f"data/vectors/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_published_real_property_codes_are_taken_apart_as_published(shared: Shared) -> None:
    scheme = find_scheme("real_property")
    for row in rows(shared, "real_property_unit_codes"):
        parts = scheme.check(row["code28"]).parts
        assert parts["division_code"] == row["county6"]
        assert parts["cadastral_area"] == row["cadastral_area3"]
        assert parts["cadastral_subarea"] == row["cadastral_subarea3"]
        assert parts["parcel_feature"] == row["feature2"]
        assert parts["parcel_sequence"] == row["parcel_seq5"]
        assert parts["fixture_feature"] == row["fixture1"]
        assert (parts["building"], parts["unit"]) == (row["building4"], row["unit4"])


def test_published_division_codes_are_those_of_committees(shared: Shared) -> None:
    scheme = find_scheme("division")
    for row in rows(shared, "admin_division_12digit"):
        parts = scheme.check(row["code12"]).parts
        assert parts["level"] == "committee"
        assert parts["township"] == row["township3"]
        assert ("村" in parts["committee_zh"]) == (int(row["village3"]) >= 200)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("110000000000", "province"),
        ("420100000000", "prefecture"),
        ("420103000000", "county"),
        ("441900003000", "township"),
        ("420103001002", "committee"),
    ],
)
def test_a_division_code_tells_its_level(code: str, level: str) -> None:
    assert find_scheme("division").check(code).parts["level"] == level


def test_an_entity_id_tells_class_place_and_sequence() -> None:
    parts = find_scheme("entity").check(ENTITY).parts
    assert parts["class"] == "BLDG"
    assert parts["cell"] == "N50J47539B825534"
    assert parts["sequence"] == "000"


@given(st.integers(0, 10**9 - 1), st.integers(0, 14), st.integers(1, 9))
def test_an_address_code_with_one_wrong_digit_is_refused(
    sequence: int, place: int, shift: int
) -> None:
    body = f"420103{sequence:09d}"
    code = body + mod_11_10.calc_check_digit(body)
    scheme = find_scheme("address")
    assert scheme.check(code).value == code
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    with pytest.raises(CodeError):
        scheme.check(wrong)


@pytest.mark.parametrize(
    ("scheme", "text", "message"),
    [
        ("address", ADDRESS[:-1], "has 15 characters; legal: 16"),
        ("address", ADDRESS[:-1] + "7", "character 16 is '7', legal: '6'"),
        ("address", "42O1030000000016", "character 3 is 'O', legal: 0 to 9"),
        ("address", "9801030000000016", "'98', no province; legal: 11, 12"),
        ("address", "4200030000000016", "characters 5 to 6 are '03' under a whole province"),
        ("address", "４201030000000016", "character 1 is '４'"),
        ("real_property", "320505400202GB00001F0001006", "has 27 characters; legal: 28"),
        ("real_property", "320505400202KB00001F00010069", "character 13 is 'K', legal: G, J, Z"),
        ("real_property", "320505400202GB00001K00010069", "character 20 is 'K', legal: F, L, Q"),
        ("division", "22058110200", "has 11 characters; legal: 12"),
        ("division", "220581702001", "characters 7 to 9 are '702'; legal: 000 to 599"),
        ("division", "220581000001", "committee '001' without a township"),
        ("division", "110000001000", "township '001' under a whole province"),
        ("entity", ENTITY[:-1] + "E", "check character 'E'; legal: 'D'"),
        ("entity", "XXXXN50J47539B825534000", "has 23 characters"),
        ("plain", "  ", "is empty"),
        ("plain", "a\tb", "character 2 is '\\t'"),
        ("plain", "a" * 256, "has 256 characters"),
    ],
)
def test_a_wrong_code_is_told_what_is_legal(scheme: str, text: str, message: str) -> None:
    verdict = check(find_scheme(scheme), text)
    assert not verdict.valid
    assert message in verdict.reason


def test_spaces_and_small_letters_are_brought_to_the_normal_form() -> None:
    printed = "320505 400202 gb00001 f00010069"
    assert find_scheme("real_property").check(printed).value == "320505400202GB00001F00010069"


def test_a_right_that_is_not_known_is_noted_not_refused() -> None:
    checked = find_scheme("real_property").check("320505400202GK00001W00000000")
    assert "'K'" in checked.notes[0]


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (ADDRESS, "address"),
        (ENTITY, "entity"),
        ("220581102001", "division"),
        ("320505400202GB00001F00010069", "real_property"),
    ],
)
def test_a_code_is_recognised(text: str, scheme: str) -> None:
    assert [verdict.scheme for verdict in identify(text) if verdict.valid] == [scheme]


def test_a_text_that_fits_nothing_has_a_reason_for_each_scheme() -> None:
    verdicts = identify("门牌 12 号")
    assert all(not verdict.valid and verdict.reason for verdict in verdicts)
    assert find_scheme("plain").check("门牌 12 号").value == "门牌 12 号"


def test_an_unknown_scheme_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match="known: address, division, entity, plain"):
        find_scheme("jgj496")


@pytest.mark.parametrize("name", plugins.names("cim.codes"))
@given(text=st.text(max_size=40))
def test_any_text_has_a_verdict(name: str, text: str) -> None:
    scheme: Scheme = schemes()[name]
    verdict = check(scheme, text)
    assert verdict.valid or "\n" not in verdict.reason
    if verdict.checked is not None:
        assert scheme.check(verdict.checked.value).value == verdict.checked.value


@pytest.mark.parametrize("name", plugins.names("cim.codes"))
def test_every_scheme_names_itself_and_its_source(name: str) -> None:
    scheme = schemes()[name]
    assert scheme.name == name
    assert scheme.title["zh"]
    assert scheme.title["en"]
    assert scheme.source
