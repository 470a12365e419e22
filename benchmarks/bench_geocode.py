"""The geocoder on real door plates and the sample city: right answers, honesty, speed.

Prints Markdown tables. `make bench-geocode` runs this alone.
"""

import csv
import gzip
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from addressing.registry.store import Registry
from api.geocoding import index_folder
from api.tuning import tune
from benchmarks.commands import cim
from benchmarks.geocode_lab import made_labs
from benchmarks.geocode_plot import write_plot
from benchmarks.geocode_quality import judged, reliability, tell_between, tell_hidden, tell_quality
from benchmarks.geocode_queries import SEED, Changes, plate_of
from benchmarks.inputs import MADE, ROOT, door_plates
from geocode.city import CityGeocoder, make_index
from geocode.source import RegistrySource

QUERIES: Final = 3_000
PLOT: Final = ROOT / "docs" / "images" / "geocode-reliability.svg"
MIXED: Final = (
    "exact", "without village", "without district", "simplified", "the small first", "variant",
    "missing number", "one typo",
)  # fmt: skip
"""Kinds of queries that a city is asked, as many of each."""


def main() -> None:
    """Print the tables and draw the reliability curve."""
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        honesty(Path(folder))
        with gzip.open(door_plates(), "rt", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        city = Path(folder) / "city"
        geocoder = imported(city, door_plates())
        speed(geocoder, rows)
        geocoder.close()
        batch(city, rows)


def honesty(folder: Path) -> None:
    """How right and honest answers are, about streets that the weights were not fitted on."""
    curves = {}
    for name, lab in made_labs(folder):
        print(
            f"### {name}\n\n{len(lab.known):,} doors; {len(lab.hidden):,} more are on streets "
            f"that the index lacks. At most {QUERIES:,} queries of a kind.\n"
        )
        every = list(judged(lab, QUERIES))
        unknown = [one for one in every if one.name.startswith("street unknown")]
        tell_quality([one for one in every if one not in unknown])
        tell_hidden(unknown)
        curves[name] = reliability(every)
        tell_between(lab)
    write_plot(curves, PLOT)
    print("![Confidence and share of right answers](../images/geocode-reliability.svg)\n")


def imported(city: Path, register: Path) -> CityGeocoder:
    """A city of a register, and its geocoder."""
    words = ("init", city, "--division-code", "710000")
    command = [sys.executable, "-m", "api.cli.main", *map(str, words)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    cim("address", "import", register, "--source", "register", "-w", city)
    registry = Registry(city / "city.gpkg")
    start = time.perf_counter()
    doors = make_index(RegistrySource(registry), index_folder(city))
    took = time.perf_counter() - start
    size = sum(path.stat().st_size for path in index_folder(city).iterdir())
    print(
        f"{doors:,} doors: index made in {took:.0f} s, {size / 1e6:.0f} MB, "
        f"{size / doors:.0f} B a door.\n"
    )
    return CityGeocoder(registry, index_folder(city))


def speed(geocoder: CityGeocoder, rows: Sequence[dict[str, str]]) -> None:
    """Print queries a second, in process and one after the other.

    All queries are new to the geocoder but for those of another seed that went before.
    """
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    plates = [one for row in chance.sample(rows, 12 * QUERIES) if (one := plate_of(row))]
    changes = Changes(sorted({row["ROAD"] for row in rows if row["ROAD"]})).by_name()
    fresh, before = plates[:QUERIES], plates[QUERIES : 9 * QUERIES]
    for at, plate in enumerate(before):
        geocoder.search(changes[MIXED[at % len(MIXED)]](plate))
    tune()  # as the server and the command do
    mixed = [changes[MIXED[at % len(MIXED)]](plate) for at, plate in enumerate(fresh)]
    places = np.array([(float(row["X"]), float(row["Y"])) for row in rows[:QUERIES]])
    places += np.random.default_rng(SEED).normal(0, 2e-4, places.shape)
    typed = [text[:end] for text in ("中山", "民族路", "zhongs", "zsl") for end in (1, 2, 3)]
    jobs: dict[str, Callable[[int], object]] = {
        "search, mixed": lambda at: geocoder.search(mixed[at]),
        **{f"search, {name}": _searching(geocoder, [changes[name](one) for one in fresh])
           for name in (*MIXED, "two typos", "three typos")},
        "reverse": lambda at: geocoder.reverse(*places[at].tolist()),
        "suggest": lambda at: geocoder.suggest(typed[at % len(typed)]),
    }  # fmt: skip
    print("| in process, one core | a second | median, ms | p99, ms |\n|---|--:|--:|--:|")
    for name, job in jobs.items():
        job(QUERIES - 1)  # what is read at first use is there
        times = []
        start = time.process_time()
        for at in range(QUERIES):
            began = time.perf_counter()
            job(at)
            times.append(1000 * (time.perf_counter() - began))
        rate = QUERIES / (time.process_time() - start)
        p99 = sorted(times)[int(0.99 * QUERIES)]
        print(f"| {name} | {rate:,.0f} | {statistics.median(times):.3f} | {p99:.2f} |")
    print()


def _searching(geocoder: CityGeocoder, texts: Sequence[str]) -> Callable[[int], object]:
    return lambda at: geocoder.search(texts[at])


def batch(city: Path, rows: Sequence[dict[str, str]]) -> None:
    """Print what a table costs through the command."""
    MADE.mkdir(parents=True, exist_ok=True)
    source, target = MADE / "geocode-batch.csv", city.parent / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(("id", "address"))
        table.writerows((number, row["FULL_ADDR"][3:]) for number, row in enumerate(rows))
    cost = cim("geocode", "batch", "--input", source, "--output", target, "-w", city)
    print(
        f"`cim geocode batch` of {len(rows):,} rows: {cost.wall_s:.0f} s wall, {cost.cpu_s:.0f} s "
        f"of processor, {len(rows) / cost.cpu_s:,.0f} rows a second of one core, "
        f"{cost.peak_mb:,.0f} MB at most.\n"
    )


if __name__ == "__main__":
    main()
