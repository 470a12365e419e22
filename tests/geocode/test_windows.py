"""Names that may stand in a text: those found are all there are."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from geocode.windows import Hit, Names, windows_of

TEXTS = st.text("文三西路街一", min_size=2, max_size=5)


@given(
    st.lists(TEXTS, max_size=12), st.text("文三西路街一0号 ", max_size=12), st.sampled_from([1, 2])
)
def test_all_names_within_so_many_edits_of_a_stretch_are_found(
    several: list[str], text: str, most: int
) -> None:
    names = Names.of(("road", name) for name in several)
    windows = windows_of(text)
    assert names.hits(text, windows, most) == [
        Hit(window, "road", name, edits)
        for window in windows
        for name in dict.fromkeys(several)
        if (edits := OSA.distance(text[slice(*window)], name)) <= most
    ]
