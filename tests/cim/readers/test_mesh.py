"""Mesh files: real ones, ones that trimesh writes, small written ones, and broken ones."""

import base64
import struct
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
import trimesh as typed_trimesh

from cim.appearance import PLAIN
from cim.arrays import Float64
from cim.crs import LOCAL, settle
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch
from cim.frames import geodetic_from_ecef
from cim.readers.base import ReadOptions
from cim.readers.mesh import PLUGIN
from cim.reading import reader_for
from tests.conftest import shared_path

MESHES = "data/models/mesh"
trimesh: Any = typed_trimesh  # its writers have no types
pytestmark = pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning:collada")
"""pycollada writes so, as trimesh asks it to; what reads is told apart in the reader."""

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def obj(folder: Path, text: str) -> Path:
    return write(folder / "model.obj", text)


def read_one(path: Path, options: ReadOptions = ReadOptions()) -> FeatureBatch:  # noqa: B008 - frozen
    (batch,) = PLUGIN.read(path, options)
    return batch


def as_collada(box: Any) -> bytes:
    """A mesh as COLLADA, Z up, in metres, as trimesh and pycollada write it."""
    data: bytes = trimesh.exchange.dae.export_collada(box)
    return data


def points(batch: FeatureBatch, feature: int = 0) -> Float64:
    """(v, 3) vertices of a feature in the batch's frame."""
    bodies = batch.bodies
    rows = np.flatnonzero(bodies.feature == feature)
    found: Float64 = np.concatenate(
        [
            bodies.mesh[row].positions @ bodies.matrix[row, :3, :3].T + bodies.matrix[row, :3, 3]
            for row in rows
        ]
    )
    return found


def triangle_points(batch: FeatureBatch, row: int = 0) -> Float64:
    """(t, 3, 3) corners of a body's triangles in the batch's frame."""
    mesh, matrix = batch.bodies.mesh[row], batch.bodies.matrix[row]
    found: Float64 = (mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])[mesh.triangles]
    return found


def area_and_normal(corners: Float64) -> tuple[float, Float64]:
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(crosses, axis=1).sum() / 2), crosses.sum(axis=0)


