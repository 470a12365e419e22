"""Features that bring triangle meshes of their own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim import frames
from cim.appearance import Material
from cim.arrays import Float64
from cim.bodies import Bodies
from cim.features import FeatureBatch
from tests.tiles.making import (
    LAT,
    LON,
    build_tileset,
    contents_of,
    cube,
    glb_files,
    house_surfaces,
    khronos_issues,
    make_bodies,
    make_features,
)
from tiles import content
from tiles.meshing.mesh import TriangleMesh, facing_of
from tiles.options import BuildOptions
from tiles.prepare import Prepared, prepare
from tiles.tiles3d.validate import validate

FRAME = content.frame_of(LON, LAT)


def bodily(bodies: Bodies, count: int = 1, **more: object) -> FeatureBatch:
    return make_features([None] * count, bodies=bodies, **more)  # type: ignore[arg-type]


def prepared(batch: FeatureBatch, **options: object) -> Prepared:
    return prepare(batch, (), BuildOptions(Path("x"), **options))  # type: ignore[arg-type]


def mesh_of(settled: Prepared) -> TriangleMesh:
    return content.mesh_of(settled.table, FRAME, floors=False)


def volume_of(mesh: TriangleMesh) -> float:
    first, second, third = np.moveaxis(mesh.points[mesh.vertex_points[mesh.triangles]], 1, 0)
    return float(np.einsum("ij,ij->", first, np.cross(second, third)) / 6)


def reasons(settled: Prepared) -> dict[str, list[int]]:
    return {each.reason: each.rows.tolist() for each in settled.findings if len(each.rows)}


def test_cube_stands_where_its_matrix_says_with_its_volume() -> None:
    settled = prepared(bodily(make_bodies(cube(10.0))))
    mesh = mesh_of(settled)
    assert volume_of(mesh) == pytest.approx(1_000, rel=1e-9)
    assert mesh.points.min(axis=0) == pytest.approx([-5, -5, 20], abs=1e-5)
    assert settled.triangles.tolist() == [12]
    assert settled.origins == {"bodies": 1}
    assert settled.bounds[0] == pytest.approx([LON, LAT, LON, LAT], abs=1e-3)


def test_flat_cube_shares_the_vertices_of_a_side() -> None:
    mesh = mesh_of(prepared(bodily(make_bodies(cube()))))
    assert len(mesh.vertex_points) == 6 * 4
    stated = mesh.normals[mesh.vertex_normals[mesh.triangles[:, 0]]]
    assert np.einsum("ij,ij->i", facing_of(mesh), stated) == pytest.approx(1)


def test_smooth_normals_and_shared_points_are_kept() -> None:
    corners = cube().positions - [0, 0, 5]
    normals = (corners / np.linalg.norm(corners, axis=1, keepdims=True)).astype(np.float32)
    mesh = mesh_of(prepared(bodily(make_bodies(cube(normals=normals)))))
    assert len(mesh.vertex_points) == 8
    assert mesh.normals[mesh.vertex_normals] == pytest.approx(normals, abs=1e-5)


def test_mirrored_bodies_keep_their_outside_out() -> None:
    bodies = make_bodies(cube())
    mirrored = replace(bodies, matrix=bodies.matrix @ np.diag([-1.0, 1, 1, 1]))
    assert volume_of(mesh_of(prepared(bodily(mirrored)))) == pytest.approx(1_000, rel=1e-9)


def test_several_bodies_of_a_feature_are_one_row_with_runs_of_one_material() -> None:
    palette = (Material(colour=(1, 0, 0, 1)), Material(colour=(0, 1, 0, 1)))
    bodies = make_bodies(cube(material=1), cube(material=0), cube(material=1), feature=[1, 0, 1])
    settled = prepared(bodily(bodies, 2, palette=palette))
    assert settled.rows.tolist() == [0, 1]
    assert [len(runs) for runs in settled.table["materials"].to_pylist()] == [1, 1]
    assert settled.table["groups"].to_pylist() == [[12], [24]]
    assert set(settled.materials.values()) == set(palette)


def test_finest_level_of_detail_is_shown_whatever_brings_it() -> None:
    both = bodily(make_bodies(cube(), lod=["3"]), surfaces=house_surfaces("2"))
    assert prepared(both).origins == {"lod 3": 1}
    assert prepared(both, lod="2").origins == {"lod 2": 1}
    same = bodily(make_bodies(cube(), lod=["2"]), surfaces=house_surfaces("2"))
    assert prepared(same).origins == {"lod 2": 1}
    assert reasons(prepared(same)) == {"bodies beside surfaces of their level, left out": [0]}


@pytest.mark.parametrize("at", [(np.nan, 0, 0), (7e6, 0, 0)])
def test_body_off_the_globe_is_told_and_the_footprint_drawn(at: tuple[float, ...]) -> None:
    mesh = cube()
    broken = replace(mesh, positions=mesh.positions + np.array(at))
    box = shapely.box(LON, LAT, LON + 1e-4, LAT + 1e-4)
    settled = prepared(make_features([box], bodies=make_bodies(broken)))
    assert reasons(settled) == {"body coordinates are off the globe": [0]}
    assert settled.origins == {"height_m": 1}


def test_triangles_without_area_go_and_are_told() -> None:
    mesh = cube()
    thin = replace(
        mesh,
        triangles=np.vstack((mesh.triangles, [[0, 0, 1]])),
        materials=np.append(mesh.materials, np.int32(-1)).astype(np.int32),
    )
    settled = prepared(bodily(make_bodies(thin)))
    assert settled.triangles.tolist() == [12]
    assert reasons(settled) == {"triangle without area, left out": [0]}


def test_feature_of_nothing_but_slivers_is_left_out() -> None:
    mesh = cube()
    flat = replace(mesh, positions=mesh.positions * [1.0, 0, 0])
    settled = prepared(bodily(make_bodies(flat)))
    assert settled.table.num_rows == 0
    assert reasons(settled)["no geometry"] == [0]


def test_thousands_of_bodies_settle_to_one_row_each() -> None:
    bodies = make_bodies(*[cube()] * 2_000)
    settled = prepared(bodily(bodies, 2_000))
    assert settled.triangles.tolist() == [12] * 2_000


def test_bodies_become_a_sound_tileset(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", bodily(make_bodies(cube(), cube()), 2))
    assert validate(tmp_path / "out") == []
    (report,) = khronos_issues(glb_files(tmp_path / "out"))
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]
    assert len(contents_of(tmp_path / "out")) == 1


def test_points_shared_with_the_earths_centre_are_refused() -> None:
    bodies = make_bodies(cube())
    settled = prepared(bodily(replace(bodies, matrix=np.eye(4)[None])))
    assert reasons(settled)["body coordinates are off the globe"] == [0]


def ecef_of(mesh: TriangleMesh) -> Float64:
    return mesh.points @ FRAME[:3, :3].T + FRAME[:3, 3]


def test_points_keep_their_place_on_the_globe() -> None:
    mesh = mesh_of(prepared(bodily(make_bodies(cube()))))
    heights = frames.geodetic_from_ecef(ecef_of(mesh))[:, 2]
    assert heights.min() == pytest.approx(20, abs=1e-4)
    assert heights.max() == pytest.approx(30, abs=1e-4)
