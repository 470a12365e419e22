"""The registry of addresses: import, single changes, and the size of the store.

`--synthetic 10000000` measures a city of ten million addresses, which takes half an hour.
"""

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from addressing.model import Place
from addressing.registry.store import Registry
from addressing.registry.values import NewAddress, Part
from benchmarks.commands import Cost, cim
from benchmarks.inputs import MADE, ROOT, door_plates
from benchmarks.synthetic_addresses import CITY
from benchmarks.synthetic_addresses import main as write_synthetic

CREATES = 1_000
LEAST = 5_000
"""Addresses of the street that is renamed."""


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--synthetic", type=int, default=1_000_000, help="synthetic addresses")
    count = arguments.parse_args().synthetic
    print(
        "| register | addresses | import, s | processor, s | memory, MB | store, MB | bytes each |"
        " valid without a person | create, ms | p99, ms | import again, s |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        tainan = Path(folder) / "tainan"
        row("Tainan door plates", tainan, door_plates(), "71/台南市")
        renamed = rename(tainan)
        row(f"{CITY}, invented", Path(folder) / "many", synthetic(count), "990201")
    print()
    print(renamed)


def synthetic(count: int) -> Path:
    """The invented register, made once a machine."""
    path = MADE / f"addresses-{count}.parquet"
    if not path.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        write_synthetic(count, path)
    return path


def row(title: str, city: Path, register: Path, division: str) -> None:
    """Import a register into a new city, and again; then make single addresses."""
    home = division.partition("/")[0].ljust(6, "0")
    subprocess.run(
        [sys.executable, "-m", "api.cli.main", "init", city, "--division-code", home],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    words = ("address", "import", register, "--source", "register", "-w", city)
    first = cim(*words)
    again = cim(*words)
    store = city / "city.gpkg"
    size = store.stat().st_size
    times = creates(store, division)
    valid, rows = counts(store)
    print(
        f"| {title} | {first.result['records']:,} | {first.wall_s:.0f} | {first.cpu_s:.0f} |"
        f" {first.peak_mb:,.0f} | {size / 1e6:,.0f} | {size / rows:.0f} | {valid / rows:.4%} |"
        f" {statistics.median(times):.2f} | {sorted(times)[int(0.99 * len(times))]:.2f} |"
        f" {_again(again)} |"
    )


def _again(cost: Cost) -> str:
    """Seconds of an import that changes nothing."""
    result = cost.result
    if result["new"] or result["updated"]:
        raise SystemExit(f"importing again changed {result['new']} + {result['updated']} rows")
    return f"{cost.wall_s:.0f}"


def counts(store: Path) -> tuple[int, int]:
    """Valid addresses, and all."""
    with sqlite3.connect(store) as connection:
        valid, rows = connection.execute(
            "SELECT sum(status = 'valid'), count(*) FROM addresses WHERE source = 'register'"
        ).fetchone()
    return int(valid), int(rows)


def creates(store: Path, division: str) -> list[float]:
    """Milliseconds of making single addresses."""
    registry = Registry(store)
    times = []
    for number in range(1, CREATES + 1):
        parts = (Part("road", "新造路"), Part("number", str(number)))
        new = NewAddress(parts, Place(117.2, 32.1), division)
        start = time.perf_counter()
        registry.create(new, who="benchmark", why="measured")
        times.append(1000 * (time.perf_counter() - start))
    registry.close()
    return times


def rename(city: Path) -> str:
    """Rename the smallest street that has at least `LEAST` addresses; a line about it."""
    store = city / "city.gpkg"
    with sqlite3.connect(store) as connection:
        code, name, count = connection.execute(
            "SELECT e.code, e.name, n FROM (SELECT road_id, count(*) AS n FROM addresses "
            "GROUP BY road_id) JOIN cim_address_element e ON e.id = road_id WHERE n >= ? "
            "ORDER BY n LIMIT 1",
            (LEAST,),
        ).fetchone()
    registry = Registry(store)
    start = time.perf_counter()
    registry.rename(code, "新名路", who="benchmark", why="measured")
    seconds = time.perf_counter() - start
    registry.close()
    return f"Renaming {name} with {count:,} addresses: {seconds:.2f} s."


if __name__ == "__main__":
    main()
