"""Work shared out to processes, a few pieces ahead of the one that is waited for."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait

import pyarrow as pa

from cim.errors import BackendError
from tiles.running.start import begin

AHEAD = 2
"""Pieces of work given out for each worker before the first is done."""


class Pool:
    """Runs a function over jobs; results come in the order of the jobs."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def map[Job, Result](
        self, function: Callable[[Job], Result], jobs: Iterable[Job], *, apart: bool
    ) -> Iterator[Result]:
        """Results of the jobs, in order; jobs are asked for as there is room.

        Args:
            function: Of a module, with nothing bound to it.
            jobs: Small values: they are pickled.
            apart: In worker processes, where there are any; they are started when first needed.

        Raises:
            BackendError: A worker process died.
        """
        if self.workers <= 1 or not apart:
            yield from map(function, jobs)
            return
        waiting: deque[Future[Result]] = deque()
        executor = self._started()
        try:
            for job in jobs:
                waiting.append(executor.submit(_run, function, job))
                if len(waiting) > AHEAD * self.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise BackendError(
                "a worker process was ended from outside, mostly for want of memory; nothing was "
                "published; build again with fewer --workers"
            ) from error

    def close(self) -> None:
        """End the processes when what they have begun is done."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        """The processes."""
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self.workers, context, initializer=_begin)
        return self._executor


def default_workers() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def pool(workers: int) -> Iterator[Pool]:
    """Processes for a while; one worker is this process itself.

    They end with the block, and when this process dies. Jobs that have not begun are dropped when
    the block is left by an error.
    """
    made = Pool(workers)
    try:
        yield made
    finally:
        made.close()


def _run[Job, Result](function: Callable[[Job], Result], job: Job) -> Result:
    """One job in a worker, which then gives memory back that Arrow would keep for the next."""
    try:
        return function(job)
    finally:
        pa.default_memory_pool().release_unused()


def _begin() -> None:
    """Set a worker up: Ctrl-C is the parent's to act on, and its end is the worker's end."""
    begin()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent to die: a worker that waits for its next job would not notice."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
