"""Layers of the store to 3D Tiles, by the command: speed, memory of all processes, bytes.

Prints a Markdown table, medians over rounds. A build is the whole command, from start to the end
of the last worker: it reads the store, settles, tiles, compresses, writes and flushes. Then one
building of the layer is changed and the command run again. Memory is the sum over all processes
of what each has to itself and its share of what several have (PSS), looked at ten times a second.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.inputs import city
from cim.store._gpkg_connection import prepare_for_writing

ROOT = Path(__file__).resolve().parent.parent
TARGET = 20_000
"""Buildings a CPU second, reading included."""

MAIN = "from api.cli.main import main; main()"
MEGA = 1_000_000
LOOK_EVERY_S = 0.1


def pss_mb(root: psutil.Process) -> float:
    """Memory of a process and all below it; 0 when it is gone."""
    total = 0.0
    try:
        for process in [root, *root.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss / MEGA
            except psutil.Error:
                continue
    except psutil.Error:
        return 0.0
    return total


def run_cim(*arguments: str) -> dict[str, float]:
    """One command: seconds, CPU seconds of all its processes, peak memory, and its report."""
    before, started = os.times(), time.perf_counter()
    command = [sys.executable, "-c", MAIN, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    root, peak = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        peak = max(peak, pss_mb(root))
        time.sleep(LOOK_EVERY_S)
    wall, after = time.perf_counter() - started, os.times()
    out, error = process.communicate()
    if process.returncode:
        raise SystemExit(error.decode())
    used = after.children_user - before.children_user
    used += after.children_system - before.children_system
    report = json.loads(out)
    return {
        "wall_s": wall,
        "cpu_s": used,
        "peak_mb": peak,
        "features": report["features"],
        "tiles": report["tiles"],
        "written": report["written"],
        "bytes": sum(report["bytes"].values()),
    }


def touch(workspace: Path, height_m: float) -> None:
    """Give one building another height, as an editor does."""
    with closing(sqlite3.connect(workspace / "city.gpkg")) as connection:
        prepare_for_writing(connection)
        connection.execute("UPDATE buildings SET height = ? WHERE fid = 77", (height_m,))
        connection.commit()


def run_round(count: int, number: int, options: list[str]) -> dict[str, float]:
    """One build from nothing, and one of a changed building."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, output = Path(folder) / "city", Path(folder) / "tiles"
        shutil.copytree(city(count), workspace)
        build = ["tiles", "build", "layer:buildings", "-w", str(workspace), "-o", str(output)]
        whole = run_cim(*build, *options)
        touch(workspace, 50.0 + number)
        again = run_cim(*build, *options)
        if again["written"] != 1:
            raise SystemExit(f"{again['written']} contents made for one changed building")
        return whole | {"again_s": again["wall_s"], "again_cpu_s": again["cpu_s"]}


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
    rate = middle["features"] / middle["cpu_s"]
    cells = (
        f"{middle['features']:,.0f}",
        f"{rate:,.0f}",
        f"{rate / TARGET:.1f}",
        f"{middle['cpu_s']:.2f}",
        f"{middle['wall_s']:.2f}",
        f"{1e6 * middle['cpu_s'] / middle['features']:.1f}",
        f"{bare_write_s(middle['bytes']):.2f}",
        f"{middle['bytes'] / middle['features']:.0f}",
        f"{middle['tiles']:.0f}",
        f"{middle['peak_mb']:.0f}",
        f"{middle['again_s']:.2f}",
        f"{middle['again_cpu_s']:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 200_000, 1_000_000])
    parser.add_argument("--options", nargs="*", default=[], help="Of cim tiles build.")
    given = parser.parse_args()
    print(
        "| buildings | buildings / CPU s | x target | CPU s | wall s | CPU us a building |"
        " bare write CPU s | bytes / building | tiles | peak MB | one changed: s | CPU s |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for count in given.counts:
        runs = [run_round(count, number, given.options) for number in range(given.rounds)]
        print(row(runs), flush=True)


if __name__ == "__main__":
    main()
