"""What every store keeps to when layers are published, changed and retired."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cim import plugins
from cim.catalog import Field, LayerWorkspace, NewLayer, Origin
from cim.errors import ConflictError, InputError, NotFoundError, OutdatedError
from cim.layer_rules import EntryError
from cim.store.base import Store, StoreFactory
from tests.making import DRAFT, SOURCE, coded, make_batch

STEWARD = Origin("张三", "入库")
WELLS = NewLayer(
    "wells",
    {"title_zh": "检查井", "title_en": "Manholes", "theme": "resources.components"},
    geometry_type="Point",
    fields=(Field("depth", "number", "井深", "Depth", "m"), Field("材质", "string")),
)


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


def load(store: Store, count: int = 3) -> None:
    store.load(DRAFT, SOURCE, iter([coded(make_batch(count))]))


def test_an_empty_layer_is_published_with_its_columns(store: Store) -> None:
    (layer,) = store.publish([WELLS], STEWARD)
    assert (layer.item_count, layer.geometry_type, layer.status) == (0, "POINT", "published")
    assert [(one.name, one.type, one.unit) for one in layer.fields[-2:]] == [
        ("depth", "number", "m"),
        ("材质", "string", ""),
    ]
    assert (layer.title_zh, layer.theme, layer.entry_version) == (
        "检查井",
        "resources.components",
        1,
    )
    assert store.layers()["wells"] == layer


def test_many_layers_are_published_together_or_not_at_all(store: Store) -> None:
    wrong = replace(WELLS, name="pipes", entry={"theme": "pipes"})
    with pytest.raises(EntryError, match="theme: 'pipes' is unknown; known: base, "):
        store.publish([WELLS, wrong], STEWARD)
    assert dict(store.layers()) == {}


def test_a_published_layer_takes_a_load(store: Store) -> None:
    new = NewLayer("buildings", {"class_code": "BLDG"}, geometry_type="POLYGON")
    store.publish([new], STEWARD)
    load(store)
    layer = store.layer("buildings")
    assert (layer.item_count, layer.title_zh, layer.entry_version) == (3, "建筑", 2)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (replace(WELLS, name="Wells"), "layer name 'Wells' is not legal"),
        (replace(WELLS, geometry_type=""), "geometry_type: layer 'wells' is new and needs one"),
        (replace(WELLS, geometry_type="CURVE"), "geometry_type: 'CURVE'; legal: POINT"),
        (replace(WELLS, table="other"), "no feature table 'other' to take up; there are: none"),
        (replace(WELLS, name="cim_layer"), "layer name 'cim_layer' is not legal"),
        (replace(WELLS, entry={"class_code": "ADDR"}), "kept by the address registry"),
        (replace(WELLS, entry={"colour": "red"}), "colour: unknown; known: title_zh"),
        (
            replace(WELLS, entry={"workspaces": ["a"]}),
            "workspaces: 'a' does not exist; known: none",
        ),
        (replace(WELLS, entry={"status": "retired"}), "status: 'retired'; legal: 'draft'"),
        (replace(WELLS, entry={"update_cycle": "yearly"}), "an ISO 8601 duration such as P1Y"),
        (replace(WELLS, entry={"source_date": "2024-13"}), "source_date: '2024-13'; legal: YYYY"),
        (
            replace(WELLS, entry={"name_field": "nom"}),
            "name_field: no column 'nom'; known: entity",
        ),
        (replace(WELLS, entry={"title_zh": 5}), "title_zh: must be a text"),
        (replace(WELLS, entry={"keywords": "a"}), "keywords: must be a list"),
    ],
)
def test_what_is_not_legal_is_refused_with_the_legal(
    store: Store, new: NewLayer, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        store.publish([new], STEWARD)
    assert dict(store.layers()) == {}


def test_a_layer_is_published_once(store: Store) -> None:
    store.publish([WELLS], STEWARD)
    with pytest.raises(ConflictError, match="is published already; change it instead"):
        store.publish([WELLS], STEWARD)


def test_a_draft_is_opened_by_publishing_it(store: Store) -> None:
    store.publish([replace(WELLS, entry={"status": "draft", "title_zh": "井"})], STEWARD)
    assert store.layer("wells").status == "draft"
    (layer,) = store.publish([NewLayer("wells", {"steward": "管网所"})], STEWARD)
    assert (layer.status, layer.title_zh, layer.steward) == ("published", "井", "管网所")


def test_every_change_of_an_entry_makes_a_version_that_can_be_read(store: Store) -> None:
    store.publish([WELLS], STEWARD)
    store.alter("wells", {"steward": "管网所", "keywords": ["井", "管网"]}, Origin("李四", "交接"))
    same = store.alter("wells", {"steward": "管网所"}, STEWARD)
    assert same.entry_version == 2
    newest, first = store.entry_versions("wells")
    assert (newest.version, newest.who, newest.why) == (2, "李四", "交接")
    assert (newest.entry["steward"], newest.entry["keywords"]) == ("管网所", ["井", "管网"])
    assert (first.version, first.who, first.entry["steward"]) == (1, "张三", "")


def test_a_change_of_what_changed_meanwhile_is_refused(store: Store) -> None:
    store.publish([WELLS], STEWARD)
    store.alter("wells", {"licence": "CC-BY-4.0"}, STEWARD, expected=1)
    with pytest.raises(OutdatedError, match="is at version 2, not 1; read it again"):
        store.alter("wells", {"licence": "ODbL-1.0"}, STEWARD, expected=1)
    assert store.layer("wells").licence == "CC-BY-4.0"


def test_fields_are_described_and_classified_and_a_load_does_not_open_them(store: Store) -> None:
    load(store)
    closed = {"name": "name", "title_zh": "业主", "classification": "restricted"}
    store.alter("buildings", {"fields": [closed]}, STEWARD)
    draft = replace(DRAFT, fields=(Field("name", "string", "名称"),))
    store.load(draft, SOURCE, iter([coded(make_batch(4))]))
    found = {one.name: one for one in store.layer("buildings").fields}
    assert (found["name"].title_zh, found["name"].classification) == ("名称", "restricted")
    with pytest.raises(
        EntryError, match="fields: no column 'naem_' to describe; known: name, height"
    ):
        store.alter("buildings", {"fields": [{"name": "naem_"}]}, STEWARD)


def test_the_class_of_a_layer_with_features_stays(store: Store) -> None:
    load(store)
    with pytest.raises(
        EntryError, match="has had features of class BLDG; their ids are permanent"
    ):
        store.alter("buildings", {"class_code": "ROAD"}, STEWARD)


def test_a_layer_is_retired_for_a_reason_and_restored(store: Store) -> None:
    load(store)
    with pytest.raises(EntryError, match="reason: a layer is retired for a reason"):
        store.retire("buildings", Origin("张三"))
    retired = store.retire("buildings", Origin("张三", "并入新图层"))
    assert (retired.status, retired.retire_reason) == ("retired", "并入新图层")
    assert retired.retired_at.endswith("Z")
    with pytest.raises(ConflictError, match="is retired; restore it before changing it"):
        store.alter("buildings", {"steward": "x"}, STEWARD)
    with pytest.raises(ConflictError, match="was retired at"):
        store.retire("buildings", STEWARD)
    assert store.entity(next(iter(ids(store)))).layer.status == "retired"
    back = store.restore("buildings", STEWARD)
    assert (back.status, back.retire_reason, back.item_count) == ("published", "", 3)
    assert [one.entry["status"] for one in store.entry_versions("buildings")] == [
        *("published", "retired", "published"),
    ]


def ids(store: Store) -> Iterator[str]:
    for batch in store.read("buildings"):
        yield from batch.attributes["entity_id"].to_pylist()


def test_lineage_holds_every_load(store: Store) -> None:
    load(store, 3)
    load(store, 5)
    newest, first = store.loads("buildings")
    assert (newest.source, newest.file, newest.id_rule) == ("survey", "survey.geojson", "field id")
    assert (newest.inserted, newest.unchanged) == (2, 3)
    assert (first.inserted, first.digest) == (3, "00")


def test_workspaces_are_made_filled_and_removed_when_empty(store: Store) -> None:
    store.put_workspace(LayerWorkspace("pipes", "管网", "Networks"))
    store.publish([replace(WELLS, entry={"workspaces": ["pipes", "pipes"]})], STEWARD)
    assert store.layer("wells").workspaces == ("pipes",)
    with pytest.raises(ConflictError, match="'pipes' holds 1 layers, such as wells"):
        store.remove_workspace("pipes")
    store.put_workspace(LayerWorkspace("pipes", "地下管网", "Networks"))
    assert store.workspaces()["pipes"].title_zh == "地下管网"
    store.alter("wells", {"workspaces": []}, STEWARD)
    store.remove_workspace("pipes")
    assert dict(store.workspaces()) == {}
    for name in ("collections", "planning", "Pipes", "../x"):
        with pytest.raises(EntryError, match="workspace"):
            store.put_workspace(LayerWorkspace(name, "", ""))
    with pytest.raises(NotFoundError, match="'none' does not exist; known: none yet"):
        store.remove_workspace("none")


def test_another_reader_sees_what_is_published_at_once(
    factory: StoreFactory, store: Store
) -> None:
    other = factory.open(store.path)
    assert dict(other.layers()) == {}
    store.publish([WELLS], STEWARD)
    held = other.layers()
    assert held["wells"].title_zh == "检查井"
    assert other.layers() is held
    store.alter("wells", {"title_zh": "井"}, STEWARD)
    assert other.layer("wells").title_zh == "井"
    assert held["wells"].title_zh == "检查井"
    other.close()
