"""Servers in processes of their own, and what wrk says of them."""

import contextlib
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
START_S = 120


@dataclass(frozen=True, slots=True)
class Sample:
    """What wrk says about one run."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def load_with_wrk(address: str, seconds: int, connections: int, script: tuple[str, ...]) -> Sample:
    """One run of wrk."""
    command = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency")
    found = subprocess.run(
        (*command, *script, address), capture_output=True, text=True, check=True
    )
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", found.stdout)
    return Sample(
        per_second=float(re.findall(r"Requests/sec:\s+([\d.]+)", found.stdout)[0]),
        p50_ms=percentile_ms(found.stdout, 50),
        p99_ms=percentile_ms(found.stdout, 99),
        errors=int(failed[1]) if failed else 0,
    )


def percentile_ms(text: str, share: int) -> float:
    """A percentile of the latency in wrk's output; NaN when no request ended in time."""
    found = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)\b", text)
    return float(found[1]) * UNIT_MS[found[2]] if found else float("nan")


def median(samples: list[Sample]) -> Sample:
    """The median of each figure; errors are added up."""
    return Sample(
        per_second=statistics.median(sample.per_second for sample in samples),
        p50_ms=statistics.median(sample.p50_ms for sample in samples),
        p99_ms=statistics.median(sample.p99_ms for sample in samples),
        errors=sum(sample.errors for sample in samples),
    )


def size_of(address: str) -> int:
    """Bytes of an answer; it must hold features."""
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own servers
        body = answer.read()
    if not json.loads(body)["features"]:
        raise SystemExit(f"{address}: no features")
    return len(body)


@contextlib.contextmanager
def running(
    command: tuple[str, ...], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended at the end."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log)
        try:
            yield process
        except BaseException:
            log.seek(0)
            print(log.read().decode()[-2000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(address: str) -> None:
    """Wait until an address answers."""

    def answers() -> bool:
        with contextlib.suppress(OSError):
            size_of(f"{address}?limit=1&f=json")
            return True
        return False

    wait_until(answers, address)


def wait_until(is_done: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + START_S
    while not is_done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not there after {START_S} s")
        time.sleep(0.25)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
