"""The geocoder of an invented city of ten million addresses beside one of a million.

`--counts 1000000 10000000` says how many. The cities stay in the folder of made inputs for the
next run, because ten million addresses take a quarter of an hour to import.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pyarrow.dataset as ds

from addressing.registry.store import Registry
from api.geocoding import index_folder
from benchmarks.bench_registry import synthetic
from benchmarks.commands import cim
from benchmarks.geocode_queries import SEED
from benchmarks.inputs import MADE, ROOT
from geocode.city import CityGeocoder

COUNTS = (1_000_000, 10_000_000)
QUERIES = 4_000
COLUMNS = ("city", "district", "road", "number", "building", "unit", "room", "lon", "lat")

type Row = Mapping[str, object]


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    arguments.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        print(json.dumps(measured(chosen.measure, json.load(sys.stdin))))
        return
    print(
        "| addresses | index made, s | index, MB | bytes each | memory of a worker, MB |"
        " right first | searches a second | median, ms | p99, ms | reverse a second |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for count in chosen.counts:
        row(count, MADE / f"addresses-{count}")


def row(count: int, city: Path) -> None:
    """Print the line of one city."""
    register = synthetic(count)
    if not (city / "city.gpkg").exists():
        cim("init", city, "--division-code", "990201")
        cim("address", "import", register, "--source", "register", "-w", city)
    cost = cim("geocode", "index", "-w", city)
    size = sum(path.stat().st_size for path in index_folder(city).iterdir())
    words = ("-m", "benchmarks.bench_geocode_size", "--measure", str(city))
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        input=json.dumps(sample(register)),
    )
    told = json.loads(done.stdout)
    print(
        f"| {count:,} | {cost.wall_s:.0f} | {size / 1e6:,.0f} | {size / count:.0f} |"
        f" {told['memory_mb']:,.0f} | {told['right']:.2%} | {told['rate']:,.0f} |"
        f" {told['p50_ms']:.3f} | {told['p99_ms']:.2f} | {told['reverse']:,.0f} |",
        flush=True,
    )


def measured(city: Path, rows: Sequence[Row]) -> dict[str, float]:
    """What a worker with this city takes, in a process of its own: the register is not in it.

    Args:
        city: Its folder.
        rows: `sample` of its register.
    """
    geocoder = CityGeocoder(Registry(city / "city.gpkg"), index_folder(city))
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    mixed = [(form(one, chance), one) for one in rows for form in (FORMS[chance.choice(NAMES)],)]
    geocoder.search(mixed[0][0])
    geocoder.reverse(117.0, 32.0)
    right, times, start = 0, [], time.process_time()
    for text, one in mixed:
        began = time.perf_counter()
        found = geocoder.search(text, 5).results
        times.append(1000 * (time.perf_counter() - began))
        right += bool(found) and is_meant(found[0].values, one)
    rate = len(mixed) / (time.process_time() - start)
    start = time.process_time()
    for one in rows:
        geocoder.reverse(float(str(one["lon"])) + 1e-5, float(str(one["lat"])) + 1e-5)
    reverse = len(rows) / (time.process_time() - start)
    return {
        "memory_mb": psutil.Process().memory_info().rss / 1e6,
        "right": right / len(mixed),
        "rate": rate,
        "p50_ms": statistics.median(times),
        "p99_ms": sorted(times)[int(0.99 * len(times))],
        "reverse": reverse,
    }


def sample(register: Path) -> Sequence[Row]:
    """Rows of the register, spread over all of it."""
    table = ds.dataset(register)
    count = table.count_rows()
    step = max(count // QUERIES, 1)
    picked = list(range(step // 2, count, step))[:QUERIES]
    rows: list[Row] = table.take(picked, columns=list(COLUMNS)).to_pylist()
    return rows


def is_meant(values: Mapping[str, str], row: Row) -> bool:
    """Whether an answer is the room that was meant."""
    return (values.get("road"), values.get("room")) == (row["road"], str(row["room"])) and (
        values.get("number") == str(row["number"])
    )


def _exact(row: Row, _chance: random.Random) -> str:
    return f"{row['city']}{row['district']}{_behind(row)}"


def _behind(row: Row) -> str:
    return "{road}{number}号{building}幢{unit}单元{room}室".format(**row)


def _misspelt(row: Row, chance: random.Random) -> str:
    """One character put into the street's name; one replaced would often be another street."""
    name = list(str(row["road"]))
    name.insert(chance.randrange(1, len(name)), chance.choice("春秋永福和"))
    return _exact({**row, "road": "".join(name)}, chance)


FORMS: Mapping[str, Callable[[Row, random.Random], str]] = {
    "exact": _exact,
    "variant": lambda row, _: "{district}{road}{number}号{building}栋{unit}门{room}".format(**row),
    "the small first": lambda row, _: f"{_behind(row)}{row['district']}{row['city']}",
    "without district": lambda row, _: _behind(row),
    "one typo": _misspelt,
}
NAMES = tuple(FORMS)


if __name__ == "__main__":
    main()
