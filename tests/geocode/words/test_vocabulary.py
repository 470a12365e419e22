"""Words are found when they are nearly written so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from geocode.words.vocabulary import Vocabulary

WORDS = ("rochechouart", "dupuytren", "leclerc", "rue", "azincourt", "1945")


def found(text: str) -> list[str]:
    return [one.word for one in Vocabulary.of(WORDS).near(text)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("rouchechouart", "rochechouart"),
        ("dupuytrin", "dupuytren"),
        ("lelerc", "leclerc"),
        ("elcelrc", "leclerc"),
        ("ru", "rue"),
        ("azinc", "azincourt"),
    ],
)
def test_slips_and_beginnings_lead_to_the_word(text: str, word: str) -> None:
    assert word in found(text)


@pytest.mark.parametrize("text", ["1946", "194", "xyz", ""])
def test_what_is_far_from_every_word_and_other_numbers_lead_nowhere(text: str) -> None:
    assert found(text) == []


@given(
    st.lists(st.text("abcde", min_size=1, max_size=12), max_size=30), st.text("abcde", max_size=12)
)
def test_every_word_one_edit_away_is_found(words: list[str], text: str) -> None:
    near = {one.word for one in Vocabulary.of(words).near(text)}
    if len(text) > 1:
        assert {word for word in words if OSA.distance(text, word) <= 1} <= near
