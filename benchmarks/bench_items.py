"""Pages of items over 200,000 polygons: this server beside its peers and its limit, in one run.

Prints a Markdown table of medians over rounds. One worker each, wrk with one thread. The servers
take turns in every round, so that a busy machine slows them alike. `--endurance MINUTES` asks for
mixed pages over 64 connections instead, and fails when anything fails or memory grows.
"""

import argparse
import contextlib
import http.client
import json
import tempfile
import time
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.inputs import buildings_200k
from benchmarks.items_servers import Server, nginx, own_server, peers
from benchmarks.wrk import Sample, load_with_wrk, median, size_of

FOLDER = Path(__file__).parent
BOX = "&bbox=121.30,31.10,121.31,31.11"
"""A box like those of the scripts, for the size of an answer."""

WITH_BOXES = "other box each time, limit=100"
WITH_FILTERS = "other CQL2 filter (2 values, box) each time, limit=100"
LIMITS = (10, 100, 1000, 10000)
QUERIES = {
    **{f"limit={limit}": f"limit={limit}" for limit in LIMITS},
    WITH_BOXES: "limit=100",
    WITH_FILTERS: "limit=100",
}
SCRIPTS = {WITH_BOXES: "boxes.lua", WITH_FILTERS: "filters.lua"}
FLOORS = {
    "limit=10": (1500.0, 20.0),
    "limit=100": (1000.0, 20.0),
    "limit=1000": (300.0, 80.0),
    "limit=10000": (30.0, 500.0),
    WITH_BOXES: (600.0, 0.0),
    WITH_FILTERS: (300.0, 0.0),
}
"""Requests a second and p99 in milliseconds that this server must reach with one worker and 16
connections; 0 is no matter."""

WALKS = {
    "as they lie": "limit=10000",
    "as GDAL and QGIS ask": "limit=1000",
    "sorted by two fields": "limit=10000&sortby=usage,-height",
    "of one condition": "limit=1000&filter=height%20%3E%2010",
}
WALK_S = 6.0
"""Seconds in which all features must come."""

SETTLE_S, SETTLE_TRIES, IDLE_PERCENT = 0.3, 60, 25.0
"""How long all processors are looked at, how often at most, and how busy they may be."""

