"""Pages of items over 200,000 polygons: this server beside stock pygeoapi, in one run.

Prints a Markdown table of medians over rounds. One worker each, wrk with one thread. The servers
take turns in every round, so that a busy machine slows them alike.
"""

import argparse
import contextlib
import importlib.util
import json
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inputs import buildings_200k

ROOT = Path(__file__).resolve().parent.parent
PEER = Path(__file__).with_name("peer_pygeoapi.py")
BOXES = Path(__file__).with_name("boxes.lua")
BOX = "&bbox=121.30,31.10,121.31,31.11"
"""A box like those of `boxes.lua`, for the size of an answer."""

WITH_BOXES = "other box each time, limit=100"
QUERIES = {
    "limit=10": "limit=10",
    "limit=100": "limit=100",
    "limit=1000": "limit=1000",
    WITH_BOXES: "limit=100",
}
FLOORS = {"limit=10": 700.0, "limit=1000": 250.0}
"""Requests a second that this server must reach with one worker and two connections."""

UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
START_S = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test."""

    title: str
    items: str
    """URL of its items."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What wrk says about one run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=2)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="cim-bench-") as folder,
        contextlib.ExitStack() as stack,
    ):
        source = buildings_200k()
        servers = [stack.enter_context(own_server(Path(folder), source))]
        for name, obstacle in peers():
            if obstacle:
                print(f"pygeoapi {name}: not run, {obstacle}\n")
            else:
                servers.append(stack.enter_context(peer_server(source, name)))
        report(measure(servers, options.rounds, options.seconds, options.connections), servers)


@contextlib.contextmanager
def own_server(folder: Path, source: Path) -> Iterator[Server]:
    """This server over a workspace loaded by its own commands, once its cache is made."""
    workspace = folder / "city"
    cim = (str(Path(sys.executable).with_name("cim")),)
    subprocess.run((*cim, "init", str(workspace)), cwd=ROOT, check=True, capture_output=True)
    load = ("load", str(source), "--layer", "buildings", "--class", "BLDG", "--id-field", "code")
    subprocess.run((*cim, *load, "-w", str(workspace)), cwd=ROOT, check=True, capture_output=True)
    port = free_port()
    with running((*cim, "serve", "-w", str(workspace), "--port", str(port))):
        items = f"http://127.0.0.1:{port}/ogc/collections/buildings/items"
        wait_for(items)
        wait_until(lambda: any(workspace.glob("index/items/*.items")), "the feature cache")
        time.sleep(2)  # the server looks for a new cache once a second
        yield Server("cim-server", items)


@contextlib.contextmanager
def peer_server(source: Path, name: str) -> Iterator[Server]:
    """Stock pygeoapi with one of its providers."""
    port = free_port()
    with running((sys.executable, str(PEER), str(source), name, str(port))):
        items = f"http://127.0.0.1:{port}/collections/buildings/items"
        wait_for(items)
        yield Server(f"pygeoapi 0.24 {name}", items)


def peers() -> Iterator[tuple[str, str]]:
    """Peer providers, each with what keeps it from running here, if anything does."""
    extensible = hasattr(sqlite3.Connection, "enable_load_extension")
    has_stand_in = importlib.util.find_spec("pysqlite3") is not None
    why = "this Python's sqlite3 loads no extensions and pysqlite3-binary is not installed"
    yield "SQLiteGPKG", "" if extensible or has_stand_in else why
    has_gdal = importlib.util.find_spec("osgeo") is not None
    yield "OGR", "" if has_gdal else "GDAL's Python bindings (osgeo) are not installed"


def measure(
    servers: list[Server], rounds: int, seconds: int, connections: int
) -> dict[tuple[str, str], Sample]:
    """Median samples by query and server."""
    samples: dict[tuple[str, str], list[Sample]] = {}
    for _ in range(rounds):
        for title, query in QUERIES.items():
            for server in servers:
                script = ("-s", str(BOXES)) if title == WITH_BOXES else ()
                address = f"{server.items}?{query}&f=json"
                sample = load_with_wrk(address, seconds, connections, script)
                samples.setdefault((title, server.title), []).append(sample)
    return {key: median(found) for key, found in samples.items()}


def load_with_wrk(address: str, seconds: int, connections: int, script: tuple[str, ...]) -> Sample:
    """One run of wrk."""
    command = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency")
    found = subprocess.run(
        (*command, *script, address), capture_output=True, text=True, check=True
    )
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", found.stdout)
    return Sample(
        per_second=float(re.findall(r"Requests/sec:\s+([\d.]+)", found.stdout)[0]),
        p50_ms=percentile_ms(found.stdout, 50),
        p99_ms=percentile_ms(found.stdout, 99),
        errors=int(failed[1]) if failed else 0,
    )


def percentile_ms(text: str, share: int) -> float:
    """A percentile of the latency in wrk's output; NaN when no request ended in time."""
    found = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)\b", text)
    return float(found[1]) * UNIT_MS[found[2]] if found else float("nan")


def median(samples: list[Sample]) -> Sample:
    """The median of each figure; errors are added up."""
    return Sample(
        per_second=statistics.median(sample.per_second for sample in samples),
        p50_ms=statistics.median(sample.p50_ms for sample in samples),
        p99_ms=statistics.median(sample.p99_ms for sample in samples),
        errors=sum(sample.errors for sample in samples),
    )


def report(samples: dict[tuple[str, str], Sample], servers: list[Server]) -> None:
    """Print the table; exit 1 when this server is slower than it must be or fails requests."""
    print("| query | server | bytes | req/s | p50 ms | p99 ms | errors | times the peer |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    own = servers[0].title
    failures = []
    for title, query in QUERIES.items():
        for server in servers:
            sample = samples[title, server.title]
            ratio = samples[title, own].per_second / max(sample.per_second, 0.01)
            box = BOX if title == WITH_BOXES else ""
            size = size_of(f"{server.items}?{query}&f=json{box}")
            times = "" if server.title == own else f"{ratio:,.0f}"
            print(
                f"| {title} | {server.title} | {size:,} | {sample.per_second:,.1f} | "
                f"{sample.p50_ms:,.2f} | {sample.p99_ms:,.2f} | {sample.errors} | {times} |"
            )
        ours = samples[title, own]
        if ours.per_second < FLOORS.get(title, 0.0) or ours.errors:
            failures.append(f"{title}: {ours.per_second:.0f} req/s, {ours.errors} errors")
    if failures:
        raise SystemExit(f"below the floor: {'; '.join(failures)}")


def size_of(address: str) -> int:
    """Bytes of an answer; it must hold features."""
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own servers
        body = answer.read()
    if not json.loads(body)["features"]:
        raise SystemExit(f"{address}: no features")
    return len(body)


@contextlib.contextmanager
def running(command: tuple[str, ...]) -> Iterator[None]:
    """A process that is ended at the end."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        except BaseException:
            log.seek(0)
            print(log.read().decode()[-2000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(address: str) -> None:
    """Wait until an address answers."""

    def answers() -> bool:
        with contextlib.suppress(OSError):
            size_of(f"{address}?limit=1&f=json")
            return True
        return False

    wait_until(answers, address)


def wait_until(is_done: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + START_S
    while not is_done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not there after {START_S} s")
        time.sleep(0.25)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
