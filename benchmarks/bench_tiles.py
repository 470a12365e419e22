"""Footprints to 3D Tiles: features a CPU second, bytes a building, memory.

Prints a Markdown table: medians over rounds, each build in a process of its own, so that its peak
memory is its own. Reading the GeoPackage is timed apart: the target counts from feature batches
in memory to files on disk. Beside it stands the limit: writing as many bytes to one file.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from benchmarks.inputs import buildings_200k
from cim.features import FeatureBatch
from tiles.build import build
from tiles.options import BuildOptions

ROOT = Path(__file__).resolve().parent.parent
BATCH = 20_000
TARGET = 15_000
"""Buildings a CPU second."""


def with_codes(table: pa.Table, first: int) -> pa.Table:
    """The table with columns as a layer of the store has them."""
    numbers = range(first, first + table.num_rows)
    columns = {
        "entity_id": [f"BLDGN51H0134{n:011d}0" for n in numbers],
        "beidou_code": [f"N51H0134{n:08d}" for n in numbers],
        "geosot_code": [f"G001310332-{n:06d}-032123" for n in numbers],
        "h3_code": [f"8b309a{n:09d}" for n in numbers],
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


class Source:
    """Batches of a GeoPackage, and the CPU seconds spent on reading them."""

    def __init__(self, path: Path, count: int) -> None:
        self.path, self.count, self.cpu_s = path, count, 0.0

    def batches(self) -> Iterator[FeatureBatch]:
        """The first `count` buildings."""
        started, first = time.process_time(), 0
        with pyogrio.open_arrow(self.path, batch_size=BATCH, use_pyarrow=True) as (meta, reader):
            geometry_name = meta["geometry_name"] or "wkb_geometry"
            for raw in reader:
                table = pa.Table.from_batches([raw]).slice(0, self.count - first)
                if not table.num_rows:
                    return
                geometry = shapely.from_wkb(table[geometry_name].to_numpy(zero_copy_only=False))
                attributes = with_codes(table.drop_columns([geometry_name]), first)
                records = np.arange(first, first + len(geometry)) + 1
                ids = tuple(map(str, records.tolist()))
                batch = FeatureBatch("EPSG:4490", geometry, attributes, ids, records)
                first += len(geometry)
                self.cpu_s += time.process_time() - started
                yield batch
                started = time.process_time()


def run_once(path: Path, count: int, folder: Path) -> dict[str, float]:
    """One build, in this process."""
    source = Source(path, count)
    started, wall = time.process_time(), time.perf_counter()
    report = build(source.batches(), BuildOptions(folder / "tiles"))
    cpu = time.process_time() - started - source.cpu_s
    return {
        "features": report.features,
        "cpu_s": cpu,
        "wall_s": time.perf_counter() - wall,
        "read_cpu_s": source.cpu_s,
        "bytes": sum(report.bytes.values()),
        "tiles": report.tiles,
        "triangles": report.triangles,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_apart(path: Path, count: int) -> dict[str, float]:
    """One build in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        once = ["--once", str(path), str(count), folder]
        command = [sys.executable, "-m", "benchmarks.bench_tiles", *once]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def bare_write_s(size: float) -> float:
    """CPU seconds for writing so many bytes to one file: the limit of any writer."""
    block = os.urandom(1 << 20)
    with tempfile.TemporaryFile() as file:
        started = time.process_time()
        for _ in range(int(size) >> 20):
            file.write(block)
        return time.process_time() - started


def row(runs: list[dict[str, float]]) -> str:
    """One line of the table: medians of some runs."""
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    rate = statistics.median(run["features"] / run["cpu_s"] for run in runs)
    cells = (
        f"{middle['features']:,.0f}",
        f"{rate:,.0f}",
        f"{rate / TARGET:.1f}",
        f"{middle['cpu_s']:.2f}",
        f"{middle['wall_s']:.2f}",
        f"{middle['read_cpu_s']:.2f}",
        f"{bare_write_s(middle['bytes']):.2f}",
        f"{middle['bytes'] / middle['features']:.0f}",
        f"{middle['tiles']:.0f}",
        f"{middle['rss_mb']:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table, or measure one build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 200_000])
    parser.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        path, count, folder = given.once
        print(json.dumps(run_once(Path(path), int(count), Path(folder))))
        return
    print(
        "| buildings | buildings / CPU s | x target | CPU s | wall s | reading CPU s |"
        " bare write CPU s | bytes / building | tiles | peak MB |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for count in given.counts:
        runs = [run_apart(buildings_200k(), count) for _ in range(given.rounds)]
        print(row(runs), flush=True)


if __name__ == "__main__":
    main()
