"""Paints, pictures and colours of contents."""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image

from cim.appearance import PLAIN, Look, Material, Texture, Wrap
from cim.arrays import Uint8
from cim.features import FeatureBatch, Surfaces
from tests.tiles.making import (
    HOUSE_KINDS,
    LAT,
    LON,
    cube,
    gabled_house,
    khronos_issues,
    make_bodies,
    make_features,
)
from tiles import content
from tiles.content import Content
from tiles.gltf import glb, read
from tiles.gltf.paint import Look as Colours
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions, ContentSpec
from tiles.prepare import prepare
from tiles.properties import ENTITY_ID

FRAME = content.frame_of(LON, LAT)
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (220, 220, 30)


def made(batch: FeatureBatch, error_m: float = 0.0, **options: Any) -> Content:
    chosen = (ENTITY_ID,)
    settled = prepare(batch, chosen, BuildOptions(Path("x")))
    spec = ContentSpec(chosen, Colours(), floors=False, materials=settled.materials, **options)
    return content.make_content(settled.table, FRAME, spec, geometric_error_m=error_m)


def opened(made_content: Content) -> Gltf:
    return Gltf(*glb.unpack(made_content.data, where="x.glb"), "x.glb")


def house(looks: Look | None, *palette: Material) -> FeatureBatch:
    surfaces = Surfaces(
        np.zeros(1, np.int64),
        ("2",),
        np.array([shapely.MultiPolygon(list(gabled_house()))], object),
        (HOUSE_KINDS,),
        (looks,),
    )
    return make_features([None], surfaces=surfaces, palette=palette)