def signed_volume(corners: Float64) -> float:
    return float(np.einsum("ti,ti->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


# Real files.


@pytest.mark.parametrize(
    ("name", "ids", "triangles", "low", "high"),
    [
        ("fuze.obj", ("fuze",), 1_000, (-0.036, -0.037, 0.004), (0.036, 0.037, 0.219)),
        (
            "tour_part_dieu_0.obj",
            ("tour_part_dieu_0",),
            1_176,
            (-91.557, -64.241, -11.258),
            (113.818, 89.259, 157.783),
        ),
        (
            "tour_part_dieu_1.obj",
            ("tour_part_dieu_1",),
            183,
            (-91.557, -64.241, -11.258),
            (113.818, 89.259, 157.783),
        ),
        (
            "CesiumMilkTruck.glb",
            (
                "Cesium_Milk_Truck",
                "Cesium_Milk_Truck/node 3/Wheels",
                "Cesium_Milk_Truck/node 1/Wheels",
            ),
            2_088,
            (-2.431, -1.396, 0.267),
            (2.438, 1.396, 2.584),
        ),
    ],
)
def test_real_files_have_their_size_and_stand_upright(
    name: str,
    ids: tuple[str, ...],
    triangles: int,
    low: tuple[float, ...],
    high: tuple[float, ...],
) -> None:
    path = shared_path(f"{MESHES}/{name}")
    assert reader_for(path) is PLUGIN
    batch = read_one(path)
    assert (batch.crs, batch.source_ids, batch.rejects) == (LOCAL, ids, ())
    row = batch.attributes.to_pylist()[0]
    assert row["triangle_count"] == triangles
    found = points(batch)
    assert np.allclose(found.min(axis=0), low, atol=1e-3)
    assert np.allclose(found.max(axis=0), high, atol=1e-3)
    assert row["height_m"] == pytest.approx(high[2] - low[2], abs=2e-3)
    assert row["ground_elevation_m"] == pytest.approx(low[2], abs=1e-3)
    hull = shapely.convex_hull(shapely.multipoints(found[:, :2]))
    assert batch.geometry[0].equals(hull)


def test_wheels_of_the_truck_share_one_mesh() -> None:
    batch = read_one(shared_path(f"{MESHES}/CesiumMilkTruck.glb"))
    meshes = [m for m, f in zip(batch.bodies.mesh, batch.bodies.feature, strict=True) if f > 0]
    assert len(meshes) == 2
    assert meshes[0] is meshes[1]
    assert np.allclose(
        points(batch, 1).mean(axis=0) - points(batch, 2).mean(axis=0), [2.785, 0, 0], atol=0.001
    )


def test_textures_of_the_truck_are_its_encoded_pictures() -> None:
    batch = read_one(shared_path(f"{MESHES}/CesiumMilkTruck.glb"))
    by_name = {material.name: material for material in batch.palette}
    assert by_name["truck"].texture is not None
    picture = by_name["truck"].texture.source
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")
    assert by_name["glass"].texture is None
    assert by_name["glass"].colour == pytest.approx((0.0, 0.2224, 0.157, 1.0), abs=1e-3)


def test_missing_material_library_is_a_note_and_nothing_else() -> None:
    batch = read_one(shared_path(f"{MESHES}/fuze.obj"))
    assert any("fuze.obj.mtl" in note for note in batch.notes)
    assert set(batch.bodies.mesh[0].materials) == {PLAIN}


# Formats against each other.


@pytest.mark.parametrize(
    "kind", ["stl", "stl_ascii", "ply", "ply_ascii", "glb", "gltf", "dae", "obj"]
)
def test_each_format_brings_the_same_box(kind: str, tmp_path: Path) -> None:
    box = trimesh.creation.box((2.0, 4.0, 6.0))
    box.apply_translation([1.0, 2.0, 3.0])
    path = tmp_path / f"box.{kind.removesuffix('_ascii')}"
    if kind == "gltf":
        for name, data in trimesh.Scene(box).export(file_type="gltf").items():
            write(tmp_path / (path.name if name == "model.gltf" else name), data)
    elif kind == "ply_ascii":
        write(path, trimesh.exchange.ply.export_ply(box, encoding="ascii"))
    elif kind == "dae":
        write(path, as_collada(box))
    else:
        found = box.export(file_type=kind)
        write(path, found)
    up = ReadOptions(up_axis="z")
    batch = read_one(path, up)
    found = points(batch)
    assert np.allclose(found.min(axis=0), [0, 0, 0], atol=1e-6)
    assert np.allclose(found.max(axis=0), [2, 4, 6], atol=1e-6)
    assert signed_volume(triangle_points(batch)) == pytest.approx(48.0, rel=1e-6)
    assert batch.geometry[0].area == pytest.approx(8.0)


@pytest.mark.parametrize(("up", "size"), [("z", (2, 4, 6)), ("y", (2, 6, 4)), ("x", (4, 6, 2))])
def test_axis_that_points_up_is_turned_without_mirroring(
    up: str, size: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "box.stl"
    trimesh.creation.box((2.0, 4.0, 6.0)).export(path)
    batch = read_one(path, ReadOptions(up_axis=up))
    assert np.allclose(np.ptp(points(batch), axis=0), size)
    assert signed_volume(triangle_points(batch)) == pytest.approx(48.0)


def test_gltf_front_looks_south_and_its_up_is_up(tmp_path: Path) -> None:
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    box.apply_translation([0.0, 10.0, 5.0])  # 10 up, 5 to the front, which is +z
    path = write(tmp_path / "box.glb", trimesh.Scene(box).export(file_type="glb"))
    assert np.allclose(points(read_one(path)).mean(axis=0), [0, -5, 10])


@pytest.mark.parametrize(("unit", "metres"), [("mm", 0.001), ("CM", 0.01), ("ft", 0.3048)])
def test_unit_option_scales(unit: str, metres: float, tmp_path: Path) -> None:
    path = tmp_path / "box.ply"
    trimesh.creation.box((2.0, 4.0, 6.0)).export(path)
    batch = read_one(path, ReadOptions(unit=unit))
    assert np.allclose(np.ptp(points(batch), axis=0), np.array([2, 4, 6]) * metres)


@pytest.mark.parametrize("size", [30_000_000.0, 0.001])
def test_absurd_size_is_a_note_that_names_the_option(size: float, tmp_path: Path) -> None:
    path = tmp_path / "box.stl"
    trimesh.creation.box((size, size, size)).export(path)
    assert "--unit" in read_one(path).notes[-1]
    assert "--unit" in PLUGIN.describe(path, ReadOptions()).notes[-1]


# COLLADA.


DAE = """<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="inch" meter="0.0254"/><up_axis>{up}</up_axis></asset>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="12">0 0 0 100 0 0 100 100 0 0 100 0</float_array>
<technique_common><accessor source="#pa" count="4" stride="3"><param name="X" type="float"/>
<param name="Y" type="float"/><param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<polylist count="1"><input semantic="VERTEX" source="#v" offset="0"/>
<vcount>4</vcount><p>0 1 2 3</p></polylist></mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s"><node id="yard" name="院子">
<node id="a" name="一"><instance_geometry url="#g"/></node>
<node id="b" name="二"><translate>0 0 200</translate><instance_geometry url="#g"/></node>
</node></visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>"""


def test_collada_states_its_unit_and_axis_and_shares_geometry(tmp_path: Path) -> None:
    batch = read_one(write(tmp_path / "yard.dae", DAE.format(up="Z_UP")))
    assert batch.source_ids == ("院子/一", "院子/二")
    assert batch.bodies.mesh[0] is batch.bodies.mesh[1]
    assert np.allclose(points(batch, 0).max(axis=0), [2.54, 2.54, 0])
    assert np.allclose(points(batch, 1).min(axis=0), [0, 0, 5.08])
    upright = read_one(write(tmp_path / "wall.dae", DAE.format(up="Y_UP")))
    assert np.allclose(points(upright, 0).max(axis=0), [2.54, 0, 2.54])


def test_collada_in_utf_16_is_the_same(tmp_path: Path) -> None:
    text = DAE.format(up="Z_UP")
    text = text.replace('version="1.0"?', 'version="1.0" encoding="utf-16"?')
    batch = read_one(write(tmp_path / "yard.dae", text.encode("utf-16")))
    assert batch.source_ids == ("院子/一", "院子/二")


def test_collada_with_a_broken_light_keeps_its_geometry(tmp_path: Path) -> None:
    light = '<library_lights><light id="sun"/></library_lights><library_geometries>'
    text = DAE.format(up="Z_UP").replace("<library_geometries>", light)
    batch = read_one(write(tmp_path / "yard.dae", text))
    assert len(batch) == 2
    assert any("light" in note for note in batch.notes)


def test_collada_without_usable_geometry_says_what_is_broken(tmp_path: Path) -> None:
    text = DAE.format(up="Z_UP").replace("0 0 0 100", "0,0 0,0 0,0 100,0")
    with pytest.raises(SourceDataError, match="float array"):
        read_one(write(tmp_path / "commas.dae", text))


def test_collada_with_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    text = DAE.format(up="Z_UP").replace('<?xml version="1.0"?>', bomb)
    with pytest.raises(SourceDataError, match="entities"):
        read_one(write(tmp_path / "bomb.dae", text))


def test_collada_nodes_that_multiply_are_refused(tmp_path: Path) -> None:
    library = "".join(
        f'<node id="n{n}"><instance_node url="#n{n + 1}"/><instance_node url="#n{n + 1}"/></node>'
        for n in range(40)
    )
    library += '<node id="n40"><instance_geometry url="#g"/></node>'
    text = DAE.format(up="Z_UP").replace(
        "<library_visual_scenes>",
        f"<library_nodes>{library}</library_nodes><library_visual_scenes>",
    )
    text = text.replace(
        '<node id="yard"', '<node id="x"><instance_node url="#n0"/></node><node id="yard"'
    )
    with pytest.raises(SourceDataError, match="nodes refer"):
        read_one(write(tmp_path / "bomb.dae", text))


# OBJ.


def test_objects_become_features_and_groups_do_where_there_is_none(tmp_path: Path) -> None:
    faces = "{0} 甲楼\nf 1 2 3\n{0} 乙楼\nf 1 3 4\n{0} 甲楼\nf 2 3 4\n"
    for word in "og":
        batch = read_one(obj(tmp_path, SQUARE + faces.format(word)))
        assert batch.source_ids == ("甲楼", "乙楼")
        assert batch.attributes["triangle_count"].to_pylist() == [2, 1]


def test_names_in_gbk_are_read(tmp_path: Path) -> None:
    text = SQUARE + "o 武汉市江汉区办公楼\nf 1 2 3\n"
    batch = read_one(write(tmp_path / "model.obj", text.encode("gbk")))
    assert batch.source_ids == ("武汉市江汉区办公楼",)


def test_concave_face_keeps_its_area_and_side(tmp_path: Path) -> None:
    outline = "v 0 0 5\nv 4 0 5\nv 4 4 5\nv 2 1 5\nv 0 4 5\n"
    batch = read_one(obj(tmp_path, outline + "f 1 2 3 4 5\n"))
    area, normal = area_and_normal(triangle_points(batch))
    assert area == pytest.approx(10.0)
    assert np.allclose(normal / np.linalg.norm(normal), [0, 0, 1])
    batch = read_one(obj(tmp_path, outline + "f 5 4 3 2 1\n"))
    area, normal = area_and_normal(triangle_points(batch))
    assert area == pytest.approx(10.0)
    assert normal[2] < 0


def test_negative_numbers_count_back_from_their_line(tmp_path: Path) -> None:
    text = SQUARE + "f -4 -3 -2\n" + "v 9 9 9\nv 8 9 9\nv 9 8 9\n" + "f -3 -2 -1\n"
    batch = read_one(obj(tmp_path, text))
    corners = triangle_points(batch)
    assert np.allclose(corners[0], [[0, 0, 0], [1, 0, 0], [1, 1, 0]])
    assert np.allclose(corners[1], [[9, 9, 9], [8, 9, 9], [9, 8, 9]])


@pytest.mark.parametrize(
    ("face", "has_normals"),
    [
        ("1 2 3", False),
        ("1/1 2/2 3/3", False),
        ("1//1 2//1 3//1", True),
        ("1/1/1 2/2/1 3/3/1", True),
        ("1/1/1 2//1 3", False),
        ("1/ 2/ 3/", False),
    ],
)
def test_corners_may_be_written_in_any_form(face: str, has_normals: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    text = SQUARE + "vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 2\n" + f"f {face}\n"
    batch = read_one(obj(tmp_path, text))
    assert np.allclose(triangle_points(batch)[0], [[0, 0, 0], [1, 0, 0], [1, 1, 0]])
    normals = batch.bodies.mesh[0].normals
    assert (normals is not None) == has_normals
    assert normals is None or np.allclose(normals, [0, 0, 1])


def test_lines_may_go_on_after_a_backslash(tmp_path: Path) -> None:
    assert len(triangle_points(read_one(obj(tmp_path, SQUARE + "f 1 \\\n2 3 \\\n4\r\n")))) == 2


def test_vertex_colours_are_read_unless_all_white(tmp_path: Path) -> None:
    coloured = "v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nf 1 2 3\n"
    colours = read_one(obj(tmp_path, coloured)).bodies.mesh[0].colours
    assert colours is not None
    assert colours.tolist() == [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]
    tower = read_one(shared_path(f"{MESHES}/tour_part_dieu_0.obj"))
    assert tower.bodies.mesh[0].colours is None


def test_materials_come_from_the_library_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "图").mkdir()
    write(tmp_path / "图" / "wall one.png", b"picture")
    write(
        tmp_path / "model.mtl",
        "newmtl wall\nKd 0 0 0\nmap_Kd -clamp on -s 1 1 图/wall one.png\n"
        "newmtl glass\nKd 0.2 0.4 0.6\nd 0.5\nnewmtl red\nKd 1\nTr 0.25\n",
    )
    faces = "usemtl wall\nf 1/1 2/1 3/1\nusemtl glass\nf 1/1 3/1 4/1\nusemtl none\nf 2/1 3/1 4/1\n"
    batch = read_one(obj(tmp_path, "mtllib model.mtl\n" + SQUARE + "vt 0 0\n" + faces))
    wall, glass, red = batch.palette
    assert wall.texture is not None
    assert (wall.colour, wall.texture.wrap) == ((1.0, 1.0, 1.0, 1.0), "clamp")
    assert wall.texture.source == (tmp_path / "图" / "wall one.png").resolve()
    assert glass.colour == (0.2, 0.4, 0.6, 0.5)
    assert red.colour == (1.0, 1.0, 1.0, 0.75)
    assert batch.bodies.mesh[0].materials.tolist() == [0, 1, PLAIN]
    assert any("'none'" in note for note in batch.notes)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "/etc/hostname",
        "http://127.0.0.1:9/a.png",
        "C:\\a.png",
        "file:///etc/hostname",
        "gone.png",
    ],
)
def test_textures_outside_the_folder_are_never_read(name: str, tmp_path: Path) -> None:
    write(tmp_path / "secret.png", b"secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    write(inner / "model.mtl", f"newmtl wall\nmap_Kd {name}\n")
    batch = read_one(obj(inner, "mtllib model.mtl\n" + SQUARE + "usemtl wall\nf 1 2 3\n"))
    assert batch.palette[0].texture is None
    assert any("texture" in note for note in batch.notes)


def test_faulty_triangles_are_left_out_and_counted(tmp_path: Path) -> None:
    more = "v nan 0 0\nv 2 2 2\n"
    faces = "f 1 2 3\nf 1 2 2\nf 1 2 5\nf 1 2 9\nf 1 2 0\nf 1 3 6\n"
    batch = read_one(obj(tmp_path, SQUARE + more + faces + "f 1 1 1\n"))
    assert batch.attributes["triangle_count"].to_pylist() == [2]
    assert {reason.split(",")[0]: count for reason, count in batch.tallies.items()} == {
        "triangles name a vertex that is not there": 2,
        "triangles have a vertex that is not a finite number": 1,
        "triangles without area": 2,
    }
    assert np.isfinite(points(batch)).all()


def test_object_without_a_sound_triangle_is_a_reject(tmp_path: Path) -> None:
    batch = read_one(obj(tmp_path, SQUARE + "o good\nf 1 2 3\no bad\nf 1 2 2\n"))
    assert batch.source_ids == ("good",)
    assert [(one.record, one.value) for one in batch.rejects] == [(2, "bad")]


def test_upright_plane_has_a_footprint(tmp_path: Path) -> None:
    batch = read_one(obj(tmp_path, "v 0 0 0\nv 5 0 0\nv 5 0 3\nf 1 2 3\n"))
    assert batch.geometry[0].is_valid
    assert batch.geometry[0].area == pytest.approx(5.01 * 0.01)


# STL.


def test_solids_of_a_text_stl_keep_their_names(tmp_path: Path) -> None:
    corners = "".join(f"vertex {xy} {{0}}\n" for xy in ("0 0", "1 0", "0 1"))
    facet = f"facet normal 0 0 1\nouter loop\n{corners}endloop\nendfacet\n"
    solids = [f"solid {name}\n{facet.format(z)}endsolid {name}\n" for z, name in enumerate("甲乙")]
    batch = read_one(write(tmp_path / "model.stl", "".join(solids)))
    assert batch.source_ids == ("甲", "乙")
    assert points(batch, 1)[:, 2].tolist() == [1, 1, 1]


def test_binary_stl_may_begin_like_text(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 1, 1)).export(file_type="stl")
    path = write(tmp_path / "model.stl", b"solid made by a program".ljust(80) + box[80:])
    assert read_one(path).attributes["triangle_count"].to_pylist() == [12]


# PLY.


PLY = """ply
format ascii 1.0
comment TextureFile wall.png
element vertex 5
property float x
property float y
property float z
{vertex}element face 2
{face}property list uchar int vertex_indices
{list}end_header
"""
CORNERS = [(0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0), (2, 6, 0)]
FACES = [(0, 1, 2, 3), (3, 2, 4)]


def ply(order: str) -> bytes:
    """A square and a triangle, in text or in bytes of an order."""
    head = PLY.format(vertex="", face="", list="")
    if not order:
        lines = [" ".join(map(str, corner)) for corner in CORNERS]
        lines += [" ".join(map(str, (len(face), *face))) for face in FACES]
        return (head + "\n".join(lines) + "\n").encode()
    name = "binary_little_endian" if order == "<" else "binary_big_endian"
    body = np.array(CORNERS, f"{order}f4").tobytes()
    for face in FACES:
        body += bytes([len(face)]) + np.array(face, f"{order}i4").tobytes()
    return head.replace("ascii", name).encode() + body


@pytest.mark.parametrize("order", ["", "<", ">"])
def test_ply_faces_may_have_several_sizes(order: str, tmp_path: Path) -> None:
    batch = read_one(write(tmp_path / "model.ply", ply(order)))
    area, normal = area_and_normal(triangle_points(batch))
    assert area == pytest.approx(16 + 4)
    assert normal[2] > 0
    assert any("wall.png" in note for note in batch.notes)


@pytest.mark.parametrize("order", ["", "<", ">"])
def test_ply_that_is_cut_off_is_refused(order: str, tmp_path: Path) -> None:
    with pytest.raises(SourceDataError, match="cut off"):
        read_one(write(tmp_path / "model.ply", ply(order)[:-5]))


def test_ply_texture_coordinates_of_corners_and_colours_of_faces_are_kept(tmp_path: Path) -> None:
    colours = "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    text = PLY.format(vertex="", face=colours, list="property list uchar float texcoord\n")
    text += "".join(f"{x} {y} {z}\n" for x, y, z in CORNERS)
    text += "255 0 0 4 0 1 2 3 8 0 0 1 0 1 1 0 1\n0 0 255 3 3 2 4 6 0 0 1 0 0.5 1\n"
    write(tmp_path / "wall.png", b"picture")
    batch = read_one(write(tmp_path / "model.ply", text))
    (mesh,) = batch.bodies.mesh
    assert mesh.uv is not None
    assert mesh.colours is not None
    wanted = np.array([[0, 0], [1, 0], [0.5, 1]])
    assert np.allclose(mesh.uv[mesh.triangles[2]], wanted)
    assert mesh.colours[mesh.triangles[0, 0]].tolist() == [255, 0, 0, 255]
    assert mesh.colours[mesh.triangles[2, 0]].tolist() == [0, 0, 255, 255]
    assert batch.palette[0].texture is not None
    assert set(mesh.materials) == {0}


@pytest.mark.parametrize("order", ["", "<"])
def test_ply_that_states_more_than_it_holds_is_refused(order: str, tmp_path: Path) -> None:
    data = ply(order).replace(b"element face 2", b"element face 99999999999")
    with pytest.raises(SourceDataError, match="99999999999 of 'face'"):
        read_one(write(tmp_path / "model.ply", data))


def test_ply_texture_coordinates_of_vertices_are_kept(tmp_path: Path) -> None:
    text = PLY.format(vertex="property float s\nproperty float t\n", face="", list="")
    text += "".join(f"{x} {y} {z} {x / 4} {y / 4}\n" for x, y, z in CORNERS)
    text += "4 0 1 2 3\n3 3 2 4\n"
    (mesh,) = read_one(write(tmp_path / "model.ply", text)).bodies.mesh
    assert mesh.uv is not None
    assert np.allclose(mesh.uv, mesh.positions[:, :2] / 4)


def test_footprint_of_many_points_is_their_hull(tmp_path: Path) -> None:
    positions = np.random.default_rng(5).normal(size=(20_001, 3)).astype("<f4") * [30, 12, 5]
    soup = trimesh.Trimesh(positions, np.arange(20_001).reshape(-1, 3), process=False)
    path = tmp_path / "soup.stl"
    soup.export(path)
    batch = read_one(path)
    assert batch.geometry[0].equals(shapely.convex_hull(shapely.multipoints(points(batch)[:, :2])))


# glTF.


def gltf(folder: Path, **changes: Any) -> Path:
    """A triangle shown by one node, with changes to the document."""
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "T"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [
            {
                "byteLength": 36,
                "uri": "data:application/octet-stream;base64,"
                + base64.b64encode(positions).decode(),
            }
        ],
    }
    return write(folder / "model.gltf", orjson.dumps(document | changes))


