"""Edits over the OGC API: one by one and by the ten thousand, and what readers feel of them.

Prints Markdown tables. One worker over 200,000 polygons; a keep-alive connection writes, wrk with
16 connections reads: first alone, then while another client edits without a pause. The same edits
at another server tell how much of what readers feel is the machine's: processors are shared.
"""

import argparse
import contextlib
import http.client
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.inputs import city
from benchmarks.wrk import Sample, free_port, load_with_wrk, running, wait_for, wait_until

COUNT = 200_000
BATCH = 10_000
READS = {"limit=10": "limit=10", "limit=100": "limit=100", "limit=1000": "limit=1000"}
CONNECTIONS = 16
ONE_MS, BATCH_S, HARM = 5.0, 3.0, 2.0
"""What is asked for: one new feature, ten thousand, and the readers' p99 by the one alone."""

ITEMS = "/ogc/collections/buildings/items"


@dataclass(slots=True)
class Client:
    """A connection that edits."""

    port: int
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def send(self, method: str, path: str, document: object, media: str) -> tuple[float, Any]:
        """Seconds until the answer was here, and its Location or body."""
        body = json.dumps(document).encode() if document is not None else None
        headers = {"Content-Type": media} if body else {}
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        spent = time.perf_counter() - began
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return spent, answer.headers.get("Location") or text

    def create(self, number: int) -> tuple[float, str]:
        """A new feature; seconds, and its path."""
        spent, location = self.send("POST", ITEMS, feature(number), "application/geo+json")
        return spent, location[location.index("/ogc") :]

    def create_many(self, first: int) -> float:
        """`BATCH` new features in one request; seconds."""
        features = [feature(first + n) for n in range(BATCH)]
        document = {"type": "FeatureCollection", "features": features}
        return self.send("POST", ITEMS, document, "application/geo+json")[0]

    def update(self, path: str, height: float) -> float:
        """One attribute of a feature; seconds."""
        document = {"properties": {"height": height}}
        return self.send("PATCH", path, document, "application/merge-patch+json")[0]

    def delete(self, path: str) -> float:
        """A feature's end; seconds."""
        return self.send("DELETE", path, None, "")[0]


def feature(number: int) -> dict[str, Any]:
    """A building of 10 by 10 metres."""
    west, south = 121.0 + number % 1000 * 2e-4, 30.9 + number // 1000 % 1000 * 2e-4
    east, north = west + 1e-4, south + 1e-4
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": geometry, "properties": {"height": 9.5}}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder, contextlib.ExitStack() as run:
        port, other = (run.enter_context(server(Path(folder) / name)) for name in ("a", "b"))
        report_writes(port, options.edits, options.rounds)
        report_reads(port, other, options.seconds, options.rounds)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[int]:
    """A server over a copy of the city, once its cache is made; its port."""
    workspace = folder / "city"
    folder.mkdir()
    shutil.copytree(city(COUNT), workspace)
    port = free_port()
    command = (sys.executable, "-m", "api.cli.main", "serve", "-w", str(workspace))
    with running((*command, "--port", str(port))):
        wait_for(f"http://127.0.0.1:{port}{ITEMS}")
        wait_until(lambda: any(workspace.glob("index/items/*.items")), "the feature cache")
        time.sleep(2)  # the server looks for a new cache once a second
        yield port


def report_writes(port: int, edits: int, rounds: int) -> None:
    """Time single edits and batches while nobody reads."""
    client = Client(port)
    client.create(0)
    spent: dict[str, list[float]] = {"create one": [], "change one": [], "delete one": []}
    for number in range(edits):
        seconds, path = client.create(number)
        spent["create one"].append(seconds)
        spent["change one"].append(client.update(path, 12.0))
        spent["delete one"].append(client.delete(path))
    print("| edit | p50 ms | p99 ms | asked for |\n|---|---|---|---|")
    for title, found in spent.items():
        asked = f"≤ {ONE_MS:g} ms" if title == "create one" else ""
        print(f"| {title} | {at(found, 50):.1f} | {at(found, 99):.1f} | {asked} |")
    batches = [client.create_many(BATCH * (n + 1)) for n in range(rounds)]
    print(
        f"\n{BATCH:,} new features in one request: {statistics.median(batches):.2f} s "
        f"(asked for: ≤ {BATCH_S:g} s); {rounds} rounds, {edits} single edits.\n"
    )


def report_reads(port: int, other: int, seconds: int, rounds: int) -> None:
    """Time readers alone, and while somebody writes here, or at another server."""
    print(
        f"| read, {CONNECTIONS} connections | meanwhile | req/s | p50 ms | p99 ms | p99 by alone |"
    )
    print("|---|---|---|---|---|---|")
    for title, query in READS.items():
        alone: list[Sample] = []
        others: dict[str, list[Sample]] = {}
        for _ in range(rounds):
            alone.append(read(port, query, seconds))
            for name, work in (("one edit after another", single), ("batches", batched)):
                for where, end in ((other, " at another server"), (port, "")):
                    with writing(where, work):
                        others.setdefault(name + end, []).append(read(port, query, seconds))
        print_reads(title, "nobody writes", alone, alone)
        for name, samples in others.items():
            print_reads(title, name, samples, alone)
    print(f"\nAsked for: p99 at most {HARM:g} times that without writers.")


def read(port: int, query: str, seconds: int) -> Sample:
    """One run of wrk."""
    return load_with_wrk(
        f"http://127.0.0.1:{port}{ITEMS}?{query}&f=json", seconds, CONNECTIONS, ()
    )


def print_reads(title: str, name: str, samples: list[Sample], alone: list[Sample]) -> None:
    """A row of the table of reads."""
    per_second, p50, p99, base = (
        statistics.median(values)
        for values in (
            [sample.per_second for sample in samples],
            [sample.p50_ms for sample in samples],
            [sample.p99_ms for sample in samples],
            [sample.p99_ms for sample in alone],
        )
    )
    errors = sum(sample.errors for sample in samples)
    failed = f" ({errors} errors)" if errors else ""
    row = f"{per_second:,.0f}{failed} | {p50:.1f} | {p99:.1f} | {p99 / base:.1f}"
    print(f"| {title} | {name} | {row} |", flush=True)


@contextlib.contextmanager
def writing(port: int, work: Callable[[Client, int], None]) -> Iterator[None]:
    """Somebody writes, one thing after another, until the end."""
    over = threading.Event()

    def run() -> None:
        client, number = Client(port), 0
        while not over.is_set():
            work(client, number)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def single(client: Client, number: int) -> None:
    """A feature made, changed and retired."""
    _, path = client.create(number)
    client.update(path, 3.0)
    client.delete(path)


def batched(client: Client, number: int) -> None:
    """Ten thousand features."""
    client.create_many(BATCH * (number + 50))


def at(values: list[float], percent: int) -> float:
    """A percentile, in milliseconds."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)] * 1000


if __name__ == "__main__":
    main()
