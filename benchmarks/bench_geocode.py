"""The geocoder on the door plates of Tainan: right answers, honesty, speed.

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from addressing.registry.store import Registry
from api.geocoding import index_folder
from benchmarks.commands import cim
from benchmarks.geocode_queries import SEED, Changes, Plate, plate_of
from benchmarks.inputs import MADE, ROOT, door_plates
from geocode.city import CityGeocoder, make_index
from geocode.model import Level, Status
from geocode.result import Result

QUERIES = 3_000
TOP = 5
SURE = 0.9
HIDDEN = 10
"""One street of a district in so many is hidden from the index of the last table."""

DOORS = (Level.ROOM, Level.FLOOR, Level.UNIT, Level.BUILDING, Level.DOORPLATE)
SINGLE = (Status.EXACT, Status.NORMALISED, Status.CORRECTED)


@dataclass(frozen=True, slots=True)
class Class:
    """Queries of one kind with the doors that they mean."""

    name: str
    queries: Sequence[str]
    truth: Sequence[Result]


def main() -> None:
    """Print the tables."""
    with gzip.open(door_plates(), "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        city = Path(folder) / "city"
        geocoder = imported(city, door_plates())
        classes = list(made(rows, geocoder))
        quality(geocoder, classes)
        speed(geocoder, classes, rows)
        batch(city, rows)
        geocoder.close()
        hidden(Path(folder) / "hidden", rows)


def imported(city: Path, register: Path) -> CityGeocoder:
    """A city of a register, and its geocoder."""
    words = ("init", city, "--division-code", "710000")
    command = [sys.executable, "-m", "api.cli.main", *map(str, words)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    cim("address", "import", register, "--source", "register", "-w", city)
    registry = Registry(city / "city.gpkg")
    start = time.perf_counter()
    doors = make_index(registry, index_folder(city))
    took = time.perf_counter() - start
    size = sum(path.stat().st_size for path in index_folder(city).iterdir())
    print(
        f"{doors:,} doors: index made in {took:.0f} s, {size / 1e6:.0f} MB, "
        f"{size / doors:.0f} B a door.\n"
    )
    return CityGeocoder(registry, index_folder(city))


def made(rows: Sequence[dict[str, str]], geocoder: CityGeocoder) -> Iterator[Class]:
    """Classes of queries about the same plates."""
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    plates = [one for row in chance.sample(rows, 2 * QUERIES) if (one := plate_of(row))]
    plates = plates[:QUERIES]
    changes = Changes(sorted({row["ROAD"] for row in rows if row["ROAD"]}))
    truth = [geocoder.search(plate.text, 1).results[0] for plate in plates]
    for name, change in changes.by_name().items():
        yield Class(name, [change(plate) for plate in plates], truth)


def quality(geocoder: CityGeocoder, classes: Sequence[Class]) -> None:
    """Print how often answers are right."""
    print(
        f"| queries, {QUERIES:,} each | right first | right among {TOP} | told as the only one |"
        f" of these right | wrong at confidence {SURE} and more |\n|---|--:|--:|--:|--:|--:|"
    )
    for one in classes:
        found = [geocoder.search(text, TOP).results for text in one.queries]
        pairs = list(zip(found, one.truth, strict=True))
        first = sum(bool(told) and same(told[0], true, one.name) for told, true in pairs)
        among = sum(any(same(each, true, one.name) for each in told) for told, true in pairs)
        single = [(told[0], true) for told, true in pairs if told and told[0].status in SINGLE]
        right = sum(same(told, true, one.name) for told, true in single)
        sure = [(told[0], true) for told, true in pairs if told and told[0].confidence >= SURE]
        wrong = sum(not same(told, true, one.name) for told, true in sure)
        print(
            f"| {one.name} | {first / len(pairs):.2%} | {among / len(pairs):.2%} |"
            f" {len(single) / len(pairs):.1%} | {right / max(len(single), 1):.2%} |"
            f" {wrong / max(len(sure), 1):.2%} |"
        )
    print()


def same(told: Result, true: Result, name: str) -> bool:
    """Whether an answer is what was meant: the door, or its street when no number was given."""
    if name == "missing number":
        street = ("county", "road")
        return all(told.values.get(kind) == true.values.get(kind) for kind in street)
    kinds = tuple(kind for kind in true.values if kind not in ("community", "group"))
    return all(told.values.get(kind) == true.values[kind] for kind in kinds) and not (
        set(told.values) - set(true.values)
    )


def speed(
    geocoder: CityGeocoder, classes: Sequence[Class], rows: Sequence[dict[str, str]]
) -> None:
    """Print queries a second, in process and one after the other."""
    mixed = [text for one in classes[:8] for text in one.queries[: QUERIES // 4]]
    random.Random(SEED).shuffle(mixed)  # noqa: S311 - queries, no secrets
    places = np.array([(float(row["X"]), float(row["Y"])) for row in rows[:QUERIES]])
    places += np.random.default_rng(SEED).normal(0, 2e-4, places.shape)
    typed = [text[:end] for text in ("中山", "民族路", "zhongs", "zsl") for end in (1, 2, 3)]
    jobs: dict[str, Callable[[int], object]] = {
        "search, exact": lambda at: geocoder.search(classes[0].queries[at % QUERIES]),
        "search, mixed": lambda at: geocoder.search(mixed[at % len(mixed)]),
        "reverse": lambda at: geocoder.reverse(*places[at % QUERIES].tolist()),
        "suggest": lambda at: geocoder.suggest(typed[at % len(typed)]),
    }
    print("| in process, one core | a second | median, ms | p99, ms |\n|---|--:|--:|--:|")
    for name, job in jobs.items():
        job(0)
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


def hidden(city: Path, rows: Sequence[dict[str, str]]) -> None:
    """Print what is told of addresses whose streets the index does not know."""
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    streets = sorted({(row["TOWN"], row["ROAD"]) for row in rows if row["ROAD"]})
    gone = set(chance.sample(streets, len(streets) // HIDDEN))
    register = MADE / "hidden-streets.csv"
    with register.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, rows[0].keys())
        table.writeheader()
        table.writerows(row for row in rows if (row["TOWN"], row["ROAD"]) not in gone)
    geocoder = imported(city, register)
    asked = [row for row in rows if (row["TOWN"], row["ROAD"]) in gone]
    plates = [one for row in chance.sample(asked, QUERIES) if (one := plate_of(row))]
    print("| streets the index lacks | told as a door | at confidence 0.8 and more |")
    print("|---|--:|--:|")
    forms: dict[str, Callable[[Plate], str]] = {
        "whole text": lambda plate: plate.text,
        "without village": lambda plate: plate.short,
    }
    for name, form in forms.items():
        found = [geocoder.search(form(plate), 1).results[:1] for plate in plates]
        doors = [told[0] for told in found if told and told[0].level in DOORS]
        single = [told for told in doors if told.status is not Status.AMBIGUOUS]
        sure = [told for told in doors if told.confidence >= 0.8]
        print(f"| {name} | {len(single) / len(plates):.2%} | {len(sure) / len(plates):.2%} |")
    geocoder.close()


if __name__ == "__main__":
    main()
