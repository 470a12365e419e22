"""Grid codes on one core, beside the limit: a numpy copy of the same bytes in and out.

Prints Markdown tables: medians over rounds in processor time, the `cim grid encode` of a large
CSV in a process of its own, and covers of 100,000 and 1,000,000 cells.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from h3ronpy.vector import coordinates_to_cells

from benchmarks.bench_load import measure_apart
from benchmarks.inputs import MADE
from cim import plugins
from cim.arrays import Float64
from cim.grids.base import Grid, HeightGrid
from cim.zones.cover import CoverRequest, cover, cover_batches

POINTS = 1_000_000
ROWS = 10_000_000
LEVELS = {"beidou": 10, "geosot": 32, "h3": 13}
COVERS = (("beidou", 5), ("geosot", 19), ("h3", 11))


def rate(work: Callable[[], Any], rounds: int) -> float:
    """Million points a second of processor time, the median of some rounds."""
    work()
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return POINTS / statistics.median(spent) / 1e6


def copy_rate(bytes_a_point: int, rounds: int) -> float:
    """Million points a second of a bare copy whose bytes read and written add up to these."""
    source = np.ones(POINTS * bytes_a_point // 2, np.uint8)
    target = np.zeros_like(source)
    return rate(lambda: np.copyto(target, source), rounds)


def positions() -> tuple[Float64, Float64]:
    """Points and heights of a country, from a seed."""
    rng = np.random.default_rng(1)
    lon_lat = np.column_stack([rng.uniform(73, 135, POINTS), rng.uniform(4, 53, POINTS)])
    return lon_lat, rng.uniform(-100, 500, POINTS)


def steps(grid: Grid) -> Iterator[tuple[str, Callable[[], Any], int]]:
    """What is measured of a grid: title, work, bytes in and out of one point."""
    lon_lat, heights_m = positions()
    level = LEVELS[grid.name]
    codes = grid.encode(lon_lat, level)
    array = grid.to_text(codes)
    texts, width = array.tolist(), array.dtype.itemsize
    yield "positions to codes", lambda: grid.encode(lon_lat, level), 16 + 8
    if grid.name == "h3":
        lon, lat = np.array(lon_lat.T, order="C")
        yield "the same, bare h3ronpy", lambda: coordinates_to_cells(lat, lon, level), 16 + 8
    yield "codes to text", lambda: grid.to_text(codes), 8 + width
    yield "positions to text", lambda: grid.to_text(grid.encode(lon_lat, level)), 16 + width
    yield "text to codes", lambda: grid.from_text(texts), width + 8
    yield "codes to bounds", lambda: grid.bounds(codes), 8 + 32
    yield "codes to centres", lambda: grid.centers(codes), 8 + 16
    if isinstance(grid, HeightGrid):
        yield from solid_steps(grid, lon_lat, heights_m)


def solid_steps(
    grid: HeightGrid, lon_lat: Float64, heights_m: Float64
) -> Iterator[tuple[str, Callable[[], Any], int]]:
    """What is measured in 3D."""
    level = LEVELS[grid.name]
    codes, heights = grid.encode(lon_lat, level), grid.encode_heights(heights_m, level)
    array = grid.to_text_3d(codes, heights)
    texts, width = array.tolist(), array.dtype.itemsize
    levels = np.full(POINTS, level)

    def whole() -> Any:  # noqa: ANN401 - thrown away
        found = grid.encode(lon_lat, level)
        return grid.to_text_3d(found, grid.encode_heights(heights_m, level))

    yield "heights to codes", lambda: grid.encode_heights(heights_m, level), 8 + 8
    yield "codes to 3D text", lambda: grid.to_text_3d(codes, heights), 16 + width
    yield "positions to 3D text", whole, 24 + width
    yield "3D text to codes", lambda: grid.from_text_3d(texts), width + 16
    yield "height codes to faces", lambda: grid.height_bounds(heights, levels), 8 + 16


def grid_table(rounds: int) -> Iterator[str]:
    """Rates of every grid."""
    yield "| grid | step | M points/s | a copy of the same bytes | share |"
    yield "|---|---|---|---|---|"
    for name, level in LEVELS.items():
        grid: Grid = plugins.load(name, "cim.grids")
        for title, work, size in steps(grid):
            found, limit = rate(work, rounds), copy_rate(size, rounds)
            yield (
                f"| {name} {level} | {title} | {found:.1f} | {limit:.0f} | {found / limit:.1%} |"
            )


def table_of_rows(rows: int, *, heights: bool) -> Path:
    """A CSV of positions, made once a machine."""
    path = MADE / f"positions{'_heights' * heights}_{rows}.csv"
    if path.exists():
        return path
    MADE.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(2)
    with path.open("w", encoding="ascii") as file:
        file.write("id,lon,lat" + ",height" * heights + "\n")
        for start in range(0, rows, 100_000):
            lon, lat = rng.uniform(73, 135, 100_000), rng.uniform(4, 53, 100_000)
            columns = [lon.round(7), lat.round(7), rng.uniform(0, 300, 100_000).round(2)]
            lines = zip(*(column.tolist() for column in columns[: 2 + heights]), strict=True)
            text = "".join(
                f"{n},{','.join(map(str, row))}\n" for n, row in enumerate(lines, start)
            )
            file.write(text)
    return path


def command_table(rows: int) -> Iterator[str]:
    """`cim grid encode` of a large CSV."""
    yield "| `cim grid encode` | rows | seconds | M rows/s | processor s | peak RSS |"
    yield "|---|---|---|---|---|---|"
    target = MADE / "codes.csv"
    for system, heights in (("beidou", False), ("beidou", True), ("geosot", False), ("h3", False)):
        source = table_of_rows(rows, heights=heights)
        run = measure_apart(
            [
                *(sys.executable, "-c", "from api.cli.main import main; main()"),
                *("grid", "encode", "--system", system, "--level", str(LEVELS[system])),
                *("--input", str(source), "--output", str(target)),
            ]
        )
        target.unlink()
        title = f"{system} {LEVELS[system]}" + ", 2D and 3D" * heights
        yield (
            f"| {title} | {rows:,} | {run.wall_s:.1f} | {rows / run.wall_s / 1e6:.2f} | "
            f"{run.cpu_s:.1f} | {run.rss_mb:.0f} MB |"
        )


def district(grid: Grid, level: int, cells: int) -> Any:  # noqa: ANN401 - a shapely polygon
    """A round area of about so many cells."""
    area = shapely.area(grid.polygons(grid.encode(np.array([[114.3, 30.6]]), level))[0])
    return shapely.Point(114.3, 30.6).buffer(np.sqrt(cells * area / np.pi), quad_segs=64)


def cover_table(rounds: int) -> Iterator[str]:
    """Covers of a district and of a large area."""
    yield "| cover | cells | seconds | first batch after |"
    yield "|---|---|---|---|"
    for name, level in COVERS:
        grid: Grid = plugins.load(name, "cim.grids")
        for cells in (100_000, 1_000_000):
            shape, request = district(grid, level, cells), CoverRequest(level, limit=2 * cells)
            spent, first = [], []
            for _ in range(rounds):
                start = time.perf_counter()
                count = len(cover(grid, shape, request))
                spent.append(time.perf_counter() - start)
                start = time.perf_counter()
                next(iter(cover_batches(grid, shape, request)))
                first.append(time.perf_counter() - start)
            yield (
                f"| {name} {level} | {count:,} | {statistics.median(spent):.2f} | "
                f"{statistics.median(first):.2f} |"
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    for table in (
        grid_table(options.rounds),
        command_table(options.rows),
        cover_table(min(options.rounds, 3)),
    ):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
