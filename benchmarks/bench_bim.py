"""Work on IFC models that were read: check, clash test, lightening.

Prints a Markdown table of CPU seconds, medians over rounds, in one process; reading comes before
and is told for comparison, the child process included.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cim.bim.check.report import check_model
from cim.bim.check.rulebook import house_rules
from cim.bim.check.run import read_subject
from cim.bim.clash.base import ClashOptions
from cim.bim.clash.reading import read_source
from cim.bim.clash.run import find_clashes
from cim.bim.clash.skipping import HOUSE_SKIPPING, read_skipping
from cim.bim.limits import Limits
from cim.features import FeatureBatch
from cim.readers.base import ReadOptions
from cim.readers.ifc import IfcReader
from tiles.lightening.options import Lightening
from tiles.lightening.run import lighten, weight_of

MODELS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "models" / "ifc"
FILES = ("duplex.ifc", "AC20-FZK-Haus.ifc", "Office_A_20110811.ifc")
LIGHTER = Lightening(simplify=0.5)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds
    print("| model | read, s | check, s | findings | clash, s | pairs | clashes | simplify, s |"
          " triangles |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name in FILES:
        print(row(MODELS / name, rounds))


def row(path: Path, rounds: int) -> str:
    """The line of a model."""
    children, began = cpu_of_children(), time.process_time()
    subject = read_subject(path, Limits())
    read_s = cpu_of_children() - children + time.process_time() - began
    rules, skipping = house_rules(), read_skipping((HOUSE_SKIPPING,))
    check_s, report = timed(lambda: check_model(path.name, subject, rules), rounds)
    source = read_source(path, Limits())
    clash_s, run = timed(lambda: find_clashes((source,), ClashOptions(), skipping), rounds)
    batches = list(IfcReader().read(path, ReadOptions()))
    light_s, light = timed(lambda: list(lighten(batches, LIGHTER)), rounds)
    cells = (
        path.name, f"{read_s:.2f}", f"{check_s:.2f}", sum(report.counts.values()),
        f"{clash_s:.2f}", run.pairs, len(run.clashes), f"{light_s:.2f}",
        f"{triangles(batches)} to {triangles(light)}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def cpu_of_children() -> float:
    """CPU seconds of child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed[T](work: Callable[[], T], rounds: int) -> tuple[float, T]:
    """Median CPU seconds of some work, and what it gives."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        result = work()
        spent.append(time.process_time() - began)
    return statistics.median(spent), result


def triangles(batches: Sequence[FeatureBatch]) -> int:
    """How many are drawn."""
    return sum(weight_of(batch).triangles for batch in batches)


if __name__ == "__main__":
    main()
