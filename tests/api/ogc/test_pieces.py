"""Large answers leave piece by piece and arrive whole."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.ogc.pieces import PIECE, PiecesResponse

PARTS = (b"[", memoryview(bytes(range(256)) * (PIECE // 100)), b"", b"]")
WHOLE = b"".join(PARTS)


def response() -> PiecesResponse:
    return PiecesResponse(PARTS, {"ETag": '"x"'}, "application/geo+json")


def test_parts_arrive_as_one_body_of_known_length() -> None:
    found = TestClient(response()).get("/")
    assert found.content == WHOLE
    assert int(found.headers["content-length"]) == len(WHOLE)
    assert found.headers["content-type"] == "application/geo+json"
    assert found.headers["etag"] == '"x"'


def test_each_piece_is_small_and_waits_for_the_one_before() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        pytest.fail("nothing is read")

    asyncio.run(response()({"type": "http"}, receive, send))
    bodies = [message["body"] for message in sent[1:]]
    assert max(map(len, bodies)) == PIECE
    assert b"".join(bodies) == WHOLE
    assert [message.get("more_body", False) for message in sent[1:]][-2:] == [True, False]