ENDURANCE_CONNECTIONS = 64
SLICE_S = 15
WARM_S = 10
REST_S = 2
GROWTH = 1.1
"""Share of its memory at rest in the first round of queries that the server may use at the end."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--endurance", type=float, default=0, metavar="MINUTES")
    parser.add_argument("--alone", action="store_true", help="without peers")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="cim-bench-") as name,
        contextlib.ExitStack() as stack,
    ):
        folder, source = Path(name), buildings_200k()
        own = stack.enter_context(own_server(folder, source))
        if options.endurance:
            endure(own, options.endurance * 60)
            return
        servers = [own, stack.enter_context(nginx(folder, own, LIMITS))]
        for title, obstacle, server in () if options.alone else peers(source, folder):
            if obstacle:
                print(f"{title}: not run, {obstacle}\n")
            else:
                servers.append(stack.enter_context(server))
        samples = measure(servers, options.rounds, options.seconds, options.connections)
        failures = [*report(samples, servers), *walks(own)]
    if failures:
        raise SystemExit(f"below the floor: {'; '.join(failures)}")


def measure(
    servers: list[Server], rounds: int, seconds: int, connections: int
) -> dict[tuple[str, str], Sample]:
    """Median samples by query and server."""
    samples: dict[tuple[str, str], list[Sample]] = {}
    for _ in range(rounds):
        for title, query in QUERIES.items():
            for server in servers:
                if answers(server, title):
                    settle()
                    address = f"{server.items}?{query}&f={form(server)}"
                    sample = load_with_wrk(address, seconds, connections, script(title))
                    samples.setdefault((title, server.title), []).append(sample)
    return {key: median(found) for key, found in samples.items()}


def settle() -> None:
    """Wait until what the one before was asked for, and nobody waits for any more, is done."""
    for _ in range(SETTLE_TRIES):
        if psutil.cpu_percent(SETTLE_S) < IDLE_PERCENT:
            return


def answers(server: Server, title: str) -> bool:
    """Whether a server heeds what a query asks."""
    return server.filters if title == WITH_FILTERS else server.boxes or title != WITH_BOXES


def form(server: Server) -> str:
    """The word for GeoJSON."""
    return "geojson" if server.title.startswith("tipg") else "json"


def script(title: str) -> tuple[str, ...]:
    """Options of wrk for a query."""
    return ("-s", str(FOLDER / SCRIPTS[title])) if title in SCRIPTS else ()


def report(samples: dict[tuple[str, str], Sample], servers: list[Server]) -> list[str]:
    """Print the table; in what this server is slower than it must be, or fails requests."""
    print("| query | server | bytes | req/s | p50 ms | p99 ms | errors | times the peer |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    own = servers[0].title
    failures = []
    for title, query in QUERIES.items():
        for server in [one for one in servers if (title, one.title) in samples]:
            sample = samples[title, server.title]
            box = BOX if title in SCRIPTS else ""
            size = size_of(f"{server.items}?{query}&f={form(server)}{box}")
            times = "" if server.title == own else ratio(samples[title, own], sample)
            print(
                f"| {title} | {server.title} | {size:,} | {sample.per_second:,.1f} | "
                f"{sample.p50_ms:,.2f} | {sample.p99_ms:,.2f} | {sample.errors} | {times} |"
            )
        failures += below(title, samples[title, own])
    return failures


def ratio(own: Sample, peer: Sample) -> str:
    """How many times as much this server does; nothing where the peer ended no request in time."""
    if not peer.per_second:
        return "no answer in time"
    times = own.per_second / peer.per_second
    return f"{times:,.2f}" if times < 10 else f"{times:,.0f}"


def below(title: str, sample: Sample) -> list[str]:
    """In what a sample falls short of its floor."""
    per_second, p99_ms = FLOORS[title]
    found = []
    if sample.per_second < per_second or sample.errors:
        found.append(f"{title}: {sample.per_second:.0f} req/s, {sample.errors} errors")
    if p99_ms and sample.p99_ms > p99_ms:
        found.append(f"{title}: p99 {sample.p99_ms:.0f} ms")
    return found


def walks(own: Server) -> list[str]:
    """Print how long it takes to follow `next` to the end; where it takes too long."""
    print("\n| all features by `next` links | pages | features | s |\n|---|--:|--:|--:|")
    failures = []
    for title, query in WALKS.items():
        pages, features, seconds = walk(f"{own.items}?{query}")
        asked = f"{title}: `{urllib.parse.unquote(query)}`"
        print(f"| {asked} | {pages} | {features:,} | {seconds:.2f} |")
        if seconds > WALK_S:
            failures.append(f"{title}: {seconds:.1f} s")
    return failures


def walk(address: str) -> tuple[int, int, float]:
    """Pages, features and seconds of a walk along `next` links; features are not parsed."""
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    path, pages, features, began = f"{parts.path}?{parts.query}", 0, 0, time.perf_counter()
    while path:
        connection.request("GET", path)
        body = connection.getresponse().read()
        head = json.loads(body[: body.index(b'"features":[')] + b'"features":[]}')
        pages, features = pages + 1, features + head["numberReturned"]
        following = [link["href"] for link in head["links"] if link["rel"] == "next"]
        path = following[0].split(parts.netloc, 1)[1] if following else ""
    return pages, features, time.perf_counter() - began


def endure(own: Server, seconds: float) -> None:
    """Ask for mixed pages for a long time; exit 1 when a request fails or memory grows.

    Each query comes once before anything is measured: what the server keeps (selections, pages
    of SQLite, heaps) is there then. Memory is looked at while the last answers are on their way,
    and at rest when they have left.
    """
    for title in QUERIES:
        ask(own, title, WARM_S)
    print(
        "| s | query | req/s | p99 ms | errors | memory MB | at rest MB |\n"
        "|--:|---|--:|--:|--:|--:|--:|"
    )
    began, errors = time.monotonic(), 0
    memory: list[float] = []
    while (passed := time.monotonic() - began) < seconds:
        title = list(QUERIES)[len(memory) % len(QUERIES)]
        sample = ask(own, title, SLICE_S)
        busy = memory_mb(own.pid)
        time.sleep(REST_S)
        memory.append(memory_mb(own.pid))
        errors += sample.errors
        print(
            f"| {passed:.0f} | {title} | {sample.per_second:,.0f} | {sample.p99_ms:,.1f} | "
            f"{sample.errors} | {busy:.0f} | {memory[-1]:.0f} |",
            flush=True,
        )
    if errors or has_grown(memory):
        raise SystemExit(f"{errors} errors; memory {memory[0]:.0f} to {memory[-1]:.0f} MB")


def ask(own: Server, title: str, seconds: int) -> Sample:
    """Ask for the pages of a query over many connections."""
    address = f"{own.items}?{QUERIES[title]}&f=json"
    return load_with_wrk(address, seconds, ENDURANCE_CONNECTIONS, script(title))


def has_grown(memory: Sequence[float]) -> bool:
    """Whether memory in the last round of queries is more than in the first."""
    settled = max(memory[: len(QUERIES)])
    return max(memory[-len(QUERIES) :]) > settled * GROWTH


def memory_mb(pid: int) -> float:
    """Memory of a process that is its own, without the files it maps."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = dict(line.split()[:2] for line in text.splitlines()[1:])
    return int(sizes["Anonymous:"]) / 1024


if __name__ == "__main__":
    main()
