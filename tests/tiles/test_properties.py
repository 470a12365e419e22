"""Properties of features in tiles."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from cim.errors import InputError
from tests.tiles.making import (
    build_tileset,
    classes,
    column,
    contents_of,
    make_features,
    numbers,
    schema_of,
)
from tiles.gltf import read
from tiles.tiles3d.validate import validate


def test_class_is_the_stated_one_or_the_first_part_of_the_entity_id(tmp_path: Path) -> None:
    build_tileset(tmp_path / "told", make_features(2), class_code="POIX")
    build_tileset(tmp_path / "found", make_features(2))
    for name, code in (("told", "POIX"), ("found", "BLDG")):
        (content,) = contents_of(tmp_path / name)
        assert classes(tmp_path / name, content) == [code, code]


def test_id_of_an_unknown_class_has_no_class(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(1, entity_id=["way/1234"]))
    assert classes(tmp_path / "out", contents_of(tmp_path / "out")[0]) == ["-"]


def test_further_columns_keep_their_types(tmp_path: Path) -> None:
    batch = make_features(
        3,
        year=pa.array([1999, None, 2020], pa.int32()),
        area=[12.5, None, float("nan")],
        listed=[True, None, False],
        use=["住宅", None, ""],
        竣工=[date(2020, 1, 2), None, date(1999, 12, 31)],
        big=[2**40, 7, None],
    )
    wanted = ("year", "area", "listed", "use", "竣工", "big")
    build_tileset(tmp_path / "out", batch, properties=wanted)
    assert validate(tmp_path / "out") == []
    (content,) = contents_of(tmp_path / "out")
    fields = schema_of(tmp_path / "out")["classes"]["feature"]["properties"]
    assert numbers(content, "year", "INT32") == [1999, fields["year"]["noData"], 2020]
    assert numbers(content, "area", "FLOAT64") == [12.5, *[fields["area"]["noData"]] * 2]
    assert numbers(content, "big", "FLOAT64") == [2**40, 7, fields["big"]["noData"]]
    assert column(content, "use") == ["住宅", "-", "-"]
    assert column(content, "attribute_5") == ["2020-01-02", "-", "1999-12-31"]
    assert fields["attribute_5"]["name"] == "竣工 / 竣工"
    packed = read.property_tables(content)[0]["properties"]["listed"]["values"]
    assert read.view_bytes(content, packed) == b"\x01"
    assert fields["listed"] == {
        "name": "listed / listed",
        "description": "zh: listed; en: listed",
        "type": "BOOLEAN",
        "required": True,
    }


@pytest.mark.parametrize(
    ("name", "reason"), [("nope", "no column 'nope'"), ("parts", "is no property; legal: string")]
)
def test_further_column_that_cannot_be_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    batch = make_features(1, parts=[{"a": 1}])
    with pytest.raises(InputError, match=reason):
        build_tileset(tmp_path / "out", batch, properties=(name,))


def test_address_code_is_a_property_where_there_is_one(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(1, address_code=["4201060000000011"]))
    assert column(contents_of(tmp_path / "out")[0], "address_code") == ["4201060000000011"]


def test_grid_codes_can_be_chosen(tmp_path: Path) -> None:
    batch = make_features(1, h3_code=["8b30"], beidou_code=["N50"])
    build_tileset(tmp_path / "out", batch, codes=("h3",))
    (content,) = contents_of(tmp_path / "out")
    table = read.property_tables(content)[0]["properties"]
    assert list(table) == ["entity_id", "name", "class", "height_m", "h3_code"]


def test_unknown_grid_code_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="codes: 'zxy'; legal: beidou, h3, geosot"):
        build_tileset(tmp_path / "out", make_features(1), codes=("zxy",))


def test_offsets_of_texts_are_as_short_as_they_may_be(tmp_path: Path) -> None:
    for count, kind in ((2, "UINT8"), (300, "UINT16")):
        build_tileset(tmp_path / kind, make_features(count))
        (content,) = contents_of(tmp_path / kind)
        stored = read.property_tables(content)[0]["properties"]["entity_id"]
        assert stored["stringOffsetType"] == kind


def test_named_name_column_is_used_whatever_its_type(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(2, number=[7, None]), name_field="number")
    assert column(contents_of(tmp_path / "out")[0], "name") == ["7", "-"]


def test_chinese_name_column_is_found(tmp_path: Path) -> None:
    batch = make_features(1, 名称=["东方明珠"])
    plain = replace(batch, attributes=batch.attributes.drop_columns(["name"]))
    build_tileset(tmp_path / "out", plain)
    assert column(contents_of(tmp_path / "out")[0], "name") == ["东方明珠"]


def test_unknown_name_column_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'title'; columns: entity_id, name, height_m"):
        build_tileset(tmp_path / "out", make_features(1), name_field="title")


def test_column_that_is_no_text_cannot_name_features(tmp_path: Path) -> None:
    batch = make_features(1, parts=[{"a": 1}])
    with pytest.raises(InputError, match="cannot be shown as text"):
        build_tileset(tmp_path / "out", batch, name_field="parts")


def test_later_batches_may_lack_a_column(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(1, beidou_code=["N50J"]), make_features(1))
    assert column(contents_of(tmp_path / "out")[0], "beidou_code") == ["N50J", "-"]


def test_schema_describes_properties_in_both_languages(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(1))
    (content,) = contents_of(tmp_path / "out")
    schema = next((tmp_path / "out").glob("content/schema-*.json"))
    assert "高度(米)" in schema.read_text()
    assert "Height in metres" in schema.read_text()
    metadata = content.document["extensions"]["EXT_structural_metadata"]
    assert metadata["schemaUri"] == f"../{schema.name}"
    assert len(read.property_tables(content)) == 1
