"""Tiles a second from a folder and from a `.3tz` archive, beside Starlette's StaticFiles.

2,000 tiles: the contents of a tileset of 200,000 buildings with meshopt, each under several
names, asked for in random order. One worker each, wrk with one thread. The servers take turns in
every round. The limit is the same server with one answer out of memory.
"""

import argparse
import contextlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batches import Source
from benchmarks.inputs import buildings_200k
from benchmarks.wrk import (
    Sample,
    free_port,
    median,
    percentile_ms,
    running,
    wait_until,
)
from tiles.archive import pack
from tiles.build import build
from tiles.options import BuildOptions

ROOT = Path(__file__).resolve().parent.parent
PEER = Path(__file__).with_name("peer_static.py")
SCRIPT = Path(__file__).with_name("tiles.lua")
BUILDINGS = 200_000
TILES = 2_000
FLOOR = 2_000.0
"""Tiles a second that the archive must give, uncompressed."""

CIM = (sys.executable, "-m", "api.cli.main")


@dataclass(frozen=True, slots=True)
class Target:
    """A server and how it is asked."""

    title: str
    address: str
    coding: str


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as temporary:
        city = Path(temporary) / "city"
        paths, mean = make_tiles(city)
        names = Path(temporary) / "names.txt"
        names.write_text("\n".join(paths))
        with contextlib.ExitStack() as stack:
            targets = stack.enter_context(servers(city))
            samples: dict[Target, list[Sample]] = {target: [] for target in targets}
            for _ in range(options.rounds):
                for target in targets:
                    found = ask(target, names, options.seconds, options.connections)
                    samples[target].append(found)
    report({target: median(found) for target, found in samples.items()}, mean)


def make_tiles(city: Path) -> tuple[list[str], float]:
    """Tileset `many` as a folder and `packed` as an archive; paths and mean size of the tiles."""
    subprocess.run((*CIM, "init", str(city)), cwd=ROOT, check=True, capture_output=True)
    built = city / "built"
    options = BuildOptions(built, compression="meshopt")
    build(Source(buildings_200k(), BUILDINGS).batches(), options)
    contents = sorted(built.rglob("*.glb"))
    folder = city / "tiles" / "many"
    paths = []
    for number in range(TILES):
        source = contents[number % len(contents)]
        path = f"content/{number % 256:02x}/{number}-{number:016x}.glb"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / path)
        paths.append(path)
    shutil.copyfile(built / "tileset.json", folder / "tileset.json")
    pack(folder, city / "tiles" / "packed.3tz")
    pack(folder, city / "tiles" / "deflated.3tz", deflate=True)
    shutil.rmtree(built)
    return paths, statistics.fmean((folder / path).stat().st_size for path in paths)


@contextlib.contextmanager
def servers(city: Path) -> Iterator[list[Target]]:
    """This server and its peers, all running."""
    own, files, memory = (free_port() for _ in range(3))
    peer = (sys.executable, str(PEER))
    folder = str(city / "tiles" / "many")
    with (
        running((*CIM, "serve", "-w", str(city), "--port", str(own))),
        running((*peer, "files", folder, str(files))),
        running((*peer, "memory", folder, str(memory))),
    ):
        base = f"http://127.0.0.1:{own}/3dtiles"
        targets = [
            Target("cim-server, .3tz", f"{base}/packed/", "identity"),
            Target("cim-server, folder", f"{base}/many/", "identity"),
            Target("Starlette StaticFiles, folder", f"http://127.0.0.1:{files}/", "identity"),
            Target("limit: one answer from memory", f"http://127.0.0.1:{memory}/", "identity"),
            Target("cim-server, .3tz deflated, gzip", f"{base}/deflated/", "gzip"),
            Target("cim-server, .3tz, gzip", f"{base}/packed/", "gzip"),
            Target("cim-server, folder, gzip", f"{base}/many/", "gzip"),
        ]
        for target in targets:
            wait_until(lambda at=target: answers(at.address), target.title)  # type: ignore[misc]
        yield targets


def answers(address: str) -> bool:
    """Whether a server answers."""
    ask_once = ("curl", "-sf", "-o", "/dev/null", f"{address}tileset.json")
    return subprocess.run(ask_once, check=False).returncode == 0


def ask(target: Target, names: Path, seconds: int, connections: int) -> Sample:
    """One run of wrk over all tiles."""
    command = (
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT)),
        *(target.address, "--", str(names), target.coding),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return Sample(
        per_second=float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0]),
        p50_ms=percentile_ms(done.stdout, 50),
        p99_ms=percentile_ms(done.stdout, 99),
        errors=int(failed[1]) if failed else 0,
    )


def report(samples: dict[Target, Sample], mean: float) -> None:
    """Print the table; exit 1 when the archive is slower than it must be or requests fail."""
    print(f"{TILES:,} tiles of {mean / 1000:,.0f} kB in the mean, random order, one worker.\n")
    print("| server | tiles/s | p50 ms | p99 ms | errors | of the limit |")
    print("|---|--:|--:|--:|--:|--:|")
    limit = next(found for at, found in samples.items() if at.title.startswith("limit"))
    for target, sample in samples.items():
        print(
            f"| {target.title} | {sample.per_second:,.0f} | {sample.p50_ms:.2f} | "
            f"{sample.p99_ms:.2f} | {sample.errors} | "
            f"{sample.per_second / limit.per_second:.0%} |"
        )
    archive = next(iter(samples.values()))
    if archive.per_second < FLOOR or any(sample.errors for sample in samples.values()):
        raise SystemExit(f"below the floor: {archive.per_second:.0f} tiles/s from the archive")


if __name__ == "__main__":
    main()
