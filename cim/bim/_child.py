"""One child process that reads an IFC file, watched: what it sends, what it takes, how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import orjson
import psutil  # type: ignore[import-untyped]

from cim.bim import _wire
from cim.bim._decode import decode_model
from cim.bim._wire import HEAD, WireMesh, WireShape
from cim.bim.limits import NO_PROGRESS_WALL, Limits
from cim.bim.model import IfcModel, Kind
from cim.errors import SourceDataError

_LOOK_S: Final = 0.25
"""Seconds between two looks at the child."""

_ROOT: Final = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Shapes:
    """Some shapes, with the meshes that did not come before."""

    meshes: Sequence[WireMesh]
    shapes: Sequence[WireShape]


@dataclass(frozen=True, slots=True)
class Lost:
    """An object whose shape cannot be made."""

    step_id: int
    reason: str


type Event = IfcModel | Shapes | Lost
type Events = Generator[Event]


@dataclass(slots=True)
class Spent:
    """CPU seconds of all children of a file."""

    most_s: float
    used_s: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.used_s >= self.most_s


@dataclass(slots=True)
class Child:
    """One child process and what became of it."""

    plain: Path
    job: dict[str, Any]
    limits: Limits
    spent: Spent
    end: str = ""
    """Why it ended before its time, empty when it did not."""

    task: int | None = None
    """The element it announced last."""

    _done: bool = field(default=False, init=False)
    _asking: IO[bytes] | None = field(default=None, init=False)

    def ask(self, kinds: Sequence[Kind]) -> bool:
        """Tell a child that waits whose shapes are wanted; whether it is still there."""
        try:
            if self._asking is not None:
                self._asking.write(orjson.dumps(list(kinds)) + b"\n")
                self._asking.close()
                return True
        except (BrokenPipeError, ValueError):
            pass
        return False

    def events(self, where: str) -> Events:
        """What it sends, until its end or its death."""
        process = self._start()
        try:
            watch = _Watch(process, self.limits, self.spent)
            for head, body in watch.messages():
                event = self._event(head, body, where)
                if event is not None:
                    yield event
            if not self._done:
                self.end = self.end or watch.verdict  # what it said of itself is surer
        finally:
            self._asking = None
            os.kill(process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
            self.spent.used_s += used.ru_utime + used.ru_stime
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(BrokenPipeError):
                        pipe.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        task = {**self.job, "path": str(self.plain), "memory_bytes": self.limits.memory_bytes}
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "cim.bim.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **alone, "PYTHONPATH": os.pathsep.join(paths)},
        )
        if process.stdin is not None:
            with suppress(BrokenPipeError):  # it died at its start: seen when read
                process.stdin.write(orjson.dumps(task) + b"\n")
                process.stdin.flush()
                if task.get("kinds", ()) is not None:
                    process.stdin.close()
            self._asking = process.stdin
        return process

    def _event(self, head: dict[str, Any], body: bytes, where: str) -> Event | None:
        kind = head["kind"]
        if kind == "model":
            return decode_model(body)
        if kind == "shapes":
            return Shapes(*_wire.read_shapes(head, body))
        if kind == "lost":
            return Lost(head["id"], head["reason"])
        if kind == "refused":
            raise SourceDataError(f"ifcopenshell cannot open it: {head['reason']}", where=where)
        if kind == "task":
            self.task = head["id"]
        self._done = kind == "done" and not self.end
        if kind == "memory":
            self.end = f"it needs more than {self.limits.memory_mib} MiB of memory"
        return None


class _Watch:
    """Reads the messages of a child and ends it when it takes too much."""

    def __init__(self, process: "subprocess.Popen[bytes]", limits: Limits, spent: Spent) -> None:
        self._process, self._limits, self._spent = process, limits, spent
        self._seen = psutil.Process(process.pid)
        self._looked = self._moved_wall = time.monotonic()
        self._moved_cpu: float | None = None
        """CPU seconds at the last message; None while the file is being opened."""

        self.verdict = "the geometry library crashed"

    def messages(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Heads and bodies, until the child ends or is ended."""
        while (lengths := self._read(HEAD.itemsize)) is not None:
            head, body = np.frombuffer(lengths, HEAD)[0].tolist()
            text, data = self._read(head), self._read(body)
            if text is None or data is None:
                return
            self._moved_cpu, self._moved_wall = self._cpu(), time.monotonic()
            yield orjson.loads(text), data

    def _read(self, size: int) -> bytes | None:
        """So many bytes, None when the child ends before."""
        parts, left = [], size
        pipe = self._process.stdout
        while left and pipe is not None:
            ready = wait([pipe.fileno()], _LOOK_S)
            if not self._is_fine():
                return None
            if ready:
                part = os.read(pipe.fileno(), min(left, 1 << 20))
                if not part:
                    return None
                parts.append(part)
                left -= len(part)
        return b"".join(parts)

    def _is_fine(self) -> bool:
        """Whether the child may go on; looks now and then."""
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return True
        self._looked = now
        fault = self._fault(now)
        if fault:
            self.verdict = fault
            os.kill(self._process.pid, signal.SIGKILL)
        return not fault

    def _fault(self, now: float) -> str:
        limits, cpu = self._limits, self._cpu()
        if self._memory() > limits.memory_bytes:
            return f"it needs more than {limits.memory_mib} MiB of memory"
        if self._spent.used_s + cpu > limits.file_s:
            return f"the file took more than {limits.file_s:g} CPU seconds"
        slept = now - self._moved_wall > max(limits.element_s, 1.0) * NO_PROGRESS_WALL
        worked = 0.0 if self._moved_cpu is None else cpu - self._moved_cpu
        if slept or worked > limits.element_s:
            return f"nothing came for {limits.element_s:g} CPU seconds"
        return ""

    def _cpu(self) -> float:
        try:
            times = self._seen.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _memory(self) -> int:
        try:
            return int(self._seen.memory_info().rss)
        except psutil.Error:
            return 0
