"""cpca or jionlp as a peer, run by the Python of its own environment.

    build/peers/addresses/bin/python benchmarks/peer_addresses.py cpca < texts.json

Reads a JSON list of addresses; the last line it prints is JSON: `divisions`, for each address
province, city and county as the peer gives them, and `seconds` of processor time.
"""

import importlib
import json
import sys
import time
from typing import Any

LEVELS = ("province", "city", "county")
STAND_INS = {"市辖区", "县", None, ""}


def read_cpca(texts: list[str]) -> list[dict[str, Any]]:
    """Province, city, district of cpca, a table."""
    cpca = importlib.import_module("cpca")
    table = cpca.transform(texts)
    rows = zip(table["省"], table["市"], table["区"], strict=True)
    return [dict(zip(LEVELS, row, strict=True)) for row in rows]


def read_jionlp(texts: list[str]) -> list[dict[str, Any]]:
    """Province, city, county of jionlp, one by one."""
    jionlp = importlib.import_module("jionlp")
    found = [jionlp.parse_location(text) for text in texts]
    return [{level: one.get(level) for level in LEVELS} for one in found]


def main() -> None:
    """Read, measure, print."""
    name = sys.argv[1]
    read = {"cpca": read_cpca, "jionlp": read_jionlp}[name]
    texts = json.load(sys.stdin)
    read(texts[:3])
    start = time.process_time()
    found = read(texts)
    seconds = time.process_time() - start
    kept = [{level: name for level, name in one.items() if name not in STAND_INS} for one in found]
    print(json.dumps({"divisions": kept, "seconds": seconds}))


if __name__ == "__main__":
    main()
