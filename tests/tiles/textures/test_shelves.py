"""Packing rectangles into pages."""

from hypothesis import given
from hypothesis import strategies as st

from tiles.textures.shelves import LARGEST_PAGE_PX, PAGE_PX, pack

SIDES = st.integers(1, LARGEST_PAGE_PX)


@given(st.lists(st.tuples(SIDES, SIDES), max_size=40))
def test_rectangles_lie_within_their_page_and_never_overlap(sizes: list[tuple[int, int]]) -> None:
    places = pack(sizes)
    boxes = [
        (place.page, place.left, place.top, place.left + width, place.top + height)
        for place, (width, height) in zip(places, sizes, strict=True)
    ]
    for number, one in enumerate(boxes):
        assert max(one[3:]) <= LARGEST_PAGE_PX
        for other in boxes[:number]:
            apart = (
                one[3] <= other[1]
                or other[3] <= one[1]
                or one[4] <= other[2]
                or other[4] <= one[2]
            )
            assert one[0] != other[0] or apart


def test_small_rectangles_fill_a_page_before_the_next_begins() -> None:
    places = pack([(256, 256)] * 65)
    assert [place.page for place in places] == [0] * 64 + [1]
    assert max(place.left for place in places) == PAGE_PX - 256
