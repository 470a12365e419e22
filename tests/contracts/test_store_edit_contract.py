"""What every store keeps to when features are edited."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim import plugins
from cim.coding import CodeLevels
from cim.editing.prepare import Draft, prepare
from cim.edits import Edit, EditOutcome, EditRefusedError
from cim.errors import ConflictError
from cim.features import FeatureBatch, Surfaces
from cim.store.base import ItemQuery, LoadOutcome, Store, StoreFactory
from tests.making import DRAFT, SOURCE, coded, make_batch, squares

FAR = shapely.box(114.9, 30.9, 114.9005, 30.9005)


@pytest.fixture(params=plugins.names("cim.store"))
def factory(request: pytest.FixtureRequest) -> StoreFactory:
    found: StoreFactory = plugins.load(request.param, "cim.store")
    return found


@pytest.fixture
def store(factory: StoreFactory, tmp_path: Path) -> Iterator[Store]:
    factory.create(tmp_path / "city.gpkg", "EPSG:4490")
    opened = factory.open(tmp_path / "city.gpkg")
    load(opened, make_batch(5))
    yield opened
    opened.close()


def load(store: Store, batch: FeatureBatch) -> LoadOutcome:
    return store.load(DRAFT, SOURCE, iter([coded(batch)]))


def edits(store: Store, *drafts: Draft) -> tuple[Edit, ...]:
    return prepare(drafts, store.layer("buildings"), CodeLevels()).edits


def edit(store: Store, *drafts: Draft, origin: str = "api") -> EditOutcome:
    return store.edit(store.layer("buildings"), edits(store, *drafts), origin)


def new(shape: shapely.Geometry = FAR, **properties: object) -> Draft:
    return Draft("create", None, shape, has_geometry=True, properties=properties)


def row(store: Store, fid: int) -> dict[str, Any]:
    (batch,) = store.read("buildings", np.array([fid]))
    found: dict[str, Any] = batch.attributes.to_pylist()[0]
    return found


def state(store: Store, fid: int) -> str:
    return store.states("buildings", np.array([fid]))[fid]


def test_a_new_feature_gets_what_a_load_gives(store: Store) -> None:
    outcome = edit(store, new(name="新楼", height=12))
    (fid,), (entity_id,) = outcome.fids, outcome.entity_ids
    assert (outcome.created, fid) == (1, 6)
    found = store.entity(str(entity_id))
    assert found.geometry.equals(FAR)
    assert found.attributes["beidou_code"].startswith(found.entity_id[4:20])
    assert found.attributes["h3_code"]
    assert found.attributes["geosot_code"]
    assert found.attributes["valid_from"]
    assert found.attributes["valid_to"] is None
    assert (found.attributes["name"], found.attributes["height"]) == ("新楼", 12.0)
    layer = store.layer("buildings")
    assert (layer.item_count, layer.version) == (6, store.head("buildings"))
    assert layer.bounds == pytest.approx(shapely.total_bounds([*squares(5), FAR]))
    assert store.fids("buildings", ItemQuery(bounds=FAR.bounds)).tolist() == [6]


def test_ids_go_on_where_loads_left_off(store: Store) -> None:
    before = row(store, 1)["entity_id"]
    outcome = edit(store, new(squares(1)[0]), new(squares(1)[0]))
    assert [text[:20] for text in outcome.entity_ids if text] == [before[:20]] * 2
    assert [text[20:23] for text in outcome.entity_ids if text] == ["001", "002"]


def test_a_moved_feature_keeps_its_id_and_gets_new_codes(store: Store) -> None:
    before = row(store, 2)
    edit(store, Draft("update", 2, FAR, has_geometry=True))
    after = row(store, 2)
    assert after["entity_id"] == before["entity_id"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"beidou_code", "geosot_code", "h3_code"}
    assert store.fids("buildings", ItemQuery(bounds=FAR.bounds)).tolist() == [2]
    assert store.fids("buildings", ItemQuery(bounds=squares(2)[1].bounds)).tolist() == []


def test_an_update_leaves_what_it_does_not_name(store: Store) -> None:
    before = row(store, 3)
    edit(store, Draft("update", 3, properties={"height": 30.5}))
    assert row(store, 3) == before | {"height": 30.5}


def test_a_replacement_empties_what_it_does_not_name(store: Store) -> None:
    before = row(store, 3)
    edit(store, Draft("replace", 3, squares(3)[2], has_geometry=True, properties={"name": "丙"}))
    assert row(store, 3) == before | {"name": "丙", "height": None}


def test_a_shape_that_comes_back_as_it_was_served_stays_as_it_is_stored(store: Store) -> None:
    exact = shapely.box(114.300000001, 30.5000000049, 114.3005, 30.5005)
    fid = edit(store, new(exact)).fids[0]
    served = shapely.transform(shapely.orient_polygons(exact), lambda xy: xy.round(8))
    head = store.head("buildings")
    outcome = edit(store, Draft("replace", fid, served, has_geometry=True))
    assert (outcome.unchanged, outcome.updated) == (1, 0)
    assert store.head("buildings") == head
    (batch,) = store.read("buildings", np.array([fid]))
    assert shapely.equals_exact(batch.geometry[0], exact)


def test_what_is_deleted_is_retired_and_stays_known(store: Store) -> None:
    before = row(store, 5)
    outcome = edit(store, Draft("retire", 5))
    assert (outcome.retired, store.layer("buildings").item_count) == (1, 4)
    assert store.entity(before["entity_id"]).attributes["valid_to"] is not None
    assert store.fids("buildings", ItemQuery()).tolist() == [1, 2, 3, 4]
    then = before["valid_from"]
    assert store.count("buildings", ItemQuery(valid=(then, then))) == 5
    with pytest.raises(EditRefusedError, match="has no valid feature 5") as refused:
        edit(store, Draft("retire", 5))
    assert refused.value.faults[0].kind == "missing"


def test_bounds_shrink_when_the_outermost_feature_goes(store: Store) -> None:
    fid = edit(store, new()).fids[0]
    edit(store, Draft("retire", fid))
    bounds = store.layer("buildings").bounds
    assert bounds == pytest.approx(shapely.total_bounds(squares(5)))
    edit(store, Draft("update", 1, FAR, has_geometry=True))
    edit(store, Draft("update", 1, squares(1)[0], has_geometry=True))
    assert store.layer("buildings").bounds == pytest.approx(bounds)
    edit(store, *(Draft("retire", fid) for fid in range(1, 6)))
    assert (store.layer("buildings").bounds, store.layer("buildings").item_count) == (None, 0)


def test_a_batch_is_done_whole_or_not_at_all(store: Store) -> None:
    before = [row(store, fid) for fid in range(1, 6)]
    drafts = (new(name="x"), Draft("update", 1, properties={"name": "y"}), Draft("retire", 99))
    with pytest.raises(EditRefusedError) as refused:
        edit(store, *drafts)
    (fault,) = refused.value.faults
    assert (fault.index, fault.kind, fault.fid) == (2, "missing", 99)
    assert [row(store, fid) for fid in range(1, 6)] == before
    assert store.layer("buildings").item_count == 5


def test_a_batch_may_mix_all_kinds(store: Store) -> None:
    outcome = edit(
        store,
        new(name="甲"),
        Draft("update", 1, properties={"name": "乙"}),
        Draft("update", 2, FAR, has_geometry=True, properties={"height": 1}),
        Draft("retire", 3),
        new(name="丙"),
        Draft("update", 4, properties={"name": "4 号楼"}),
    )
    assert outcome.fids == (6, 1, 2, 3, 7, 4)
    assert (outcome.created, outcome.updated, outcome.retired, outcome.unchanged) == (2, 2, 1, 1)
    assert outcome.states == tuple(state(store, fid) for fid in outcome.fids)
    assert store.layer("buildings").item_count == 6


def test_a_feature_comes_only_once_in_a_batch(store: Store) -> None:
    twice = Draft("update", 1, properties={"name": "y"})
    with pytest.raises(EditRefusedError, match="comes twice in one batch"):
        edit(store, twice, twice)


def test_a_state_changes_with_the_row_and_with_nothing_else(store: Store) -> None:
    first = state(store, 1)
    edit(store, Draft("update", 2, properties={"name": "y"}))
    assert state(store, 1) == first
    edit(store, Draft("update", 1, properties={"name": "y"}))
    second = state(store, 1)
    assert second != first
    edit(store, Draft("update", 1, properties={"name": "1 号楼"}))
    assert state(store, 1) == first


def test_what_was_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    known = frozenset({state(store, 1)})
    edit(store, Draft("update", 1, properties={"name": "first"}, expected=known))
    with pytest.raises(EditRefusedError, match="was changed since it was read") as refused:
        edit(store, Draft("update", 1, properties={"name": "second"}, expected=known))
    assert refused.value.faults[0].kind == "stale"
    assert row(store, 1)["name"] == "first"


def test_what_the_server_keeps_may_be_repeated_but_not_changed(store: Store) -> None:
    kept = {name: row(store, 1)[name] for name in ("entity_id", "source", "valid_from", "h3_code")}
    outcome = edit(store, Draft("update", 1, properties={**kept, "fid": 1, "name": "y"}))
    assert outcome.updated == 1
    for name in kept:
        other = "2020-01-01T00:00:00Z" if name == "valid_from" else "other"
        with pytest.raises(EditRefusedError, match=f"{name}: is kept by the server") as refused:
            edit(store, Draft("update", 1, properties={name: other}))
        assert refused.value.field == name


def test_the_journal_names_edits_and_who_made_them(store: Store) -> None:
    head = store.head("buildings")
    edit(store, new(), new(), Draft("update", 1, properties={"name": "y"}), Draft("retire", 2))
    assert store.changed_fids("buildings", head).tolist() == [1, 2, 6, 7]
    history = store.history("buildings", 1, 10)
    assert [(entry.operation, entry.origin) for entry in history] == [
        ("update", "api"),
        ("insert", "load survey"),
    ]
    assert [entry.operation for entry in store.history("buildings", 2, 1)] == ["retire"]
    assert store.uncoded_fids("buildings").tolist() == []


def test_a_load_after_edits_knows_its_own_features_again(store: Store) -> None:
    edit(store, new(name="own"), Draft("retire", 5), Draft("update", 1, properties={"height": 1}))
    outcome = load(store, make_batch(5))
    assert outcome == LoadOutcome(updated=2, restored=1, unchanged=3)
    assert store.layer("buildings").item_count == 6
    assert row(store, 6)["name"] == "own"


def test_a_footprint_with_boundary_surfaces_is_not_moved(store: Store) -> None:
    wall = shapely.Polygon([(114.3, 30.5, 0), (114.301, 30.5, 0), (114.301, 30.5, 9)])
    surfaces = Surfaces(
        feature=np.array([0]),
        lod=("2",),
        geometry=np.array([shapely.MultiPolygon([wall])], dtype=object),
        kinds=(np.array([2], np.uint8),),
    )
    load(store, make_batch(5, surfaces=surfaces))
    edit(store, Draft("update", 1, properties={"height": 3}))
    with pytest.raises(EditRefusedError, match=r"has boundary surfaces \(LoD 2\)"):
        edit(store, Draft("update", 1, FAR, has_geometry=True))


def test_another_reader_sees_an_edit_at_once(factory: StoreFactory, store: Store) -> None:
    other = factory.open(store.path)
    assert other.layer("buildings").item_count == 5
    fid = edit(store, new(name="z")).fids[0]
    assert other.layer("buildings").item_count == 6
    assert row(other, fid)["name"] == "z"
    other.close()


def test_heights_come_into_a_flat_layer(store: Store) -> None:
    raised = shapely.force_3d(FAR, 12.5)
    fid = edit(store, new(raised)).fids[0]
    (batch,) = store.read("buildings", np.array([fid]))
    assert shapely.get_coordinates(batch.geometry, include_z=True)[:, 2].tolist() == [12.5] * 5


def test_a_registered_layer_is_edited_by_its_registry_alone(store: Store) -> None:
    draft = replace(DRAFT, name="doors", class_code="ADDR")
    store.load(draft, SOURCE, iter([coded(make_batch(1))]))
    assert "address registry" in str(store.keeper("doors"))
    assert store.keeper("buildings") is None
    with pytest.raises(ConflictError, match="the address registry keeps it"):
        store.edit(store.layer("doors"), edits(store, Draft("retire", 1)), "api")


def test_ten_thousand_new_features_come_in_one_transaction(store: Store) -> None:
    shapes = squares(10_000, lat=31.0)
    outcome = edit(store, *(new(shape, name=f"{n}") for n, shape in enumerate(shapes)))
    assert outcome.created == len(set(outcome.entity_ids)) == 10_000
    window = shapely.total_bounds(shapes)
    assert store.count("buildings", ItemQuery(bounds=tuple(window))) == 10_000
    assert store.count("buildings", ItemQuery(bounds=tuple(shapes[5_000].bounds))) == 1
