"""Rows of CSV cut from a stream: whole, in order, numbered, wherever the blocks end."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tables.base import Wanted
from api.tables.csv_rows import read_head
from api.tables.csv_values import CsvBody
from api.tables.sources import open_csv
from cim.errors import SourceDataError

WANTED = (Wanted("lon", "lon", number=True),)
FIELDS = st.text(st.sampled_from('ab ,"\n\r;é建'), max_size=6)
ROWS = st.lists(st.tuples(FIELDS, FIELDS), min_size=1, max_size=12)


class Trickle(io.BytesIO):
    """A stream that gives the header's line, and then a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, _size: int | None = -1) -> bytes:
        """The next bytes."""
        return super().read(self._step) if self.tell() else self.readline()


def pieces(data: bytes, step: int) -> list[Any]:
    """What is parsed of each block."""
    source = open_csv(Trickle(data, step), "x", None)
    return [piece.parse(WANTED) for piece in source.pieces()]


@given(rows=ROWS, step=st.integers(1, 40), end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_quoted_rows_survive_any_cut(
    rows: list[tuple[str, str]],
    step: int,
    end: str,
    last: bool,  # noqa: FBT001 - drawn
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows((a, n, b) for n, (a, b) in enumerate(rows))
    body = text.getvalue() if last else text.getvalue().removesuffix(end)
    data = ("a,lon,b" + end + body).encode()
    found = pieces(data, step)
    assert [value for rows in found for value in rows.values["lon"].to_pylist()] == [
        float(n) for n in range(len(rows))
    ]
    assert not any(rows.faults for rows in found)
    again = b"".join(part for rows in found for part in rows.body.rows.to_pylist())
    assert b"a,lon,b" + again + end.encode() * last == data
    lines = [line for rows in found for line in rows.places.tolist()]
    heights = [1 + "".join(row).count("\n") for row in rows]
    assert lines == [2 + sum(heights[:n]) for n in range(len(rows))]


@given(rows=ROWS, step=st.integers(1, 40))
def test_stray_quotes_mean_nothing(rows: list[tuple[str, str]], step: int) -> None:
    clean = [
        tuple("x" + field.translate({44: "", 10: "", 13: ""}) for field in row) for row in rows
    ]
    lines = [f"{a},{n},{b}" for n, (a, b) in enumerate(clean)]
    found = pieces("\n".join(["a,lon,b", *lines]).encode(), step)
    values = [value for rows in found for value in rows.values["lon"].to_pylist()]
    assert values == [float(n) for n in range(len(rows))]


def test_a_quote_that_never_closes_names_its_line() -> None:
    with pytest.raises(SourceDataError, match="x, line 3: a quoted field does not end"):
        pieces(b'a,lon,b\n1,2,3\n1,2,"3\n1,2,3\n', 5)


def test_a_header_in_quotes_and_over_two_lines_is_read() -> None:
    head = read_head(io.BytesIO(b'"a\nb", lon ,"c,d"\r\n1,2,3\r\n'), "x")
    assert head.names == ("a\nb", "lon", "c,d")
    assert (head.end, head.rest) == (b"\r\n", b"1,2,3\r\n")


def test_repeated_and_dropped_rows_join_to_sound_csv() -> None:
    (rows,) = pieces(b"a,lon,b\r\n1,2,3\n4,5,6\r\n7,8,9\n", 100)
    body = rows.body
    assert isinstance(body, CsvBody)
    assert body.texts() == [b"1,2,3", b"4,5,6", b"7,8,9"]
    assert rows.places.tolist() == [2, 3, 4]
