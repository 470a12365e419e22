"""Feature caches made in a process of their own, so that serving goes on undisturbed.

`python -m api.ogc.rebuild STORE FOLDER LAYER...` builds the caches that are not current.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from api.ogc.cache import build
from cim import plugins
from cim.errors import NotFoundError
from cim.store.base import StoreFactory

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
PAUSE_S = 5.0
"""Shortest time between two builds of one layer's cache by one worker."""

NICENESS = 10


def build_all(database: Path, folder: Path, names: Sequence[str]) -> None:
    """Build the caches of some layers of a GeoPackage that are not current.

    Raises:
        BackendError: The folder cannot be written.
    """
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    store = factory.open(database)
    try:
        for name in names:
            try:
                build(store, name, folder)
            except NotFoundError:
                logger.info("layer %s is gone; no cache was made", name)
    finally:
        store.close()


class Rebuilder:
    """Builds caches on request, one child process at a time."""

    def __init__(self, database: Path, folder: Path) -> None:
        """Build from the GeoPackage `database` into `folder`."""
        self._command = (str(database.resolve()), str(folder.resolve()))
        self._begun_s: dict[str, float] = {}
        self._guard = threading.Lock()
        self._child: subprocess.Popen[str] | None = None

    def __call__(self, *names: str) -> None:
        """Ask for the caches of some layers; does nothing while others are in the making."""
        now = time.monotonic()
        with self._guard:
            if self._child is not None and self._child.poll() is None:
                return
            due = [name for name in names if now - self._begun_s.get(name, -PAUSE_S) >= PAUSE_S]
            if not due:
                return
            self._begun_s |= dict.fromkeys(due, now)
            self._child = self._start(due)
        threading.Thread(target=_report, args=(self._child, due), daemon=True).start()

    def close(self) -> None:
        """End the child that is at work; what it has written so far is discarded later."""
        with self._guard:
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()

    def _start(self, names: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 - our own module with our own paths
            (sys.executable, "-m", __name__, *self._command, *names),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def _report(child: "subprocess.Popen[str]", names: Sequence[str]) -> None:
    _, message = child.communicate()
    if child.returncode > 0:
        last = message.strip().splitlines()[-1:] or ["no message"]
        logger.warning("feature caches of %s were not all made: %s", ", ".join(names), last[0])


if __name__ == "__main__":
    os.nice(NICENESS)
    build_all(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
