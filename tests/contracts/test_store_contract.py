"""What every store keeps to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim import plugins
from cim.errors import ConfigError, InputError, NotFoundError, SourceDataError
from cim.features import FeatureBatch, Surfaces
from cim.store.base import ItemQuery, LoadOutcome, Position, Store, StoreFactory
from tests.making import DRAFT, SOURCE, coded, make_batch, squares


@pytest.fixture(params=plugins.names("cim.store"))
def factory(request: pytest.FixtureRequest) -> StoreFactory:
    found: StoreFactory = plugins.load(request.param, "cim.store")
    return found


@pytest.fixture
def store(factory: StoreFactory, tmp_path: Path) -> Iterator[Store]:
    factory.create(tmp_path / "city.gpkg", "EPSG:4490")
    opened = factory.open(tmp_path / "city.gpkg")
    yield opened
    opened.close()


def load(store: Store, *batches: FeatureBatch, source: str = "survey") -> LoadOutcome:
    return store.load(DRAFT, replace(SOURCE, name=source), iter([coded(b) for b in batches]))


def entity_ids(store: Store) -> dict[str, str]:
    """Entity id by source id of the features valid now."""
    return {
        str(row["source_id"]): str(row["entity_id"])
        for batch in store.read("buildings")
        for row in batch.attributes.to_pylist()
    }


def test_a_new_store_has_no_layers_and_says_so(store: Store) -> None:
    assert dict(store.layers()) == {}
    with pytest.raises(NotFoundError, match="'buildings' does not exist; known: none yet"):
        store.layer("buildings")


def test_a_store_is_not_made_over_another(factory: StoreFactory, store: Store) -> None:
    with pytest.raises(ConfigError, match="exists already"):
        factory.create(store.path, "EPSG:4490")


def test_a_missing_store_is_named_with_the_command_that_makes_one(
    factory: StoreFactory, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no store here; make one with: cim init"):
        factory.open(tmp_path / "none.gpkg")


def test_a_load_makes_a_layer_with_ids_and_codes(store: Store) -> None:
    outcome = load(store, make_batch(12))
    assert outcome == LoadOutcome(inserted=12)
    layer = store.layer("buildings")
    assert (layer.item_count, layer.geometry_type, layer.class_code) == (12, "POLYGON", "BLDG")
    assert layer.bounds == pytest.approx(shapely.total_bounds(squares(12)))
    record = store.entity(entity_ids(store)["b1"])
    assert record.attributes["name"] == "1 号楼"
    assert record.attributes["beidou_code"].startswith(record.entity_id[4:20])
    assert record.geometry.equals(squares(12)[0])


def test_what_is_read_is_what_was_loaded(store: Store) -> None:
    batch = make_batch(25, floors=list(range(25)), note=[None, "中文 <&>"] + [""] * 23)
    load(store, batch)
    (stored,) = store.read("buildings")
    assert shapely.equals_exact(stored.geometry, batch.geometry).all()
    for name in batch.attributes.column_names:
        assert stored.attributes[name].to_pylist() == batch.attributes[name].to_pylist()


def test_loading_again_changes_nothing_and_keeps_ids(store: Store) -> None:
    load(store, make_batch(5))
    before = entity_ids(store)
    assert load(store, make_batch(5)) == LoadOutcome(unchanged=5)
    assert entity_ids(store) == before
    assert store.head("buildings") == store.layer("buildings").version


def test_a_changed_record_is_updated_and_a_moved_one_keeps_its_id(store: Store) -> None:
    load(store, make_batch(5))
    before = entity_ids(store)
    moved = squares(5, lat=30.6)
    outcome = load(store, make_batch(geometry=[*squares(5)[:4], moved[4]]))
    assert outcome == LoadOutcome(updated=1, unchanged=4)
    assert entity_ids(store) == before
    assert store.entity(before["b5"]).geometry.equals(moved[4])
    box = tuple(moved[4].bounds)
    assert store.fids("buildings", ItemQuery(bounds=box)).tolist() == [5]


def test_what_is_gone_is_retired_not_deleted_and_may_come_back(store: Store) -> None:
    load(store, make_batch(5))
    before = entity_ids(store)
    assert load(store, make_batch(3)) == LoadOutcome(unchanged=3, retired=2)
    assert store.layer("buildings").item_count == 3
    assert store.entity(before["b5"]).attributes["valid_to"] is not None
    assert load(store, make_batch(5)) == LoadOutcome(updated=2, restored=2, unchanged=3)
    assert entity_ids(store) == before


def test_the_past_can_be_asked(store: Store) -> None:
    load(store, make_batch(5))
    load(store, make_batch(3))
    ended = store.entity(
        next(
            row["entity_id"]
            for batch in store.read("buildings", np.arange(1, 6))
            for row in batch.attributes.to_pylist()
            if row["source_id"] == "b5"
        )
    ).attributes
    when = ended["valid_from"]
    assert store.count("buildings", ItemQuery(valid=(when, when))) == 5
    assert store.count("buildings", ItemQuery(valid=(ended["valid_to"], None))) == 3
    assert store.count("buildings", ItemQuery(valid=(None, "2000-01-01T00:00:00Z"))) == 0


def test_ids_are_never_given_twice_even_in_the_same_cell(store: Store) -> None:
    load(store, make_batch(1, ids=["first"]))
    load(store, make_batch(1, ids=["second"]))
    load(store, make_batch(1, ids=["third"]), source="other")
    everyone = {
        row["entity_id"]
        for batch in store.read("buildings", np.arange(1, 10))
        for row in batch.attributes.to_pylist()
    }
    assert sorted(entity_id[20:23] for entity_id in everyone) == ["000", "001", "002"]


def test_two_sources_of_a_layer_do_not_retire_each_other(store: Store) -> None:
    load(store, make_batch(4))
    assert load(store, make_batch(2), source="other") == LoadOutcome(inserted=2)
    assert store.layer("buildings").item_count == 6


def test_a_repeated_source_id_is_rejected_with_its_first_record(store: Store) -> None:
    outcome = load(store, make_batch(3, ids=["a", "b", "a"]))
    assert outcome.inserted == 2
    (reject,) = outcome.rejects
    assert (reject.record, reject.value) == (3, "a")
    assert "came before in record 1" in reject.reason


def test_nothing_to_load_leaves_the_layer_as_it_is(store: Store) -> None:
    load(store, make_batch(3))
    with pytest.raises(SourceDataError, match="no usable record; the layer was left as it is"):
        load(store)
    assert store.layer("buildings").item_count == 3


def test_new_columns_widen_the_layer(store: Store) -> None:
    load(store, make_batch(2))
    load(store, make_batch(3, year=[1990, 2000, 2010]))
    rows = [row for batch in store.read("buildings") for row in batch.attributes.to_pylist()]
    assert [row["year"] for row in rows] == [1990, 2000, 2010]
    field = next(f for f in store.layer("buildings").fields if f.name == "year")
    assert field.type == "integer"


def test_a_column_that_has_a_reserved_name_is_renamed(store: Store) -> None:
    load(store, make_batch(1, fid=[77], entity_id=["mine"], Geom=["x"]))
    row = next(store.read("buildings")).attributes.to_pylist()[0]
    assert (row["source_fid"], row["source_entity_id"], row["source_Geom"]) == (77, "mine", "x")


def test_single_and_multi_parts_become_multi(store: Store) -> None:
    multi = shapely.MultiPolygon([shapely.box(114.31, 30.51, 114.32, 30.52)])
    load(store, make_batch(geometry=[squares(1)[0], multi]))
    assert store.layer("buildings").geometry_type == "MULTIPOLYGON"
    (stored,) = store.read("buildings")
    assert shapely.get_type_id(stored.geometry).tolist() == [6, 6]
    assert shapely.equals(stored.geometry, [squares(1)[0], multi]).all()


def test_a_layer_of_single_parts_becomes_multi_when_multi_parts_come(store: Store) -> None:
    load(store, make_batch(2))
    multi = shapely.MultiPolygon([shapely.box(114.31, 30.51, 114.32, 30.52)])
    load(store, make_batch(geometry=[multi]), source="other")
    (stored,) = store.read("buildings")
    assert shapely.get_type_id(stored.geometry).tolist() == [6, 6, 6]


def test_mixed_geometry_types_are_kept_and_said(store: Store) -> None:
    outcome = load(store, make_batch(geometry=[squares(1)[0], shapely.Point(114.3, 30.5)]))
    assert outcome.notes == ("mixed geometry types (POINT, POLYGON) in one layer",)
    assert store.layer("buildings").geometry_type == "GEOMETRY"


def test_points_do_not_go_into_a_layer_of_polygons(store: Store) -> None:
    load(store, make_batch(2))
    with pytest.raises(SourceDataError, match="holds POINT, but layer 'buildings' holds POLYGON"):
        load(store, make_batch(geometry=[shapely.Point(114.3, 30.5)]), source="other")
    assert store.layer("buildings").item_count == 2


def test_fids_are_paged_by_key_and_by_offset(store: Store) -> None:
    load(store, make_batch(30))
    first = store.fids("buildings", ItemQuery(limit=12))
    second = store.fids("buildings", ItemQuery(limit=12, after=Position(int(first[-1]))))
    assert np.concatenate((first, second)).tolist() == list(range(1, 25))
    assert store.fids("buildings", ItemQuery(limit=12, offset=12)).tolist() == second.tolist()


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_bounds_test_shapes_exactly_not_their_boxes(store: Store, limit: int) -> None:
    corner = shapely.Polygon([(114.3, 30.5), (114.4, 30.5), (114.3, 30.6)])
    load(store, make_batch(geometry=[corner, *squares(40, lon=114.35, lat=30.56)]))
    free = (114.38, 30.58, 114.39, 30.59)
    assert store.count("buildings", ItemQuery(bounds=free)) == 0
    window = (114.35, 30.56, 114.3535, 30.5602)
    found = []
    query = ItemQuery(bounds=window, limit=limit)
    while len(page := store.fids("buildings", query)):
        found += page.tolist()
        query = replace(query, after=Position(found[-1]))
    shapes = np.concatenate(([corner], squares(40, lon=114.35, lat=30.56)))
    expected = np.flatnonzero(shapely.intersects(shapes, shapely.box(*window))) + 1
    assert found == expected.tolist()
    assert store.count("buildings", ItemQuery(bounds=window)) == len(expected)


def test_values_are_compared_in_their_type(store: Store) -> None:
    load(store, make_batch(4, floors=[1, 2, 2, None], old=[True, False, None, True]))
    assert store.fids("buildings", ItemQuery(equals=(("floors", "2"),))).tolist() == [2, 3]
    assert store.fids("buildings", ItemQuery(equals=(("old", "true"),))).tolist() == [1, 4]
    assert store.count("buildings", ItemQuery(equals=(("name", "3 号楼"),))) == 1
    with pytest.raises(InputError, match="field 'floors': 'two' is no integer"):
        store.fids("buildings", ItemQuery(equals=(("floors", "two"),)))
    with pytest.raises(InputError, match="has no field 'storeys'; known: entity_id"):
        store.count("buildings", ItemQuery(equals=(("storeys", "2"),)))


def test_the_journal_names_what_a_load_touched(store: Store) -> None:
    load(store, make_batch(6))
    head = store.head("buildings")
    assert store.changed_fids("buildings", 0).tolist() == [1, 2, 3, 4, 5, 6]
    load(store, make_batch(5, ids=["b1", "b2", "b3", "b4", "new"], height=[9.0, 8, 9, 7, 9]))
    assert store.changed_fids("buildings", head).tolist() == [2, 4, 5, 6, 7]
    assert store.changed_fids("buildings", store.head("buildings")).tolist() == []


def test_surfaces_come_back_with_their_feature(store: Store) -> None:
    wall = shapely.Polygon([(114.3, 30.5, 0), (114.301, 30.5, 0), (114.301, 30.5, 9)])
    surfaces = Surfaces(
        feature=np.array([1, 1]),
        lod=("1", "2.2"),
        geometry=np.array([shapely.MultiPolygon([wall]), shapely.MultiPolygon([wall, wall])]),
        kinds=(np.array([2], np.uint8), np.array([2, 3], np.uint8)),
    )
    load(store, make_batch(3, surfaces=surfaces))
    (bare,) = store.read("buildings")
    assert bare.surfaces.lod == ()
    (stored,) = store.read("buildings", surfaces=True)
    assert stored.surfaces.feature.tolist() == [1, 1]
    assert stored.surfaces.lod == ("1", "2.2")
    assert [kind.tolist() for kind in stored.surfaces.kinds] == [[2], [2, 3]]
    assert stored.surfaces.geometry[1].geoms[0].has_z
    assert store.entity(entity_ids(store)["b2"]).lods == ("1", "2.2")
    assert load(store, make_batch(3, surfaces=surfaces)) == LoadOutcome(unchanged=3)
    head = store.head("buildings")
    assert load(store, make_batch(3)) == LoadOutcome(updated=1, unchanged=2)
    assert store.changed_fids("buildings", head).tolist() == [2]


def test_an_unknown_entity_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="'BLDGN50J47539B825534000D' does not exist"):
        store.entity("BLDGN50J47539B825534000D")


def test_another_reader_sees_a_load_at_once(factory: StoreFactory, store: Store) -> None:
    other = factory.open(store.path)
    assert dict(other.layers()) == {}
    load(store, make_batch(3))
    assert other.layer("buildings").item_count == 3
    other.close()


def test_the_source_of_a_layer_is_remembered(store: Store) -> None:
    load(store, make_batch(3))
    source = store.source("buildings", "survey")
    assert source is not None
    assert (source.file, source.id_rule) == ("survey.geojson", "field id")
    assert store.source("buildings", "other") is None


def test_only_asked_columns_are_read(store: Store) -> None:
    load(store, make_batch(3))
    (batch,) = store.read("buildings", columns=("name", "entity_id"))
    assert batch.attributes.column_names == ["entity_id", "name"]
    (bare,) = store.read("buildings", columns=())
    assert len(bare) == 3
