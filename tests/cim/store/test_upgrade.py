"""A store of an older version, opened by this one."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cim.store._gpkg_connection import prepare_for_writing
from cim.store.gpkg import PLUGIN, GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch

VERSION_1 = Path(__file__).parents[2] / "data" / "store-version-1.gpkg.gz"
"""A store that the program of 2026-11-21 made: three buildings."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "city.gpkg"
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    return path


def schema_of(path: Path) -> dict[str, set[str]]:
    """Columns of each of our tables."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name LIKE 'cim_%'"
        ).fetchall()
        return {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for (name,) in names
        }


def test_an_old_store_opens_with_all_that_it_held(old: Path) -> None:
    store = GpkgStore(old)
    layer = store.layer("buildings")
    assert (layer.item_count, layer.status, layer.entry_version) == (3, "published", 1)
    (lineage,) = store.loads("buildings")
    assert (lineage.file, lineage.inserted) == ("survey.geojson", None)
    (version,) = store.entry_versions("buildings")
    assert (version.version, version.why) == (1, "schema version 2")
    store.load(DRAFT, SOURCE, iter([coded(make_batch(4))]))
    assert store.layer("buildings").item_count == 4
    store.close()


def test_an_old_store_gets_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    GpkgStore(old).close()
    PLUGIN.create(tmp_path / "new.gpkg", "EPSG:4490")
    assert schema_of(old) == schema_of(tmp_path / "new.gpkg")


def test_edits_by_others_reach_the_journal_of_an_old_store(old: Path) -> None:
    store = GpkgStore(old)
    head = store.head("buildings")
    with closing(sqlite3.connect(old)) as connection:
        prepare_for_writing(connection)
        connection.execute("DELETE FROM buildings WHERE fid = 2")
        connection.commit()
    assert store.changed_fids("buildings", head).tolist() == [2]
    assert store.layer("buildings").item_count == 2
    store.close()


def test_two_that_open_an_old_store_upgrade_it_once(old: Path) -> None:
    first, second = GpkgStore(old), GpkgStore(old)
    assert first.layer("buildings") == second.layer("buildings")
    assert len(first.entry_versions("buildings")) == 1
    first.close()
    second.close()
