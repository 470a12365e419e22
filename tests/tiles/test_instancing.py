"""Features that look alike are drawn as instances of one mesh."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.appearance import Material
from cim.arrays import Float64
from cim.bodies import Bodies, Mesh
from cim.features import FeatureBatch
from cim.plugins import load
from cim.readers.base import Reader, ReadOptions
from tests.tiles.making import (
    build_tileset,
    column,
    contents_of,
    cube,
    glb_files,
    khronos_issues,
    make_bodies,
    make_features,
    world_matrices,
)
from tiles.gltf import scene
from tiles.gltf.instances import (
    EXT_INSTANCING,
    pack_instances,
    quaternions_of,
    rotations_of,
)
from tiles.gltf.quantize import pack_points
from tiles.gltf.read import Gltf
from tiles.options import Instancing
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

ALL = Instancing(least_count=3, least_saving_bytes=0)
PALETTE = (Material(colour=(0.5, 0.6, 0.7, 0.3), double_sided=True), Material(colour=(1, 0, 0, 1)))


def turned(degrees: float, axis: int = 2) -> Float64:
    """Rotation about an axis."""
    turn, (one, two) = np.eye(4), [each for each in range(3) if each != axis]
    angle = np.radians(degrees)
    turn[one, one] = turn[two, two] = np.cos(angle)
    turn[one, two], turn[two, one] = -np.sin(angle), np.sin(angle)
    return turn


def alike(*changes: Float64, mesh: Mesh | None = None) -> Bodies:
    """Bodies of one mesh, each changed in its own frame."""
    bodies = make_bodies(*[mesh or cube()] * len(changes))
    return replace(bodies, matrix=bodies.matrix @ np.array(changes))


def batch_of(bodies: Bodies) -> FeatureBatch:
    return make_features([None] * len(bodies.mesh), bodies=bodies, palette=PALETTE)


CHANGES = (
    np.eye(4),
    turned(30),
    turned(75) @ turned(-40, axis=0),
    turned(180, axis=1),
    np.diag([2.0, 0.5, 3.0, 1.0]),
    turned(10) @ np.diag([0.01, 0.01, 0.01, 1.0]),
)


def instanced_nodes(content: Gltf) -> list[dict[str, Any]]:
    return [
        node for node in content.document["nodes"] if EXT_INSTANCING in node.get("extensions", {})
    ]


def boxes(folder: Path) -> dict[str, Float64]:
    """(2, 3) corners in the Earth's frame of what is drawn of each feature, by its name."""
    found = {}
    matrices = world_matrices(folder)
    for content in contents_of(folder):
        matrix = matrices[content.where]
        points = scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3]
        ids, names = scene.feature_ids(content), column(content, "entity_id")
        for number in np.unique(ids).astype(int).tolist():
            own = points[ids == number]
            found[names[number]] = np.stack((own.min(axis=0), own.max(axis=0)))
    return found


@pytest.mark.parametrize("compression", ["none", "meshopt"])
def test_instances_stand_where_merged_bodies_do(tmp_path: Path, compression: str) -> None:
    batch = batch_of(alike(*CHANGES, mesh=cube(material=0)))
    for name, how in (("one", ALL), ("merged", None)):
        report = build_tileset(tmp_path / name, batch, instancing=how, compression=compression)
        assert report.triangles == 12 * len(CHANGES)
        assert validate(tmp_path / name) == []
    (content,) = contents_of(tmp_path / "one")
    (node,) = instanced_nodes(content)
    assert len(content.document["nodes"]) == 1
    one, merged = boxes(tmp_path / "one"), boxes(tmp_path / "merged")
    assert one.keys() == merged.keys()
    assert len(one) == len(CHANGES)
    for name, box in merged.items():
        assert one[name] == pytest.approx(box, abs=0.005), name
    (issues,) = khronos_issues(glb_files(tmp_path / "one"))
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    ids = node["extensions"]["EXT_instance_features"]["featureIds"]
    assert ids == [{"featureCount": len(CHANGES), "attribute": 0, "propertyTable": 0}]


def test_bounds_enclose_instances_to_the_last_bit(tmp_path: Path) -> None:
    spun = [turned(7.0 * n) @ turned(3.0 * n, axis=0) for n in range(40)]
    build_tileset(tmp_path / "out", batch_of(alike(*spun)), instancing=ALL)
    assert validate(tmp_path / "out") == []


def test_mirrored_and_sheared_bodies_are_merged(tmp_path: Path) -> None:
    mirrored, sheared = np.diag([-1.0, 1, 1, 1]), np.eye(4)
    sheared[0, 2] = 0.2
    bodies = alike(*CHANGES[:3], mirrored, sheared)
    build_tileset(tmp_path / "out", batch_of(bodies), instancing=ALL)
    (content,) = contents_of(tmp_path / "out")
    (node,) = instanced_nodes(content)
    translations = node["extensions"][EXT_INSTANCING]["attributes"]["TRANSLATION"]
    assert content.document["accessors"][translations]["count"] == 3
    assert len(content.document["nodes"]) == 2
    assert sorted(np.unique(scene.feature_ids(content)).tolist()) == [0, 1, 2, 3, 4]
    assert validate(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("how", "instanced"),
    [
        (ALL, True),
        (None, False),
        (Instancing(least_count=7), False),
        (Instancing(least_saving_bytes=65_536), False),
        (Instancing(least_saving_bytes=1_000), True),
    ],
)
def test_instances_are_made_where_they_pay(
    tmp_path: Path, how: Instancing | None, *, instanced: bool
) -> None:
    build_tileset(tmp_path / "out", batch_of(alike(*CHANGES)), instancing=how)
    (content,) = contents_of(tmp_path / "out")
    assert bool(instanced_nodes(content)) == instanced
    assert (EXT_INSTANCING in content.document["extensionsUsed"]) == instanced


