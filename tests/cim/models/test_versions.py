"""Loading a model again: ids stay, what is gone is retired, and what changed is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.difference_page import difference_page
from cim.model_records import ModelName
from cim.store.base import Store
from tests.cim.models.making import WALLS, load, open_store, rows, write

NAME = ModelName("bim", "small")
MOVED = ("#106=IFCCARTESIANPOINT((0.,12.,0.))", "#106=IFCCARTESIANPOINT((0.,12.5,0.))")
WIDER = (
    "#61=IFCRECTANGLEPROFILEDEF(.AREA.,$,#60,5.,0.3)",
    "#61=IFCRECTANGLEPROFILEDEF(.AREA.,$,#60,6.,0.3)",
)
SWAPPED = (WALLS[2], "0BJPuzSLrBruezsB8j6J5m")
RATING = ("IFCLABEL('EI60 ", "IFCLABEL('EI90 ")
RENAMED = (",'L1',", ",'L1 <neu>',")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def changed(store: Store, folder: Path, *changes: tuple[str, str]) -> dict[str, Any]:
    """What the store tells of the small model with changes after the model itself."""
    load(store, write(folder))
    report = load(store, write(folder, *changes))
    assert report.found is not None
    document: dict[str, Any] = orjson.loads(report.found)
    return document


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path))
    heads = {name: store.head(name) for name in store.layers()}
    report = load(store, write(tmp_path))
    assert report.difference == dict.fromkeys(
        ("added", "removed", "moved", "reshaped", "changed", "types"), 0
    )
    assert report.found is None
    assert {name: store.head(name) for name in store.layers()} == heads
    assert len(store.models.versions(NAME)) == 1


def test_ids_stay_and_what_is_gone_is_retired(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path))
    before = rows(store, "bim_elements")
    report = load(store, write(tmp_path, SWAPPED, MOVED))
    after = rows(store, "bim_elements")
    assert {k: r["entity_id"] for k, r in after.items() if k in before} == {
        k: r["entity_id"] for k, r in before.items() if k in after
    }
    gone = store.entity(str(before[WALLS[2]]["entity_id"]))
    assert gone.attributes["valid_to"] is not None
    assert report.layers["bim_elements"]["retired"] == 1
    load(store, write(tmp_path))
    assert rows(store, "bim_elements")[WALLS[2]]["entity_id"] == gone.entity_id


def test_a_difference_tells_what_was_added_removed_and_moved(store: Store, tmp_path: Path) -> None:
    document = changed(store, tmp_path, SWAPPED, MOVED)
    assert document["counts"] | {"changed": 0} == {
        "added": 1, "removed": 1, "moved": 1, "reshaped": 0, "changed": 0, "types": 0,
    }  # fmt: skip
    assert document["added"][0]["key"] == SWAPPED[1]
    assert document["removed"][0]["entity_id"].startswith("ELEM")
    (moved,) = document["moved"]
    assert (moved["object"]["key"], moved["distance_m"]) == (WALLS[3], 0.5)
    assert moved["vector_m"] == [0.0, 0.5, 0.0]


def test_a_difference_tells_shapes_and_values_before_and_after(
    store: Store, tmp_path: Path
) -> None:
    document = changed(store, tmp_path, WIDER, RATING, RENAMED)
    (wider,) = document["reshaped"]
    sizes = {one["what"]: (one["before"], one["after"]) for one in wider["changes"]}
    assert sizes["size"] == ([5.0, 0.3, 3.0], [6.0, 0.3, 3.0])
    changes = {one["object"]["key"]: one["changes"] for one in document["changed"]}
    (rating,) = changes[WALLS[0]]
    assert rating["what"] == "Pset_WallCommon.FireRating"
    assert (rating["before"][:4], rating["after"][:4]) == ("EI60", "EI90")
    assert changes["1RfZRX2dr4cQsOzOHnxqY8"] == [
        {"what": "name", "before": "L1", "after": "L1 <neu>"}
    ]


def test_what_stands_where_its_contents_stand_has_not_moved(store: Store, tmp_path: Path) -> None:
    document = changed(store, tmp_path, WIDER, SWAPPED)
    assert document["moved"] == []


def test_values_of_a_type_are_told_once(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path))
    path = write(tmp_path)
    path.write_text(
        path.read_text("ascii").replace("IFCLENGTHMEASURE(0.3)", "IFCLENGTHMEASURE(0.36)")
    )
    report = load(store, path)
    assert report.difference is not None
    assert (report.difference["types"], report.difference["changed"]) == (1, 0)


def test_a_model_placed_elsewhere_is_told_once(store: Store, tmp_path: Path) -> None:
    document = changed(store, tmp_path, ("629000.,5804000.", "629010.,5804000."))
    assert document["placed_elsewhere_m"] == pytest.approx(10.0, abs=0.02)
    assert document["moved"] == []


def test_a_model_drawn_about_another_origin_has_not_moved(store: Store, tmp_path: Path) -> None:
    document = changed(
        store,
        tmp_path,
        ("629000.,5804000.", "629100.,5804000."),
        ("#13=IFCCARTESIANPOINT((0.,0.,0.))", "#13=IFCCARTESIANPOINT((-100.,0.,0.))"),
    )
    assert (document["placed_elsewhere_m"], document["moved"]) == (0.0, [])


def test_a_value_of_a_megabyte_is_shortened_in_the_report(store: Store, tmp_path: Path) -> None:
    document = changed(store, tmp_path, (r"EI60 \X2\2013\X0\ ", "x" * 1_000_000))
    change = document["changed"][0]["changes"][0]
    assert change["after"].endswith("characters)")
    assert len(change["after"]) < 1_100
    wall = store.models.object(str(rows(store, "bim_elements")[WALLS[0]]["entity_id"]))
    assert wall is not None
    assert len(wall.object.document) > 1_000_000


def test_versions_are_kept_with_what_they_changed(store: Store, tmp_path: Path) -> None:
    document = changed(store, tmp_path, MOVED)
    latest, first = store.models.versions(NAME)
    assert (latest.has_difference, first.has_difference) == (True, False)
    assert orjson.loads(store.models.difference(NAME, latest.number)) == document


def test_the_page_says_the_same_in_two_languages(store: Store, tmp_path: Path) -> None:
    page = difference_page(changed(store, tmp_path, SWAPPED, MOVED, RENAMED))
    for text in ("新增", "Added", "移位", "0.500", "+0.500", "L1 &lt;neu&gt;", WALLS[2]):
        assert text in page
    assert "<neu>" not in page
