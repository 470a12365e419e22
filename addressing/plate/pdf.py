"""Plates as PDF by ReportLab: vectors, and text with its font embedded, as far as it is used."""

import io
from collections.abc import Iterable
from itertools import batched
from typing import Any, BinaryIO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from addressing.plate.drawing import Area, Drawing, Modules, Words
from addressing.plate.sheets import Arrangement, Line
from addressing.plate.typeface import Typeface
from cim.errors import ConfigError

_MARK_WIDTH = 0.1 * mm


def write_pdf(drawing: Drawing, face: Typeface) -> bytes:
    """One plate as a document with a page of its size."""
    buffer = io.BytesIO()
    page = _Page(buffer, face, drawing.width_mm, drawing.height_mm, drawing.title)
    page.draw(drawing, 0.0, 0.0)
    page.close()
    return buffer.getvalue()


def write_sheets(
    drawings: Iterable[Drawing], arrangement: Arrangement, face: Typeface, file: BinaryIO
) -> tuple[int, int]:
    """Plates on sheets, with marks to cut along; the numbers of plates and of sheets.

    The document is in memory until it is written, some 6 kB a plate; a caller with very many
    plates writes several.
    """
    page = _Page(file, face, arrangement.width_mm, arrangement.height_mm, "")
    plates = sheets = 0
    for sheet in batched(drawings, len(arrangement.places)):
        if sheets:
            page.turn()
        for drawing, place, marks in zip(
            sheet, arrangement.places, arrangement.marks, strict=False
        ):
            page.draw(drawing, *place)
            page.cut(marks)
        plates, sheets = plates + len(sheet), sheets + 1
    page.close()
    return plates, sheets


class _Page:
    """The page being drawn: millimetres from its upper left corner, y downward."""

    def __init__(
        self, file: BinaryIO, face: Typeface, width_mm: float, height_mm: float, title: str
    ) -> None:
        size = (width_mm * mm, height_mm * mm)
        self._canvas: Any = Canvas(file, size, pageCompression=1, invariant=1)
        self._canvas.setTitle(title or "Door plates")
        self._canvas.setCreator("cim-server")
        self._height = height_mm
        self._font = _register(face)

    def draw(self, drawing: Drawing, x: float, y: float) -> None:
        """Draw with the drawing's upper left corner at a place."""
        self._canvas.saveState()
        self._canvas.translate(x * mm, (self._height - y) * mm)
        for shape in drawing.shapes:
            self._canvas.setFillColor(HexColor(shape.colour))
            if isinstance(shape, Area):
                self._area(shape)
            elif isinstance(shape, Modules):
                self._modules(shape)
            else:
                self._words(shape)
        self._canvas.restoreState()

    def cut(self, marks: Iterable[Line]) -> None:
        """Draw cutting marks."""
        self._canvas.setLineWidth(_MARK_WIDTH)
        lines = [
            (x1 * mm, (self._height - y1) * mm, x2 * mm, (self._height - y2) * mm)
            for x1, y1, x2, y2 in marks
        ]
        self._canvas.lines(lines)

    def turn(self) -> None:
        """Begin the next page."""
        self._canvas.showPage()

    def close(self) -> None:
        """End the last page and write the document."""
        self._canvas.save()

    def _area(self, area: Area) -> None:
        box = (area.x * mm, -(area.y + area.height) * mm, area.width * mm, area.height * mm)
        self._canvas.roundRect(*box, area.radius * mm, stroke=0, fill=1)

    def _modules(self, modules: Modules) -> None:
        path = self._canvas.beginPath()
        for x, y, width, height in modules.runs():
            path.rect(x * mm, -(y + height) * mm, width * mm, height * mm)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _words(self, words: Words) -> None:
        self._canvas.setFont(self._font, words.size * mm)
        self._canvas.drawString(words.x * mm, -words.baseline * mm, words.text)


def _register(face: Typeface) -> str:
    """The font's name in ReportLab, which keeps fonts by name for all documents."""
    name = f"plates-{id(face)}"
    if name not in pdfmetrics.getRegisteredFontNames():
        try:
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(face.data)))
        except TTFError as error:
            raise ConfigError(f"the font of plates cannot be put into a PDF: {error}") from error
    return name
