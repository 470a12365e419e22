"""A server over a workspace, started as a user starts it."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CIM = Path(sys.executable).with_name("cim")
READY_S = 60


@contextmanager
def serving(workspace: Path, *options: str) -> Iterator[str]:
    """The address of `cim serve` over `workspace`, without a slash at its end."""
    base = f"http://127.0.0.1:{_free_port()}"
    command = [str(CIM), "serve", "-w", str(workspace), "--port", base.rpartition(":")[2]]
    log = workspace.parent / f"{workspace.name}.serve.log"
    with (
        log.open("wb") as output,
        subprocess.Popen([*command, *options], stdout=output, stderr=output) as server,
    ):
        try:
            _wait_until_ready(base, server, log)
            yield base
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(base: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/health/ready", timeout=5):  # noqa: S310 - own server
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the server did not become ready: {log.read_text()[-2000:]}")
