"""Contents: compressed, outlined, and placed in other frames."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim import frames
from cim.arrays import Float64, Int64
from cim.features import FeatureBatch, Surfaces
from tests.tiles.making import (
    LAT,
    LON,
    build_tileset,
    contents_of,
    cube,
    house_surfaces,
    khronos_issues,
    make_bodies,
    make_features,
    root_of,
    squares,
)
from tiles import content
from tiles.content import Content
from tiles.gltf import glb, read, scene
from tiles.gltf.paint import Look
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, ContentSpec
from tiles.prepare import Prepared, prepare
from tiles.properties import ENTITY_ID, NAME
from tiles.tiles3d.validate import validate

FRAME = content.frame_of(LON, LAT)
CHOSEN = (ENTITY_ID, NAME)


def settled(batch: FeatureBatch) -> Prepared:
    return prepare(batch, CHOSEN, BuildOptions(Path("x")))


def made(batch: FeatureBatch, within: Float64 | None = None, **options: Any) -> Content:
    spec = ContentSpec(CHOSEN, Look(), floors=False, **options)
    table = settled(batch).table
    return content.make_content(table, FRAME, spec, geometric_error_m=0.0, within=within)


def opened(whole: Content) -> Gltf:
    return Gltf(*glb.unpack(whole.data, where="x.glb"), "x.glb")


def wide(count: int = 60) -> FeatureBatch:
    """Buildings over 24 km: too wide for 16-bit places."""
    return make_features(squares(count, size=2e-3))


def round_towers(count: int = 50) -> FeatureBatch:
    middles = shapely.points(LON + 1e-3 * np.arange(count), np.full(count, LAT))
    return make_features(list(shapely.buffer(middles, 1e-4)))


def houses(count: int) -> Surfaces:
    one = house_surfaces("2")
    return Surfaces(
        np.arange(count), ("2",) * count, one.geometry.repeat(count), one.kinds * count
    )


INPUTS: dict[str, Callable[[], FeatureBatch]] = {
    "narrow": lambda: make_features(200),
    "wide": wide,
    "round": round_towers,
    "surfaces": lambda: make_features([None] * 40, surfaces=houses(40)),
    "bodies": lambda: make_features(
        [None] * 30, bodies=make_bodies(*(cube(10.0 + n) for n in range(30)))
    ),
}


def corners_told(gltf: Gltf) -> Float64:
    """(t, 21) place, normal and feature of the corners of all triangles, in an order of their own.

    The codec may begin a triangle at another corner, so each begins at its least one.
    """
    rows: list[list[float]] = []
    for primitive in read.primitives(gltf):
        names = ("POSITION", "NORMAL", "_FEATURE_ID_0")
        found = [
            read.accessor_values(gltf, primitive["attributes"][name]).astype(float)
            for name in names
        ]
        vertices = np.concatenate([values.reshape(len(found[0]), -1) for values in found], axis=1)
        triangles = read.accessor_values(gltf, primitive["indices"])[:, 0].reshape(-1, 3)
        for triangle in vertices[triangles].tolist():
            first = min(range(3), key=lambda i: triangle[i])
            rows.append(list(itertools.chain(*triangle[first:], *triangle[:first])))
    return np.array(sorted(rows))


@pytest.mark.parametrize("name", INPUTS)
def test_compressed_content_decodes_to_its_twin(name: str, tmp_path: Path) -> None:
    batch = INPUTS[name]()
    plain, packed = made(batch), made(batch, compression="meshopt")
    assert len(packed.data) < len(plain.data)
    assert (corners_told(opened(packed)) == corners_told(opened(plain))).all()
    assert packed.triangles == plain.triangles
    assert packed.bounds == pytest.approx(plain.bounds)
    file = tmp_path / "twin.glb"
    file.write_bytes(plain.data)
    (report,) = khronos_issues([file])
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]


def test_compressed_content_says_so_as_the_extension_asks() -> None:
    document = opened(made(make_features(200), compression="meshopt")).document
    assert "EXT_meshopt_compression" in document["extensionsRequired"]
    assert set(document["extensionsRequired"]) <= set(document["extensionsUsed"])
    fallback = document["buffers"][1]
    assert "uri" not in fallback
    assert fallback["extensions"] == {"EXT_meshopt_compression": {"fallback": True}}
    for view in document["bufferViews"]:
        extension = view.get("extensions", {}).get("EXT_meshopt_compression")
        assert view["buffer"] == (0 if extension is None else 1)
        if extension is not None:
            assert extension["count"] * extension["byteStride"] == view["byteLength"]
            assert view.get("byteStride", extension["byteStride"]) == extension["byteStride"]
            assert view["byteOffset"] % 8 == extension["byteOffset"] % 8 == 0
            assert view["byteOffset"] + view["byteLength"] <= fallback["byteLength"]


def test_property_tables_are_never_compressed() -> None:
    document = opened(made(make_features(200), compression="meshopt")).document
    (table,) = document["extensions"]["EXT_structural_metadata"]["propertyTables"]
    for column in table["properties"].values():
        for key in ("values", "stringOffsets"):
            view = document["bufferViews"][column[key]]
            assert view["buffer"] == 0
            assert view["byteOffset"] % 8 == 0


def test_content_that_compression_makes_no_smaller_is_left_as_it_is() -> None:
    whole = made(make_features(1), compression="meshopt")
    assert "EXT_meshopt_compression" not in opened(whole).document["extensionsUsed"]
    assert len(whole.data) == len(made(make_features(1)).data)


def test_compressed_tileset_passes_our_validator(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(500), compression="meshopt")
    assert validate(tmp_path / "out") == []
    assert any("buffers" in each.document for each in contents_of(tmp_path / "out"))


def test_order_of_rows_does_not_change_what_is_drawn() -> None:
    batch = make_features(120)
    table = settled(batch).table
    spec = ContentSpec(CHOSEN, Look(), floors=False)
    turned = table.take(np.random.default_rng(1).permutation(120))
    contents = [
        content.make_content(rows, FRAME, spec, geometric_error_m=0.0) for rows in (table, turned)
    ]
    assert contents[0].data == contents[1].data


@pytest.mark.parametrize("height", [0.0, 900.0])
@pytest.mark.parametrize("name", ["narrow", "wide"])
def test_content_stands_in_another_frame_as_in_its_own(name: str, height: float) -> None:
    above = frames.enu_to_ecef_matrix(LON - 0.4, LAT + 0.3, height)
    within = np.linalg.inv(above) @ FRAME
    batch = INPUTS[name]()
    own, other = opened(made(batch)), opened(made(batch, within))
    places = scene.positions(own) @ FRAME[:3, :3].T + FRAME[:3, 3]
    moved = scene.positions(other) @ above[:3, :3].T + above[:3, 3]
    assert np.abs(places - moved).max() < 1e-6


def test_content_in_another_frame_is_legal(tmp_path: Path) -> None:
    within = np.linalg.inv(frames.enu_to_ecef_matrix(LON - 0.4, LAT + 0.3, 0.0)) @ FRAME
    file = tmp_path / "x.glb"
    file.write_bytes(made(make_features(20), within).data)
    (report,) = khronos_issues([file])
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]


def outlines(gltf: Gltf) -> list[tuple[dict[str, Any], Int64]]:
    """Primitives and their outlined edges."""
    found = []
    for primitive in read.primitives(gltf):
        extension = primitive.get("extensions", {}).get("CESIUM_primitive_outline")
        if extension is not None:
            ends = read.accessor_values(gltf, extension["indices"])[:, 0].astype(np.int64)
            found.append((primitive, ends.reshape(-1, 2)))
    return found


def test_footprint_has_the_edges_of_its_box() -> None:
    gltf = opened(made(make_features(1), outlines=True))
    counts = {
        gltf.document["materials"][primitive["material"]]["name"]: len(ends)
        for primitive, ends in outlines(gltf)
    }
    assert counts == {"roof": 4, "wall": 16}
    assert "CESIUM_primitive_outline" in gltf.document["extensionsUsed"]


def test_cube_has_edges_where_faces_meet_and_none_across_faces() -> None:
    gltf = opened(made(make_features([None], bodies=make_bodies(cube())), outlines=True))
    ((_, ends),) = outlines(gltf)
    places = scene.positions(gltf)
    lengths = np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1)
    assert lengths == pytest.approx(10, abs=0.01)
    assert len(ends) == 6 * 4


def test_outlined_edges_are_edges_of_triangles(tmp_path: Path) -> None:
    for compression in ("none", "meshopt"):
        batch = make_features([None], surfaces=house_surfaces("2"))
        gltf = opened(made(batch, outlines=True, compression=compression))
        for primitive, ends in outlines(gltf):
            triangles = read.accessor_values(gltf, primitive["indices"])[:, 0].reshape(-1, 3)
            sides = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
            known = {tuple(sorted(side)) for side in sides.tolist()}
            assert {tuple(sorted(each)) for each in ends.tolist()} <= known
    file = tmp_path / "x.glb"
    file.write_bytes(made(batch, outlines=True).data)
    (report,) = khronos_issues([file])
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]


def test_round_tower_has_edges_round_its_roof_only() -> None:
    gltf = opened(made(round_towers(1), outlines=True))
    for primitive, ends in outlines(gltf):
        if gltf.document["materials"][primitive["material"]]["name"] == "wall":
            places = read.accessor_values(gltf, primitive["attributes"]["POSITION"])
            assert (places[ends[:, 0], 1] == places[ends[:, 1], 1]).all()


def test_tileset_in_one_root_keeps_its_contents(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(5), outlines=True, compression="meshopt")
    assert root_of(tmp_path / "out")["asset"]["version"] == "1.1"
    assert validate(tmp_path / "out") == []
