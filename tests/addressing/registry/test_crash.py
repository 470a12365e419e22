"""The registry after its writer was killed: all of a change, or nothing of it."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from addressing.registry.store import Registry
from addressing.registry.values import Columns
from tests.addressing.registry.making import new_city, put

ROOT = Path(__file__).resolve().parents[3]
DOORS, ROUNDS = 1500, 6
WRITER = """
import sys
from pathlib import Path
from addressing.registry.store import Registry
registry = Registry(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(1000):
    registry.rename(sys.argv[2], f"第{number}路", who="a", why="b")
    registry.merge([sys.argv[3]], sys.argv[4], who="a", why="b") if number == 1 else None
"""


def filled(path: Path) -> tuple[str, str]:
    """A street with many doors; codes of it and of an estate."""
    registry = Registry(path)
    columns = Columns(
        {"road": ["文三路"] * DOORS, "number": [str(n) for n in range(DOORS)]},
        codes=["330106"] * DOORS,
    )
    registry.enrol(columns, source="s", who="a", why="b")
    first = put(registry, "西湖区文二路9999号")
    road = registry.find_elements(name="文三路")[0].code
    other = next(one.code for one in first.elements if one.kind == "road")
    registry.close()
    return road, other


def check_whole(path: Path, road: str) -> None:
    """Look at everything that could be torn."""
    registry = Registry(path)
    name = registry.elements(road).name
    registry.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        texts = connection.execute("SELECT text FROM addresses WHERE status = 'valid'").fetchall()
        assert len(texts) == DOORS + 1
        whole = [text for (text,) in texts if name in text]
        assert len(whole) in {DOORS, DOORS + 1}
        (triggers,) = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'addresses'"
        ).fetchone()
        assert triggers == 15
        (count, version, head) = connection.execute(
            "SELECT item_count, version, (SELECT max(seq) FROM cim_change) FROM cim_layer"
        ).fetchone()
        assert (count, version) == (DOORS + 1, head)
        (renames,) = connection.execute(
            "SELECT count(*) FROM cim_address_event WHERE action = 'renamed'"
        ).fetchone()
        (aliases,) = connection.execute(
            "SELECT count(*) FROM cim_address_alias WHERE reason = 'renamed'"
        ).fetchone()
        assert renames == aliases


def test_a_killed_writer_leaves_the_registry_whole(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments, no secrets
    path = new_city(tmp_path)
    road, other = filled(path)
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", WRITER, str(path), road, other, road]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.8))
            process.send_signal(signal.SIGKILL)
        check_whole(path, road)
