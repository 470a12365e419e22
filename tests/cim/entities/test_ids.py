"""Permanent entity ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from cim.entities import ids
from cim.entities.classes import CLASSES, entity_class
from cim.entities.ids import EntityIdError
from cim.errors import InputError

PREFIX = "BLDGN50J47539B825534"

prefixes = st.text(ids.ALPHABET, min_size=ids.PREFIX_LENGTH, max_size=ids.PREFIX_LENGTH)
sequences = st.integers(0, ids.SEQUENCES - 1)


def test_the_example_of_the_product_page_comes_out() -> None:
    assert ids.make_ids(np.array([PREFIX]), np.array([0])).tolist() == ["BLDGN50J47539B825534000D"]


@given(st.lists(st.tuples(prefixes, sequences), min_size=1, max_size=20))
def test_every_id_carries_its_parts_and_a_check_character_of_iso_7064(
    parts: list[tuple[str, int]],
) -> None:
    made = ids.make_ids(
        np.array([prefix for prefix, _ in parts]), np.array([number for _, number in parts])
    )
    for entity_id, (prefix, number) in zip(made.tolist(), parts, strict=True):
        assert entity_id.startswith(prefix)
        assert ids.sequence_of(entity_id) == number
        assert mod_37_36.is_valid(entity_id)
        assert ids.check_id(f" {entity_id.lower()} ") == entity_id


def test_a_cell_that_is_full_is_refused_by_name() -> None:
    with pytest.raises(EntityIdError, match=r"cell N50J47539B825534 .* 46656 .* BLDG"):
        ids.make_ids(np.array([PREFIX]), np.array([ids.SEQUENCES]))


def test_no_prefixes_give_no_ids() -> None:
    assert len(ids.make_ids(np.zeros(0, "U20"), np.zeros(0, np.int64))) == 0


def test_sequences_count_on_within_a_prefix_in_the_given_order() -> None:
    texts = np.array(["B", "A", "B", "A", "C"])
    assert ids.next_sequences(texts, {"A": 7}).tolist() == [0, 7, 1, 8, 0]


@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=60))
def test_no_two_new_entities_share_prefix_and_sequence(texts: list[str]) -> None:
    numbers = ids.next_sequences(np.array(texts, dtype="U1"), {"B": 3})
    assert len(set(zip(texts, numbers.tolist(), strict=True))) == len(texts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("BLDG", "has 4 characters; legal: 24"),
        ("BLDGN50J47539B8255340-0D", "holds '-'; legal: 0-9 and A-Z"),
        ("BLDGN50J47539B825534000E", "check character 'E'; legal: 'D'"),
        ("", "has 0 characters"),
    ],
)
def test_what_is_no_id_is_refused_with_the_place_at_fault(text: str, message: str) -> None:
    with pytest.raises(EntityIdError, match=message):
        ids.check_id(text)


@given(prefixes, sequences, st.integers(0, 23), st.sampled_from(ids.ALPHABET))
def test_one_wrong_character_is_always_noticed(
    prefix: str, number: int, place: int, wrong: str
) -> None:
    right = str(ids.make_ids(np.array([prefix]), np.array([number]))[0])
    if right[place] != wrong:
        with pytest.raises(EntityIdError):
            ids.check_id(right[:place] + wrong + right[place + 1 :])


def test_classes_are_four_characters_and_known_by_any_case() -> None:
    assert all(len(code) == 4 and set(code) <= set(ids.ALPHABET) for code in CLASSES)
    assert entity_class("bldg").title_zh == "建筑"
    with pytest.raises(InputError, match="'HOUS' is unknown; known: ADDR, BLDG"):
        entity_class("HOUS")
