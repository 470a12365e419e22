"""Plates as pictures and documents, read by an independent decoder."""

import pytest

from addressing.plate.drawing import Modules, Words
from addressing.plate.layout import draw_plate
from addressing.plate.pdf import write_pdf
from addressing.plate.png import write_png
from addressing.plate.sizes import SIZES, plate_size
from addressing.plate.svg import write_svg
from addressing.plate.symbol import LEAST_MODULE_MM, QUIET
from addressing.plate.typeface import Typeface, plate_typeface
from addressing.plate.wording import PlateText, plate_text
from addressing.resources import load_profile
from cim.errors import ConfigError, InputError
from tests.addressing.plate.making import (
    ADDRESSES,
    CODE,
    HOST,
    drawn,
    open_png,
    pages_of,
    read_codes,
    texts_of,
    wording,
)

LINK = f"https://{HOST}/a/{CODE}"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ADDRESSES)
def test_the_decoder_reads_every_plate_from_its_pixels(name: str, size: str) -> None:
    picture = open_png(write_png(drawn(name, size), plate_typeface(), 100))
    assert read_codes(picture) == [LINK]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ADDRESSES)
def test_the_decoder_reads_every_plate_from_its_document(name: str, size: str) -> None:
    pages = pages_of(write_pdf(drawn(name, size), plate_typeface()), dpi=100)
    assert [read_codes(page) for page in pages] == [[LINK]]


@pytest.mark.parametrize("size", SIZES)
def test_the_code_is_read_at_the_size_of_a_stamp_and_askew(size: str) -> None:
    picture = open_png(write_png(drawn(size=size), plate_typeface(), 100)).rotate(17, expand=True)
    small = picture.resize((picture.width // 2, picture.height // 2))
    assert read_codes(small) == [LINK]


def test_text_in_a_document_can_be_selected() -> None:
    (text,) = texts_of(write_pdf(drawn("tainan"), plate_typeface()))
    assert "西門路二段308巷15弄" in text
    assert "XIMEN LU 2 DUAN" in text


def test_a_document_has_the_plates_true_size() -> None:
    (page,) = pages_of(write_pdf(drawn(size="small"), plate_typeface()), dpi=254)
    assert page.size == pytest.approx((1500, 900), abs=1)


def test_a_picture_has_the_plates_true_size_and_says_so() -> None:
    picture = write_png(drawn(size="small"), plate_typeface(), 254)
    assert open_png(picture).size == (1500, 900)


def test_svg_needs_no_font_and_tells_what_it_shows() -> None:
    svg = write_svg(drawn("road"), plate_typeface())
    assert "<text" not in svg
    assert 'width="270mm" height="170mm"' in svg
    assert "<title>文三路259号 (WENSAN LU)" in svg


def test_svg_escapes_what_a_name_says() -> None:
    text = PlateText('A<b>&"路', "A", "1", "号", CODE, LINK)
    svg = write_svg(draw_plate(text, plate_size("small"), plate_typeface()), plate_typeface())
    assert "<b>" not in svg
    assert 'aria-label="A&lt;b&gt;&amp;&quot;路1号' in svg


@pytest.mark.parametrize("size", SIZES)
def test_nothing_leaves_the_plate_or_touches_the_quiet_zone(size: str) -> None:
    drawing = drawn("tainan", size)
    face = plate_typeface()
    code = next(shape for shape in drawing.shapes if isinstance(shape, Modules))
    quiet = code.x - QUIET * code.side / len(code.symbol.modules)
    for words in (shape for shape in drawing.shapes if isinstance(shape, Words)):
        low, high = face.ink(words.text)
        right = words.x + face.width(words.text) * words.size
        assert 0 < words.x < right < drawing.width_mm
        assert words.baseline - high * words.size > 0
        assert words.baseline - low * words.size < drawing.height_mm
        assert right <= quiet or words.baseline - high * words.size > code.y + code.side


@pytest.mark.parametrize(("size", "level"), [("large", "H"), ("medium", "H"), ("small", "Q")])
def test_error_correction_is_as_high_as_the_size_lets_it_be(size: str, level: str) -> None:
    code = next(shape for shape in drawn(size=size).shapes if isinstance(shape, Modules))
    assert code.symbol.level == level
    assert code.side / len(code.symbol.modules) >= LEAST_MODULE_MM


def test_a_link_too_long_for_the_plate_is_refused_with_the_way_out() -> None:
    host = ".".join(["a" * 40] * 3)
    assert drawn(size="large", host=host).width_mm == 570
    with pytest.raises(InputError, match=r"choose a larger plate or a shorter addresses\.host"):
        drawn(size="small", host=host)


def test_a_character_without_a_shape_is_named() -> None:
    text = PlateText("\U0002a6a5路", "X", "1", "号", CODE, LINK)
    with pytest.raises(InputError, match=r"U\+2A6A5.*addresses\.font"):
        draw_plate(text, plate_size("small"), plate_typeface())


@pytest.mark.parametrize("text", [*"㙟氹埗垟峯", "臺", "鄰", "Ü"])
def test_the_font_has_characters_of_place_names(text: str) -> None:
    plate_typeface().require(text)


@pytest.mark.parametrize("dpi", [71, 601])
def test_a_resolution_out_of_range_is_refused(dpi: int) -> None:
    with pytest.raises(InputError, match="legal: 72 to 600"):
        write_png(drawn(), plate_typeface(), dpi)


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(InputError, match="legal: at most"):
        write_png(drawn(size="large"), plate_typeface(), 600)


def test_a_size_that_is_none_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(InputError, match="legal: large, medium, small"):
        plate_size("huge")


def test_a_file_that_is_no_font_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"fake\.ttf: no TrueType font"):
        Typeface(b"no font at all", "fake.ttf")


def test_long_names_take_two_lines() -> None:
    elements = wording("tainan")
    lines = [shape.text for shape in drawn("tainan").shapes if isinstance(shape, Words)]
    assert "".join(lines[:1]) == elements.name
    assert lines[1:3] == ["XIMEN LU 2 DUAN", "308 XIANG 15 NONG"]


def test_a_named_building_is_its_own_number() -> None:
    class Named:
        type, value, name = "poi", "天马大厦", "天马大厦"

    text = plate_text([Named()], load_profile("mainland"), code=CODE, host=HOST)
    assert (text.name, text.number, text.unit) == ("天马大厦", "天马大厦", "")