def quartered(width: int = 64, height: int = 64, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture: red and green above, blue and yellow below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, YELLOW
    target = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(target, kind)
    return target.getvalue()


def picture(source: bytes | Path, wrap: Wrap = "repeat") -> Material:
    return Material("facade", texture=Texture("facade.png", source, wrap))


def uv_of(low: tuple[float, float], high: tuple[float, float], rings: Any) -> Any:
    """Texture coordinates for all points of polygons: each corner of a quad at one of a box."""
    u = [low[0], high[0], high[0], low[0], low[0]]
    v = [low[1], low[1], high[1], high[1], low[1]]
    corners = np.column_stack((u, v))
    sizes = [len(shapely.get_coordinates(each)) for each in rings]
    return np.concatenate(
        [corners if size == 5 else np.full((size, 2), np.nan) for size in sizes]
    ).astype(np.float32)


def textured_house(
    material: Material, low: tuple[float, float] = (0, 0), high: tuple[float, float] = (1, 1)
) -> FeatureBatch:
    """The house with a picture on its two roofs and its two walls of four corners."""
    walls = gabled_house()
    rows = np.array([PLAIN, PLAIN, 0, PLAIN, 0, 0, 0], np.int32)
    return house(Look(rows, uv_of(low, high, walls)), material)


def pixels_of(gltf: Gltf, number: int = 0) -> Uint8:
    image = gltf.document["images"][number]
    data = read.view_bytes(gltf, image["bufferView"])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def seen(gltf: Gltf, primitive: dict[str, Any]) -> list[tuple[int, int, int]]:
    """The quarter's colour at each corner of a textured primitive, a little inside."""
    pixels = pixels_of(gltf).astype(int)
    stored = read.accessor_values(gltf, primitive["attributes"]["TEXCOORD_0"])
    uv = stored / 65_535 if stored.dtype == np.uint16 else stored.astype(float)
    triangles = read.accessor_values(gltf, primitive["indices"])[:, 0].reshape(-1, 3)
    found = []
    for triangle in triangles:
        middle = uv[triangle].mean(axis=0)
        for corner in uv[triangle]:
            u, v = corner + 0.1 * (middle - corner)
            at = pixels[int(v * len(pixels)), int(u * pixels.shape[1]), :3]
            colours = [RED, GREEN, BLUE, YELLOW]
            away = [np.abs(at - np.array(colour)).sum() for colour in colours]
            found.append(colours[int(np.argmin(away))])
    return found


def named(gltf: Gltf) -> dict[str, dict[str, Any]]:
    """Primitives by the name of their material."""
    names = [material["name"] for material in gltf.document["materials"]]
    return {names[each["material"]]: each for each in read.primitives(gltf)}


def sound(tmp_path: Path, *contents: Content) -> bool:
    files = []
    for number, each in enumerate(contents):
        files.append(tmp_path / f"{number}.glb")
        files[-1].write_bytes(each.data)
    reports = khronos_issues(files)
    for report in reports:
        assert (report["numErrors"], report["numWarnings"]) == (0, 0), report["messages"]
    return len(reports) == len(contents)


def test_classes_have_their_colours_where_nothing_is_told() -> None:
    assert set(named(opened(made(house(None))))) == {"roof", "wall", "ground"}


def test_picture_lies_on_the_polygon_the_right_way_up(tmp_path: Path) -> None:
    whole = made(textured_house(picture(quartered())))
    gltf = opened(whole)
    primitive = named(gltf)["texture"]
    counts = Counter(seen(gltf, primitive))
    assert counts == {BLUE: 8, YELLOW: 4, GREEN: 8, RED: 4}
    assert set(named(gltf)) == {"texture", "wall", "ground"}
    assert sound(tmp_path, whole)


def test_corners_of_the_picture_are_at_the_corners_of_the_polygon() -> None:
    """The lower left of the picture is where the ring begins: at (w, s), at the eaves."""
    gltf = opened(made(textured_house(picture(quartered()))))
    primitive = named(gltf)["texture"]
    places = read.accessor_values(gltf, primitive["attributes"]["POSITION"])
    colours = seen(gltf, primitive)
    assert len(places) == 16
    assert colours[0] == BLUE


@pytest.mark.parametrize("wrap", ["repeat", "mirror"])
def test_whole_turns_are_taken_off(wrap: Wrap) -> None:
    turned = made(textured_house(picture(quartered(), wrap), (4, -2), (5, -1)))
    plain = made(textured_house(picture(quartered(), wrap)))
    shown = [
        Counter(seen(opened(each), named(opened(each))["texture"])) for each in (turned, plain)
    ]
    assert shown[0] == shown[1]


def test_only_the_used_part_is_cut_out() -> None:
    cut = made(textured_house(picture(quartered(512, 512)), (0.5, 0.5), (1, 1)))
    pixels = pixels_of(opened(cut))
    assert max(pixels.shape[:2]) <= 272
    green = np.abs(pixels[20:-20, 20:-20, :3].astype(int) - GREEN).sum(axis=2) < 40
    assert green.mean() > 0.95


def test_parts_that_fill_the_picture_are_cut_as_one() -> None:
    walls = gabled_house()
    uv = uv_of((0, 0), (1, 0.45), walls)
    upper = np.concatenate(
        [np.full(len(each.exterior.coords), row > 3) for row, each in enumerate(walls)]
    )
    uv[upper, 1] += 0.5
    rows = np.array([PLAIN, PLAIN, 0, PLAIN, 0, 0, 0], np.int32)
    gltf = opened(made(house(Look(rows, uv), picture(quartered(128, 128)))))
    assert len(gltf.document["images"]) == 1
    assert max(pixels_of(gltf).shape[:2]) <= 140


def test_parts_far_apart_are_cut_alone() -> None:
    walls = gabled_house()
    uv = uv_of((0, 0), (0.1, 0.1), walls)
    upper = np.concatenate(
        [np.full(len(each.exterior.coords), row > 3) for row, each in enumerate(walls)]
    )
    uv[upper] += 0.9
    rows = np.array([PLAIN, PLAIN, 0, PLAIN, 0, 0, 0], np.int32)
    gltf = opened(made(house(Look(rows, uv), picture(quartered(1000, 1000)))))
    assert pixels_of(gltf).size < 4 * 300 * 300


def test_picture_that_repeats_a_little_is_drawn_repeated() -> None:
    gltf = opened(made(textured_house(picture(quartered()), (0, 0), (1.5, 1))))
    assert gltf.document["samplers"][0]["wrapS"] == 33071
    assert pixels_of(gltf).shape[1] >= 96


def test_picture_that_repeats_often_stays_whole_and_wraps() -> None:
    gltf = opened(made(textured_house(picture(quartered()), (0, 0), (12, 9))))
    assert gltf.document["samplers"][0]["wrapS"] == 10497
    assert pixels_of(gltf).shape[:2] == (64, 64)
    uv = read.accessor_values(gltf, named(gltf)["texture"]["attributes"]["TEXCOORD_0"])
    assert np.ptp(uv, axis=0) == pytest.approx([12, 9])


def test_upper_tiles_have_smaller_pictures() -> None:
    batch = textured_house(picture(quartered(1024, 1024)))
    sizes = [max(pixels_of(opened(made(batch, error))).shape) for error in (0.0, 4.0, 64.0)]
    assert sizes[0] > 1000
    assert sizes[0] > 4 * sizes[1] > 8 * sizes[2]


def test_same_picture_of_many_polygons_is_kept_once() -> None:
    assert pixels_of(opened(made(textured_house(picture(quartered()))))).shape[:2] == (72, 72)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"no picture", "header"),
        (quartered(kind="JPEG")[:-300], "body"),
        (Path("gone.png"), "file"),
    ],
)
def test_broken_picture_is_a_plain_colour_and_counted(
    broken: bytes | Path, why: str, tmp_path: Path
) -> None:
    whole = made(textured_house(picture(broken)))
    assert whole.notes == {"picture cannot be read, plain colour drawn": 1}, why
    assert sound(tmp_path, whole)


