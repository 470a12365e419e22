"""The clash test: depths and volumes that are known, pairs that are none, frames, reports."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cim.arrays import Float64, Int32
from cim.bim.clash.base import ClashOptions, Element, Shell
from cim.bim.clash.measure import common
from cim.bim.clash.reading import Source, read_source
from cim.bim.clash.run import ClashRun, find_clashes
from cim.bim.clash.skipping import HOUSE_SKIPPING, Skipping, read_skipping
from cim.bim.clash.solids import Solids, pieces_of
from cim.bim.limits import Limits
from cim.bim.model import IfcObject
from cim.errors import InputError
from tests.cim.bim.reading import changed, path_of
from tests.commands import cim, refusal, run_cim

WALLS = "s05_ifc4x3_m_utm31_mapconversion.ifc"
SECOND_WALL = "IFCCARTESIANPOINT((0.,4.,0.))"
"""Walls are 5 m long, 0.3 m thick and 3 m high, the first about x 0 and y 0."""

KALK = "schependomlaan_ROOT-kalkzandsteen.ifczip"
ROOF = "schependomlaan_ROOT-kapconstructie.ifczip"
OLD = "s02_ifc2x3_mm_no_georef.ifc"


@lru_cache(maxsize=8)
def source_of(path: Path) -> Source:
    return read_source(path, Limits())


def run(*paths: Path, options: ClashOptions | None = None) -> ClashRun:
    skipping = read_skipping((HOUSE_SKIPPING,))
    return find_clashes(tuple(map(source_of, paths)), options or ClashOptions(), skipping)


def moved(folder: Path, x: float, y: float) -> Path:
    """The model of walls with the second one elsewhere."""
    return changed(folder, WALLS, (SECOND_WALL, f"IFCCARTESIANPOINT(({x},{y},0.))"))


def test_two_walls_share_the_room_that_they_share(tmp_path: Path) -> None:
    (clash,) = run(moved(tmp_path, 2.0, 0.2)).clashes
    assert clash.kind == "hard"
    assert clash.depth_m == pytest.approx(0.1, abs=1e-6)
    assert clash.volume_m3 == pytest.approx(3.0 * 0.1 * 3.0, abs=1e-6)
    assert clash.point == pytest.approx((1.0, 0.1, 1.5), abs=1e-6)
    assert clash.is_exact
    assert {clash.first.object.name, clash.second.object.name} == {"Wände-墙-0", "Wände-墙-1"}


@pytest.mark.parametrize(
    ("y", "options", "kinds"),
    [
        (0.295, ClashOptions(), []),
        (0.295, ClashOptions(tolerance_m=0.001), ["hard"]),
        (0.3, ClashOptions(clearance_m=0.1), []),
        (0.34, ClashOptions(), []),
        (0.34, ClashOptions(clearance_m=0.05), ["clearance"]),
        (0.34, ClashOptions(clearance_m=0.03), []),
    ],
    ids=["in tolerance", "deeper", "touching", "apart", "too near", "far enough"],
)
def test_tolerance_and_clearance_say_what_counts(
    tmp_path: Path, y: float, options: ClashOptions, kinds: list[str]
) -> None:
    clashes = run(moved(tmp_path, 0.0, y), options=options).clashes
    assert [clash.kind for clash in clashes] == kinds
    assert all(clash.gap_m == pytest.approx(0.04) for clash in clashes if clash.gap_m is not None)


def test_a_model_does_not_clash_with_itself_where_elements_are_the_same() -> None:
    path = path_of(WALLS)
    assert run(path, path).clashes == ()


def test_fillings_coverings_and_parts_are_no_clash() -> None:
    given = source_of(path_of("duplex.ifc"))
    relations = {(one.source, one.target) for one in given.model.relations if one.kind == "fills"}
    clashes = run(path_of("duplex.ifc")).clashes
    keys = {(clash.first.object.key, clash.second.object.key) for clash in clashes}
    assert clashes
    assert relations
    assert not relations & (keys | {(b, a) for a, b in keys})


def test_models_of_one_building_meet_in_their_own_coordinates() -> None:
    found = run(path_of(KALK), path_of(ROOF))
    assert found.together.frame == "local"
    assert found.elements == (135, 141)
    assert (found.pairs, found.clashes) == (43, ())


def test_a_model_without_a_place_needs_the_frame_named() -> None:
    with pytest.raises(InputError, match=f"{OLD} has no place on the Earth; frame local"):
        run(path_of(WALLS), path_of(OLD))
    found = run(path_of(WALLS), path_of(OLD), options=ClashOptions(frame="local"))
    assert found.together.frame == "local"
    assert {(clash.first.side, clash.second.side) for clash in found.clashes} == {(0, 1)}


def test_models_with_other_origins_meet_by_their_places(tmp_path: Path) -> None:
    conversion = ("629000.,5804000.,45.,1.,0.,1.", "629002.,5804000.,45.,1.,0.,1.")
    other = changed(
        tmp_path, WALLS, conversion, ("2JD5ec6VbFOO1uWROpvfkZ", "2JD5ec6VbFOO1uWROpvfkA")
    )
    found = run(path_of(WALLS), other)
    assert found.together.frame == "earth"
    (clash,) = found.clashes
    assert clash.volume_m3 == pytest.approx(3.0 * 0.3 * 3.0, rel=0.01)


def box(
    low: tuple[float, float, float], high: tuple[float, float, float]
) -> tuple[Float64, Int32]:
    x, y, z = (np.array(pair) for pair in zip(low, high, strict=True))
    points = np.array([(a, b, c) for a in x for b in y for c in z], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return points, np.array(faces, np.int32)


def element(points: Float64, faces: Int32) -> Element:
    shell = Shell(repr(points.tobytes()), points, faces)
    thing = IfcObject("k", 1, "k", "element", "IfcProxy")
    return Element(0, thing, "", ((shell, np.eye(4)),), points.min(axis=0), points.max(axis=0))


SIDES = st.tuples(*[st.floats(0.05, 5)] * 3)
SHIFTS = st.tuples(*[st.floats(-4, 4)] * 3)


@given(SIDES, SIDES, SHIFTS, st.floats(-3, 3))
def test_two_boxes_share_what_their_sides_share(
    first: tuple[float, ...], second: tuple[float, ...], shift: tuple[float, ...], turn: float
) -> None:
    a, b, move = (np.array(one) for one in (first, second, shift))
    overlap = np.minimum(a, move + b) - np.maximum(0, move)
    assume(np.abs(overlap).min() > 1e-3)
    around = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    solids = Solids()
    bodies = []
    for low, high in ((np.zeros(3), a), (move, move + b)):
        points, faces = box(tuple(low), tuple(high))
        bodies.append(solids.of(element(points @ around.T, faces)).body)
    found = common(bodies[0], bodies[1], 0.0)
    if overlap.min() < 0:
        assert found is None
    else:
        assert found is not None
        assert found.volume_m3 == pytest.approx(overlap.prod(), rel=1e-3)
        assert found.depth_m == pytest.approx(overlap.min(), abs=1e-4)


def test_boxes_that_share_an_edge_are_taken_apart_and_exact() -> None:
    first, faces = box((0, 0, 0), (1, 1, 1))
    second, _ = box((1, 1, 0), (2, 2, 1))
    points, triangles = np.vstack((first, second)), np.vstack((faces, faces + 8))
    solid = Solids().of(element(points, triangles.astype(np.int32)))
    assert solid.is_exact
    assert solid.body.volume() == pytest.approx(2.0)


def test_a_piece_that_does_not_close_stands_in_with_its_hull() -> None:
    points, faces = box((0, 0, 0), (1, 1, 1))
    solid = Solids().of(element(points, faces[:-1]))
    assert not solid.is_exact
    assert solid.body.volume() == pytest.approx(1.0)
    flat = Solids().of(element(points, faces[:2]))
    assert (flat.body, flat.is_exact) == (None, False)


def test_a_solid_that_is_inside_out_is_turned() -> None:
    points, faces = box((0, 0, 0), (1, 2, 3))
    solids = Solids()
    for turned in (faces, faces[:, ::-1]):
        solid = solids.of(element(points, turned))
        assert solid.is_exact
        assert solid.body.volume() == pytest.approx(6.0)
        solids = Solids()


def test_pieces_hang_together_over_edges_of_two_triangles() -> None:
    strip = np.array([[0, 1, 2], [1, 3, 2], [4, 5, 6], [2, 3, 7], [7, 3, 8]])
    assert [piece.tolist() for piece in pieces_of(strip)] == [[0, 1, 3, 4], [2]]


def test_classes_and_pairs_can_be_left_out(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('skip_pairs = [["IfcWall", "IfcWall"]]', "utf-8")
    path = moved(tmp_path, 2.0, 0.2)
    sources = (source_of(path),)
    assert find_clashes(sources, ClashOptions(), read_skipping((own,))).clashes == ()
    assert find_clashes(sources, ClashOptions(), Skipping(("IfcWall",))).elements == (0,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("skip = []", "no key 'skip'; known: skip_classes, skip_pairs"),
        ("skip_pairs = 3", "legal: a list"),
        ('skip_pairs = [["IfcWall"]]', "legal: two IFC classes"),
        ('skip_classes = ["wall"]', "'wall'; legal: an IFC class"),
        ("[[", "no file of clash rules"),
    ],
)
def test_files_of_other_content_are_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="own") as refused:
        read_skipping((file,))
    assert told in str(refused.value)


def test_the_command_writes_page_and_json_and_exits_by_clashes(tmp_path: Path) -> None:
    page = tmp_path / "clash.html"
    done = run_cim("bim", "clash", moved(tmp_path, 2.0, 0.2), "-o", page)
    assert done.code == 1
    assert "elements clash; hard: 1" in done.err
    (row,) = done.rows
    assert (row["kind"], row["depth_m"], row["volume_m3"]) == ("hard", 0.1, 0.9)
    assert row["lon_lat_height"] == pytest.approx([4.89, 52.37, 46.5], abs=0.01)
    document = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert document["class_pairs"] == [
        {"kind": "hard", "classes": ["IfcWall", "IfcWall"], "count": 1}
    ]
    assert document["map"]["features"][0]["geometry"]["type"] == "Point"
    text = page.read_text("utf-8")
    assert "硬碰撞" in text
    assert "hard clash" in text
    assert text.count("<circle") == 1
    for outside in ("http://", "https://", "src=", "<link"):
        assert outside not in text
    sound = cim("bim", "clash", path_of(WALLS))
    assert sound.rows == []


def test_options_out_of_bounds_are_refused() -> None:
    path = path_of(WALLS)
    assert "tolerance_m: -1; legal: 0 to 100" in refusal("bim", "clash", path, "--tolerance-m", -1)
    assert "clearance_m: 500" in refusal("bim", "clash", path, "--clearance-m", 500)
    assert "'auto', 'earth' or 'local'" in refusal("bim", "clash", path, "--frame", "sky")
