"""Layers as files: 200,000 polygons in each format over HTTP, beside GDAL from file to file.

Prints a Markdown table of medians over rounds. One worker. The formats take turns in every round,
so that a busy machine slows them alike. GDAL, through pyogrio and Arrow, copies the same table
from a GeoPackage without a server between: the limit for the formats that it writes. While each
file is on its way another client asks for pages of ten features, forty times a second.
"""

import argparse
import contextlib
import http.client
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pyarrow as pa
import pyogrio

from benchmarks.inputs import buildings_200k
from benchmarks.items_servers import Server, own_server

FORMATS = ("fgb", "gpkg", "parquet", "csv", "geojsonseq", "xlsx")
GDAL = {"fgb": "FlatGeobuf", "gpkg": "GPKG"}
"""Drivers of the formats that are made by GDAL here too."""

FLATGEOBUF_S = 3.0
"""Seconds in which FlatGeobuf of all must be here."""

LIGHT = "limit=10"
LIGHT_PAUSE_S = 0.025
PIECE = 1 << 20
GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one file cost."""

    wall_s: float
    cpu_s: float
    """Of the server and its children, or of this process where GDAL copies."""

    first_s: float
    """Until the first byte."""

    megabytes: float
    rss_mb: float
    """Of the server when the file was sent."""

    light_p99_ms: float
    """Of the pages that another client asked for meanwhile."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        source = buildings_200k()
        with own_server(Path(folder), source) as server:
            own: dict[str, list[Sample]] = {name: [] for name in FORMATS}
            limit: dict[str, list[Sample]] = {name: [] for name in GDAL}
            for _ in range(rounds):
                for name in FORMATS:
                    own[name].append(download(server, name))
                for name, driver in GDAL.items():
                    limit[name].append(copy(source, Path(folder) / f"copy.{name}", driver))
    report(own, limit)


def download(server: Server, name: str) -> Sample:
    """Take the whole layer in a format."""
    process = psutil.Process(server.pid)
    light: list[float] = []
    with asking(server, light):
        before, began, first, size = _cpu_s(process), time.perf_counter(), 0.0, 0
        with urllib.request.urlopen(f"{server.items}?f={name}", timeout=600) as answer:  # noqa: S310 - our own server
            while piece := answer.read(PIECE):
                first = first or time.perf_counter() - began
                size += len(piece)
        wall = time.perf_counter() - began
    rss = process.memory_info().rss / 1e6
    cpu_s = _cpu_s(process) - before
    p99 = sorted(light)[len(light) * 99 // 100] * 1e3
    return Sample(wall, cpu_s, first, size / 1e6, rss, p99)


@contextlib.contextmanager
def asking(server: Server, spent: list[float]) -> Iterator[None]:
    """Another client asks for small pages until the end; `spent` gets the seconds of each."""
    over = threading.Event()
    parts = urllib.parse.urlsplit(server.items)

    def run() -> None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        while not over.wait(LIGHT_PAUSE_S):
            began = time.perf_counter()
            connection.request("GET", f"{parts.path}?{LIGHT}")
            connection.getresponse().read()
            spent.append(time.perf_counter() - began)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def copy(source: Path, target: Path, driver: str) -> Sample:
    """Let GDAL copy the source table."""
    target.unlink(missing_ok=True)
    process, began = psutil.Process(os.getpid()), time.perf_counter()
    before = _cpu_s(process)
    with pyogrio.open_arrow(source, use_pyarrow=True) as (meta, stream):
        named = [GEOMETRY if n == meta["geometry_name"] else n for n in stream.schema.names]
        bare = [pa.field(n, f.type) for n, f in zip(named, stream.schema, strict=True)]
        schema = pa.schema(bare)
        batches = (pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in stream)
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, batches),
            target,
            driver=driver,
            geometry_name=GEOMETRY,
            geometry_type=meta["geometry_type"],
            crs=meta["crs"],
        )
    wall = time.perf_counter() - began
    return Sample(wall, _cpu_s(process) - before, wall, target.stat().st_size / 1e6, 0.0, 0.0)


def _cpu_s(process: psutil.Process) -> float:
    """Seconds of a process, of its children that live, and of those that it has waited for."""
    times = process.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        with contextlib.suppress(psutil.Error):
            own = child.cpu_times()
            spent += own.user + own.system
    return float(spent)


def report(own: dict[str, list[Sample]], limit: dict[str, list[Sample]]) -> None:
    """Print the table, and whether FlatGeobuf was quick enough."""
    print("200,000 polygons, whole layer over HTTP, one worker; GDAL copies file to file.\n")
    print(
        "| format | s | CPU s | first byte s | MB | server RSS MB | other client's p99 ms "
        "| GDAL s | GDAL CPU s |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, samples in own.items():
        cells = [f"{median(samples, each):.1f}" for each in MEASURES]
        peers = limit.get(name, [])
        cells += [f"{median(peers, each):.1f}" if peers else "-" for each in MEASURES[:2]]
        print(f"| {name} | {' | '.join(cells)} |")
    spent = median(own["fgb"], MEASURES[0])
    print(f"\nFlatGeobuf of all in {spent:.1f} s; asked for: {FLATGEOBUF_S:g} s.")
    if spent > FLATGEOBUF_S:
        print(f"FlatGeobuf took {spent:.1f} s, more than {FLATGEOBUF_S:g}", file=sys.stderr)


type Measure = Callable[[Sample], float]
MEASURES: tuple[Measure, ...] = (
    lambda sample: sample.wall_s,
    lambda sample: sample.cpu_s,
    lambda sample: sample.first_s,
    lambda sample: sample.megabytes,
    lambda sample: sample.rss_mb,
    lambda sample: sample.light_p99_ms,
)


def median(samples: list[Sample], measure: Measure) -> float:
    """The middle one."""
    return statistics.median(measure(sample) for sample in samples)


if __name__ == "__main__":
    main()