def test_node_transforms_multiply_down_the_tree(tmp_path: Path) -> None:
    half = float(np.sqrt(0.5))
    nodes = [
        {"children": [1], "translation": [10, 0, 0], "name": "site"},
        {"mesh": 0, "rotation": [0, half, 0, half], "scale": [2, 2, 2], "name": "house"},
    ]
    batch = read_one(gltf(tmp_path, nodes=nodes))
    assert batch.source_ids == ("site/house",)
    wanted = np.array([[10, 0, 0], [10, 0, -2], [10, 2, 0]])  # y up
    assert np.allclose(points(batch), wanted[:, [0, 2, 1]] * [1, -1, 1], atol=1e-6)


def test_flat_extras_become_attributes(tmp_path: Path) -> None:
    nodes = [{"mesh": 0, "name": "T", "extras": {"floors": 6, "use": "住宅", "deep": {"a": 1}}}]
    batch = read_one(gltf(tmp_path, nodes=nodes))
    (row,) = batch.attributes.to_pylist()
    assert (row["floors"], row["use"], row["name"]) == (6, "住宅", "T")
    assert "deep" not in row
    named = read_one(gltf(tmp_path, nodes=nodes), ReadOptions(id_field="use"))
    assert named.source_ids == ("住宅",)


def test_nodes_of_one_name_keep_ids_of_their_own(tmp_path: Path) -> None:
    nodes = [{"mesh": 0, "name": "T", "translation": [n, 0, 0]} for n in range(3)]
    batch = read_one(gltf(tmp_path, nodes=nodes, scenes=[{"nodes": [0, 1, 2]}]))
    assert batch.source_ids == ("T", "T-2", "T-3")
    assert len({id(mesh) for mesh in batch.bodies.mesh}) == 1


