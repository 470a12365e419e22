"""Multipart bodies come in pieces of any size."""

import itertools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from api.jobs.receiving import Received, receive

MODEL = b"--x\r\n--\r\n" + bytes(range(256)) * 3
BODY = (
    b'--cut\r\nContent-Disposition: form-data; name="name"\r\n\r\ntown\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="\xe6\xa5\xbc.gml"\r\n'
    b"Content-Type: application/gml+xml\r\n\r\n" + MODEL + b"\r\n--cut--\r\n"
)


async def in_pieces(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """The body cut at places."""
    places = [0, *sorted(cuts), len(body)]
    for start, end in itertools.pairwise(places):
        yield body[start:end]


@given(st.lists(st.integers(0, len(BODY)), max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_body_is_read_wherever_it_is_cut(cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = anyio.run(receive, in_pieces(BODY, cuts), b"cut", Path(folder), len(BODY))
        assert found == Received({"name": "town"}, ("楼.gml",))
        assert (Path(folder) / "楼.gml").read_bytes() == MODEL
