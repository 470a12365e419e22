"""IFC models: reading against the bare iterator of ifcopenshell, and against py3dtiles.

Prints a Markdown table of CPU seconds, medians over rounds, each run in a process of its own; its
own children count. The bare run opens the file and takes every shape from the iterator with the
same kernel, and does nothing with them. Ours also reads the tree, types, materials, property and
quantity sets, groups shapes by content and makes footprints and an attribute table; its parent
process (numpy, shapely, pyarrow, pyproj) is started outside the count, the child inside.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "models" / "ifc"
FILES = (
    "Office_A_20110811.ifc",
    "duplex.ifc",
    "schependomlaan_LINDEN-Kozijnen.ifczip",
    "schependomlaan_ROOT-Vebo.ifczip",
    "schependomlaan_ROOT-kalkzandsteen.ifczip",
    "schependomlaan_ROOT-kapconstructie.ifczip",
)
TARGET = 1.2
PEER_TARGET = 4.0
CACHE = str(Path(tempfile.gettempdir()) / "cim-bench-bytecode")
"""Compiled modules for both, as an installed program has them."""

QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def bare(path: Path) -> dict[str, float]:
    """Open and iterate, in this process, from its start."""
    import ifcopenshell  # noqa: PLC0415 - its import is part of the cost
    import ifcopenshell.geom  # noqa: PLC0415

    file = ifcopenshell.open(str(path))
    geom = ifcopenshell.geom
    iterator = geom.iterator(
        geom.settings(),  # type: ignore[no-untyped-call]
        file,
        1,
        exclude=["IfcOpeningElement", "IfcSpace"],
        geometry_library="hybrid-cgal-simple-opencascade",
    )
    count = 0
    if iterator.initialize():
        count = 1
        iterator.get()  # type: ignore[no-untyped-call]
        while iterator.next():
            iterator.get()  # type: ignore[no-untyped-call]
            count += 1
    return {"cpu_s": time.process_time(), "features": count}


def ours(path: Path, *, described: bool) -> dict[str, float]:
    """Read all batches; with `described` the file is looked into before, as commands do."""
    import pyarrow as pa  # noqa: PLC0415 - not part of the bare run

    from cim.readers.base import ReadOptions  # noqa: PLC0415
    from cim.readers.ifc import IfcReader  # noqa: PLC0415

    pa.array([""])  # where pandas is installed, pyarrow imports it here
    before = os.times()
    reader = IfcReader()
    if described:
        reader.describe(path, ReadOptions())
    count = sum(len(batch) for batch in reader.read(path, ReadOptions()))
    after = os.times()
    return {"cpu_s": sum(after[:4]) - sum(before[:4]), "features": count}


def run_once(kind: str, path: Path) -> dict[str, float]:
    """One run in this process, with the peak memory of it and of its children, MB."""
    found = bare(path) if kind == "bare" else ours(path, described=kind == "described")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {**found, "mb": (own + child) / 1024}


def apart(kind: str, path: Path) -> dict[str, float]:
    """One run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_ifc", "--one", kind, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **QUIET, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": CACHE},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def median_of(kind: str, path: Path, rounds: int) -> dict[str, float]:
    """Medians of some runs."""
    apart(kind, path)
    runs = [apart(kind, path) for _ in range(rounds)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def row(path: Path, plain: Path, rounds: int, *, peer: bool) -> str:
    """One line of the table."""
    base, own = median_of("bare", plain, rounds), median_of("read", path, rounds)
    whole = median_of("described", path, rounds)
    cells = [
        path.name,
        f"{own['features']:.0f}",
        f"{base['cpu_s']:.2f}",
        f"{own['cpu_s']:.2f}",
        f"{own['cpu_s'] / base['cpu_s']:.2f}",
        f"{whole['cpu_s']:.2f}",
        f"{own['mb']:.0f}",
    ]
    if peer:
        from benchmarks import peer_py3dtiles  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            used = peer_py3dtiles.ifc(plain, Path(folder)).cpu_s
        cells += [f"{used:.1f}", f"{used / own['cpu_s']:.1f}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", action="store_true", help="also py3dtiles, once a file")
    parser.add_argument("--files", nargs="*", default=FILES)
    parser.add_argument("--one", nargs=2, metavar=("KIND", "FILE"))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run_once(arguments.one[0], Path(arguments.one[1]))))
        return
    from cim.bim.limits import Limits  # noqa: PLC0415
    from cim.bim.source import opened  # noqa: PLC0415

    print(f"CPU seconds; read / bare at most {TARGET}; py3dtiles / read at least {PEER_TARGET}\n")
    print(
        "| model | elements | bare | read | ratio | described and read | MB | py3dtiles | times |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name in arguments.files:
        with opened(SHARED / name, Limits()) as plain:
            print(row(SHARED / name, plain, arguments.rounds, peer=arguments.peer), flush=True)


if __name__ == "__main__":
    main()
