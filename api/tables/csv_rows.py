"""CSV as bytes: where rows begin and end, so that they can be written again as they were.

A row is kept with the line end before it, not the one behind it. Rows chosen, dropped or
repeated then always join to a sound file, whatever line ends it uses.

Source: RFC 4180.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from cim.arrays import Bool, Int64, Uint8
from cim.errors import SourceDataError

BLOCK = 1 << 22
LONGEST_ROW = 1 << 26
"""A quote that is never closed would swallow the file; no sound row is longer than this."""

_FEED, _RETURN, _QUOTE = b'\n\r"'
_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FIELD = re.compile(rb'(?:"(?:[^"]|"")*"?[^,\n]*|[^",\n][^,\n]*)?([,\n]|\Z)')


@dataclass(frozen=True, slots=True)
class Head:
    """The first row."""

    text: bytes
    """The header as it is, byte order mark and all, without its line end."""

    names: tuple[str, ...]
    end: bytes
    """Line end behind it."""

    rest: bytes
    """What was read of the rows along with it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows, each behind a line end."""

    data: bytes
    starts: Int64
    """(n + 1,) where each row's line end begins, and the length of `data`."""

    blank: Bool
    """(n,) whether there is nothing behind the line end."""

    line: int
    """Line of the file on which `data` begins: that of the line end before the first row."""

    read: int
    """Bytes of the file that this block took."""

    def lines(self) -> Int64:
        """(n,) line of the file on which each row begins."""
        before = np.searchsorted(_feeds(self.data), self.starts[:-1])
        lines: Int64 = self.line + before + 1
        return lines


def _feeds(data: bytes) -> Int64:
    """Positions of all line feeds."""
    return np.flatnonzero(np.frombuffer(data, np.uint8) == _FEED)


def _row_feeds(data: bytes) -> Int64:
    """Positions of the line feeds that end a row, those in quoted fields left out."""
    feeds = _feeds(data)
    if _QUOTE not in data:
        return feeds
    octets = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    if not _well_placed(octets, quotes):
        return _row_feeds_one_by_one(data)
    outside: Int64 = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
    return outside


def _well_placed(octets: Uint8, quotes: Int64) -> bool:
    """Whether quotes stand only round fields and doubled inside them."""
    opening, closing = quotes[::2], quotes[1::2]
    before = octets[np.maximum(opening - 1, 0)]
    behind = octets[np.minimum(closing + 1, len(octets) - 1)]
    good_before = np.isin(before, np.frombuffer(b',\n"', np.uint8)) | (opening == 0)
    good_behind = np.isin(behind, np.frombuffer(b',\r\n"', np.uint8))
    return bool(good_before.all() and (good_behind | (closing == len(octets) - 1)).all())


def _row_feeds_one_by_one(data: bytes) -> Int64:
    """`_row_feeds` where quotes also stand inside fields, as in 5" pipe; they mean nothing."""
    ends = (match.start(1) for match in _FIELD.finditer(data) if match[1] == b"\n")
    return np.fromiter(ends, np.int64)


def read_head(stream: BinaryIO, where: str) -> Head:
    """The header.

    Raises:
        SourceDataError: There is nothing to read, or the text is UTF-16, or no text at all.
    """
    data = stream.read(BLOCK)
    if not data.removeprefix(_MARK).strip():
        raise SourceDataError("the input is empty; want a header and rows of CSV", where=where)
    if data.startswith(_OTHER_MARKS) or b"\0" in data[:1000]:
        raise SourceDataError("the input is no CSV in UTF-8", where=where)
    feeds = _row_feeds(data)
    if not len(feeds) and len(data) == BLOCK:
        raise SourceDataError(f"the header has no end within {BLOCK} bytes", where=where)
    end = int(feeds[0]) if len(feeds) else len(data)
    text = data[:end].removesuffix(b"\r")
    names = tuple(name.strip() for name in split_row(text.removeprefix(_MARK)))
    return Head(text, names, data[len(text) : end + 1] or b"\n", data[end + 1 :])


def split_row(row: bytes) -> list[str]:
    """The fields of a row, unquoted; bytes that are no UTF-8 are taken as GBK."""
    try:
        text = row.decode()
    except UnicodeDecodeError:
        text = row.decode("gbk", "replace")
    if '"' not in text:
        return text.split(",")
    return next(csv.reader([text.replace("\r", "\n")]), [""])


def read_blocks(stream: BinaryIO, head: Head, where: str) -> Iterator[Block]:
    """The rows behind the header, block by block.

    Raises:
        SourceDataError: A quoted field does not end.
    """
    line = head.text.count(b"\n") + 1
    end, data, more = head.end, head.rest, True
    while more:
        fresh = stream.read(BLOCK)
        more = bool(fresh)
        data += fresh if more else b"\n" * (bool(data) and not data.endswith(b"\n"))
        feeds = _row_feeds(data)
        if not len(feeds):
            _check_length(data, line, where, last=not more)
            continue
        last = int(feeds[-1])
        cut = last - (last > 0 and data[last - 1] == _RETURN)
        yield _block(end, data[:cut], feeds[:-1], line)
        line += data.count(b"\n", 0, last + 1)
        end, data = data[cut : last + 1], data[last + 1 :]
    _check_length(data, line, where, last=True)


def _check_length(data: bytes, line: int, where: str, *, last: bool) -> None:
    """Refuse a row that does not end."""
    if data and (last or len(data) > LONGEST_ROW):
        raise SourceDataError("a quoted field does not end", where=f"{where}, line {line + 1}")


def _block(end: bytes, rows: bytes, feeds: Int64, line: int) -> Block:
    """A block of rows behind a line end, cut at line feeds given by their place in `rows`."""
    data = end + rows
    octets = np.frombuffer(data, np.uint8)
    at = feeds + len(end)
    inner = at - (octets[at - 1] == _RETURN)
    starts = np.concatenate([[0], inner, [len(data)]]).astype(np.int64)
    firsts = np.concatenate([[len(end)], at + 1])
    return Block(data, starts, starts[1:] <= firsts, line, len(data))
