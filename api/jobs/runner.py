"""Runs the jobs of a workspace one after the other, each in a process of its own.

Every server process has a runner; the one that holds the lock works, the others stand by and take
over when it goes.
"""

import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from api.jobs import building
from api.jobs.sources import environment
from api.jobs.store import CANCELLED, FAILED, SUCCEEDED, Job, JobStore
from cim.errors import BackendError

logger = logging.getLogger(__name__)

LOOK_S = 0.2
"""How often the runner looks for work, and for a wish to cancel."""

STAND_BY_S = 2.0
KILL_S = 5.0
"""How long a process that is told to end may take."""

NOTE_S = 0.5
"""How often progress is written down."""

TIDY_S = 600.0
STALE_S = 86_400.0
"""Uploads that belong to no job are removed when they are older."""

KEPT_LINES = 50
DAY_S = 86_400.0
DIED = "the server stopped while the job ran; send it again"


class Runner:
    """The worker of a workspace's jobs.

    Args:
        workspace: The workspace.
        timeout_s: How long a job may take.
        keep_days: How long jobs that have ended are kept.
    """

    def __init__(self, workspace: Path, timeout_s: float, keep_days: float) -> None:
        self._workspace = workspace
        self._store = JobStore(workspace / "index")
        self._timeout_s = timeout_s
        self._keep_s = keep_days * DAY_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look for work, in a thread."""
        self._thread.start()

    def close(self) -> None:
        """End the work; the job that runs waits for the next server."""
        self._stop.set()
        self._thread.join(timeout=2 * KILL_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._lock() as held:
                    if held:
                        self._recover()
                        self._work()
            except (BackendError, OSError):
                logger.exception("jobs cannot be run")
            self._stop.wait(STAND_BY_S)

    def _work(self) -> None:
        tidied = 0.0
        while not self._stop.is_set():
            if time.monotonic() - tidied > TIDY_S:
                self._tidy()
                tidied = time.monotonic()
            job = self._store.take()
            if job is None:
                self._stop.wait(LOOK_S)
            else:
                self._do(job)

    def _do(self, job: Job) -> None:
        """Run a job to its end."""
        command = building.command(job, self._workspace)
        logger.info("job %s: %s %s", job.id, building.kind_of(job), job.tileset)
        child = subprocess.Popen(  # noqa: S603 - our own command; each value is one word
            command,
            cwd=building.PROJECT,
            env=os.environ | environment() if building.is_of_strangers(job) else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        with child:
            self._store.note_process(job.id, child.pid, _started(child.pid))
            heard = _Heard(child)
            ending = self._watch(job, child, heard)
            heard.join()
        self._finish(job, child.returncode, heard, ending)

    def _watch(self, job: Job, child: "subprocess.Popen[str]", heard: "_Heard") -> str:
        """Wait for the end of the child; returns why it was ended, empty when it ended itself."""
        deadline = time.monotonic() + self._timeout_s
        noted, now = 0.0, job
        while child.poll() is None:
            ending = self._ending(job, deadline)
            if ending:
                _end_group(child)
                return ending
            said = heard.progress
            if said is not None and time.monotonic() - noted > NOTE_S:
                now = self._store.note_progress(now, said.stage, said.done, said.total)
                noted = time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(LOOK_S)
        if heard.progress is not None:
            said = heard.progress
            self._store.note_progress(now, said.stage, said.done, said.total)
        return ""

    def _ending(self, job: Job, deadline: float) -> str:
        """Why a running job must end now."""
        if self._stop.is_set():
            return "stop"
        if time.monotonic() > deadline:
            return "timeout"
        return "cancel" if self._store.get(job.id).cancel else ""

    def _finish(self, job: Job, code: int, heard: "_Heard", ending: str) -> None:
        if ending == "stop":
            self._store.put_back(job.id)
            return
        report = building.report_of(job, heard.output)
        if ending == "cancel":
            self._store.end(job.id, CANCELLED)
        elif ending == "timeout":
            error = f"took longer than the {self._timeout_s:g} s that a job may take"
            self._store.end(job.id, FAILED, error=error)
        elif code == 0 and report is not None:
            self._store.end(job.id, SUCCEEDED, report=report)
        else:
            uploads = self._workspace / "index" / building.UPLOADS / job.id
            error = building.error_of(list(heard.lines), code, (uploads, self._workspace))
            logger.warning("job %s failed: %s", job.id, "\n".join(heard.lines))
            self._store.end(job.id, FAILED, error=error, report=report)
        building.tidy(self._workspace, job)

    def _recover(self) -> None:
        """Jobs that ran when a server died have failed, or go on; their processes are ended."""
        for job in self._store.running():
            if job.process is not None and _started(job.process) == job.process_started:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(job.process, signal.SIGKILL)
            if building.goes_on(job):
                self._store.put_back(job.id)
                continue
            self._store.end(job.id, FAILED, error=DIED)
            building.tidy(self._workspace, job)

    def _tidy(self) -> None:
        """Delete old jobs, and uploads that belong to none."""
        self._store.forget(time.time() - self._keep_s)
        index = self._workspace / "index"
        jobs = self._store.all()
        alive = {job.id for job in jobs if job.ended is None}
        known = {job.id for job in jobs}
        folders = [(folder, alive) for folder in (index / building.UPLOADS).glob("*")]
        folders += [(folder, known) for folder in (index / building.RESULTS).glob("*")]
        for folder, kept in folders:
            if folder.name not in kept and time.time() - folder.stat().st_mtime > STALE_S:
                building.remove(folder)

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        """Whether this process is the one that works, until the end of the block."""
        path = self._workspace / "index" / "jobs.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


class _Heard:
    """What a child says, read while it runs so that it never waits for us."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.progress: building.Said | None = None
        self.output = ""
        self._child = child
        self._threads = [
            threading.Thread(target=read, daemon=True) for read in (self._errors, self._results)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all is read."""
        for thread in self._threads:
            thread.join(timeout=KILL_S)

    def _errors(self) -> None:
        for line in self._child.stderr or ():
            said = building.said(line)
            if said is not None:
                self.progress = said
            else:
                self.lines.append(line.rstrip("\n"))

    def _results(self) -> None:
        self.output = self._child.stdout.read() if self._child.stdout else ""


def _end_group(child: "subprocess.Popen[str]") -> None:
    """End a child and all its processes; by force those that do not listen."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(KILL_S)


def _started(process: int) -> float:
    """When a process was started, 0 when there is none: with its number it names it for good."""
    try:
        return float(psutil.Process(process).create_time())
    except psutil.Error:
        return 0.0
