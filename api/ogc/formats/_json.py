"""Feature collections in JSON, text by text."""

from collections.abc import Generator, Iterator
from typing import Any

import orjson

from api.ogc import exchange
from api.ogc.formats.base import Export


def collection(
    export: Export, members: dict[str, Any], texts: Iterator[list[bytes]]
) -> Generator[bytes]:
    """The feature collection with these members before its features, batch by batch."""
    head: dict[str, Any] = {"type": "FeatureCollection", **members}
    if export.frame is not None:
        head |= {
            "numberReturned": export.frame.returned,
            "timeStamp": exchange.now_text(),
            "links": export.frame.links,
        }
        if export.frame.matched is not None:
            head["numberMatched"] = export.frame.matched
    yield orjson.dumps(head)[:-1] + b',"features":['
    before = b""
    for some in texts:
        if some:
            yield before + b",".join(some)
            before = b","
    yield b"]}"
