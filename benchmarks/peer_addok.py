"""addok as a peer, run by the Python of its own environment beside a Redis of its own.

    REDIS_PORT=6390 build/peers/addok/bin/python benchmarks/peer_addok.py REDIS_PID < work.json

Reads JSON: `documents`, a file with one document a line, and `kinds`, lists of queries by name.
The last line it prints is JSON: for each kind `places`, longitude and latitude of the first answer
to each query, `times`, seconds of each, and `processor_s` of this process and of Redis for all.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("ADDOK_CONFIG_MODULE", os.path.abspath(__file__))  # noqa: PTH100 - read by addok as text

PROCESSORS_PYPATHS = ["peer_addok.words"]
"""addok writes Chinese in Latin letters and cuts it at spaces; this cuts it as it can be found."""

BATCH_WORKERS = 1
LOG_DIR = "/tmp"  # noqa: S108 - addok wants one; nothing is logged

_PIECES = re.compile("[0-9]+(?:之[0-9]+)?號.*|[0-9]+[巷弄]|[0-9]+|[A-Za-z]+|[\u3400-\u9fff]+")


def words(pipe: Iterable[str]) -> Iterator[Any]:
    """Pairs of characters, and numbers of doors in one piece; of a query, as it was written."""
    from addok.helpers.text import Token  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer's

    for text in pipe:
        place = 0
        for piece in _PIECES.findall(getattr(text, "_raw", text)):
            if "號" in piece:
                yield Token(piece, position=place, kind="housenumber")
            elif piece[0].isascii() or len(piece) == 1:
                yield Token(piece, position=place)
            else:
                for at in range(len(piece) - 1):
                    yield Token(piece[at : at + 2], position=place + at)
            place += len(piece)


def main() -> None:
    """Load, ask, print."""
    from addok.batch import process_documents  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer's
    from addok.config import config  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer's
    from addok.core import search  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer's

    config.load()
    config.INDEX_EDGE_NGRAMS = False
    work = json.load(sys.stdin)
    with open(work["documents"], encoding="utf-8") as lines:  # noqa: PTH123 - plain
        waiting: list[str] = []
        for line in lines:
            waiting.append(line)
            if len(waiting) == config.BATCH_CHUNK_SIZE:
                process_documents(*waiting)
                waiting = []
        process_documents(*waiting)
    told = {}
    for name, queries in work["kinds"].items():
        places, times, began = [], [], spent_s()
        for text in queries:
            start = time.perf_counter()
            results = search(text, limit=5)
            times.append(time.perf_counter() - start)
            places.append([(one.lon, one.lat) for one in results[:1]])
        told[name] = {
            "places": [one[0] if one else None for one in places],
            "times": times,
            "processor_s": spent_s() - began,
        }
    print(json.dumps(told))


def spent_s() -> float:
    """Processor time of this process and of Redis."""
    fields = Path("/proc", sys.argv[1], "stat").read_text("ascii").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
