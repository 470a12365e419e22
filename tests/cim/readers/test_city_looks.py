"""How city models look: materials, textures and their coordinates, from both formats.

Texture coordinates in these files are made from the corners they belong to, so that a batch can
be checked position by position, whatever was turned, dropped or closed on the way.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.appearance import PLAIN, Look, Material
from cim.arrays import Float32, Float64
from cim.features import FeatureBatch, select
from cim.readers._city_palette import Picture
from cim.readers._citygml_targets import Painted, Targets, Textured
from cim.readers.base import ReadOptions
from cim.reading import reader_for
from tests.cim.readers import test_citygml as gml
from tests.cim.readers import test_cityjson as cj
from tests.conftest import shared_path

LOOKS = ReadOptions(appearance=True)
JSON_ORIGIN = (91_500.0, 436_500.0, 2.0)
RED = {"name": "brick", "diffuseColor": [0.5, 0.25, 0.125], "transparency": 0.25}


def uv_of(xyz: Float64, origin: tuple[float, float, float]) -> Float32:
    """The texture coordinates that these tests give to a corner."""
    x, y, z = (xyz - np.array(origin)).T
    return np.stack([(x + 0.5 * z) / 8, (y + 0.25 * z) / 8], axis=1).astype(np.float32)


def assert_uv_follow_corners(
    batch: FeatureBatch, origin: tuple[float, float, float] = JSON_ORIGIN
) -> int:
    """Check every position of every textured polygon; return how many polygons are textured."""
    textured = 0
    for surface, kinds, look in zip(
        batch.surfaces.geometry, batch.surfaces.kinds, batch.surfaces.looks, strict=True
    ):
        if look is None:
            continue
        polygons = shapely.get_parts(surface)
        assert len(look.materials) == len(kinds) == len(polygons)
        assert look.materials.max() < len(batch.palette)
        has = [has_texture(batch, row) for row in look.materials.tolist()]
        textured += sum(has)
        if look.uv is None:
            assert not any(has)
            continue
        xyz, owners = shapely.get_coordinates(polygons, include_z=True, return_index=True)
        shown = np.array(has)[owners]
        assert len(look.uv) == len(xyz) == shapely.get_num_coordinates(surface)
        np.testing.assert_allclose(look.uv[shown], uv_of(xyz, origin)[shown], atol=1e-3)
        assert np.isnan(look.uv[~shown]).all()
    return textured


def has_texture(batch: FeatureBatch, row: int) -> bool:
    return row != PLAIN and batch.palette[row].texture is not None


def look_of(batch: FeatureBatch) -> Look:
    (look,) = batch.surfaces.looks
    assert look is not None
    return look


def textured_document(folder: Path, *, image: str = "wall.png", **changes: Any) -> dict[str, Any]:
    """The box with a picture on all sides, whose texture vertices are numbered as its corners."""
    (folder / "wall.png").write_bytes(b"not looked into")
    document = cj.make_document(**changes)
    vertices = np.array(document["vertices"], np.float64)
    document["appearance"] = {
        "textures": [{"type": "PNG", "image": image, "wrapMode": "mirror"}],
        "vertices-texture": uv_of(vertices, (0, 0, 0)).tolist(),
        "materials": [RED],
    }
    for body in document["CityObjects"].values():
        for geometry in body["geometry"]:
            geometry["texture"] = {"summer": {"values": on_texture(geometry["boundaries"])}}
    return document


def on_texture(boundaries: Any) -> Any:
    """Texture values that name for each corner the texture vertex of its number."""
    if boundaries and isinstance(boundaries[0], list):
        return [on_texture(one) for one in boundaries]
    return [0, *boundaries]


def read(folder: Path, document: Any, name: str = "a.city.json") -> FeatureBatch:
    path = folder / name
    if isinstance(document, list):
        cj.write_lines(path, *document)
    else:
        cj.write(path, document)
    return cj.read_one(path, LOOKS)


def house_of(document: dict[str, Any]) -> dict[str, Any]:
    geometry: dict[str, Any] = document["CityObjects"]["house"]["geometry"][0]
    return geometry


def test_looks_are_read_only_when_asked_for(tmp_path: Path) -> None:
    path = cj.write(tmp_path / "a.city.json", textured_document(tmp_path))
    batch = cj.read_one(path)
    assert (batch.surfaces.looks, batch.palette, batch.notes) == ((), (), ())


def test_texture_coordinates_lie_at_their_corners_closing_points_too(tmp_path: Path) -> None:
    batch = read(tmp_path, textured_document(tmp_path))
    assert assert_uv_follow_corners(batch) == 6
    (material,) = batch.palette
    assert material.texture is not None
    assert material.texture.source == tmp_path / "wall.png"
    assert (material.texture.wrap, material.colour) == ("mirror", (1.0, 1.0, 1.0, 1.0))


def test_dropped_corners_rings_and_surfaces_take_their_coordinates_with_them(
    tmp_path: Path,
) -> None:
    document = cj.make_document()
    hole = [[2, 2, 5], [4, 2, 5], [4, 4, 5], [2, 4, 5]]
    shell = house_of(document)["boundaries"][0]
    shell[1] = [[4, 5, 5, 6, 7, 7], [11, 10, 9, 8], [0, 1, 0]]
    shell.insert(2, [[0, 1, 1]])
    document["vertices"] = cj.BOX + hole
    textured = textured_document(tmp_path, **document)
    batch = read(tmp_path, textured)
    assert assert_uv_follow_corners(batch) == 6
    assert shapely.get_num_interior_rings(shapely.get_parts(batch.surfaces.geometry[0]))[1] == 1
    assert batch.notes[0].startswith("2 collapsed surfaces or holes")


def test_a_material_is_a_colour_and_a_texture_keeps_its_opacity(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    geometry = house_of(document)
    geometry["texture"]["summer"]["values"][0][0] = [[None]]
    geometry["material"] = {"plain": {"values": [[0, 0, None, None, None, None]]}}
    batch = read(tmp_path, document)
    look = look_of(batch)
    colours = [batch.palette[row].colour for row in look.materials.tolist()]
    assert colours[:3] == [(0.5, 0.25, 0.125, 0.75), (1, 1, 1, 0.75), (1, 1, 1, 1)]
    assert len(batch.palette) == 3
    assert assert_uv_follow_corners(batch) == 5


@pytest.mark.parametrize("value", [{"value": 0}, {"values": [[0] * 6]}])
def test_one_material_for_all_or_one_for_each_surface(
    tmp_path: Path, value: dict[str, Any]
) -> None:
    document = textured_document(tmp_path)
    del house_of(document)["texture"]
    house_of(document)["material"] = {"a": value}
    batch = read(tmp_path, document)
    look = look_of(batch)
    assert look.uv is None
    assert look.materials.tolist() == [0] * 6
    assert batch.palette == (Material(colour=(0.5, 0.25, 0.125, 0.75)),)


def test_the_default_theme_counts_and_else_the_first_by_name(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    document["appearance"]["materials"] = [
        {"diffuseColor": [share, share, share]} for share in (0.0, 0.5, 1.0)
    ]
    geometry = house_of(document)
    del geometry["texture"]
    geometry["material"] = {"winter": {"value": 0}, "autumn": {"value": 1}, "spring": {"value": 2}}
    assert read(tmp_path, document).palette[0].colour[0] == 0.5
    document["appearance"]["default-theme-material"] = "winter"
    assert read(tmp_path, document).palette[0].colour[0] == 0.0
    document["appearance"]["default-theme-material"] = "none of them"
    assert read(tmp_path, document).palette[0].colour[0] == 0.5


@pytest.mark.parametrize("values", [None, [None]])
def test_a_null_stands_for_all_surfaces_below_it(tmp_path: Path, values: Any) -> None:
    document = textured_document(tmp_path)
    house_of(document)["texture"] = {"a": {"values": values}}
    assert read(tmp_path, document).surfaces.looks == ()


@pytest.mark.parametrize(
    ("change", "textured"),
    [
        (lambda values: values[0][0][0].append(3), 5),
        (lambda values: values[0][0][0].__setitem__(1, 99), 5),
        (lambda values: values[0][0][0].__setitem__(1, -1), 5),
        (lambda values: values[0][0][0].__setitem__(1, "x"), 5),
        (lambda values: values[0][0][0].__setitem__(1, 2**63), 5),
        (lambda values: values[0][0][0].__setitem__(1, -(2**63)), 5),
        (lambda values: values[0][0][0].__setitem__(0, 7), 5),
        (lambda values: values[0][0].append([0, 1, 2, 3]), 5),
        (lambda values: values[0].__setitem__(0, 5), 5),
        (lambda values: values[0].pop(), 0),
        (lambda values: values.__setitem__(0, {}), 0),
    ],
)
def test_what_does_not_fit_is_counted_and_the_rest_is_drawn(
    tmp_path: Path, change: Callable[[Any], None], textured: int
) -> None:
    document = textured_document(tmp_path)
    change(house_of(document)["texture"]["summer"]["values"])
    batch = read(tmp_path, document)
    assert (assert_uv_follow_corners(batch) if batch.surfaces.looks else 0) == textured
    (note,) = batch.notes
    what = "surfaces whose texture vertices" if textured else "geometries whose material or"
    assert note.startswith(f"1 {what}")


def test_each_surface_that_does_not_fit_is_counted_once(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    values = house_of(document)["texture"]["summer"]["values"][0]
    values[:4] = [[[0, 99, 1, 2, 3]], [[0, 1, 2]], [[None]], None]
    batch = read(tmp_path, document)
    assert assert_uv_follow_corners(batch) == 2
    assert batch.notes == (
        (
            "2 surfaces whose texture vertices do not fit their corners, "
            "the first with [[0, 99, 1, 2, 3]]"
        ),
    )


@pytest.mark.parametrize(
    "appearance",
    [
        None,
        5,
        {},
        {"textures": {}, "materials": 3, "vertices-texture": "x"},
        {"textures": [None], "materials": [None], "vertices-texture": [[0, 1, 2]]},
        {"textures": [{}], "vertices-texture": [5]},
    ],
)
def test_a_broken_appearance_object_is_as_none_and_the_surfaces_stay(
    tmp_path: Path, appearance: Any
) -> None:
    document = textured_document(tmp_path) | {"appearance": appearance}
    batch = read(tmp_path, document)
    assert batch.palette == ()
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [6]


def test_colours_that_are_none_become_the_default(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    document["appearance"]["materials"] = [{"diffuseColor": ["a"], "transparency": "b"}]
    del house_of(document)["texture"]
    house_of(document)["material"] = {"a": {"value": 0}}
    assert read(tmp_path, document).palette[0].colour == (0.8, 0.8, 0.8, 1.0)


def test_each_line_of_a_sequence_has_an_appearance_of_its_own(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    (tmp_path / "roof.png").write_bytes(b"")
    header = cj.make_document(CityObjects={}, vertices=[])
    first = cj.make_feature("a", appearance=document["appearance"])
    first["CityObjects"]["a"] = document["CityObjects"]["house"]
    second = cj.make_feature("b", appearance=document["appearance"] | {
        "textures": [{"image": "roof.png"}],
    })  # fmt: skip
    second["CityObjects"]["b"] = document["CityObjects"]["house"]
    batch = read(tmp_path, [header, first, second, first], "a.city.jsonl")
    assert assert_uv_follow_corners(batch) == 18
    names = [material.texture.name for material in batch.palette if material.texture]
    assert names == ["wall.png", "roof.png"]
    rows = [look.materials[0] for look in batch.surfaces.looks if look is not None]
    assert rows == [0, 1, 0]


def test_every_batch_has_a_palette_of_its_own(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    header = cj.make_document(CityObjects={}, vertices=[])
    lines = [header]
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"")
        appearance = document["appearance"] | {"textures": [{"image": f"{number}.png"}]}
        line = cj.make_feature(str(number), appearance=appearance)
        line["CityObjects"][str(number)] = document["CityObjects"]["house"]
        lines.append(line)
    path = cj.write_lines(tmp_path / "a.city.jsonl", *lines)
    options = ReadOptions(appearance=True, batch_size=1)
    batches = list(reader_for(path).read(path, options))
    names = [[one.texture.name for one in batch.palette if one.texture] for batch in batches]
    assert names == [["0.png"], ["1.png"], ["2.png"]]
    assert [assert_uv_follow_corners(batch) for batch in batches] == [6, 6, 6]


def test_a_template_brings_its_own_texture(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    template = house_of(document)
    document["geometry-templates"] = {"templates": [template], "vertices-templates": cj.BOX}
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [0]}
    instance["transformationMatrix"] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    lines = [
        document | {"CityObjects": {}, "vertices": []},
        {
            "type": "CityJSONFeature",
            "id": "t",
            "CityObjects": {"t": {"type": "Building", "geometry": [instance]}},
            "vertices": [[0, 0, 0]],
            "appearance": {"textures": [{"image": "../none.png"}]},
        },
    ]
    assert assert_uv_follow_corners(read(tmp_path, lines, "a.city.jsonl")) == 6


def test_looks_follow_their_features_when_some_are_chosen(tmp_path: Path) -> None:
    document = textured_document(tmp_path)
    objects = document["CityObjects"]
    objects["bare"] = {"type": "Building", "geometry": [{**house_of(document)}]}
    del objects["bare"]["geometry"][0]["texture"]
    batch = read(tmp_path, document)
    assert batch.surfaces.looks[1] is None
    chosen = select(batch, np.array([True, False]))
    assert assert_uv_follow_corners(chosen) == 6


OUT = "leads out of the folder of the source by '..'"
ADDRESS = "an address (URI); addresses are never fetched"
ABSOLUTE = "an absolute path; wanted one below the folder of the source"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.png", OUT),
        ("sub/../../secret.png", OUT),
        ("sub\\..\\..\\secret.png", OUT),
        ("%2e%2e/secret.png", OUT),
        ("/etc/hostname", ABSOLUTE),
        ("\\\\server\\share\\a.png", ABSOLUTE),
        ("C:\\pictures\\a.png", ABSOLUTE),
        ("c:a.png", ABSOLUTE),
        ("http://example.org/a.png", ADDRESS),
        ("https://example.org/a.png", ADDRESS),
        ("ftp://example.org/a.png", ADDRESS),
        ("file:///etc/hostname", ADDRESS),
        ("data:image/png;base64,AAAA", ADDRESS),
        ("link.png", "a link that leads out of the folder of the source"),
        ("folder/secret.png", "a link that leads out of the folder of the source"),
        ("sub", "no such file"),
        ("lost.png", "no such file"),
        ("a\0b.png", "not the name of a file"),
        ("x" * 5000, "not the name of a file"),
        ("", "an empty name"),
        ("loop.png", "not the name of a file"),
    ],
)
def test_a_picture_elsewhere_is_never_opened_and_told(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "secret.png").write_bytes(b"")
    city = tmp_path / "city"
    (city / "sub").mkdir(parents=True)
    (city / "link.png").symlink_to(tmp_path / "secret.png")
    (city / "loop.png").symlink_to(city / "loop.png")
    (city / "folder").symlink_to(tmp_path, target_is_directory=True)
    document = textured_document(city, image=name)
    house_of(document)["material"] = {"a": {"value": 0}}
    batch = read(city, document)
    assert batch.palette == (Material(colour=(0.5, 0.25, 0.125, 0.75)),)
    assert batch.notes == (f"1 pictures are not drawn, the first {name[:80]!r}: {reason}",)
    assert look_of(batch).uv is None


@pytest.mark.parametrize("name", ["sub\\my wall.png", "sub/my%20wall.png", " ./sub/my wall.png"])
def test_pictures_are_found_below_the_folder_however_they_are_spelled(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "my wall.png").write_bytes(b"")
    batch = read(tmp_path, textured_document(tmp_path, image=name))
    assert batch.palette[0].texture is not None
    assert batch.palette[0].texture.source == tmp_path / "sub" / "my wall.png"


def test_the_note_counts_the_pictures_and_not_the_surfaces() -> None:
    batch = cj.read_one(
        shared_path("data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json"), LOOKS
    )
    assert batch.notes[1].startswith("148 pictures are not drawn, the first 'appearances/0320_")
    assert batch.notes[1].endswith(".jpg': no such file")
    assert batch.surfaces.looks == ()


@given(
    corners=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=9
    ),
    holes=st.lists(st.lists(st.integers(0, 8), max_size=6), max_size=3),
)
def test_texture_coordinates_stay_with_any_corners(
    tmp_path_factory: pytest.TempPathFactory,
    corners: list[tuple[int, int, int]],
    holes: list[list[int]],
) -> None:
    folder = tmp_path_factory.mktemp("rings")
    outer = list(range(len(corners)))
    inner = [[number % len(corners) for number in hole] for hole in holes]
    geometry = {"type": "MultiSurface", "lod": "2", "boundaries": [[outer, *inner], [[0, 1, 2]]]}
    vertices = [[*corner] for corner in [*corners, (0, 0, 0), (1, 0, 0), (0, 1, 0)]]
    objects = {"house": {"type": "Building", "geometry": [geometry]}}
    document = cj.make_document(CityObjects=objects, vertices=vertices)
    batch = read(folder, textured_document(folder, **document))
    if batch.surfaces.looks:
        assert_uv_follow_corners(batch)


# CityGML


GML_ORIGIN = (gml.X, gml.Y, gml.Z)


def ring(side: int, key: str) -> str:
    """A polygon whose ring has an id of its own."""
    return gml.polygon(side, key).replace(
        "<gml:LinearRing>", f'<gml:LinearRing gml:id="{key}-ring">'
    )


def coordinates(side: int) -> str:
    corners = np.array([gml.BOX[number] for number in gml.SIDES[side] + gml.SIDES[side][:1]])
    uv = uv_of(corners.astype(np.float64), (0, 0, 0))
    return " ".join(map(str, uv.ravel().tolist()))


def texture(*sides: int, image: str = "wall.png", more: str = "") -> str:
    targets = "".join(
        f'<app:target uri="#p{side}"><app:TexCoordList>'
        f'<app:textureCoordinates ring="#p{side}-ring">'
        f"{coordinates(side)}</app:textureCoordinates></app:TexCoordList></app:target>"
        for side in sides
    )
    return (
        f"<app:ParameterizedTexture><app:imageURI>{image}</app:imageURI>"
        f"<app:wrapMode>mirror</app:wrapMode>{targets}{more}</app:ParameterizedTexture>"
    )


def texture_3(*sides: int) -> str:
    """As `texture`, in the encoding of CityGML 3."""
    parts = "".join(
        "<app:textureParameterization><app:TextureAssociation>"
        f"<app:target>#p{side}</app:target><app:textureParameterization><app:TexCoordList>"
        f"<app:textureCoordinates>{coordinates(side)}</app:textureCoordinates>"
        f"<app:ring>#p{side}-ring</app:ring></app:TexCoordList></app:textureParameterization>"
        "</app:TextureAssociation></app:textureParameterization>"
        for side in sides
    )
    return (
        "<app:ParameterizedTexture><app:imageURI>wall.png</app:imageURI>"
        f"<app:wrapMode>mirror</app:wrapMode>{parts}</app:ParameterizedTexture>"
    )


def material(*targets: str, colour: str = "0.5 0.25 0.125", clear: str = "0.25") -> str:
    uris = "".join(f"<app:target>#{target}</app:target>" for target in targets)
    return (
        f"<app:X3DMaterial><app:transparency>{clear}</app:transparency>"
        f"<app:diffuseColor>{colour}</app:diffuseColor>{uris}</app:X3DMaterial>"
    )


def appearance(*data: str, theme: str = "", prop: str = "surfaceDataMember") -> str:
    named = f"<app:theme>{theme}</app:theme>" if theme else ""
    inner = "".join(f"<app:{prop}>{one}</app:{prop}>" for one in data)
    return f"<app:Appearance>{named}{inner}</app:Appearance>"


BODY = (
    f"<bldg:lod1Solid>{gml.solid(*(ring(side, f'p{side}') for side in range(6)))}</bldg:lod1Solid>"
).replace("<gml:Solid>", '<gml:Solid gml:id="body">')


def city(folder: Path, *objects: str, before: str = "", after: str = "") -> Path:
    """A model with appearances of the whole before or after its objects."""
    (folder / "wall.png").write_bytes(b"not looked into")
    text = gml.model(*objects)
    text = text.replace("<core:CityModel ", '<core:CityModel xmlns:app="urn:appearance" ', 1)
    wrapped = [f"<app:appearanceMember>{one}</app:appearanceMember>" if one else ""
               for one in (before, after)]  # fmt: skip
    start = text.index("<core:cityObjectMember>")
    text = text[:start] + wrapped[0] + text[start:]
    return gml.write(folder, text.replace("</core:CityModel>", f"{wrapped[1]}</core:CityModel>"))


def read_city(folder: Path, *objects: str, before: str = "", after: str = "") -> FeatureBatch:
    return gml.read_one(city(folder, *objects, before=before, after=after), LOOKS)


@pytest.mark.parametrize("where", ["before", "after", "inside"])
@pytest.mark.parametrize("make", [texture, texture_3])
def test_a_texture_is_found_wherever_it_stands(
    tmp_path: Path, where: str, make: Callable[..., str]
) -> None:
    prop = "surfaceData" if make is texture_3 else "surfaceDataMember"
    look = appearance(make(0, 1, 2), prop=prop)
    inside = f"<app:appearance>{look}</app:appearance>" if where == "inside" else ""
    outside = {} if inside else {where: look}
    batch = read_city(tmp_path, gml.building(inside + BODY), **outside)
    assert batch.notes == ()
    assert assert_uv_follow_corners(batch, GML_ORIGIN) == 3
    assert look_of(batch).materials.tolist() == [0, 0, 0, PLAIN, PLAIN, PLAIN]
    assert batch.palette[0].texture is not None
    assert batch.palette[0].texture.source == tmp_path / "wall.png"


def test_a_surface_turned_by_its_neighbour_keeps_its_coordinates(tmp_path: Path) -> None:
    first = gml.building(f"<bldg:lod2Solid>{gml.solid(ring(3, 'p3'))}</bldg:lod2Solid>", "a")
    base = '<gml:baseSurface xlink:href="#p3"/>'
    turned = f'<gml:OrientableSurface orientation="-">{base}</gml:OrientableSurface>'
    second = gml.building(f"<bldg:lod2Solid>{gml.solid(turned)}</bldg:lod2Solid>", "b")
    batch = read_city(tmp_path, first, second, after=appearance(texture(3)))
    assert assert_uv_follow_corners(batch, GML_ORIGIN) == 2


@pytest.mark.parametrize(
    ("target", "painted"), [("p1", [1]), ("body", range(6)), ("house", range(6)), ("gone", [])]
)
def test_a_material_paints_a_polygon_or_all_below_its_target(
    tmp_path: Path, target: str, painted: Any
) -> None:
    batch = read_city(tmp_path, gml.building(BODY), after=appearance(material(target)))
    if not painted:
        assert batch.surfaces.looks == ()
        return
    rows = [0 if side in painted else PLAIN for side in range(6)]
    assert look_of(batch).materials.tolist() == rows
    assert batch.palette == (Material(colour=(0.5, 0.25, 0.125, 0.75)),)


def test_the_nearest_target_wins_over_what_is_around_it(tmp_path: Path) -> None:
    look = appearance(material("house"), material("p2", colour="0 0 0", clear="0"))
    batch = read_city(tmp_path, gml.building(BODY), before=look)
    colours = [batch.palette[row].colour for row in look_of(batch).materials.tolist()]
    assert colours[2] == (0, 0, 0, 1)
    assert {*colours[:2], *colours[3:]} == {(0.5, 0.25, 0.125, 0.75)}


def test_of_several_themes_none_at_all_counts_and_else_the_first_by_name(tmp_path: Path) -> None:
    winter = appearance(material("house", colour="1 1 1"), theme="winter")
    autumn = appearance(material("house", colour="0 0 0"), theme="autumn")
    unnamed = appearance(material("house", colour="0.5 0.5 0.5"))
    batch = read_city(tmp_path, gml.building(BODY), before=winter, after=autumn)
    assert batch.palette[0].colour[:3] == (0, 0, 0)
    batch = read_city(tmp_path, gml.building(BODY), before=winter, after=unnamed)
    assert batch.palette[0].colour[:3] == (0.5, 0.5, 0.5)


def test_a_theme_holds_for_all_surface_data_of_its_appearance(tmp_path: Path) -> None:
    parts = [material("house", colour="1 1 1"), *(material(f"p{side}") for side in range(5))]
    late = appearance(*parts, theme="b")
    early = appearance(material("house", colour="0 0 0", clear="0"), theme="a")
    batch = read_city(tmp_path, gml.building(BODY), after=late + early)
    colours = [batch.palette[row].colour for row in look_of(batch).materials.tolist()]
    assert colours == [(0.5, 0.25, 0.125, 0.75)] * 5 + [(0, 0, 0, 1)]


def test_a_texture_is_drawn_over_a_material_whose_opacity_stays(tmp_path: Path) -> None:
    look = appearance(material("house"), texture(1))
    batch = read_city(tmp_path, gml.building(BODY), after=look)
    assert assert_uv_follow_corners(batch, GML_ORIGIN) == 1
    assert batch.palette[look_of(batch).materials[1]].colour == (1, 1, 1, 0.75)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (
            texture(image="air.tif").replace("Parameterized", "Georeferenced"),
            "1 textures of type GeoreferencedTexture are not drawn, the first air.tif",
        ),
        (
            texture(more='<app:target uri="#p0"><app:TexCoordGen/></app:target>'),
            "1 textures placed by TexCoordGen are not drawn, the first wall.png",
        ),
        (
            texture(0).replace(coordinates(0), "0 0 1 1"),
            "1 surfaces whose texture coordinates do not fit their corners, the first p0",
        ),
        (
            texture(0).replace(coordinates(0), "0 NaN x"),
            "1 surfaces whose texture coordinates do not fit their corners, the first p0",
        ),
        (
            texture(0, 1, image="http://example.org/a.png"),
            f"1 pictures are not drawn, the first 'http://example.org/a.png': {ADDRESS}",
        ),
    ],
)
def test_what_is_not_drawn_is_told(tmp_path: Path, data: str, note: str) -> None:
    batch = read_city(tmp_path, gml.building(BODY), after=appearance(data))
    assert batch.notes == (note,)
    assert batch.surfaces.looks == ()


def test_the_deprecated_textured_surface_is_drawn_plain_and_told(tmp_path: Path) -> None:
    old = f'<tex:TexturedSurface gml:id="t">{gml.polygon(1)}</tex:TexturedSurface>'
    surfaces = f"<gml:MultiSurface>{gml.members(old)}</gml:MultiSurface>"
    body = f"<bldg:lod1MultiSurface>{surfaces}</bldg:lod1MultiSurface>"
    text = gml.model(gml.building(body)).replace(
        "<core:CityModel ", '<core:CityModel xmlns:tex="urn:textured" ', 1
    )
    batch = gml.read_text(tmp_path, text, LOOKS)
    assert shapely.get_num_geometries(batch.surfaces.geometry).tolist() == [1]
    assert batch.notes == (
        "1 surfaces of the deprecated type TexturedSurface are drawn plain, the first t",
    )


def test_the_plateau_building_wears_its_picture() -> None:
    path = shared_path(f"{gml.FOLDER}/plateau_53394517_bldg_6697_2_op_CityGML2.gml")
    batch = gml.read_one(path, LOOKS)
    by_lod = dict(zip(batch.surfaces.lod, batch.surfaces.looks, strict=True))
    assert by_lod["0"] is None
    assert by_lod["1"] is None
    look = by_lod["2"]
    assert look is not None
    assert look.uv is not None
    assert np.bincount(look.materials + 1).tolist() == [1, 649]
    assert 0 <= np.nanmin(look.uv) <= np.nanmax(look.uv) <= 1
    (worn,) = batch.palette
    assert worn.texture is not None
    picture = path.parent / "53394517_bldg_6697_appearance" / "stad0158.jpg"
    assert worn.texture.source == picture.resolve()


def test_every_surface_of_the_lod3_building_is_painted() -> None:
    batch = gml.read_one(shared_path(f"{gml.FOLDER}/cg4j_lod3_building_v2.gml"), LOOKS)
    look = look_of(batch)
    assert look.materials.min() == 0
    assert len(batch.palette) == len(set(batch.palette)) == look.materials.max() + 1
    assert all(
        one.texture is None or isinstance(one.texture.source, Path) for one in batch.palette
    )


@given(
    puts=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "x", "y"]), st.integers(0, 9)),
        max_size=30,
    ),
    held=st.integers(1, 5),
)
def test_targets_in_a_file_are_those_in_memory(
    puts: list[tuple[str, str, int]], held: int
) -> None:
    many, few = Targets(), Targets(most_held=held)
    for key, theme, number in puts:
        uv = np.full((number, 2), number, np.float32)
        for targets in (many, few):
            targets.add_texture(key, Textured(theme, Picture(f"{number}.png"), uv))
            targets.add_colour(key, Painted(theme, (number / 9, 0.0, 0.0, 1.0)))
    for key in "abcd":
        assert many.colour(key) == few.colour(key)
        one, other = many.texture(key), few.texture(key)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert (one.theme, one.picture) == (other.theme, other.picture)
            assert one.uv.tolist() == other.uv.tolist()
    few.close()
    assert few.texture("a") is None


def test_no_file_is_left_behind(tmp_path: Path) -> None:
    batch = read_city(tmp_path, gml.building(BODY), after=appearance(texture(0)))
    assert len(batch) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gml", "wall.png"]
