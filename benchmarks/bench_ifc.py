"""IFC models to 3D Tiles: `cim tiles build`, beside the bare iterator and py3dtiles.

Prints two Markdown tables, medians over rounds, each run in processes of its own whose children
count. Bare: open the file, take every shape from the iterator of ifcopenshell with the same
kernel, and do nothing with them. Equal work: then also make the shapes that this iterator loses
without a word, as ours does. Ours: tree, storeys, types, materials, footprints, parts, tiles,
contents, publishing. The start of all processes is in both; in the net ratio what a model of four
walls costs each side is taken off it.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import commands, repeat_models
from benchmarks.commands import Cost, median

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT.parent / "shared" / "data" / "models"
FILES = (
    "ifc/Office_A_20110811.ifc",
    "ifc/duplex.ifc",
    "ifc/schependomlaan_LINDEN-Kozijnen.ifczip",
    "ifc/schependomlaan_ROOT-Vebo.ifczip",
    "ifc/schependomlaan_ROOT-kalkzandsteen.ifczip",
    "ifc/schependomlaan_ROOT-kapconstructie.ifczip",
)
SMALLEST = "ifc_synthetic/s05_ifc4x3_m_utm31_mapconversion.ifc"
ANCHOR = ("--anchor", "121.5,31.2,5")
TARGET, PEER_TARGET, BYTES_TARGET = 1.3, 4.0, 0.5


@dataclass(frozen=True, slots=True)
class Bare:
    """What ifcopenshell alone costs."""

    cpu_s: float
    equal_s: float
    """With the shapes made that the iterator lost."""

    features: int
    lost: int


def iterate(path: Path) -> dict[str, float]:
    """Open and iterate, in this process, from its start; then what was lost."""
    import time  # noqa: PLC0415 - its clock covers the imports too

    import ifcopenshell  # noqa: PLC0415 - its import is part of the cost
    import ifcopenshell.geom  # noqa: PLC0415

    file = ifcopenshell.open(str(path))
    geom = ifcopenshell.geom
    settings = geom.settings()  # type: ignore[no-untyped-call]
    excluded = ["IfcOpeningElement", "IfcSpace"]
    iterator = geom.iterator(
        settings, file, 1, exclude=excluded, geometry_library="hybrid-cgal-simple-opencascade"
    )
    count, lost = 0, []
    more = bool(iterator.initialize())
    while more:
        shape = iterator.get()  # type: ignore[no-untyped-call]
        count += 1
        if not len(shape.geometry.faces_buffer):
            lost.append(shape.id)
        more = bool(iterator.next())
    bare_s = time.process_time()
    kernel = geom.kernel(settings, file, geometry_library="opencascade")
    for number in lost:
        kernel.create_shape(file[number])
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    equal_s = time.process_time()
    return {"cpu_s": bare_s, "equal_s": equal_s, "features": count, "lost": len(lost), "mb": own}


def bare(path: Path, rounds: int) -> Bare:
    """Medians of the bare run, each in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_ifc", "--one", str(path)]
    runs = []
    for _ in range(rounds):
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=ROOT,
            env={**commands.as_installed(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        runs.append(json.loads(done.stdout))
    found = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return Bare(found["cpu_s"], found["equal_s"], int(found["features"]), int(found["lost"]))


def built(path: Path, rounds: int, *options: str) -> list[Cost]:
    """Costs of `cim tiles build` of a model, from file to folder."""
    return commands.built(rounds, path, *ANCHOR, *options)


def plain_of(path: Path, stack: ExitStack) -> Path:
    """The unpacked file of a model."""
    from cim.bim.limits import Limits  # noqa: PLC0415 - not part of the bare run
    from cim.bim.source import opened  # noqa: PLC0415

    return stack.enter_context(opened(path, Limits()))


def speeds(paths: Sequence[Path], rounds: int, *, peer: bool) -> None:
    """Print the table of CPU seconds and memory."""
    print(
        f"CPU seconds. Ours over bare: at most {TARGET} is asked for; py3dtiles over ours: at "
        f"least {PEER_TARGET:g}.\n"
    )
    print(
        "| model | elements (lost by bare) | bare | equal work | ours | ours / bare |"
        " ours / equal work | net | peak MB | py3dtiles | times |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    least, least_cost = bare(MODELS / SMALLEST, rounds), built(MODELS / SMALLEST, rounds)
    least_s = median(least_cost, lambda cost: cost.cpu_s)
    for path in paths:
        with ExitStack() as stack:
            plain = plain_of(path, stack)
            base, costs = bare(plain, rounds), built(path, rounds)
            own = median(costs, lambda cost: cost.cpu_s)
            cells = [
                path.name,
                f"{base.features} ({base.lost})",
                f"{base.cpu_s:.2f}",
                f"{base.equal_s:.2f}",
                f"{own:.2f}",
                f"{own / base.cpu_s:.2f}",
                f"{own / base.equal_s:.2f}",
                f"{(own - least_s) / (base.equal_s - least.equal_s):.2f}",
                f"{max(cost.peak_mb for cost in costs):.0f}",
                *(_peer(plain, own) if peer else ("", "")),
            ]
        print(f"| {' | '.join(cells)} |", flush=True)
    print(
        f"\nFour walls cost {least.equal_s:.2f} bare and {least_s:.2f} as tiles: the start of the "
        "processes, which `net` leaves out on both sides of ours over equal work."
    )


def _peer(plain: Path, own_s: float) -> tuple[str, str]:
    """CPU seconds of py3dtiles, and how often ours go into them."""
    from benchmarks import peer_py3dtiles  # noqa: PLC0415 - a peer that need not be installed

    with tempfile.TemporaryDirectory() as folder:
        try:
            used = peer_py3dtiles.ifc(plain, Path(folder)).cpu_s
        except peer_py3dtiles.RefusedError:
            return "refuses it", ""
    return f"{used:.1f}", f"{used / own_s:.1f}"


def sizes(paths: Sequence[Path]) -> None:
    """Print the table of bytes with and without instances."""
    print(f"\nBytes of contents; instanced over merged: at most {BYTES_TARGET:g} is asked for.\n")
    print(
        "| model | merged | instanced | ratio | merged, meshopt | instanced, meshopt | ratio |\n"
        "|---|--:|--:|--:|--:|--:|--:|"
    )
    for path in paths:
        cells = [path.name]
        for compression in ("none", "meshopt"):
            merged, instanced = (
                built(path, 1, "--compression", compression, "--instancing", each)[0].result[
                    "bytes"
                ]["content"]
                for each in ("off", "auto")
            )
            cells += [f"{merged:,}", f"{instanced:,}", f"{instanced / merged:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true", help="leave py3dtiles out")
    parser.add_argument("--files", nargs="*", default=FILES)
    parser.add_argument("--one", metavar="FILE", help="the bare run, in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(iterate(Path(given.one))))
        return
    paths = [MODELS / name for name in given.files]
    large = [] if given.files is not FILES else [repeat_models.ifc()]
    built(MODELS / SMALLEST, 1)
    speeds([*paths, *large], given.rounds, peer=not given.no_peer)
    sizes(paths)


if __name__ == "__main__":
    main()