def test_quantised_positions_are_scaled(tmp_path: Path) -> None:
    stored = np.array([[0, 0, 0, 0], [32767, 0, 0, 0], [0, 32767, 0, 0]], "<i2").tobytes()
    uri = "data:;base64," + base64.b64encode(stored).decode()
    path = gltf(
        tmp_path,
        extensionsRequired=["KHR_mesh_quantization"],
        buffers=[{"byteLength": 24, "uri": uri}],
        bufferViews=[{"buffer": 0, "byteLength": 24, "byteStride": 8}],
        accessors=[
            {
                "bufferView": 0,
                "componentType": 5122,
                "normalized": True,
                "count": 3,
                "type": "VEC3",
            }
        ],
    )
    assert np.allclose(points(read_one(path)).max(axis=0), [1, 0, 1])


def test_texture_coordinates_are_moved_and_turned_v_up(tmp_path: Path) -> None:
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    stored = positions + np.array([[0, 0], [1, 0], [0, 1]], "<f4").tobytes()
    picture = {"offset": [0.25, 0.5], "scale": [0.5, 0.25]}
    path = gltf(
        tmp_path,
        buffers=[{"byteLength": 60, "uri": "data:;base64," + base64.b64encode(stored).decode()}],
        bufferViews=[
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 24},
        ],
        accessors=[
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"},
        ],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
        materials=[
            {
                "doubleSided": True,
                "alphaMode": "BLEND",
                "pbrMetallicRoughness": {
                    "baseColorFactor": [1, 0.214, 0, 0.5],
                    "baseColorTexture": {
                        "index": 0,
                        "extensions": {"KHR_texture_transform": picture},
                    },
                },
            }
        ],
        textures=[{"source": 0, "sampler": 0}],
        samplers=[{"wrapS": 33071, "wrapT": 33071}],
        images=[{"uri": "wall%20one.png"}],
    )
    write(tmp_path / "wall one.png", b"picture")
    batch = read_one(path)
    (mesh,) = batch.bodies.mesh
    assert mesh.uv is not None
    assert np.allclose(mesh.uv, np.array([[0.25, 0.5], [0.75, 0.5], [0.25, 0.25]]))
    (material,) = batch.palette
    assert material.double_sided
    assert material.texture is not None
    assert material.texture.wrap == "clamp"
    assert material.colour == pytest.approx((1.0, 0.5, 0.0, 0.5), abs=1e-3)


