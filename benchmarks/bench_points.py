"""Point clouds to 3D Tiles: points a CPU second, memory, bytes a point.

Prints a Markdown table: medians over rounds, each build in a process of its own, so that its peak
memory is its own. Beside it stand the limits: reading the file with laspy and writing as many
bytes to one file. The scan is synthetic: 20 points a square metre over houses and trees, LAS 1.4
point format 7, in flight strips.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import laspy
import numpy as np

from benchmarks.bench_tiles import bare_write_s
from benchmarks.clouds import city_scan
from benchmarks.inputs import MADE
from cim.point_siting import survey_clouds
from cim.pointclouds.base import PointOptions
from cim.siting import Siting
from tiles.options import Compression
from tiles.points.build import build
from tiles.points.options import PointBuildOptions

ROOT = Path(__file__).resolve().parent.parent
TARGET = 1_000_000
"""Points a CPU second."""


def scan(count: int, ending: str) -> Path:
    """A scan of so many points, made once a machine."""
    target = MADE / f"scan-{count}{ending}"
    if not target.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        city_scan(target.with_name(f"partial-{target.name}"), count).rename(target)
    return target


def bare_read_s(path: Path) -> float:
    """CPU seconds for decoding all points with laspy and scaling their coordinates with numpy."""
    started = time.process_time()
    with laspy.open(path) as file:
        for points in file.chunk_iterator(131_072):
            for axis in (points.x, points.y, points.z):
                np.asarray(axis)
    return time.process_time() - started


def run_once(path: Path, folder: Path, compression: Compression) -> dict[str, float]:
    """One build, in this process."""
    started, wall = time.process_time(), time.perf_counter()
    sites = survey_clouds([path], PointOptions(), Siting())
    report = build(sites, PointBuildOptions(folder / "tiles", compression=compression))
    return {
        "points": report.points,
        "cpu_s": time.process_time() - started,
        "wall_s": time.perf_counter() - wall,
        "bytes": sum(report.bytes.values()),
        "tiles": report.tiles,
        "largest": report.largest_tile,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_apart(path: Path, compression: str) -> dict[str, float]:
    """One build in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        once = ["--once", str(path), folder, compression]
        command = [sys.executable, "-m", "benchmarks.bench_points", *once]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def row(path: Path, compression: str, rounds: int) -> str:
    """One line of the table: medians of some runs."""
    runs = [run_apart(path, compression) for _ in range(rounds)]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    rate = statistics.median(run["points"] / run["cpu_s"] for run in runs)
    cells = (
        f"{middle['points']:,.0f}",
        path.suffix[1:],
        compression,
        f"{rate:,.0f}",
        f"{rate / TARGET:.1f}",
        f"{middle['cpu_s']:.2f}",
        f"{middle['wall_s']:.2f}",
        f"{statistics.median(bare_read_s(path) for _ in range(rounds)):.2f}",
        f"{bare_write_s(middle['bytes']):.2f}",
        f"{middle['bytes'] / middle['points']:.1f}",
        f"{middle['tiles']:.0f}",
        f"{middle['largest']:,.0f}",
        f"{middle['rss_mb']:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table, or measure one build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counts", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--endings", nargs="*", default=[".las", ".laz"])
    parser.add_argument("--compressions", nargs="*", default=["none", "meshopt"])
    parser.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        path, folder, compression = given.once
        chosen: Compression = "meshopt" if compression == "meshopt" else "none"
        print(json.dumps(run_once(Path(path), Path(folder), chosen)))
        return
    print(
        "| points | file | compression | points / CPU s | x target | CPU s | wall s |"
        " laspy read CPU s | bare write CPU s | bytes / point | tiles | largest tile | peak MB |\n"
        "|--:|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for count in given.counts:
        for ending in given.endings:
            for compression in given.compressions:
                print(row(scan(count, ending), compression, given.rounds), flush=True)


if __name__ == "__main__":
    main()
