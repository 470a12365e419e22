"""Running the `cim` command as a user does, and what it cost with all its processes."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
CACHE = str(Path(tempfile.gettempdir()) / "cim-bench-bytecode")
EVERY_S = 0.1
"""Between two looks at memory."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost."""

    cpu_s: float
    """User and system seconds of the command and all processes it started."""

    wall_s: float
    peak_mb: float
    """Most memory at one time: proportional set size summed over its processes."""

    result: dict[str, Any]
    """Its result, one line of JSON; empty when it prints none."""


def cim(*words: object) -> Cost:
    """Run `cim` with words.

    Raises:
        SystemExit: It fails; the end of what it said is told.
    """
    command = [sys.executable, "-m", "api.cli.main", *map(str, words)]
    before, started = os.times(), time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=as_installed(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = _Watch(process.pid)
    watch.start()
    out, err = process.communicate()
    wall, after = time.perf_counter() - started, os.times()
    watch.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {err[-500:]}")
    user = after.children_user - before.children_user
    system = after.children_system - before.children_system
    told = out.splitlines()
    return Cost(user + system, wall, watch.peak_mb, json.loads(told[-1]) if told else {})


def built(rounds: int, *words: object, archive: bool = False) -> list[Cost]:
    """Costs of `cim tiles build` with words, each time into a new folder."""
    costs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / ("tiles.3tz" if archive else "tiles")
            costs.append(cim("tiles", "build", *words, "-o", output))
    return costs


def median(costs: list[Cost], value: Callable[[Cost], float]) -> float:
    """The median of a value over costs."""
    return statistics.median(value(cost) for cost in costs)


def as_installed() -> dict[str, str]:
    """The environment of a user, who has the bytecode of all modules, and no others than ours."""
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    hidden = str(ROOT / "benchmarks" / "as_installed")
    return {**plain, "PYTHONPATH": hidden, "PYTHONPYCACHEPREFIX": CACHE}


class _Watch(threading.Thread):
    """Looks at the memory of a process and its children until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.peak_mb = 0.0

    def run(self) -> None:
        """Keep the largest sum."""
        while not self._over.wait(EVERY_S):
            self.peak_mb = max(self.peak_mb, _memory_mb(self._pid))

    def stop(self) -> None:
        """End, and wait for it."""
        self._over.set()
        self.join()


def _memory_mb(pid: int) -> float:
    """Proportional set size of a process and its children; 0 when it has ended."""
    try:
        root = psutil.Process(pid)
        return sum(_pss(each) for each in (root, *root.children(recursive=True))) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
