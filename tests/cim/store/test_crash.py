"""A store after its writer was killed, or its disk was full."""

import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cim.store.base import ItemQuery
from cim.store.gpkg import PLUGIN, GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = 400, 6000
WRITER = f"""
import sys
from pathlib import Path
from cim.store.gpkg import GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch, squares
store = GpkgStore(Path(sys.argv[1]))
batch = coded(make_batch({NEW}, height=[12.0] * {NEW}))
print("loading", flush=True)
store.load(DRAFT, SOURCE, iter([batch]))
print("done", flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gpkg"


def renew(path: Path) -> None:
    """A store with the old state of a layer."""
    for file in path.parent.glob("city.gpkg*"):
        file.unlink()
    PLUGIN.create(path, "EPSG:4490")
    store = GpkgStore(path)
    store.load(DRAFT, SOURCE, iter([coded(make_batch(OLD))]))
    store.close()


@contextmanager
def loading_writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is about to load; it is killed at the end."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        yield process
        process.send_signal(signal.SIGKILL)


def check_whole(path: Path) -> int:
    """The number of features, after looking at everything that could be torn."""
    store = GpkgStore(path)
    layer = store.layer("buildings")
    rows = [row for batch in store.read("buildings") for row in batch.attributes.to_pylist()]
    heights = {row["height"] for row in rows}
    assert (len(rows), heights) in ((OLD, {9.0}), (NEW, {12.0}))
    assert layer.item_count == len(rows)
    assert layer.bounds is not None
    assert store.count("buildings", ItemQuery(bounds=layer.bounds)) == len(rows)
    assert len({row["entity_id"] for row in rows}) == len(rows)
    assert layer.version == store.head("buildings")
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (ledger,) = connection.execute("SELECT count(*) FROM cim_entity").fetchone()
        assert ledger == len(rows)
        triggers = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'buildings'"
        ).fetchone()
    assert triggers == (10,)
    return len(rows)


@pytest.mark.slow
@pytest.mark.e2e
def test_a_killed_load_leaves_all_of_it_or_nothing(path: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311 - moments, no secrets
    whole = set()
    for _ in range(14):
        renew(path)
        with loading_writer(path):
            time.sleep(chance.uniform(0.0, 0.35))
        whole.add(check_whole(path))
    assert OLD in whole


@pytest.mark.e2e
def test_a_full_disk_is_said_and_nothing_is_changed(path: Path) -> None:
    renew(path)
    limit = path.stat().st_size + 200_000
    script = f"""
import resource, sys
from pathlib import Path
from cim.errors import BackendError
from cim.store.gpkg import GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    GpkgStore(Path(sys.argv[1])).load(DRAFT, SOURCE, iter([coded(make_batch({NEW}))]))
except BackendError as error:
    print(error)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "cannot write" in done.stdout
    assert "disk full, quota reached or file too large; nothing was changed" in done.stdout
    assert check_whole(path) == OLD
