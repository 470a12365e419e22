"""From files to tilesets at their place: what the command does, measured in the glb files."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from cim import frames, plugins
from cim.arrays import Float64
from cim.readers.base import Reader, ReadOptions
from tests.cim.test_clamping import at, tilted, write_terrain
from tests.commands import cim, refusal
from tests.conftest import shared_path
from tests.tiles.making import (
    contents_of,
    glb_files,
    khronos_issues,
    root_of,
    world_matrices,
)
from tiles.gltf import read, scene
from tiles.gltf.read import Gltf
from tiles.tiles3d.validate import validate

MODELS = "data/models"
TRUCK, TOWER = f"{MODELS}/mesh/CesiumMilkTruck.glb", f"{MODELS}/mesh/tour_part_dieu_0.obj"
LOCAL_GML = f"{MODELS}/citygml/ogc_Building_LOD1-LocalEngineeringCRS_v2.gml"
LON, LAT, HEIGHT = 114.3, 30.6, 25.0
ANCHOR = ("--anchor", f"{LON},{LAT},{HEIGHT}")


def ecef(folder: Path) -> Float64:
    """(v, 3) all vertices of a tileset, Earth-centred."""
    worlds = world_matrices(folder)
    found: list[Float64] = []
    for content in contents_of(folder):
        matrix = worlds[content.where]
        found.append(scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(found)


def in_model(folder: Path, heading_deg: float) -> Float64:
    """(v, 3) vertices in the frame of the model, by PROJ and not by our own formulas."""
    pipeline = f"+proj=topocentric +ellps=GRS80 +lon_0={LON} +lat_0={LAT} +h_0={HEIGHT}"
    moved = Transformer.from_pipeline(pipeline).transform(*ecef(folder).T)
    east, north, up = np.array(moved)
    heading = np.radians(heading_deg)
    right = east * np.cos(heading) - north * np.sin(heading)
    ahead = east * np.sin(heading) + north * np.cos(heading)
    return np.column_stack((right, ahead, up))


def stated(path: Path, **options: Any) -> Float64:
    """(v, 3) all points of a source in its own frame."""
    kind = "mesh" if "mesh" in path.parts else "cityjson" if "json" in path.name else "citygml"
    reader: Reader = plugins.load(kind, "cim.readers")
    (batch,) = reader.read(path, ReadOptions(crs="local", **options))
    points = [shapely.get_coordinates(batch.surfaces.geometry, include_z=True)]
    for mesh, matrix in zip(batch.bodies.mesh, batch.bodies.matrix, strict=True):
        points.append(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(points)


def farthest(one: Float64, other: Float64) -> float:
    """Greatest distance of a point of one set from the nearest of the other."""
    tree = shapely.STRtree(shapely.points(other[:, :2]))
    found = 0.0
    for point in one:
        near = tree.query(shapely.Point(point[:2]), "dwithin", 0.05)
        distances = np.linalg.norm(other[near] - point, axis=1)
        found = max(found, distances.min(initial=np.inf))
    return found


@pytest.mark.parametrize("heading", [0.0, 40.0, 250.0])
@pytest.mark.parametrize("name", [TRUCK, TOWER])
def test_every_vertex_of_a_mesh_stands_where_anchor_and_heading_put_it(
    name: str, heading: float, tmp_path: Path
) -> None:
    path = shared_path(name)
    cim("tiles", "build", path, "-o", tmp_path / "out", *ANCHOR, "--heading-deg", heading)
    found, wanted = in_model(tmp_path / "out", heading), stated(path)
    assert np.allclose(found.min(axis=0), wanted.min(axis=0), atol=0.011)
    assert np.allclose(found.max(axis=0), wanted.max(axis=0), atol=0.011)
    assert farthest(found, wanted) < 0.011
    assert farthest(wanted, found) < 0.011


@pytest.mark.parametrize(
    "name", ["fuze.obj", "CesiumMilkTruck.glb", "tour_part_dieu_0.obj", "tour_part_dieu_1.obj"]
)
def test_tilesets_of_real_meshes_pass_both_validators(name: str, tmp_path: Path) -> None:
    path = shared_path(f"{MODELS}/mesh/{name}")
    done = cim("tiles", "build", path, "-o", tmp_path / "out", *ANCHOR)
    assert done.row["skipped"] == {}
    assert validate(tmp_path / "out") == []
    for report in khronos_issues(glb_files(tmp_path / "out")):
        assert report["numErrors"] == 0, report["messages"]


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        (LOCAL_GML, (0.0, 0.0, 0.0)),
        (f"{MODELS}/citygml/cg4j_invalid_building_v3.gml", (0.0, 0.0, 0.0)),
        (f"{MODELS}/cityjson/DH_01_subs.city.json", None),
        (f"{MODELS}/cityjson/vienna.city.jsonl", None),
        (f"{MODELS}/cityjson/1b_w_texture.city.json", None),
        (f"{MODELS}/cityjson/multisurface_with_material.json", (0.0, 0.0, 0.0)),
    ],
)
def test_city_models_without_a_crs_stand_at_the_anchor(
    name: str, origin: tuple[float, ...] | None, tmp_path: Path
) -> None:
    path = shared_path(name)
    words = ("-o", tmp_path / "out", *ANCHOR, "--heading-deg", 30)
    done = cim("tiles", "build", path, *words)
    (found,) = done.row["georeference"]
    assert (found["method"], found["crs"], found["heading_deg"]) == ("anchor", "local", 30.0)
    if origin is None:
        assert "--local-origin" in done.err
        assert found["notes"]
    else:
        assert found["origin"] == list(origin)
    wanted = stated(path) - np.array(found["origin"])
    made = in_model(tmp_path / "out", 30.0)
    assert np.allclose(made.min(axis=0), wanted.min(axis=0), atol=0.02)
    assert np.allclose(made.max(axis=0), wanted.max(axis=0), atol=0.02)
    assert validate(tmp_path / "out") == []


def test_local_origin_moves_a_model_to_the_anchor(tmp_path: Path) -> None:
    path = shared_path(TRUCK)
    words = ("-o", tmp_path / "out", *ANCHOR, "--local-origin", "100,200,5")
    cim("tiles", "build", path, *words)
    wanted = stated(path) - [100, 200, 5]
    assert np.allclose(in_model(tmp_path / "out", 0).min(axis=0), wanted.min(axis=0), atol=0.011)


def test_units_and_axes_are_told_by_options(tmp_path: Path) -> None:
    path = shared_path(f"{MODELS}/mesh/tour_part_dieu_1.obj")
    words = ("-o", tmp_path / "out", *ANCHOR, "--unit", "ft", "--up-axis", "y")
    cim("tiles", "build", path, *words)
    made = in_model(tmp_path / "out", 0)
    x, y, z = np.ptp(stated(path), axis=0) * 0.3048
    assert np.allclose(np.ptp(made, axis=0), [x, z, y], atol=0.02)


def test_files_of_several_formats_make_one_tileset(tmp_path: Path) -> None:
    words = ("-o", tmp_path / "out", *ANCHOR)
    done = cim("tiles", "build", shared_path(TRUCK), shared_path(LOCAL_GML), *words)
    assert done.row["features"] == 3 + 2
    assert [one["source"] for one in done.row["georeference"]] == [
        Path(TRUCK).name,
        Path(LOCAL_GML).name,
    ]
    recorded = root_of(tmp_path / "out")["asset"]["extras"]["georeference"]
    assert recorded == done.row["georeference"]
    assert validate(tmp_path / "out") == []


def test_orthometric_anchor_is_raised_by_the_geoid_or_said_to_stay(tmp_path: Path) -> None:
    words = ("-o", tmp_path / "out", *ANCHOR, "--anchor-heights", "orthometric")
    (found,) = cim("tiles", "build", shared_path(TRUCK), *words).row["georeference"]
    assert "EGM2008 height" in found["height_reference"]
    raised = "turned into ellipsoidal" in found["height_reference"]
    assert raised or "heights stay EGM2008 height" in found["height_reference"]
    assert raised == (found["anchor"][2] != HEIGHT)


# A CRS of the Earth.


def write_hall(path: Path, order: tuple[int, int]) -> Path:
    """A slab of 60 by 20 by 9 m in EPSG:4547, columns in an order of east and north."""
    corners = [(east, north, up) for up in (12, 21) for north in (0, 20) for east in (0, 60)]
    lines = []
    for east, north, up in corners:
        plane = (530_000 + east, 3_380_000 + north)
        lines.append(f"v {plane[order[0]]} {plane[order[1]]} {up}\n")
    path.write_text("".join(lines) + "o hall\nf 1 3 4 2\nf 5 6 8 7\nf 1 2 6 5\nf 3 7 8 4\n")
    return path


@pytest.mark.parametrize("words", [(), ("--swap-axes",)])
def test_mesh_in_map_coordinates_stands_in_its_crs(words: tuple[str, ...], tmp_path: Path) -> None:
    path = write_hall(tmp_path / "hall.obj", (1, 0) if words else (0, 1))
    done = cim("tiles", "build", path, "-o", tmp_path / "out", "--crs", "EPSG:4547", *words)
    geodetic = frames.geodetic_from_ecef(ecef(tmp_path / "out"))
    plane = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    east, north = plane.transform(geodetic[:, 0], geodetic[:, 1])
    assert (east.min(), east.max()) == pytest.approx((530_000, 530_060), abs=0.011)
    assert (north.min(), north.max()) == pytest.approx((3_380_000, 3_380_020), abs=0.011)
    assert (geodetic[:, 2].min(), geodetic[:, 2].max()) == pytest.approx((12, 21), abs=0.011)
    (found,) = done.row["georeference"]
    assert (found["method"], found["crs"]) == ("crs", "EPSG:4547")
    assert "names no height reference" in found["height_reference"]


# Terrain.


def numbers_of(content: Gltf, name: str) -> list[float]:
    (table,) = read.property_tables(content)
    column = table["properties"][name]
    return [float(value) for value in read.numbers(content, column, "FLOAT32", table["count"])]


def write_footprints(path: Path, **columns: list[float]) -> Path:
    """Two footprints of two pixels of the tilted terrain, and one outside it."""
    corners = [(10, 20), (100, 50), (-40, 20)]
    boxes = [shapely.box(*at(c, r + 2), *at(c + 2, r)) for c, r in corners]
    columns = columns or {"height": [10.0, 20.0, 30.0]}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(boxes),
        field_data=[np.array(values) for values in columns.values()],
        fields=list(columns),
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    return path


def test_footprints_stand_on_the_terrain_and_tell_how_far_they_moved(tmp_path: Path) -> None:
    terrain = write_terrain(tmp_path / "ground.tif", tilted())
    source = write_footprints(tmp_path / "houses.gpkg", height=[10.0, 20.0, 30.0])
    words = ("-o", tmp_path / "out", "--clamp", "terrain", "--terrain", terrain)
    done = cim("tiles", "build", source, *words)
    assert done.row["notes"]["outside the terrain or its data, height kept"] == 1
    geodetic = frames.geodetic_from_ecef(ecef(tmp_path / "out"))
    inside = geodetic[geodetic[:, 0] > at(0, 0)[0]]
    grounds = [geodetic[geodetic[:, 0] < at(0, 0)[0], 2].min()]
    for column in (10, 100):
        here = np.abs(inside[:, 0] - at(column + 1, 0)[0]) < 2e-4
        grounds.append(inside[here, 2].min())
    assert grounds == pytest.approx([0.0, 10 + 200, 100 + 500], abs=0.05)
    (found,) = done.row["georeference"]
    assert found["clamping"] == "terrain"
    assert found["terrain"].startswith("ground.tif, heights above the ellipsoid")
    assert "ground.tif" in done.row["height_reference"]


def test_models_stand_on_the_terrain_with_their_offset_in_the_tiles(tmp_path: Path) -> None:
    terrain = write_terrain(tmp_path / "ground.tif", np.full((300, 300), 111.0))
    words = ("-o", tmp_path / "out", *ANCHOR, "--clamp", "terrain", "--terrain", terrain)
    cim("tiles", "build", shared_path(TRUCK), *words)
    heights = frames.geodetic_from_ecef(ecef(tmp_path / "out"))[:, 2]
    assert heights.min() == pytest.approx(111.0, abs=0.011)
    (content,) = contents_of(tmp_path / "out")
    original = numbers_of(content, "original_height_m")
    offsets = numbers_of(content, "height_offset_m")
    assert np.allclose(np.add(original, offsets), 111.0, atol=1e-3)
    assert min(original) == pytest.approx(HEIGHT, abs=0.01)


def test_constant_offset_raises_all_and_says_so(tmp_path: Path) -> None:
    source = write_footprints(tmp_path / "houses.gpkg", height=[9.0] * 3, sockel=[5.0, 6.0, 7.0])
    words = ("-o", tmp_path / "out", "--base-field", "sockel")
    done = cim("tiles", "build", source, *words, "--clamp", "offset", "--height-offset-m", -2.5)
    heights = frames.geodetic_from_ecef(ecef(tmp_path / "out"))[:, 2]
    assert heights.min() == pytest.approx(2.5, abs=0.011)
    assert "-2.5 m" in done.row["height_reference"]
    found = sorted(
        v for c in contents_of(tmp_path / "out") for v in numbers_of(c, "original_height_m")
    )
    assert found == [5.0, 6.0, 7.0]


@pytest.mark.filterwarnings("ignore:.crs. was not provided:UserWarning")
def test_footprints_of_a_local_frame_stand_at_the_anchors_height(tmp_path: Path) -> None:
    source = tmp_path / "yard.gpkg"
    pyogrio.raw.write(
        source,
        geometry=shapely.to_wkb([shapely.box(0, 0, 20, 10)]),
        field_data=[np.array([6.0])],
        fields=["height"],
        geometry_type="Polygon",
    )
    cim("tiles", "build", source, "-o", tmp_path / "out", *ANCHOR)
    made = in_model(tmp_path / "out", 0)
    assert np.allclose(made.min(axis=0), [0, 0, 0], atol=0.011)
    assert np.allclose(made.max(axis=0), [20, 10, 6], atol=0.011)


# Loading.


def test_meshes_load_as_footprints_with_attributes_and_say_what_stays(tmp_path: Path) -> None:
    cim("init", tmp_path / "city", "--title-zh", "测试市")
    words = ("--layer", "trucks", "-w", tmp_path / "city", *ANCHOR)
    done = cim("load", shared_path(TRUCK), *words)
    assert done.row["inserted"] == 3
    assert any("stay in the file" in note for note in done.row["notes"])
    assert any("114.3, 30.6, 25 m" in note for note in done.row["notes"])
    assert "no place on the Earth" not in done.err
    again = cim("load", shared_path(TRUCK), *words)
    assert again.row["unchanged"] == 3


# Refusals.


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "without a place on the Earth; place it with --anchor"),
        (("--heading-deg", "3"), "--heading-deg needs --anchor"),
        (("--local-origin", "1,2"), "--local-origin needs --anchor"),
        (("--anchor", "114.3;30.6"), "'114.3;30.6'; legal: lon,lat,height"),
        (("--anchor", "30.6,114.3,0"), "latitude within 90"),
        ((*ANCHOR, "--local-origin", "1"), "legal: x,y or x,y,z"),
        ((*ANCHOR, "--anchor-heights", "sea"), "height reference 'sea'"),
        ((*ANCHOR, "--clamp", "ground"), "legal: none, offset, terrain"),
        ((*ANCHOR, "--clamp", "terrain"), "--clamp terrain and --terrain"),
        ((*ANCHOR, "--clamp", "offset"), "needs --height-offset-m"),
        ((*ANCHOR, "--height-offset-m", "3"), "is for --clamp offset"),
        ((*ANCHOR, "--terrain", "gone.tif", "--clamp", "terrain"), "no such terrain file"),
        ((*ANCHOR, "--unit", "parsec"), "--unit 'parsec'; legal"),
        ((*ANCHOR, "--swap-axes"), "--heading-deg turns a local frame"),
        ((*ANCHOR, "--crs", "EPSG:4547"), "all sources state one"),
    ],
)
def test_placing_options_that_do_not_fit_are_refused_in_one_line(
    words: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    found = refusal("tiles", "build", shared_path(TRUCK), "-o", tmp_path / "out", *words)
    assert reason in found
    assert not (tmp_path / "out" / "tileset.json").exists()


def test_unit_of_a_city_model_is_its_own_to_state(tmp_path: Path) -> None:
    words = ("-o", tmp_path / "out", *ANCHOR, "--unit", "mm")
    found = refusal("tiles", "build", shared_path(LOCAL_GML), *words)
    assert "--unit mm is for mesh files" in found


def test_loading_a_model_without_a_place_is_refused(tmp_path: Path) -> None:
    cim("init", tmp_path / "city", "--title-zh", "测试市")
    found = refusal("load", shared_path(TRUCK), "--layer", "t", "-w", tmp_path / "city")
    assert "--anchor lon,lat,height" in found
