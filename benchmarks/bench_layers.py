"""A server over 1,162 layers: its start, memory, lists, pages, and how soon a change is seen.

Prints a Markdown table: the same requests to a city of 1,162 layers and to one of one layer. One
worker each; times are medians of repeated requests over one connection, in milliseconds.
"""

import argparse
import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import many_layers

ROOT: Final = Path(__file__).resolve().parent.parent
READY_S: Final = 120
LAYER: Final = "kc_boundary_2025"
"""The first layer, which both cities have."""

REQUESTS: Final = {
    "/ogc/collections": ("/ogc/collections", {}),
    "the same, gzip": ("/ogc/collections", {"Accept-Encoding": "gzip"}),
    "/ogc/collections as a page": ("/ogc/collections", {"Accept": "text/html"}),
    "/ogc/kc/collections (a workspace)": ("/ogc/kc/collections", {}),
    "a page of items": (f"/ogc/collections/{LAYER}/items?limit=10", {}),
    "/api/layers?q=…": ("/api/layers?q=%E6%B0%B4%E5%BA%93&limit=20", {}),
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    process: int
    start_s: float

    def memory_mb(self) -> float:
        """Memory that is resident, in megabytes."""
        status = Path(f"/proc/{self.process}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1000


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--layers", type=int, default=many_layers.COUNT)
    options = parser.parse_args()
    columns = {}
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as temporary:
        for count in (1, options.layers):
            city = Path(temporary) / f"city-{count}"
            many_layers.make(city, count, features=0).close()
            with serving(city) as server:
                columns[count] = measure(server, options.rounds)
    print(f"| | {' | '.join(f'{count:,} layers' for count in columns)} |")
    print("|---|" + "---|" * len(columns))
    for title in columns[options.layers]:
        print(f"| {title} | {' | '.join(column[title] for column in columns.values())} |")


def measure(server: Server, rounds: int) -> dict[str, str]:
    """What is printed of one server, by title."""
    found = {"start": f"{server.start_s:.1f} s", "memory after the start": _memory(server)}
    for title, (path, headers) in REQUESTS.items():
        times = [ask(server, path, headers) for _ in range(rounds + 1)]
        found[f"{title}, first"] = f"{times[0] * 1000:.0f} ms"
        found[title] = f"{statistics.median(times[1:]) * 1000:.1f} ms"
    found["publish, then seen in the list"] = f"{publish(server) * 1000:.0f} ms"
    found["a second one"] = f"{publish(server, 'another') * 1000:.0f} ms"
    found["memory at the end"] = _memory(server)
    return found


def ask(server: Server, path: str, headers: dict[str, str]) -> float:
    """Seconds until an answer is whole."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=READY_S)
    with contextlib.closing(connection):
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status}")
        return time.perf_counter() - began


def publish(server: Server, name: str = "fresh") -> float:
    """Seconds from the request that publishes a layer to a list that holds it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=READY_S)
    with contextlib.closing(connection):
        began = time.perf_counter()
        body = json.dumps({"name": name, "geometry_type": "POINT"})
        connection.request("POST", "/api/layers", body, {"Content-Type": "application/json"})
        made = connection.getresponse()
        made.read()
        connection.request("GET", "/ogc/collections")
        listed = connection.getresponse().read()
        took = time.perf_counter() - began
    if made.status != http.client.CREATED or f'"id":"{name}"'.encode() not in listed:
        raise RuntimeError(f"layer {name} was not published: {made.status}")
    return took


@contextlib.contextmanager
def serving(city: Path) -> Iterator[Server]:
    """A server over a city, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-m", "api.cli.main", "serve", "-w", str(city))
    began = time.perf_counter()
    process = subprocess.Popen(
        (*command, "--port", str(port)),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < READY_S:
            with contextlib.suppress(OSError, RuntimeError):
                ask(Server(port, process.pid, 0.0), "/health/ready", {})
                break
            time.sleep(0.05)
        yield Server(port, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def _memory(server: Server) -> str:
    return f"{server.memory_mb():.0f} MB"


if __name__ == "__main__":
    main()
