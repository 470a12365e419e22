"""Plates of real addresses, and a decoder of QR codes."""

import io

import pypdfium2
import zxingcpp
from PIL import Image

from addressing.plate.drawing import Drawing
from addressing.plate.layout import draw_plate
from addressing.plate.sizes import plate_size
from addressing.plate.typeface import plate_typeface
from addressing.plate.wording import PlateText, plate_text
from addressing.resources import load_profile
from tests.addressing.making import parser_of

HOST = "dz.example.gov.cn"
CODE = "3301060000000016"
INCH_POINTS = 72

ADDRESSES = {
    "tainan": ("taiwan", "臺南市中西區郡王里１２鄰西門路二段３０８巷１５弄８號之３"),
    "flat": ("taiwan", "臺南市中西區小西門里13鄰健康路一段396號四樓之11"),
    "village": ("taiwan", "臺南市北門區三光里9鄰56號"),
    "road": ("mainland", "杭州市西湖区文三路259号"),
    "room": ("mainland", "杭州市西湖区翠苑街道翠苑新村二区3幢2单元501室"),
}
"""Profile and text by what they show."""


def wording(name: str, host: str = HOST) -> PlateText:
    """What the plate of one of `ADDRESSES` says."""
    profile, text = ADDRESSES[name]
    elements = parser_of(profile).parse(text).elements
    return plate_text(elements, load_profile(profile), code=CODE, host=host)


def drawn(name: str = "road", size: str = "medium", host: str = HOST) -> Drawing:
    """The plate of one of `ADDRESSES`."""
    return draw_plate(wording(name, host), plate_size(size), plate_typeface())


def read_codes(picture: Image.Image) -> list[str]:
    """What the QR codes of a picture hold, by an independent decoder."""
    return [str(found.text) for found in zxingcpp.read_barcodes(picture)]


def open_png(data: bytes) -> Image.Image:
    """A PNG as a picture."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def pages_of(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """The pages of a PDF as an independent program draws them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        scale = dpi / INCH_POINTS
        return [page.render(scale=scale).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def texts_of(pdf: bytes) -> list[str]:
    """The text of each page of a PDF, as a reader would select it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [str(page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()