@pytest.mark.parametrize("mode", [5, 6])
def test_strips_and_fans_face_one_way(mode: int, tmp_path: Path) -> None:
    corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]
    order = [0, 1, 2, 3] if mode == 5 else [0, 1, 3, 2]
    stored = np.array([corners[n] for n in order], "<f4").tobytes()
    path = gltf(
        tmp_path,
        buffers=[{"byteLength": 48, "uri": "data:;base64," + base64.b64encode(stored).decode()}],
        bufferViews=[{"buffer": 0, "byteLength": 48}],
        accessors=[{"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"}],
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "mode": mode}]}],
    )
    area, normal = area_and_normal(triangle_points(read_one(path)))
    assert area == pytest.approx(1.0)
    assert np.allclose(normal / np.linalg.norm(normal), [0, -1, 0])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"extensionsRequired": ["KHR_draco_mesh_compression"]}, "KHR_draco_mesh_compression"),
        ({"asset": {"version": "1.0"}}, "version 1.0"),
        ({"nodes": [{"mesh": 7}]}, "meshes: no number 7"),
        ({"nodes": [{"children": [0], "mesh": 0}]}, "no tree"),
        ({"scenes": [{"nodes": []}]}, "no node shows a triangle"),
        ({"bufferViews": [{"buffer": 0, "byteLength": 37}]}, "cut off"),
        ({"buffers": [{"byteLength": 36, "uri": "http://127.0.0.1:9/a.bin"}]}, "never fetched"),
        ({"buffers": [{"byteLength": 36, "uri": "../a.bin"}]}, r"\.\."),
        ({"buffers": [{"byteLength": 36, "uri": "a.bin"}]}, "no such file"),
        ({"accessors": [{"componentType": 9, "count": 3, "type": "VEC3"}]}, "accessor 0"),
        ({"nodes": [{"mesh": 0, "matrix": [1, 2]}]}, "16 numbers"),
        ({"meshes": [{"primitives": [{"attributes": {}}]}]}, "POSITION"),
        ({"meshes": "none"}, "no list"),
        ({"accessors": [{"componentType": 5126, "count": 1 << 40, "type": "VEC3"}]}, "legal: 0"),
    ],
)
def test_broken_gltf_is_refused_by_what_is_wrong(
    changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceDataError, match=reason) as caught:
        read_one(gltf(tmp_path, **changes))
    assert "\n" not in str(caught.value)


