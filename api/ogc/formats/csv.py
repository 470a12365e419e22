"""CSV that spreadsheets open as it is, in Chinese too (RFC 4180).

Texts that a spreadsheet would run as a formula get an apostrophe before them, which keeps them
texts (OWASP, CSV injection); `formulas=keep` writes them as they are. Plain numbers and lone signs
are left alone: they do no harm.
"""

import base64
import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.ogc.formats import _texts
from api.ogc.formats.base import Export, Format

RUN = re.compile(r"[=+\-@\t\r\n]")
"""What a formula begins with."""

HARMLESS = re.compile(r"[+\-]?(\d[\d ]*(\.\d*)?([eE][+\-]?\d+)?)?%?|[=@]")
"""Numbers, telephone numbers in one piece, and signs alone."""

CODECS = {"utf-8": "utf-8", "gbk": "gb18030"}
"""GB 18030 writes every character that GBK has as GBK does, and has all others too."""


@dataclass(frozen=True, slots=True)
class Csv:
    """See `Format`."""

    media_type: str = "text/csv"
    suffix: str = ".csv"
    is_paged: bool = False
    is_text: bool = True

    @property
    def titles(self) -> Mapping[str, str]:
        """See `Format.titles`."""
        return {"zh": "CSV 表格", "en": "CSV table"}

    def stream(self, export: Export) -> Generator[bytes]:
        """See `Format.stream`."""
        encode = codecs.getencoder(CODECS[export.options.encoding])
        mark = codecs.BOM_UTF8 if export.options.encoding == "utf-8" else b""
        guard = _guarded if export.options.formulas == "guard" else _text
        head = [guard(name) for name in _texts.header(export)]
        yield mark + encode(_lines(iter([head])))[0]
        for batch in export.read():
            lines = _lines([guard(value) for value in row] for row in _texts.rows(batch, export))
            yield encode(lines)[0]


def _lines(rows: Iterator[list[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _guarded(value: Any) -> object:  # noqa: ANN401 - any value of a feature
    """A value as it is written, no text of which is run."""
    if isinstance(value, str) and RUN.match(value) and not HARMLESS.fullmatch(value):
        return f"'{value}"
    return _text(value)


def _text(value: Any) -> object:  # noqa: ANN401 - any value of a feature
    """A value as it is written: none as nothing, truth as JSON has it, bytes in base64."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


PLUGIN: Format = Csv()
