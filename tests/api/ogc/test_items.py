"""Pages of features: the cache and the store give one answer, whatever happens between them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import orjson
import pyproj
import pytest
import shapely

from api.ogc.cache import build, open_newest
from api.ogc.crs import CRS84, Box, crs_of
from api.ogc.cursors import Cursor
from api.ogc.encoding import PLAIN, Representation
from api.ogc.items import Items
from api.ogc.parameters import ItemsRequest, Limits, parse_items
from cim.errors import BackendError, NotFoundError
from cim.store.base import Position, Store
from tests.api.cities import BUILDINGS_DRAFT, buildings, load, open_city
from tests.making import make_batch


def ignore(_name: str) -> None:
    """Takes a request for a cache and does nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_city(tmp_path)
    load(opened, buildings())
    yield opened
    opened.close()


@pytest.fixture(params=["with cache", "without cache"])
def items(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Items:
    if request.param == "with cache":
        assert build(store, "buildings", tmp_path / "caches")
    return Items(store, tmp_path / "caches", ignore)


def page(
    items: Items, store: Store, request: ItemsRequest | None = None
) -> dict[int, dict[str, object]]:
    """Features of a page by id."""
    found = items.page(store.layer("buildings"), request or ItemsRequest(1000))
    features = orjson.loads(b"[" + bytes(found.texts) + b"]")
    assert found.returned == len(features)
    return {feature["id"]: feature["properties"] for feature in features}


def edit(store: Store, statement: str) -> None:
    """Edit the file as another program does, GDAL's functions in its triggers included."""
    with closing(sqlite3.connect(store.path)) as connection, connection:
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY", "ST_IsEmpty"):
            connection.create_function(name, 1, lambda _: 0)
        connection.execute(statement)


def test_an_edit_is_in_the_next_page(items: Items, store: Store) -> None:
    assert page(items, store)[4]["name"] == "4 号楼"
    edit(store, "UPDATE buildings SET name = '四号' WHERE fid = 4")
    after = page(items, store)
    assert after[4]["name"] == "四号"
    assert after[5]["name"] == "5 号楼"
    assert len(after) == 25


def test_a_deleted_row_is_not_in_the_next_page(items: Items, store: Store) -> None:
    assert 4 in page(items, store)
    edit(store, "DELETE FROM buildings WHERE fid = 4")
    found = items.page(store.layer("buildings"), ItemsRequest(10))
    assert found.matched == 24
    assert 4 not in page(items, store)
    with pytest.raises(NotFoundError, match="no valid feature 4"):
        items.feature(store.layer("buildings"), 4, PLAIN)


def test_a_retired_row_is_found_by_time_only(items: Items, store: Store) -> None:
    page(items, store)
    load(store, buildings(20))
    assert sorted(page(items, store)) == list(range(1, 21))
    whole = ItemsRequest(1000, valid=(None, None))
    assert sorted(page(items, store, whole)) == list(range(1, 26))
    assert page(items, store, whole)[25]["valid_to"] is not None


def test_rows_that_came_later_are_in_the_page(items: Items, store: Store) -> None:
    page(items, store)
    load(store, buildings(30))
    assert sorted(page(items, store)) == list(range(1, 31))


def test_one_feature_is_the_same_text_as_in_a_page(items: Items, store: Store) -> None:
    layer = store.layer("buildings")
    texts = items.page(layer, ItemsRequest(1, offset=6)).texts
    assert items.feature(layer, 7, PLAIN) == bytes(texts)


def test_every_way_to_a_feature_gives_the_same_text(store: Store, tmp_path: Path) -> None:
    layer, requests = store.layer("buildings"), ignore
    live = Items(store, tmp_path / "caches", requests).page(layer, ItemsRequest(1000))
    build(store, "buildings", tmp_path / "caches")
    kept = Items(store, tmp_path / "caches", requests)
    everything = Box((-180.0, -90.0, 180.0, 90.0))
    ways = [
        ItemsRequest(1000),
        ItemsRequest(1000, boxes=(everything,)),
        ItemsRequest(1000, valid=(None, None)),
        ItemsRequest(1000, representation=Representation(crs_of(CRS84))),
    ]
    for way in ways:
        assert bytes(kept.page(layer, way).texts) == bytes(live.texts)


def test_pages_cut_the_layer_without_gap_or_overlap(items: Items, store: Store) -> None:
    seen: list[int] = []
    after = None
    while True:
        found = items.page(store.layer("buildings"), ItemsRequest(4, after=after))
        seen += [feature["id"] for feature in orjson.loads(b"[" + bytes(found.texts) + b"]")]
        assert found.matched == 25
        if found.next is None:
            break
        after = found.next
    assert seen == list(range(1, 26))


def test_a_cache_is_asked_for_when_there_is_none(store: Store, tmp_path: Path) -> None:
    asked: list[str] = []
    items = Items(store, tmp_path / "caches", asked.append)
    page(items, store)
    assert asked == ["buildings"]
    page(items, store)
    assert asked == ["buildings"], "not again within a second"


def test_a_cache_far_behind_is_asked_for_anew(store: Store, tmp_path: Path) -> None:
    build(store, "buildings", tmp_path / "caches")
    asked: list[str] = []
    items = Items(store, tmp_path / "caches", asked.append)
    page(items, store)
    assert asked == []
    load(store, buildings(25, name=["新"] * 25))
    items = Items(store, tmp_path / "caches", asked.append)
    assert page(items, store)[1]["name"] == "新"
    assert asked == ["buildings"]


def test_a_page_is_ready_only_while_the_cache_is_current(store: Store, tmp_path: Path) -> None:
    build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    assert items.ready_page(store.layer("buildings"), ItemsRequest(5)) is None
    page(items, store)
    ready = items.ready_page(
        store.layer("buildings"), ItemsRequest(5, after=Cursor(Position(3)), offset=2)
    )
    assert ready is not None
    assert [feature["id"] for feature in orjson.loads(b"[" + bytes(ready.texts) + b"]")] == [
        6,
        7,
        8,
        9,
        10,
    ]
    assert (ready.returned, ready.matched) == (5, 25)
    assert ready.next == Cursor(Position(10), 10)
    edit(store, "UPDATE buildings SET name = 'x' WHERE fid = 20")
    assert items.ready_page(store.layer("buildings"), ItemsRequest(5)) is None


def test_a_new_field_is_in_the_next_page(store: Store, tmp_path: Path) -> None:
    build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    page(items, store)
    load(store, buildings(colour=["红"] * 25))
    assert page(items, store)[3]["colour"] == "红"


def test_building_again_does_nothing_while_it_is_current(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "caches"
    assert build(store, "buildings", folder)
    assert not build(store, "buildings", folder)
    load(store, buildings(24))
    assert build(store, "buildings", folder)
    assert len(list(folder.glob("*.items"))) == 1


def test_only_one_builds_at_a_time(store: Store, tmp_path: Path) -> None:
    folder, built = tmp_path / "caches", []
    threads = [
        Thread(target=lambda: built.append(build(store, "buildings", folder))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built.count(True) == 1


def test_what_a_killed_builder_left_is_removed(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "caches"
    folder.mkdir()
    (folder / "buildings.abc.part").write_bytes(b"half")
    build(store, "buildings", folder)
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("damage", [b"", b"CIMITEM2", b"x" * 500])
def test_a_damaged_cache_is_not_used(store: Store, tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "caches"
    build(store, "buildings", folder)
    (file,) = folder.glob("*.items")
    file.write_bytes(damage)
    assert open_newest(folder, store.layer("buildings")) is None
    assert len(page(Items(store, folder, ignore), store)) == 25
    assert build(store, "buildings", folder)


def test_a_cache_cut_short_is_not_used(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "caches"
    build(store, "buildings", folder)
    (file,) = folder.glob("*.items")
    file.write_bytes(file.read_bytes()[:-10])
    assert open_newest(folder, store.layer("buildings")) is None


def test_a_cache_of_a_later_state_is_not_used(store: Store, tmp_path: Path) -> None:
    """A store that was restored from a backup is older than its cache."""
    folder = tmp_path / "caches"
    before = store.layer("buildings")
    load(store, buildings(25, name=["新"] * 25))
    build(store, "buildings", folder)
    assert open_newest(folder, before) is None


def test_a_folder_that_cannot_be_written_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "caches").write_text("a file")
    with pytest.raises(BackendError, match="cannot write the feature cache"):
        build(store, "buildings", tmp_path / "caches")


def test_an_empty_layer_is_an_empty_page(items: Items, store: Store) -> None:
    edit(store, "DELETE FROM buildings")
    found = items.page(store.layer("buildings"), ItemsRequest(10))
    assert (bytes(found.texts), found.returned, found.matched) == (b"", 0, 0)


def test_a_layer_without_features_has_a_cache_too(store: Store, tmp_path: Path) -> None:
    edit(store, "DELETE FROM buildings")
    assert build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    assert items.page(store.layer("buildings"), ItemsRequest(10)).returned == 0
    edit(store, "UPDATE buildings SET name = 'x'")


def test_geometry_that_is_missing_is_null(store: Store, tmp_path: Path) -> None:
    edit(store, "UPDATE buildings SET geom = NULL WHERE fid = 2")
    build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    text = items.feature(store.layer("buildings"), 2, PLAIN)
    assert orjson.loads(text)["geometry"] is None


def test_a_box_around_everything_is_ready_too(store: Store, tmp_path: Path) -> None:
    build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    page(items, store)
    layer = store.layer("buildings")
    around = ItemsRequest(5, boxes=(Box((114.0, 30.0, 115.0, 31.0)),))
    ready = items.ready_page(layer, around)
    assert ready is not None
    assert ready == items.ready_page(layer, ItemsRequest(5))
    beside = ItemsRequest(5, boxes=(Box((114.3001, 30.0, 115.0, 31.0)),))
    assert items.ready_page(layer, beside) is None


def test_a_box_never_selects_what_has_no_geometry(items: Items, store: Store) -> None:
    page(items, store)
    edit(store, "UPDATE buildings SET geom = NULL WHERE fid = 2")
    edit(store, "DELETE FROM rtree_buildings_geom WHERE id = 2")
    around = ItemsRequest(1000, boxes=(Box((-180.0, -90.0, 180.0, 90.0)),))
    assert sorted(page(items, store, around)) == [1, *range(3, 26)]
    assert len(page(items, store)) == 25
    build(store, "buildings", tmp_folder(items))
    fresh = Items(store, tmp_folder(items), ignore)
    page(fresh, store)
    assert sorted(page(fresh, store, around)) == [1, *range(3, 26)]


def tmp_folder(items: Items) -> Path:
    """Where the caches of `items` are."""
    return items._folder


def test_pages_of_a_box_cut_it_without_gap_or_overlap(items: Items, store: Store) -> None:
    box = Box((114.3001, 30.0, 115.0, 31.0))
    whole = page(items, store, ItemsRequest(1000, boxes=(box,)))
    seen: list[int] = []
    after, is_first = None, True
    while is_first or after is not None:
        found = items.page(store.layer("buildings"), ItemsRequest(4, after=after, boxes=(box,)))
        seen += [feature["id"] for feature in orjson.loads(b"[" + bytes(found.texts) + b"]")]
        assert found.matched == len(whole)
        after, is_first = found.next, False
    assert seen == sorted(whole)


def test_a_box_in_a_projected_crs_selects_by_its_true_outline(
    store: Store, tmp_path: Path
) -> None:
    """A box in metres is turned in degrees: its bounds there hold more than it does."""
    zone = "http://www.opengis.net/def/crs/EPSG/0/4546"
    to_metres = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True).transform
    centres = shapely.centroid(
        np.array([b for batch in store.read("buildings") for b in batch.geometry])
    )
    east, north = to_metres(shapely.get_x(centres), shapely.get_y(centres))
    box = (east.min() - 60, north.min() - 60, np.median(east), np.median(north))
    shapes = [
        shapely.transform(b, to_metres, interleaved=False)
        for batch in store.read("buildings")
        for b in batch.geometry
    ]
    expected = [n + 1 for n, shape in enumerate(shapes) if shape.intersects(shapely.box(*box))]
    text = f"{box[1]!r},{box[0]!r},{box[3]!r},{box[2]!r}".replace("np.float64(", "").replace(
        ")", ""
    )
    layer = replace(store.layer("buildings"), bounds=(111.0, 30.0, 111.5, 30.5))
    request = parse_items({"bbox": text, "bbox-crs": zone}, layer, Limits(1000, 1000))
    items = Items(store, tmp_path / "caches", ignore)
    assert request.boxes is not None
    assert request.boxes[0].shape is not None
    found = items.page(store.layer("buildings"), request)
    ids = [feature["id"] for feature in orjson.loads(b"[" + bytes(found.texts) + b"]")]
    assert ids == expected
    assert found.matched == len(expected)
    assert 0 < len(expected) < 25


def test_pages_stay_right_while_another_writes(store: Store, tmp_path: Path) -> None:
    """Every page must be one state: names are all old or all new, never fewer than the layer."""
    build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    rounds = [["一"] * 25, ["二"] * 25] * 6

    def write() -> None:
        for names in rounds:
            load(store, make_batch(25, name=names), replace(BUILDINGS_DRAFT, fields=()))

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        assert len(page(items, store)) == 25
    writer.join()
    assert {row["name"] for row in page(items, store).values()} == {"二"}


def test_pages_that_others_edits_do_not_touch_are_ready_once_one_was_asked_for(
    store: Store, tmp_path: Path
) -> None:
    assert build(store, "buildings", tmp_path / "caches")
    items = Items(store, tmp_path / "caches", ignore)
    first, all_of_it = ItemsRequest(3), ItemsRequest(1000)
    untouched = page(items, store, first)
    for fid in (10, 20):
        edit(store, f"UPDATE buildings SET name = 'edited' WHERE fid = {fid}")
        layer = store.layer("buildings")
        assert items.ready_page(layer, first) is None
        assert page(items, store, first) == untouched
        assert items.ready_page(layer, first) is not None
        assert items.ready_page(layer, all_of_it) is None
    names = [feature["name"] for feature in page(items, store, all_of_it).values()]
    assert names.count("edited") == 2
