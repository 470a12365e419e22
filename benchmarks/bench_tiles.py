"""Layers of the store to 3D Tiles, by the command: speed, memory of all processes, bytes.

Prints a Markdown table, medians over rounds. A build is the whole command, from start to the end
of the last worker: it reads the store, settles, tiles, compresses, writes and flushes. Then one
building of the layer is changed and the command run again. Memory is the sum over all processes
of what each has to itself and its share of what several have (PSS), looked at ten times a second.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import shapely

from benchmarks import peer_py3dtiles
from benchmarks.batches import Source
from benchmarks.commands import cim
from benchmarks.inputs import buildings_200k, city
from cim.store._gpkg_connection import prepare_for_writing
from tiles.build import build
from tiles.options import BuildOptions, Compression

TARGET = 20_000
"""Buildings a CPU second, reading included."""

PEER_TARGET = 80
"""Times the rate of py3dtiles that is asked for."""

START_BUILDINGS = 100
"""So few that the command costs what its start does."""

GROWTH_LIMIT = 1.15
PEER_BUILDINGS = 10_000
LIMIT_BUILDINGS = 200_000


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
        whole = cim(*build, *options)
        touch(workspace, 50.0 + number)
        again = cim(*build, *options)
        if again.result["written"] != 1:
            raise SystemExit(f"{again.result['written']} contents made for one changed building")
        return {
            "features": whole.result["features"],
            "tiles": whole.result["tiles"],
            "bytes": sum(whole.result["bytes"].values()),
            "cpu_s": whole.cpu_s,
            "wall_s": whole.wall_s,
            "peak_mb": whole.peak_mb,
            "again_s": again.wall_s,
            "again_cpu_s": again.cpu_s,
        }


def bare_write_s(size: float) -> float:
    """CPU seconds for writing so many bytes to one file: the limit of any writer."""
    block = os.urandom(1 << 20)
    with tempfile.TemporaryFile() as file:
        started = time.process_time()
        for _ in range(int(size) >> 20):
            file.write(block)
        return time.process_time() - started


def ours(compression: Compression) -> Callable[[Path], tuple[int, float]]:
    """A build in this process, from features in memory; reading them is not counted."""

    def run(folder: Path) -> tuple[int, float]:
        source = Source(buildings_200k(), PEER_BUILDINGS)
        options = BuildOptions(folder / "tiles", compression=compression, workers=1)
        started = time.process_time()
        report = build(source.batches(), options)
        return report.features, time.process_time() - started - source.cpu_s

    return run


def peer(folder: Path) -> tuple[int, float]:
    """The same buildings by py3dtiles, its own start left out."""
    geometry = footprints(PEER_BUILDINGS)
    heights = np.full(len(geometry), 12.0)
    idle = peer_py3dtiles.footprints(geometry[:1], heights[:1], folder / "one")
    done = peer_py3dtiles.footprints(geometry, heights, folder / "all")
    return len(geometry), done.cpu_s - idle.cpu_s


def limit(folder: Path) -> tuple[int, float]:
    """Walls and roofs of all footprints by bare numpy, written as they are: no tiles, no faces."""
    geometry = footprints(LIMIT_BUILDINGS)
    started = time.process_time()
    xy = shapely.get_coordinates(geometry)
    low = np.column_stack((xy, np.zeros(len(xy))))
    high = low + np.array([0.0, 0.0, 12.0])
    edge = np.roll(xy, -1, axis=0) - xy
    normals = (
        np.column_stack((edge[:, 1], -edge[:, 0])) / np.maximum(np.hypot(*edge.T), 1e-12)[:, None]
    )
    corners = np.stack((low, np.roll(low, -1, 0), np.roll(high, -1, 0), high), axis=1)
    first = 4 * np.arange(len(xy))[:, None, None]
    triangles = first + np.array([[0, 1, 2], [0, 2, 3]])
    with (folder / "bare.bin").open("wb") as file:
        for array, kind in ((corners, "<f4"), (normals, "<f4"), (triangles, "<u4"), (high, "<f4")):
            file.write(array.astype(kind).tobytes())
    return len(geometry), time.process_time() - started


def growth(spent: dict[int, float]) -> str:
    """What a building costs in small and in large layers, the start of the program left out."""
    start, *counts = spent
    cost = {n: 1e6 * (spent[n] - spent[start]) / (n - start) for n in counts}
    small, large = cost[min(counts)], cost[max(counts)]
    return (
        f"\nA building costs {small:.1f} CPU us of {min(counts):,} and {large:.1f} of "
        f"{max(counts):,}, without the start of the program: {large / small:.2f} times as much "
        f"(asked: at most {GROWTH_LIMIT})."
    )


def footprints(count: int) -> np.ndarray:
    """The first synthetic footprints."""
    batches = Source(buildings_200k(), count).batches()
    return np.concatenate([batch.geometry for batch in batches])


def beside(rounds: int) -> None:
    """Print the table of the peer and the limit."""
    print(
        "\nFrom features in memory to files, one process, without the start of the program:\n\n"
        "| program | buildings | buildings / CPU s | times py3dtiles | x target |\n"
        "|---|--:|--:|--:|--:|"
    )
    cases = {
        f"py3dtiles {peer_py3dtiles.VERSION}, `export -d`, no properties": (peer, 1),
        "cim-server, as compressed as the peer: not": (ours("none"), rounds),
        "cim-server, meshopt": (ours("meshopt"), rounds),
        "limit: bare numpy walls, no tiles": (limit, rounds),
    }
    base = 0.0
    for name, (run, times) in cases.items():
        found = []
        for _ in range(times):
            with tempfile.TemporaryDirectory() as folder:
                found.append(run(Path(folder)))
        rate = statistics.median(count / seconds for count, seconds in found)
        base = base or rate
        times_peer = rate / base
        print(
            f"| {name} | {found[0][0]:,} | {rate:,.0f} | {times_peer:.0f} |"
            f" {times_peer / PEER_TARGET:.1f} |",
            flush=True,
        )


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
    spent: dict[int, float] = {}
    for count in (START_BUILDINGS, *given.counts):
        runs = [run_round(count, number, given.options) for number in range(given.rounds)]
        spent[count] = statistics.median(run["cpu_s"] for run in runs)
        print(row(runs), flush=True)
    print(growth(spent), flush=True)
    beside(given.rounds)


if __name__ == "__main__":
    main()
