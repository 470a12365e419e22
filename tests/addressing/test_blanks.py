"""Letters that say nothing: which they are does not change how a text is read."""

from hypothesis import given
from hypothesis import strategies as st

from addressing.blanks import Blanks
from addressing.lattice import Lattice
from addressing.lexicon import Lexicon, Name
from addressing.parse import Parser
from addressing.reading import read
from addressing.resources import load_divisions, load_grammar
from addressing.text import shape_of
from tests.addressing.vectors import labelled

STREETS = ("文三路", "学院", "东二路", "解放东路", "一街", "十二巷", "延安三路", "西大街")
NAMES = (
    *load_divisions().names(levels=range(1, 4)),
    *[Name(street, "road") for street in STREETS],
)
LATTICES = {
    profile: Lattice.of(load_grammar(profile), Lexicon.of(NAMES))
    for profile in ("mainland", "taiwan", "hongkong", "shanghai")
}
BLANKS = {profile: Blanks(lattice) for profile, lattice in LATTICES.items()}
TEXTS = [shape_of(text) for text, _ in labelled()]
LETTERS = st.sampled_from(sorted({letter for text in TEXTS for letter in text}))


@given(
    st.sampled_from(sorted(LATTICES)),
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.integers(0, 40), LETTERS), max_size=4),
)
def test_a_text_is_read_as_with_any_other_letter_that_says_nothing(
    profile: str, text: str, slips: list[tuple[int, str]]
) -> None:
    for place, letter in slips:
        text = text[:place] + letter + text[place + 1 :]
    lattice, blanks = LATTICES[profile], BLANKS[profile]
    assert read(lattice, blanks.filled(text)) == read(lattice, text)


def test_a_street_is_not_read_as_the_one_that_is_called_so_on_purpose() -> None:
    parser = Parser(load_grammar("mainland"), Lexicon.of(NAMES))
    for street in ("文三路", "文二路", "文四路", "解放东路", "解放西路", "解放南路"):
        assert parser.parse(f"杭州市{street}8号").elements[-2].value == street


def test_letters_of_names_and_rules_stay() -> None:
    filled = BLANKS["mainland"].filled
    assert filled("杭州市文三路甲0号东龘栋") == "杭州市文三路甲0号东" + filled("龘") + "栋"
    assert filled("学院") == "学院"
    assert len({filled(letter) for letter in "鸡鸭龘"}) == 1


def test_elements_have_the_letters_that_were_written() -> None:
    parser = Parser(load_grammar("mainland"), Lexicon.of(NAMES))
    for name in ("鸡鸣路", "鸭鸣路", "鹅鸣路"):
        road, number = parser.parse(f"杭州市{name}8号").elements[-2:]
        assert (road.type, road.value, road.text) == ("road", name, name)
        assert (number.type, number.value) == ("number", "8")
