"""As many layers as a prefecture publishes."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from benchmarks.many_layers import COUNT, make
from cim.catalog import Origin

PUBLISHED_S = 60.0
"""Some ten seconds on a machine that is not busy."""


def test_1162_layers_are_published_at_once_and_changed_one_by_one(tmp_path: Path) -> None:
    began = time.process_time()
    store = make(tmp_path / "city", features=0)
    assert time.process_time() - began < PUBLISHED_S
    held = store.layers()
    assert len(held) == COUNT == 1_162
    store.alter("kc_road_2025", {"steward": "交通运输局"}, Origin("张三", "移交"))
    now = store.layers()
    changed = [name for name in now if now[name] is not held[name]]
    assert changed == ["kc_road_2025"]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (triggers,) = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        ).fetchone()
        assert triggers > 10 * COUNT
    store.close()
