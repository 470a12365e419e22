"""Addresses of words are read alike, however they are written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cim.errors import ConfigError
from geocode.words.profile import load_profile, profile_of
from geocode.words.text import canonical_name, canonical_number, folded, pieces_of

FRENCH = load_profile("french")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Avenue de l'Opéra", "av opera"),
        ("Rue du Général de Gaulle", "R. DU GAL DE GAULLE"),
        ("Boulevard Saint-Michel", "bd st michel"),
        ("Place du Onze Novembre", "pl du 11 novembre"),
        ("Place du Premier Mai", "Place du 1er Mai"),
        ("Boulevard Henri IV", "boulevard henri 4"),
        ("Zone Industrielle les Chanoux", "zi les chanoux"),
        ("Escaudœuvres", "ESCAUDOEUVRES"),
        ("Straße des Œuvres", "strasse oeuvres"),
        ("Paris 17e Arrondissement", "paris 17eme"),
        ("Rue d\u2019Estienne d\u2019Orves", "rue d estienne d orves"),
    ],
)
def test_one_name_is_one_whatever_way_it_is_written(one: str, other: str) -> None:
    assert canonical_name(FRENCH, one) == canonical_name(FRENCH, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rue Pasteur", "Avenue Pasteur"), ("Rue du 8 Mai", "Rue du 11 Novembre"), ("Arcs", "Arc")],
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert canonical_name(FRENCH, one) != canonical_name(FRENCH, other)


@pytest.mark.parametrize(
    ("text", "number"),
    [("28b", "28B"), ("1 bis", "1BIS"), ("012A", "12A"), ("2-4", "2"), ("6E", "6E"), ("", "")],
)
def test_the_number_of_a_door_is_digits_and_what_stands_behind(text: str, number: str) -> None:
    assert canonical_number(text) == number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("28b rue de la garrigue", ["28B"]),
        ("17 B PLACE DU GENERAL", ["17B"]),
        ("1 bis rue Curie", ["1BIS"]),
        ("22 avenue a creteil", ["22"]),
        ("rue du 10e", []),
        ("6E rue Neuve", ["6E"]),
        ("docteur eloy59133 phalempin", ["59133"]),
    ],
)
def test_numbers_of_doors_are_told_from_numbers_that_count(text: str, numbers: list[str]) -> None:
    found = [one.text + one.suffix for one in pieces_of(FRENCH, text) if one.is_number]
    assert found == numbers


@given(st.text(max_size=600))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert all(one.text for one in pieces_of(FRENCH, text))
    canonical_number(text)


@given(st.text(max_size=200))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(FRENCH.synonyms) + sorted(FRENCH.types) + ["de", "l'", "12"]),
            st.text("abcdeéèœç'- 0123456789", max_size=8),
        ),
        max_size=6,
    )
)
@example(["premier", "b", "al"])
def test_a_canonical_name_is_its_own(words: list[str]) -> None:
    once = canonical_name(FRENCH, " ".join(words))
    assert canonical_name(FRENCH, once) == once


def test_a_profile_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown key 'wek'"):
        profile_of("test", {**_table(), "wek": []})


def test_a_profile_that_lacks_a_key_is_refused() -> None:
    table = _table()
    del table["weak"]
    with pytest.raises(ConfigError, match="lacks the key 'weak'"):
        profile_of("test", table)


def _table() -> dict[str, object]:
    sets = ("weak", "idle", "types", "ordinals", "suffixes")
    return {
        **{key: [] for key in sets},
        "title": {},
        "version": 1,
        "short_suffixes": {},
        "postcode": "[0-9]+",
        "postcode_area": 2,
        "synonyms": {},
        "told": {},
    }
