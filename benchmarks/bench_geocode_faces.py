"""The geocoder's faces on the door plates of Tainan: places, names, HTTP, tables.

Prints Markdown tables. `python -m benchmarks.run geocode_faces` runs this alone.
"""

import csv
import gzip
import os
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import shapely

from api.geocoding import open_reverse
from api.tuning import tune
from benchmarks.bench_geocode import imported
from benchmarks.commands import cim
from benchmarks.geocode_queries import SEED
from benchmarks.inputs import MADE, door_plates
from benchmarks.wrk import ROOT, free_port, load_with_wrk, median, running, wait_until
from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodeLevels, code
from cim.features import FeatureBatch
from cim.geometry import representative_points
from cim.store.base import Store
from geocode.reverse_city import CityReverse
from geocode.reverse_here import Wish

QUERIES = 5_000
PLACES = 200_000
ROWS = 1_000_000
BUILDINGS = 100_000
CLIENTS = 16
SECONDS = 5


def main() -> None:
    """Print the tables."""
    with gzip.open(door_plates(), "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        city = Path(folder) / "city"
        imported(city, door_plates()).close()
        measure(city, rows)


def measure(city: Path, rows: Sequence[dict[str, str]]) -> None:
    """Print the tables of a city that has these plates."""
    reverse, store = open_reverse(city)
    in_process(reverse, store, rows)
    with_buildings(reverse, store, rows)
    store.close()
    over_http(city, rows)
    tables(city, rows)


def in_process(reverse: CityReverse, store: Store, rows: Sequence[dict[str, str]]) -> None:
    """Print places and names a second, in process and one after the other."""
    geocoder, layers = reverse.geocoder, store.layers()
    places = [(lon, lat) for lon, lat in places_of(rows, QUERIES).tolist()]
    typed = ["中山", "民族路", "zhongs", "zsl", "mzl", "永華路", "永華路二段6", "zhongzhenglu"]
    jobs: dict[str, Callable[[int], object]] = {
        "the nearest door, told in full": lambda at: geocoder.reverse(*places[at]),
        "all that is at a place": lambda at: reverse.at(*places[at], Wish(), layers),
        "names and numbers while typing": lambda at: geocoder.suggest(typed[at % len(typed)]),
        "the same, near the middle of the map": lambda at: geocoder.suggest(
            typed[at % len(typed)], middle=places[at]
        ),
    }
    print("| in process, one core | a second | median, ms | p99, ms |\n|---|--:|--:|--:|")
    for name, job in jobs.items():
        line(name, job)
    many = places_of(rows, PLACES)
    rates = []
    for _ in range(3):
        start = time.process_time()
        geocoder.nearest_of_each(many, 200.0)
        rates.append(PLACES / (time.process_time() - start))
    print(
        f"| nearest doors of {PLACES:,} places at once | {statistics.median(rates):,.0f} | | |\n"
    )


def with_buildings(reverse: CityReverse, store: Store, rows: Sequence[dict[str, str]]) -> None:
    """Print the same with a layer of buildings and one of roads."""
    start = time.perf_counter()
    chosen = places_of(rows, BUILDINGS)
    squares = shapely.box(*(chosen - 5e-5).T, *(chosen + 5e-5).T)
    load(store, LayerDraft("bench_buildings", "BLDG", "EPSG:4490", name_field="name"), squares)
    ends = chosen[:10_000] + np.array((2e-3, 5e-4))
    roads = shapely.linestrings(np.stack((chosen[:10_000], ends), axis=1))
    load(store, LayerDraft("bench_roads", "ROAD", "EPSG:4490", name_field="name"), roads)
    loaded = time.perf_counter() - start
    layers = store.layers()
    places = [(lon, lat) for lon, lat in places_of(rows, QUERIES).tolist()]
    start = time.perf_counter()
    reverse.at(*places[0], Wish(), layers)
    print(
        f"With {BUILDINGS:,} buildings and 10,000 roads (loaded in {loaded:.0f} s, first answer "
        f"after {time.perf_counter() - start:.1f} s):\n"
    )
    print("| in process, one core | a second | median, ms | p99, ms |\n|---|--:|--:|--:|")
    line("all that is at a place", lambda at: reverse.at(*places[at], Wish(), layers))
    many = places_of(rows, PLACES)
    start = time.process_time()
    reverse.buildings_of_each(many, layers)
    rate = PLACES / (time.process_time() - start)
    print(f"| buildings around {PLACES:,} places at once | {rate:,.0f} | | |\n")


def load(store: Store, draft: LayerDraft, shapes: np.ndarray) -> None:
    """Put shapes into a layer."""
    import pyarrow as pa  # noqa: PLC0415 - beside its only use

    names = pa.array([f"{draft.name} {row}" for row in range(len(shapes))])
    batch = FeatureBatch(
        "EPSG:4490",
        np.asarray(shapes, object),
        pa.table({"name": names}),
        tuple(str(row) for row in range(len(shapes))),
        np.arange(1, len(shapes) + 1),
    )
    coded = code(batch, representative_points(batch.geometry), CodeLevels())
    record = SourceRecord("bench", "bench", "00", "EPSG:4490", "row")
    store.load(replace(draft), record, iter([coded]))


def line(name: str, job: Callable[[int], object]) -> None:
    """Print what a job costs once it has read what it needs."""
    job(0)
    tune()  # as the server does
    times = []
    start = time.process_time()
    for at in range(QUERIES):
        began = time.perf_counter()
        job(at)
        times.append(1000 * (time.perf_counter() - began))
    rate = QUERIES / (time.process_time() - start)
    p99 = sorted(times)[int(0.99 * QUERIES)]
    print(f"| {name} | {rate:,.0f} | {statistics.median(times):.3f} | {p99:.2f} |")


def over_http(city: Path, rows: Sequence[dict[str, str]]) -> None:
    """Print requests a second of one worker."""
    chosen = random.Random(SEED).sample(rows, QUERIES)  # noqa: S311 - queries, no secrets
    texts = [quote(row["FULL_ADDR"][3:]) for row in chosen]
    places = [f"lon={lon:.6f}&lat={lat:.6f}" for lon, lat in places_of(rows, QUERIES).tolist()]
    typed = [quote(text) for text in ("中山", "民族路", "zsl", "永華路二段6")]
    asked = {
        "search": [f"/api/geocode/search?q={text}" for text in texts],
        "reverse": [f"/api/geocode/reverse?{place}" for place in places],
        "suggest": [f"/api/geocode/suggest?q={text}" for text in typed],
        "/nominatim/search": [f"/nominatim/search?format=jsonv2&q={text}" for text in texts],
        "/nominatim/reverse": [f"/nominatim/reverse?format=jsonv2&{place}" for place in places],
        "/photon/api": [f"/photon/api?q={text}" for text in texts],
    }
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    words = ("-m", "api.cli.main", "serve", "-w", str(city), "--port", str(port))
    with running((sys.executable, *words)):
        wait_until(lambda: _is_ready(base), base)
        print(f"| over HTTP, one worker, {CLIENTS} clients | a second | median, ms | p99, ms |")
        print("|---|--:|--:|--:|")
        for name, paths in asked.items():
            MADE.mkdir(parents=True, exist_ok=True)
            file = MADE / "geocode-paths.txt"
            file.write_text("\n".join(paths) + "\n")
            os.environ["CIM_BENCH_PATHS"] = str(file)
            script = ("-s", str(ROOT / "benchmarks" / "paths.lua"))
            load_with_wrk(base, SECONDS, CLIENTS, script)
            found = median([load_with_wrk(base, SECONDS, CLIENTS, script) for _ in range(3)])
            if found.errors:
                raise SystemExit(f"{name}: {found.errors} answers were not 200")
            print(
                f"| {name} | {found.per_second:,.0f} | {found.p50_ms:.1f} | {found.p99_ms:.1f} |"
            )
        print()


def _is_ready(base: str) -> bool:
    """Whether the server answers, its names read."""
    try:
        with urllib.request.urlopen(f"{base}/api/geocode/suggest?q=a", timeout=60):  # noqa: S310 - own server
            return True
    except OSError:
        return False


def tables(city: Path, rows: Sequence[dict[str, str]]) -> None:
    """Print what tables cost through the command."""
    MADE.mkdir(parents=True, exist_ok=True)
    source, target = MADE / "geocode-million.csv", city.parent / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(("id", "address", "lon", "lat"))
        for number in range(ROWS):
            row = rows[number % len(rows)]
            table.writerow((number, row["FULL_ADDR"][3:], row["X"], row["Y"]))
    tenth = source.with_name("geocode-tenth.csv")
    with source.open("rb") as lines, tenth.open("wb") as fewer:
        fewer.writelines(line for _, line in zip(range(ROWS // 10 + 1), lines, strict=False))
    # the columns of the places are in the way of an answer's
    renamed = {path: without_places(path) for path in (source, tenth)}
    print(
        "| `cim geocode batch` | rows | wall, s | processor, s | rows a second of a core | "
        "most memory, MB |\n|---|--:|--:|--:|--:|--:|"
    )
    for name, path, words in (
        ("addresses", renamed[tenth], ()),
        ("addresses", renamed[source], ()),
        ("addresses, `--jobs 2`", renamed[source], ("--jobs", "2")),
        ("places, `--reverse`", source, ("--reverse",)),
    ):
        cost = cim("geocode", "batch", "--input", path, "--output", target, *words, "-w", city)
        count = ROWS // 10 if path.name.startswith("geocode-tenth") else ROWS
        print(
            f"| {name} | {count:,} | {cost.wall_s:.0f} | {cost.cpu_s:.0f} | "
            f"{count / cost.cpu_s:,.0f} | {cost.peak_mb:,.0f} |"
        )


def without_places(path: Path) -> Path:
    """The table without its columns of places."""
    plain = path.with_stem(f"{path.stem}-plain")
    with path.open(encoding="utf-8", newline="") as lines, plain.open("w", newline="") as out:
        csv.writer(out).writerows(row[:2] for row in csv.reader(lines))
    return plain


def places_of(rows: Sequence[dict[str, str]], count: int) -> np.ndarray:
    """Places some 20 m from doors: (n, 2) degrees."""
    chosen = random.Random(SEED).choices(rows, k=count)  # noqa: S311 - queries, no secrets
    places = np.array([(float(row["X"]), float(row["Y"])) for row in chosen])
    return places + np.random.default_rng(SEED).normal(0, 2e-4, places.shape)


if __name__ == "__main__":
    main()
