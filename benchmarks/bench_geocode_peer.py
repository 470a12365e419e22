"""The geocoder beside addok, on the same door plates and the same queries.

addok 1.3 runs in an environment of its own with a Redis of its own. Its cutting of texts is for
European languages; `peer_addok.py` cuts Chinese for it. A street, lane or alley of a district is
a document there, with its numbers. Processor time of addok is that of its process and of Redis.
Both are asked for other plates first, as a server is that has been running for some minutes.
"""

import csv
import gzip
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.tuning import tune
from benchmarks.bench_geocode import imported
from benchmarks.geocode_queries import SEED, Changes, plate_of
from benchmarks.inputs import ROOT, door_plates
from benchmarks.wrk import free_port
from geocode.city import CityGeocoder

QUERIES: Final = 500
BEFORE: Final = 3_000
KINDS: Final = (
    "exact", "without village", "without district", "the small first", "variant", "one typo",
)  # fmt: skip
PEER: Final = ROOT / "build" / "peers" / "addok"

type Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a geocoder made of the queries of one kind."""

    right: float
    """Share of queries whose first answer is the door that was meant."""

    each_ms: float
    """Processor time of a query."""

    median_ms: float
    p99_ms: float


def main() -> None:
    """Print the table."""
    with gzip.open(door_plates(), "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["ROAD"] and plate_of(row)]
    chance = random.Random(SEED)  # noqa: S311 - queries, no secrets
    asked, others = chance.sample(rows, QUERIES), chance.sample(rows, BEFORE)
    changes = Changes(sorted({row["ROAD"] for row in rows})).by_name()
    kinds = {name: [changes[name](made) for row in asked if (made := plate_of(row))]
             for name in KINDS}  # fmt: skip
    before = [changes[KINDS[at % len(KINDS)]](made)
              for at, row in enumerate(others) if (made := plate_of(row))]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        with closing(imported(Path(folder) / "city", door_plates())) as geocoder:
            for text in before:
                geocoder.search(text, 5)
            tune()
            ours = {name: our_answers(geocoder, texts, asked) for name, texts in kinds.items()}
        theirs = dict(peer_answers(Path(folder), rows, {"": before, **kinds}, asked))
    print(
        f"| {QUERIES} queries each | right first | ms of processor | median, ms | p99, ms |"
        " addok 1.3.2: right first | ms of processor | median, ms | p99, ms |"
        " times as fast |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for name in KINDS:
        one, other = ours[name], theirs[name]
        print(f"| {name} | {_cells(one)} | {_cells(other)} | {other.each_ms / one.each_ms:.0f} |")


def _cells(told: Told) -> str:
    return f"{told.right:.1%} | {told.each_ms:.3f} | {told.median_ms:.3f} | {told.p99_ms:.2f}"


def our_answers(geocoder: CityGeocoder, texts: Sequence[str], asked: Sequence[Row]) -> Told:
    """Ask ours; an answer is right when its place is that of the plate."""
    times, right, start = [], 0, time.process_time()
    for text, row in zip(texts, asked, strict=True):
        began = time.perf_counter()
        found = geocoder.search(text, 5).results
        times.append(time.perf_counter() - began)
        right += bool(found) and is_at(found[0].lon, found[0].lat, row)
    return _told(right, time.process_time() - start, times)


def is_at(lon: float, lat: float, row: Row) -> bool:
    """Whether a place is that of a plate: addok has no codes, so its place is what tells."""
    return abs(lon - float(row["X"])) < 1e-6 and abs(lat - float(row["Y"])) < 1e-6


def peer_answers(
    folder: Path, rows: Sequence[Row], kinds: Mapping[str, list[str]], asked: Sequence[Row]
) -> Iterator[tuple[str, Told]]:
    """Load addok and ask it.

    Args:
        folder: For its documents.
        rows: The register.
        kinds: Queries by name; those under "" are asked first and not counted.
        asked: The plates that are meant.
    """
    documents = folder / "documents.ndjson"
    with documents.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in streets(rows))
    work = json.dumps({"documents": str(documents), "kinds": kinds})
    with redis() as (server, port):
        done = subprocess.run(
            [PEER / "bin" / "python", ROOT / "benchmarks" / "peer_addok.py", str(server)],
            input=work,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "REDIS_PORT": str(port), "PYTHONPATH": str(ROOT / "benchmarks")},
        )
    told = json.loads(done.stdout.splitlines()[-1])
    for name in KINDS:
        one = told[name]
        pairs = zip(one["places"], asked, strict=True)
        right = sum(place is not None and is_at(place[0], place[1], row) for place, row in pairs)
        yield name, _told(right, one["processor_s"], one["times"])


def streets(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """A document for each street, lane and alley of a district, with the places of its numbers."""
    doors: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(dict)
    for row in rows:
        district = row["FULL_ADDR"][3 : row["FULL_ADDR"].index("區") + 1]
        name = "".join(row[key] for key in ("ROAD", "SECTION", "LANE", "ALLEY"))
        doors[district, name][row["NUMBER"]] = {"lon": float(row["X"]), "lat": float(row["Y"])}
    for number, ((district, name), numbers) in enumerate(doors.items()):
        first = next(iter(numbers.values()))
        yield {"_id": str(number), "type": "street", "name": name, "city": district,
               "importance": 0.1, **first, "housenumbers": numbers}  # fmt: skip


@contextmanager
def redis() -> Iterator[tuple[int, int]]:
    """A Redis that keeps nothing on disk: its process and its port; ended by its id."""
    port = free_port()
    words = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    server = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


def _told(right: int, processor_s: float, times: Sequence[float]) -> Told:
    p99 = sorted(times)[int(0.99 * len(times))]
    return Told(
        right / len(times),
        1000 * processor_s / len(times),
        1000 * statistics.median(times),
        1000 * p99,
    )


if __name__ == "__main__":
    main()
