"""The GeoPackage of a city in the hands of other programs."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from cim.coding import CodeLevels
from cim.errors import BackendError, ConfigError
from cim.recoding import recode
from cim.store import _gpkg_connection
from cim.store._gpkg_connection import prepare_for_writing
from cim.store._gpkg_geometry import to_blobs
from cim.store.base import ItemQuery
from cim.store.gpkg import PLUGIN, GpkgStore
from tests.making import DRAFT, SOURCE, coded, make_batch, squares


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GpkgStore]:
    PLUGIN.create(tmp_path / "city.gpkg", "EPSG:4490")
    opened = GpkgStore(tmp_path / "city.gpkg")
    opened.load(DRAFT, SOURCE, iter([coded(make_batch(5))]))
    yield opened
    opened.close()


def edit(store: GpkgStore, *statements: str) -> None:
    """Change the file as another program would: its own connection, the standard's functions."""
    with closing(sqlite3.connect(store.path)) as connection:
        prepare_for_writing(connection)
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def in_gdal(store: GpkgStore, code: str) -> str:
    """Run code with pyogrio in a process of its own, as QGIS would be."""
    script = f"import pyogrio, shapely, numpy as np; path = {str(store.path)!r}\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_gdal_opens_the_layer_with_its_crs_index_and_column_types(store: GpkgStore) -> None:
    printed = in_gdal(
        store,
        "print(pyogrio.list_layers(path)[:, 0].tolist());"
        "info = pyogrio.read_info(path, layer='buildings');"
        "print(info['crs'], info['features'], info['geometry_type'], info['fid_column'],"
        "info['capabilities']['fast_spatial_filter']); print(info['ogr_types'][-2:])",
    )
    assert printed.splitlines() == [
        "['buildings', 'cim_layer', 'cim_field', 'cim_source', 'cim_change']",
        "EPSG:4490 5 Polygon fid True",
        "['OFTString', 'OFTReal']",
    ]


def test_a_feature_added_by_gdal_is_in_the_index_the_count_and_the_journal(
    store: GpkgStore,
) -> None:
    head = store.head("buildings")
    in_gdal(
        store,
        "box = shapely.to_wkb(np.array([shapely.box(114.4, 30.6, 114.41, 30.61)]));"
        "pyogrio.raw.write(path, geometry=box, field_data=[np.array(['新楼'], object)],"
        "fields=['name'], layer='buildings', geometry_type='Polygon', crs='EPSG:4490',"
        "append=True)",
    )
    layer = store.layer("buildings")
    assert (layer.item_count, layer.version) == (6, store.head("buildings"))
    assert layer.bounds is not None
    assert layer.bounds[2:] == pytest.approx((114.41, 30.61))
    assert store.changed_fids("buildings", head).tolist() == [6]
    assert store.fids("buildings", ItemQuery(bounds=(114.4, 30.6, 114.42, 30.62))).tolist() == [6]


def test_edits_and_deletions_by_others_are_in_the_journal(store: GpkgStore) -> None:
    head = store.head("buildings")
    edit(
        store,
        "UPDATE buildings SET name = '改名' WHERE fid = 2",
        "DELETE FROM buildings WHERE fid = 4",
    )
    assert store.changed_fids("buildings", head).tolist() == [2, 4]
    assert store.layer("buildings").item_count == 4
    (batch,) = store.read("buildings")
    assert batch.attributes["name"].to_pylist() == ["1 号楼", "改名", "3 号楼", "5 号楼"]


def test_the_id_of_a_deleted_entity_is_not_given_again(store: GpkgStore) -> None:
    store.load(DRAFT, SOURCE, iter([coded(make_batch(1, ids=["b1"]))]))
    with closing(sqlite3.connect(store.path)) as connection:
        (first,) = connection.execute("SELECT entity_id FROM buildings WHERE fid = 1").fetchone()
    edit(store, "DELETE FROM buildings WHERE fid = 1")
    store.load(DRAFT, SOURCE, iter([coded(make_batch(1, ids=["again"]))]))
    with closing(sqlite3.connect(store.path)) as connection:
        (second,) = connection.execute(
            "SELECT entity_id FROM buildings WHERE source_id = 'again'"
        ).fetchone()
    assert second[:20] == first[:20]
    assert second[20:23] != first[20:23]


def test_an_entity_id_cannot_be_changed_by_anyone(store: GpkgStore) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="entity_id is permanent"):
        edit(store, "UPDATE buildings SET entity_id = 'x' WHERE fid = 1")


def test_the_file_keeps_its_own_integrity_rules(store: GpkgStore) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        boxes = connection.execute("SELECT * FROM rtree_buildings_geom ORDER BY id").fetchall()
    expected = shapely.bounds(squares(5))[:, [0, 2, 1, 3]]
    assert np.allclose(np.array(boxes)[:, 1:], expected, atol=2e-5)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.gpkg"
    pyogrio.raw.write(
        foreign,
        geometry=shapely.to_wkb(squares(1)),
        field_data=[np.array(["x"], object)],
        fields=["name"],
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    with pytest.raises(ConfigError, match="not a city's store; make one with: cim init"):
        GpkgStore(foreign)
    foreign.write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigError, match="cannot be opened as a GeoPackage"):
        GpkgStore(foreign)


def test_a_store_of_a_newer_version_is_refused(store: GpkgStore) -> None:
    edit(store, "UPDATE cim_setting SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(ConfigError, match="newer version"):
        GpkgStore(store.path)


def test_a_storage_crs_must_have_a_code(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'LOCAL' cannot be a storage CRS"):
        PLUGIN.create(tmp_path / "local.gpkg", "LOCAL")


def test_a_second_writer_is_told_to_wait(
    store: GpkgStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_gpkg_connection, "WAIT_S", 0.2)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as first:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackendError, match=r"another process is writing; waited 0\.2 s"):
            store.load(DRAFT, SOURCE, iter([coded(make_batch(2))]))
        first.execute("ROLLBACK")
    assert store.layer("buildings").item_count == 5


def test_readers_see_the_old_state_while_a_writer_works(store: GpkgStore) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as writer:
        prepare_for_writing(writer)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM buildings WHERE fid < 4")
        assert store.layer("buildings").item_count == 5
        assert store.count("buildings", ItemQuery(equals=(("name", "1 号楼"),))) == 1
        writer.execute("COMMIT")
    assert store.layer("buildings").item_count == 2


def test_features_added_and_moved_by_others_are_coded_afterwards(store: GpkgStore) -> None:
    moved = "".join(f"{byte:02x}" for byte in to_blobs(squares(1, lon=114.9), 4490)[0] or b"")
    before = store.entity(first_id(store))
    edit(
        store,
        f"INSERT INTO buildings (name, geom) VALUES ('新楼', X'{moved}')",
        f"UPDATE buildings SET geom = X'{moved}' WHERE fid = 1",
    )
    assert store.uncoded_fids("buildings").tolist() == [1, 6]
    assert recode(store, "buildings", CodeLevels()) == (2, 1)
    assert store.uncoded_fids("buildings").tolist() == []
    after = store.entity(before.entity_id)
    assert after.attributes["beidou_code"] != before.attributes["beidou_code"]
    new = next(store.read("buildings", np.array([6]))).attributes.to_pylist()[0]
    assert (
        new["entity_id"][4:20] == new["beidou_code"][:16] == after.attributes["beidou_code"][:16]
    )
    assert new["valid_from"] is not None
    assert recode(store, "buildings", CodeLevels()) == (0, 0)


def first_id(store: GpkgStore) -> str:
    return str(next(store.read("buildings")).attributes["entity_id"][0].as_py())