def test_transparent_picture_is_cut_out_and_stays_a_png(tmp_path: Path) -> None:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[:, 32:, 3] = 0
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    whole = made(textured_house(picture(target.getvalue())))
    gltf = opened(whole)
    assert gltf.document["images"][0]["mimeType"] == "image/png"
    assert gltf.document["materials"][named(gltf)["texture"]["material"]]["alphaMode"] == "MASK"
    assert sound(tmp_path, whole)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "I;16", "1"])
def test_any_kind_of_pixel_is_drawn(mode: str) -> None:
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    source = quartered(kind=kind, mode=mode)
    assert made(textured_house(picture(source))).notes == {}


def test_hundred_plain_colours_are_one_primitive(tmp_path: Path) -> None:
    palette = tuple(Material(colour=(n / 100, 0.5, 0.2, 1)) for n in range(100))
    bodies = make_bodies(*[cube(5, material=n) for n in range(100)])
    whole = made(make_features([None] * 100, bodies=bodies, palette=palette))
    gltf = opened(whole)
    assert list(named(gltf)) == ["colours"]
    colours = read.accessor_values(gltf, named(gltf)["colours"]["attributes"]["COLOR_0"])
    assert len(np.unique(colours, axis=0)) > 60
    assert sound(tmp_path, whole)


def test_see_through_material_is_blended_and_the_rest_is_not() -> None:
    palette = (Material(colour=(0, 0, 1, 0.4)), Material(colour=(1, 0, 0, 1)))
    bodies = make_bodies(cube(material=0), cube(material=1))
    gltf = opened(made(make_features([None] * 2, bodies=bodies, palette=palette)))
    modes = [material.get("alphaMode", "OPAQUE") for material in gltf.document["materials"]]
    assert sorted(modes) == ["BLEND", "OPAQUE"]


def test_vertex_shared_by_two_materials_has_both_colours() -> None:
    mesh = cube(normals=np.tile(np.array([0, 0, 1], np.float32), (8, 1)))
    materials = (np.arange(12) % 2).astype(np.int32)
    palette = (Material(colour=(1, 0, 0, 1)), Material(colour=(0, 1, 0, 1)))
    bodies = make_bodies(type(mesh)(mesh.positions, mesh.triangles, materials, mesh.normals))
    gltf = opened(made(make_features([None], bodies=bodies, palette=palette)))
    (primitive,) = read.primitives(gltf)
    colours = read.accessor_values(gltf, primitive["attributes"]["COLOR_0"])
    triangles = read.accessor_values(gltf, primitive["indices"])[:, 0].reshape(-1, 3)
    for triangle in triangles:
        assert len(np.unique(colours[triangle], axis=0)) == 1


def test_vertex_colours_are_linear(tmp_path: Path) -> None:
    colours = np.tile(np.array([188, 0, 255, 255], np.uint8), (8, 1))
    whole = made(make_features([None], bodies=make_bodies(cube(colours=colours))))
    gltf = opened(whole)
    (primitive,) = read.primitives(gltf)
    stored = read.accessor_values(gltf, primitive["attributes"]["COLOR_0"])
    assert stored[0].tolist() == [128, 0, 255, 255]
    assert sound(tmp_path, whole)


def test_equal_input_gives_equal_bytes() -> None:
    batch = textured_house(picture(quartered()))
    assert made(batch).data == made(batch).data
