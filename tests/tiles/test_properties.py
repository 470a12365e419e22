"""Properties of features in tiles."""

from dataclasses import replace
from pathlib import Path

import pytest

from cim.errors import InputError
from tests.tiles.making import build_tileset, column, contents_of, make_features
from tiles.gltf import read


def test_class_is_the_stated_one_or_the_first_part_of_the_entity_id(tmp_path: Path) -> None:
    build_tileset(tmp_path / "told", make_features(2), class_code="POIX")
    build_tileset(tmp_path / "found", make_features(2))
    assert column(contents_of(tmp_path / "told")[0], "class") == ["POIX", "POIX"]
    assert column(contents_of(tmp_path / "found")[0], "class") == ["BLDG", "BLDG"]


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
    build_tileset(tmp_path / "out", make_features(1, h3_code=["8b30"]), make_features(1))
    assert column(contents_of(tmp_path / "out")[0], "h3_code") == ["8b30", "-"]


def test_schema_describes_properties_in_both_languages(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(1))
    (content,) = contents_of(tmp_path / "out")
    schema = next((tmp_path / "out").glob("content/schema-*.json"))
    assert "高度(米)" in schema.read_text()
    assert "Height in metres" in schema.read_text()
    metadata = content.document["extensions"]["EXT_structural_metadata"]
    assert metadata["schemaUri"] == f"../{schema.name}"
    assert len(read.property_tables(content)) == 1
