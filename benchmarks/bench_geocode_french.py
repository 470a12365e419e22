"""The French cases of geocoder-tester over HTTP, in the way that tool asks and compares.

Prints Markdown tables. `python -m benchmarks.run geocode_french` runs this alone.
"""

import csv
import json
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.commands import cim
from benchmarks.french_cases import PARTS, Case, Row, cases, register
from benchmarks.inputs import given
from benchmarks.wrk import free_port, running, wait_until
from geocode.words.text import folded

ARCHIVE: Final = "data/addresses/geocoder_tester/world.tar.gz"
LAYER: Final = "adresses"
_EARTH_M: Final = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a case."""

    case: Case
    passed: bool
    """As the tool compares with --loose-compare: case, accents and punctuation do not count."""

    strictly: bool
    """As it compares without: letter by letter."""

    took_ms: float
    first: str
    """The first answer in one line."""


def main() -> None:
    """Print the tables."""
    every = cases(given(ARCHIVE))
    rows = register(every)
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as folder:
        city = Path(folder) / "france"
        start = time.perf_counter()
        make_city(city, rows)
        took = time.perf_counter() - start
        with serving(city) as base:
            judged = [judge(base, case) for case in every]
    if "--failed" in sys.argv:
        for one in judged:
            if not one.passed:
                print(one.case.kind, one.case.query, dict(one.case.expected), one.first, sep=" | ")
    tell(judged, len(rows), took)


def make_city(city: Path, rows: Sequence[Row]) -> None:
    """A city with a register as a layer, and its index."""
    cim("init", city)
    settings = city / "cim.toml"
    text = settings.read_text("utf-8")
    text = text.replace('language = "chinese"', 'language = "french"')
    settings.write_text(text.replace('\nlayer = ""', f'\nlayer = "{LAYER}"'), "utf-8")
    table = city.with_name("register.csv")
    write_register(table, rows)
    cim("load", table, "--layer", LAYER, "--class", "DOOR", "--id-field", "id", "--lon-field",
        "lon", "--lat-field", "lat", "--crs", "EPSG:4326", "-w", city)  # fmt: skip
    cim("geocode", "index", "-w", city)


def write_register(path: Path, rows: Sequence[Row]) -> None:
    """The register as a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", *PARTS, "lon", "lat"))
        for number, row in enumerate(rows, 1):
            lon, lat = row.point or (0.0, 0.0)
            writer.writerow((number, *(getattr(row, part) for part in PARTS), lon, lat))


@contextmanager
def serving(city: Path) -> Iterator[str]:
    """The address of a server over a city."""
    base = f"http://127.0.0.1:{free_port()}"
    port = base.rpartition(":")[2]
    command = (sys.executable, "-m", "api.cli.main", "serve", "-w", str(city), "--port", port)
    with running(command):
        wait_until(lambda: _is_ready(base), base)
        yield base


def _is_ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health/ready", timeout=5):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def judge(base: str, case: Case) -> Judged:
    """Ask the server what a case asks."""
    asked: dict[str, object] = {"q": case.query, "limit": case.limit}
    if case.middle:
        asked |= {"lon": case.middle[0], "lat": case.middle[1]}
    start = time.perf_counter()
    with urllib.request.urlopen(f"{base}/api/geocode/search?{urlencode(asked)}") as answer:  # noqa: S310 - our own server
        features = json.load(answer)["features"]
    took_ms = (time.perf_counter() - start) * 1e3
    loosely, strictly = (
        any(_is_expected(one, case.expected, loose=loose) for one in features)
        for loose in (True, False)
    )
    first = features[0]["properties"]["geocoding"]["label"] if features else ""
    return Judged(case, loosely, strictly, took_ms, first)


def _is_expected(feature: Mapping[str, Any], expected: Mapping[str, str], *, loose: bool) -> bool:
    """Whether an answer has all that is expected."""
    told = feature["properties"]["geocoding"]
    for part, value in expected.items():
        if part == "coordinate":
            lat, lon, most_m = map(float, value.split(","))
            if int(_distance_m(feature["geometry"]["coordinates"], (lon, lat))) > int(most_m):
                return False
            continue
        own = str(told.get(part))
        if (_plain(own) != _plain(value)) if loose else own != value:
            return False
    return True


def _plain(text: str) -> str:
    """Without case and accents, punctuation as spaces."""
    return re.sub(r"\W", " ", folded(text))


def _distance_m(one: Sequence[float], other: Sequence[float]) -> float:
    """Between two places of longitude and latitude."""
    west, south, east, north = map(radians, (*one, *other))
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * _EARTH_M * asin(sqrt(half))


def tell(judged: Sequence[Judged], rows: int, took_s: float) -> None:
    """Print the tables."""
    print(
        "French cases of geocoder-tester through `/api/geocode/search` (GeocodeJSON). No "
        f"register of French addresses is given: {rows:,} rows were made of what the cases "
        "expect, with invented neighbours beside each number. So this shows that the engine reads "
        f"another language, not how complete a register is. Made, loaded and indexed in "
        f"{took_s:.0f} s.\n"
    )
    print("| cases | number | passed | letter by letter |\n|---|--:|--:|--:|")
    for kind in dict.fromkeys(one.case.kind for one in judged):
        several = [one for one in judged if one.case.kind == kind]
        passed, strictly = (
            100 * sum(getattr(one, name) for one in several) / len(several)
            for name in ("passed", "strictly")
        )
        print(f"| {kind} | {len(several):,} | {passed:.1f} % | {strictly:.1f} % |")
    times = [one.took_ms for one in judged]
    print(
        f"\nOne request after the other: median {median(times):.1f} ms, "
        f"p99 {quantiles(times, n=100)[-1]:.1f} ms. Passed: the first `limit` answers (one, where "
        "a case names none) hold all that is expected; case, accents and punctuation do not count "
        "(`--loose-compare` of the tool)."
    )


if __name__ == "__main__":
    main()
