"""`cim load` beside the limit: a bare pyogrio read and write of the same file.

Prints a Markdown table: medians over rounds, each load in a process of its own.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inputs import buildings_200k, door_plates

ROOT = Path(__file__).resolve().parent.parent
BARE = """
import sys
import numpy as np
import pyogrio
import shapely
source, target, crs = sys.argv[1:]
path = f"/vsigzip/{source}" if source.endswith(".gz") else source
meta, table = pyogrio.read_arrow(path)
if meta["geometry_name"] or "wkb_geometry" in table.column_names:
    geometry = meta["geometry_name"] or "wkb_geometry"
    pyogrio.write_arrow(table, target, driver="GPKG", layer="bare", crs=meta["crs"],
                        geometry_name=geometry, geometry_type=meta["geometry_type"])
else:
    columns = [table[name].to_numpy(zero_copy_only=False) for name in table.column_names]
    x, y = (table[name].to_numpy(zero_copy_only=False).astype(float) for name in ("X", "Y"))
    pyogrio.raw.write(target, geometry=shapely.to_wkb(shapely.points(x, y)), field_data=columns,
                      fields=table.column_names, driver="GPKG", layer="bare", crs=crs,
                      geometry_type="Point")
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process, measured from outside."""

    wall_s: float
    cpu_s: float
    rss_mb: float
    output: str


@dataclass(frozen=True, slots=True)
class Case:
    """One input and how a user loads it."""

    title: str
    source: Path
    crs: str
    options: tuple[str, ...]


def measure(command: Sequence[str]) -> Run:
    """Run a command; time, processor time and peak memory are the kernel's own figures."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        output, messages = process.communicate()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{messages}")
    return Run(
        wall_s=time.perf_counter() - started,
        cpu_s=usage.ru_utime + usage.ru_stime,
        rss_mb=usage.ru_maxrss / 1024,
        output=output,
    )


def measure_apart(command: Sequence[str]) -> Run:
    """`measure` in a process of its own, so that its children's peak is this command's."""
    script = (
        "import json, sys; from dataclasses import asdict;"
        "from benchmarks.bench_load import measure;"
        "print(json.dumps(asdict(measure(sys.argv[1:]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return Run(**json.loads(done.stdout))


def run_case(case: Case, rounds: int) -> str:
    """A row of the table."""
    loads, bares, steps = [], [], []
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as name:
        folder = Path(name)
        cim = str(ROOT / ".venv" / "bin" / "cim")
        for number in range(rounds):
            city = folder / f"city{number}"
            subprocess.run([cim, "init", str(city)], check=True, stderr=subprocess.DEVNULL)
            load = measure_apart(
                [cim, "load", str(case.source), "--layer", "bench", "-w", str(city), *case.options]
            )
            loads.append(load)
            steps.append(json.loads(load.output)["seconds"])
            target = str(folder / f"bare{number}.gpkg")
            bares.append(
                measure_apart([sys.executable, "-c", BARE, str(case.source), target, case.crs])
            )
        records = json.loads(loads[0].output)["inserted"]
    load_s = statistics.median(run.wall_s for run in loads)
    bare_s = statistics.median(run.wall_s for run in bares)
    shares = {
        step: statistics.median(seconds[step] for seconds in steps)
        for step in ("read", "place", "code", "write")
    }
    share = ", ".join(f"{step} {seconds:.1f}" for step, seconds in shares.items())
    rss = max(run.rss_mb for run in loads)
    return (
        f"| {case.title} | {records:,} | {load_s:.1f} s | {rss:,.0f} MB | {share} | "
        f"{bare_s:.1f} s | {load_s / bare_s:.1f} |"
    )


def table(rounds: int) -> str:
    """The whole table."""
    cases = (
        Case(
            "Tainan door plates (CSV, gzip)",
            door_plates(),
            "EPSG:4326",
            ("--crs", "EPSG:4326", "--class", "DOOR"),
        ),
        Case("building footprints (GeoPackage)", buildings_200k(), "-", ("--class", "BLDG")),
    )
    head = (
        "| input | features | `cim load`, median | peak RSS | seconds in each step | "
        "bare pyogrio read + write | ratio |\n|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *(run_case(case, rounds) for case in cases)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    print(table(parser.parse_args().rounds))