def test_index_out_of_range_drops_its_triangle(tmp_path: Path) -> None:
    path = tmp_path / "box.glb"
    trimesh.creation.box((1, 1, 1)).export(path)
    data = bytearray(path.read_bytes())
    length = struct.unpack("<I", data[12:16])[0]
    document = orjson.loads(data[20 : 20 + length])
    accessor = document["accessors"][document["meshes"][0]["primitives"][0]["indices"]]
    view = document["bufferViews"][accessor["bufferView"]]
    start = 20 + length + 8 + view.get("byteOffset", 0)
    data[start : start + 4] = struct.pack("<I", 9_999)
    batch = read_one(write(path, bytes(data)))
    assert batch.attributes["triangle_count"].to_pylist() == [11]
    assert sum(batch.tallies.values()) == 1


def test_flattening_transform_is_a_reject_and_mirroring_is_kept(tmp_path: Path) -> None:
    nodes = [
        {"mesh": 0, "name": "flat", "scale": [0, 1, 1]},
        {"mesh": 0, "name": "m", "scale": [-1, 1, 1]},
    ]
    batch = read_one(gltf(tmp_path, nodes=nodes, scenes=[{"nodes": [0, 1]}]))
    assert batch.source_ids == ("m",)
    assert np.linalg.det(batch.bodies.matrix[0, :3, :3]) < 0
    assert "flattens" in batch.rejects[0].reason


