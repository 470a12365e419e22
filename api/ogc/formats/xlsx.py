"""Excel workbooks (ISO/IEC 29500), written row by row.

Texts are always texts, so that nothing in them is run. Whole numbers beyond what a cell holds
exactly are texts too.
"""

import base64
import math
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from api.ogc.formats import _columns, _texts
from api.ogc.formats._spool import spooled
from api.ogc.formats.base import ROW, Export, Format
from cim.catalog import Field

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
LONGEST_SHEET_NAME = 31
EXACT = 10**15
"""Whole numbers below this have at most the 15 digits that Excel keeps."""

FIRST_YEAR = 1900
WIDTH = 16
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
"""Signs that the name of a sheet cannot have."""

type Writer = Callable[[Worksheet, int, int, Any], object]


@dataclass(frozen=True, slots=True)
class Xlsx:
    """See `Format`."""

    media_type: str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    suffix: str = ".xlsx"
    is_paged: bool = False
    is_text: bool = False

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "Excel 工作簿", "en": "Excel workbook"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`. A sheet that is full is followed by another."""
        return spooled(f"{export.layer.name}{self.suffix}", lambda path: _write(path, export))


def _write(path: Path, export: Export) -> None:
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "default_date_format": "yyyy-mm-dd",
    }
    with Workbook(path, options) as book:
        book.set_properties({"title": export.title, "author": export.layer.authority})
        writers = _writers(export, book)
        sheet, row = None, MOST_ROWS
        for batch in export.read():
            for values in _texts.rows(batch, export):
                if row == MOST_ROWS:
                    sheet, row = _sheet(book, export), 1
                for column, (write, value) in enumerate(zip(writers, values, strict=True)):
                    if value is not None:
                        write(sheet, row, column, value)
                row += 1
        if sheet is None:
            _sheet(book, export)


def _sheet(book: Workbook, export: Export) -> Worksheet:
    """A further sheet with its header, whose cells tell the titles of the fields."""
    number = len(book.worksheets()) + 1
    end = f" {number}" if number > 1 else ""
    stem = FORBIDDEN.sub(" ", export.title)[: LONGEST_SHEET_NAME - len(end)].strip()
    sheet = book.add_worksheet(f"{stem or export.layer.name}{end}")
    titles = {field.name: _columns.comment(field) for field in export.fields}
    bold = book.add_format({"bold": True})
    names = _texts.header(export)
    sheet.set_column(0, len(names) - 1, WIDTH)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
        if titles.get(name):
            sheet.write_comment(0, column, titles[name])
    return sheet


def _writers(export: Export, book: Workbook) -> list[Writer]:
    """What writes the cells of each column."""
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write_moment(sheet: Worksheet, row: int, column: int, value: object) -> None:
        made = _moment(str(value))
        if made is None:
            _write_text(sheet, row, column, value)
        else:
            sheet.write_datetime(row, column, made, moment)

    kinds: Mapping[str, Writer] = {
        "integer": _write_number,
        "number": _write_number,
        "boolean": lambda sheet, row, column, value: sheet.write_boolean(row, column, value),
        "date": _write_date,
        "datetime": write_moment,
    }
    numbers = [Field(name, "number") for name in _texts.geometry_names(export)]
    fields = [Field(ROW, "integer"), *export.fields, *numbers]
    return [kinds.get(field.type, _write_text) for field in fields]


def _write_number(sheet: Worksheet, row: int, column: int, value: object) -> None:
    """A number where a cell holds it as it is, its text otherwise."""
    exact = isinstance(value, float) and math.isfinite(value)
    if exact or (isinstance(value, int) and abs(value) < EXACT):
        sheet.write_number(row, column, value)
    else:
        _write_text(sheet, row, column, value)


def _write_date(sheet: Worksheet, row: int, column: int, value: object) -> None:
    try:
        day = _columns.to_date(str(value))
    except ValueError:
        day = None
    if day is None or day.year < FIRST_YEAR:
        _write_text(sheet, row, column, value)
    else:
        sheet.write_datetime(row, column, day)


def _moment(text: str) -> Any:  # noqa: ANN401 - a datetime or None
    """UTC without its name, as cells have no zones; None where a cell cannot hold it."""
    try:
        moment = _columns.to_moment(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year >= FIRST_YEAR else None


def _write_text(sheet: Worksheet, row: int, column: int, value: object) -> None:
    """A text; one that is too long for a cell is cut, and says so."""
    text = base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
    if len(text) > MOST_CHARACTERS:
        end = f"… [{len(text)} characters; other formats hold them all]"
        text = text[: MOST_CHARACTERS - len(end)] + end
    sheet.write_string(row, column, text)


PLUGIN: Format = Xlsx()
