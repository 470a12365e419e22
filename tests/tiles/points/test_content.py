"""Contents of points."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiles.points.making import as_points, clouds, root_of
from tiles.gltf import check, glb, read, scene
from tiles.gltf.read import Gltf
from tiles.points import classes
from tiles.points.content import PointContent, PointSpec, make_content, schema
from tiles.points.lattice import STEP_M, Cube

ALL = PointSpec(coloured=True, classified=True, intensity=True, schema_uri="schema.json")
SMALL = replace(ALL, compression="meshopt")
BARE = PointSpec(coloured=False, classified=False, intensity=False, schema_uri="")


def opened(content: PointContent) -> Gltf:
    """The glb."""
    return Gltf(*glb.unpack(content.data, where="tile"), "tile")


def attribute(gltf: Gltf, name: str) -> Any:
    """Stored values of a vertex attribute."""
    (primitive,) = read.primitives(gltf)
    return read.accessor_values(gltf, primitive["attributes"][name])


@given(clouds(), st.sampled_from([ALL, BARE, SMALL]))
def test_lattice_points_come_back_exactly(points: Any, spec: PointSpec) -> None:
    cube = root_of(points)
    content = make_content(points, cube, spec)
    gltf = opened(content)
    assert check.check(gltf, schema(spec)) == []
    found = scene.positions(gltf)
    exact = cube.bits <= 25
    slack = 0.0 if exact else 2.0 ** (cube.bits - 25) * STEP_M
    assert np.abs(found - points["xyz"] * STEP_M).max() <= slack
    assert (content.bounds[0] <= found.min(axis=0) + slack).all()
    assert (content.bounds[1] >= found.max(axis=0) - slack).all()


@pytest.mark.parametrize(("bits", "kind"), [(7, np.uint16), (16, np.uint16), (17, np.float32)])
def test_tiles_up_to_64_m_have_short_positions(bits: int, kind: type) -> None:
    side = 2**bits
    points = as_points([(5, 6, -7), (5 + side - 1, 6 + side - 1, -7 + side - 1)])
    gltf = opened(make_content(points, Cube((5, 6, -7), bits), BARE))
    assert attribute(gltf, "POSITION").dtype == kind
    np.testing.assert_array_equal(scene.positions(gltf), points["xyz"] * STEP_M)


@pytest.mark.parametrize("bits", [14, 20])
def test_compressed_tiles_hold_the_same_in_fewer_bytes(bits: int) -> None:
    random = np.random.default_rng(bits)
    points = np.sort(as_points(random.integers(0, 2**bits, (3_000, 3))), order="xyz")
    cube = Cube((0, 0, 0), bits)
    plain, small = (make_content(points, cube, spec) for spec in (ALL, SMALL))
    assert len(small.data) < 0.75 * len(plain.data)
    for name in ("POSITION", "COLOR_0", "_CLASSIFICATION", "_INTENSITY"):
        one, other = (attribute(opened(each), name) for each in (plain, small))
        np.testing.assert_array_equal(one, other)
    assert "EXT_meshopt_compression" in opened(small).document["extensionsRequired"]


def test_dimensions_are_vertex_attributes() -> None:
    points = as_points(np.arange(30).reshape(-1, 3))
    points["classification"] = 6
    gltf = opened(make_content(points, root_of(points), ALL))
    assert attribute(gltf, "_CLASSIFICATION").ravel().tolist() == [6] * 10
    assert attribute(gltf, "_INTENSITY").ravel().tolist() == list(range(10))
    properties = read.structural_metadata(gltf)["propertyAttributes"][0]["properties"]
    assert properties == {
        "classification": {"attribute": "_CLASSIFICATION"},
        "intensity": {"attribute": "_INTENSITY"},
    }


def test_colours_are_linear_and_come_back_as_they_were_seen() -> None:
    points = as_points(np.arange(256 * 3).reshape(-1, 3))
    points["colour"] = np.arange(256)[:, None]
    stored = attribute(opened(make_content(points, root_of(points), ALL)), "COLOR_0")[:, 0] / 255
    seen = np.where(stored <= 0.0031308, stored * 12.92, 1.055 * stored ** (1 / 2.4) - 0.055) * 255
    away = np.abs(seen - np.arange(256))
    assert away.max() < 7
    assert away[32:].max() < 3


def test_points_without_colour_are_drawn_in_one() -> None:
    points = as_points([(0, 0, 0)])
    gltf = opened(make_content(points, root_of(points), BARE))
    (material,) = gltf.document["materials"]
    red, green, blue, opacity = material["pbrMetallicRoughness"]["baseColorFactor"]
    assert red == green == blue == pytest.approx((200 / 255) ** 2.2, abs=0.02)
    assert opacity == 1.0
    assert "COLOR_0" not in read.primitives(gltf)[0]["attributes"]


def test_schema_names_every_class_in_two_languages() -> None:
    document = schema(ALL)
    assert check.check_schema(document) == []
    values = document["enums"]["classification"]["values"]
    names = {value["value"]: value["name"] for value in values}
    assert (names[6], names[40]) == ("建筑物 / Building", "保留 40 / Reserved 40")
    assert names[64] == "自定义 64 / User defined 64"
    assert len(set(names.values())) == 256


def test_classes_have_colours_and_none_means_neutral() -> None:
    table = classes.colour_table()
    assert table.shape == (256, 3)
    assert tuple(table[0].tolist()) == tuple(table[99].tolist()) == classes.NEUTRAL
    assert len(np.unique(table[:20], axis=0)) == 20