# Files that are not what they should be.


@pytest.mark.parametrize("suffix", PLUGIN.suffixes)
def test_cut_off_files_are_refused_in_one_line(suffix: str, tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 1, 1))
    kind = suffix.removeprefix(".")
    if kind == "gltf":
        whole = gltf(tmp_path).read_bytes()
    elif kind == "dae":
        whole = as_collada(box)
    else:
        exported = box.export(file_type=kind)
        whole = exported.encode() if isinstance(exported, str) else exported
    cut = len(whole) // 3 if kind == "obj" else len(whole) * 2 // 3
    with pytest.raises(SourceDataError) as caught:
        read_one(write(tmp_path / f"cut{suffix}", whole[:cut]))
    assert "\n" not in str(caught.value)
    assert f"cut{suffix}" in str(caught.value)


def test_point_cloud_in_a_ply_is_no_mesh(tmp_path: Path) -> None:
    path = tmp_path / "points.ply"
    trimesh.PointCloud(np.random.default_rng(1).random((50, 3))).export(path)
    with pytest.raises(SourceDataError, match="point cloud"):
        read_one(path)


def test_nothing_but_flat_triangles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SourceDataError, match="no triangle that can be drawn: 1 triangles without"
    ):
        read_one(obj(tmp_path, SQUARE + "f 1 2 2\n"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (ReadOptions(unit="parsec"), "--unit 'parsec'; legal: m, mm"),
        (ReadOptions(up_axis="w"), "--up-axis 'w'; legal: x, y, z"),
        (ReadOptions(crs="EPSG:4490"), "legal: a projected CRS or local"),
        (ReadOptions(crs="EPSG:4547", unit="mm"), "the CRS EPSG:4547 tells the unit"),
        (ReadOptions(id_field="gid"), "no attribute 'gid'; known: name, node_path"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: ReadOptions, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        PLUGIN.describe(shared_path(f"{MESHES}/fuze.obj"), options)


# A CRS of the Earth.


def test_mesh_in_map_coordinates_stands_where_the_crs_puts_each_vertex(tmp_path: Path) -> None:
    corner = np.array([530_000.0, 3_380_000.0, 20.0])
    corners = corner + np.array([[0, 0, 0], [2000, 0, 0], [2000, 3000, 0], [0, 3000, 40.0]])
    lines = [f"v {x:.3f} {y:.3f} {z:.3f}\n" for x, y, z in corners]
    path = obj(tmp_path, "".join(lines) + "vn 0 0 1\nf 1//1 2//1 3//1 4//1\n")
    batch = read_one(path, ReadOptions(crs="EPSG:4547"))
    assert np.allclose(points(batch), corners)
    settled = settle(batch).batch
    assert settled.crs == "EPSG:4490"
    geodetic = geodetic_from_ecef(points(settled))
    wanted = settle(
        FeatureBatch(
            "EPSG:4547",
            shapely.points(corners),
            batch.attributes.take([0, 0, 0, 0]),
            ("a", "b", "c", "d"),
            np.arange(4),
        )
    ).batch.geometry
    assert np.allclose(geodetic[:, :2], shapely.get_coordinates(wanted), atol=1e-9)
    assert np.allclose(geodetic[:, 2], corners[:, 2], atol=1e-4)
    assert np.abs(settled.bodies.mesh[0].positions).max() < 4_000
    assert settled.bodies.mesh[0].normals is not None
    assert np.allclose(settled.bodies.mesh[0].normals, [0, 0, 1], atol=1e-3)
