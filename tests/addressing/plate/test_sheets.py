"""Many plates on sheets of paper."""

import io

import pytest

from addressing.plate.pdf import write_sheets
from addressing.plate.sheets import EDGE_MM, SHEETS, arrange
from addressing.plate.sizes import SIZES, plate_size
from addressing.plate.typeface import plate_typeface
from cim.errors import InputError
from tests.addressing.plate.making import ADDRESSES, CODE, HOST, drawn, pages_of, read_codes


@pytest.mark.parametrize(
    ("size", "sheet", "count"),
    [("small", "A4", 3), ("small", "A3", 6), ("medium", "A4", 1), ("medium", "A3", 2),
     ("medium", "A2", 4), ("large", "A2", 1), ("large", "A1", 2)],
)  # fmt: skip
def test_a_sheet_holds_so_many(size: str, sheet: str, count: int) -> None:
    assert len(arrange(plate_size(size), sheet).places) == count


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("size", ["small", "medium"])
def test_plates_and_marks_stay_on_the_paper_and_apart(size: str, sheet: str) -> None:
    kind, found = SIZES[size], arrange(SIZES[size], sheet)
    boxes = [(x, y, x + kind.width_mm, y + kind.height_mm) for x, y in found.places]
    for left, top, right, bottom in boxes:
        assert left >= EDGE_MM - 1e-9
        assert top >= EDGE_MM - 1e-9
        assert right <= found.width_mm - EDGE_MM + 1e-9
        assert bottom <= found.height_mm - EDGE_MM + 1e-9
    for mark in (line for lines in found.marks for line in lines):
        for x, y in (mark[:2], mark[2:]):
            assert 0 < x < found.width_mm
            assert 0 < y < found.height_mm
            assert not any(a < x < c and b < y < d for a, b, c, d in boxes)


def test_a_plate_that_fits_no_such_sheet_is_refused_with_those_that_hold_it() -> None:
    with pytest.raises(InputError, match="does not fit A3; legal: A2, A1"):
        arrange(plate_size("large"), "A3")
    with pytest.raises(InputError, match="legal: A4, A3, A2, A1"):
        arrange(plate_size("small"), "B5")


def test_the_decoder_reads_every_plate_of_every_sheet() -> None:
    drawings = [drawn(name, "small") for name in ADDRESSES] * 2
    file = io.BytesIO()
    counts = write_sheets(drawings, arrange(plate_size("small"), "A3"), plate_typeface(), file)
    assert counts == (10, 2)
    read = [read_codes(page) for page in pages_of(file.getvalue(), dpi=120)]
    assert [len(codes) for codes in read] == [6, 4]
    assert {code for codes in read for code in codes} == {f"https://{HOST}/a/{CODE}"}