def test_meshes_of_equal_content_are_one_and_materials_tell_them_apart(tmp_path: Path) -> None:
    meshes = [cube(material=0) for _ in range(3)] + [cube(material=1) for _ in range(3)]
    build_tileset(tmp_path / "out", batch_of(make_bodies(*meshes)), instancing=ALL)
    (content,) = contents_of(tmp_path / "out")
    assert len(instanced_nodes(content)) == 2
    alphas = {each.get("alphaMode", "OPAQUE") for each in content.document["materials"]}
    assert alphas == {"BLEND", "OPAQUE"}
    assert all(each["doubleSided"] for each in content.document["materials"])


def test_features_of_several_bodies_that_stand_alike_are_instances(tmp_path: Path) -> None:
    pair = make_bodies(*[cube(), cube(4.0)] * 3, feature=[0, 0, 1, 1, 2, 2])
    away = np.repeat([turned(angle) for angle in (0.0, 50.0, 200.0)], 2, axis=0)
    beside = np.tile([np.eye(4), np.diag([1.0, 1, 2, 1])], (3, 1, 1))
    bodies = replace(pair, matrix=pair.matrix[::2].repeat(2, axis=0) @ away @ beside)
    build_tileset(tmp_path / "out", make_features([None] * 3, bodies=bodies), instancing=ALL)
    (content,) = contents_of(tmp_path / "out")
    assert len(instanced_nodes(content)) == 1
    assert scene.count(content) == scene.Drawn(72, 3, 72)


def test_each_tile_has_the_shapes_of_its_features(tmp_path: Path) -> None:
    bodies = alike(*[turned(5.0 * n) for n in range(60)])
    folder = tmp_path / "out"
    build_tileset(
        folder, batch_of(bodies), instancing=ALL, limits=Limits(features=8, upper_features=4),
        partition_features=10,
    )  # fmt: skip
    assert len(contents_of(folder)) > 5
    assert len(boxes(folder)) == 60
    assert validate(folder) == []


def test_far_and_near_looks_of_shared_bodies(tmp_path: Path) -> None:
    fine = alike(*CHANGES)
    lods = replace(fine, lod=("3",) * len(fine.mesh))
    report = build_tileset(tmp_path / "out", batch_of(lods), instancing=ALL, lods="all")
    assert report.features == len(CHANGES)
    assert validate(tmp_path / "out") == []


def test_contents_with_instances_can_be_read_as_models(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", batch_of(alike(*CHANGES)), instancing=ALL)
    reader: Reader = load("mesh", "cim.readers")
    (path,) = glb_files(tmp_path / "out")
    (batch,) = reader.read(path, ReadOptions(up_axis="y"))
    assert sum(len(mesh.triangles) for mesh in batch.bodies.mesh) == 12 * len(CHANGES)


def test_info_counts_instances(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", batch_of(alike(*CHANGES)), instancing=ALL)
    found = info(tmp_path / "out")
    assert (found.features, found.instances) == (6, 6)
    assert (found.triangles, found.instanced_triangles) == (72, 72)


def test_instances_in_implicit_tiles_keep_their_places(tmp_path: Path) -> None:
    batch = batch_of(alike(*CHANGES))
    build_tileset(tmp_path / "implicit", batch, instancing=ALL, tiling="implicit")
    assert validate(tmp_path / "implicit") == []


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.dot(q, q) > 0.01))
def test_quaternions_turn_as_their_matrices_do(stated: list[float]) -> None:
    quaternion = np.array([stated]) / np.linalg.norm(stated)
    rotation = rotations_of(quaternion)
    again = rotations_of(quaternions_of(rotation))
    assert again == pytest.approx(rotation, abs=1e-12)


def test_stored_points_are_brought_back_within_a_step() -> None:
    points = pack_points(np.random.default_rng(3).uniform(-40, 60, (500, 3)))
    matrix = turned(33) @ turned(12, axis=0) @ np.diag([1.5, 1.5, 0.2, 1])
    matrix[:3, 3] = 300, -200, 50
    packed = pack_instances(np.array([matrix, np.eye(4)]), points)
    assert packed.scale is not None
    assert np.linalg.norm(packed.rotation, axis=1) == pytest.approx(1, abs=1e-6)
    assert packed.translation.dtype == np.float32


@pytest.mark.parametrize("wrong", [{"least_count": 0}, {"least_saving_bytes": -1}])
def test_thresholds_that_mean_nothing_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="legal"):
        Instancing(**wrong)
