"""The map page: how soon the first tiles are drawn, with a processor for a GPU.

Loads the sample city's page with `?quality=low` in headless Chromium, one load after the other in
one browser: the first load fills its cache, the others are those of a user who comes back.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CIM = str(ROOT / ".venv" / "bin" / "cim")
PORT = 8765
LIMIT_S = 10.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as name:
        city = Path(name) / "city"
        subprocess.run([CIM, "demo", str(city), "--no-serve"], check=True, stderr=sys.stderr)
        server = subprocess.Popen([CIM, "serve", "-w", str(city), "--port", str(PORT)])
        try:
            _wait(f"http://127.0.0.1:{PORT}/health/ready")
            script = ["node", str(ROOT / "benchmarks" / "ready.mjs")]
            base = f"http://127.0.0.1:{PORT}"
            printed = subprocess.run(
                [*script, base, str(rounds + 1)], check=True, stdout=subprocess.PIPE
            ).stdout
        finally:
            server.terminate()
            server.wait()
    first, *others = (milliseconds / 1000 for milliseconds in json.loads(printed))
    print(
        "| map page of the sample city, software GL | first load | later loads, median | limit |"
    )
    print("|---|--:|--:|--:|")
    print(f"| ready | {first:.1f} s | {statistics.median(others):.1f} s | {LIMIT_S:g} s |")


def _wait(url: str) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()
