"""Lighter models: nothing strays further than was allowed, nothing vanishes unsaid."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim.arrays import Float64
from cim.bim.solids import facts_of
from cim.bodies import Mesh
from cim.errors import InputError
from cim.features import FeatureBatch
from tests.cim.bim.reading import path_of, read
from tests.commands import cim, refusal
from tests.conftest import shared_path
from tiles.lightening.options import Lightening
from tiles.lightening.run import lighten, weight_of
from tiles.lightening.simplify import error_m, simplified

DUPLEX = "duplex.ifc"


def light(how: Lightening, batch: FeatureBatch | None = None) -> FeatureBatch:
    (made,) = lighten([batch or read(DUPLEX).batch], how)
    return made


def sphere(rings: int = 24, radius: float = 1.0) -> Mesh:
    """A sphere of quads cut in two, closed."""
    theta = np.linspace(0, np.pi, rings + 1)[1:-1]
    phi = np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    ring = np.stack(
        [np.outer(np.sin(theta), np.cos(phi)), np.outer(np.sin(theta), np.sin(phi)),
         np.outer(np.cos(theta), np.ones(len(phi)))], axis=2,
    ).reshape(-1, 3)  # fmt: skip
    points = radius * np.vstack((ring, [[0, 0, 1], [0, 0, -1]]))
    wide, last = len(phi), len(ring)
    faces = []
    for i in range(wide):
        j = (i + 1) % wide
        faces += [(last, i, j), (last + 1, last - wide + j, last - wide + i)]
        for r in range(len(theta) - 1):
            a, b, c, d = r * wide + i, r * wide + j, (r + 1) * wide + i, (r + 1) * wide + j
            faces += [(a, c, b), (b, c, d)]
    return Mesh(points, np.array(faces), np.zeros(len(faces), np.int32))


def inside(mesh: Mesh, count: int) -> Float64:
    """Random points of a surface."""
    rng = np.random.default_rng(7)
    corners = mesh.positions[mesh.triangles]
    areas = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    rows = rng.choice(len(corners), count, p=areas / areas.sum())
    weights = rng.dirichlet((1, 1, 1), count)
    return np.asarray(np.einsum("ij,ijk->ik", weights, corners[rows]))


def test_a_simplified_sphere_stays_closed_within_its_bound() -> None:
    ball = sphere()
    made = simplified(ball, 0.3, 0.03)
    assert made.outcome == "simplified"
    assert len(made.mesh.triangles) <= 0.35 * len(ball.triangles)
    assert facts_of(made.mesh.positions, made.mesh.triangles).is_closed
    assert 0 < made.error_m <= 0.03
    radii = np.linalg.norm(inside(made.mesh, 2_000), axis=1)
    assert radii.max() <= 1.03
    assert radii.min() >= 1 - 0.03 - 0.01, "between the sample points a little more"


def test_a_bound_that_cannot_be_kept_leaves_the_mesh_as_it_is() -> None:
    ball = sphere()
    kept = simplified(ball, 0.05, 1e-5)
    assert (kept.mesh, kept.outcome) == (ball, "error")


def test_borders_of_materials_are_kept() -> None:
    ball = sphere()
    half = replace(
        ball,
        materials=(ball.positions[ball.triangles][:, :, 2].mean(axis=1) > 0.02).astype(np.int32),
    )
    made = simplified(half, 0.4, 0.05)
    assert made.outcome == "simplified"
    assert set(made.mesh.materials.tolist()) == {0, 1}
    assert facts_of(made.mesh.positions, made.mesh.triangles).open_edges == 0
    assert error_m(made.mesh, half, 0.05) <= 0.05


def test_painted_small_and_broken_meshes_stay_as_they_are() -> None:
    ball = sphere()
    shaded = replace(ball, normals=ball.positions.astype(np.float32))
    assert simplified(shaded, 0.5, 1.0).outcome == "painted"
    few = replace(ball, triangles=ball.triangles[:10], materials=ball.materials[:10])
    assert simplified(few, 0.5, 1.0).outcome == "too few triangles"
    broken = replace(ball, positions=np.full_like(ball.positions, np.nan))
    assert simplified(broken, 0.5, 1.0).outcome == "too few triangles"


def test_a_simplified_model_keeps_its_features_and_shares_its_meshes() -> None:
    before = read(DUPLEX).batch
    after = light(Lightening(simplify=0.5, most_error_m=0.05))
    assert after.source_ids == before.source_ids
    assert weight_of(after).triangles < 0.85 * weight_of(before).triangles
    assert len({id(m) for m in after.bodies.mesh}) == len({id(m) for m in before.bodies.mesh})
    told = after.notes[-2:]
    assert told[0].startswith(f"lightened: {weight_of(before).triangles} triangles became ")
    assert f"became {weight_of(after).triangles}, " in told[0]
    assert "(allowed 0.05 m)" in told[1]


def test_small_elements_are_left_out_and_counted() -> None:
    before = read("Office_A_20110811.ifc").batch
    after = light(Lightening(drop_smaller_m=0.3), before)
    gone = len(before) - len(after)
    assert gone > 0
    assert f"{gone} features smaller than 0.3 m are left out" in after.notes
    assert set(after.source_ids) < set(before.source_ids)


def test_merged_elements_tell_what_all_of_them_share() -> None:
    before = read(DUPLEX).batch
    after = light(Lightening(merge=True))
    rows = after.attributes.to_pylist()
    keys = {(row["storey_id"], row["ifc_class"], row["material"]) for row in rows}
    assert len(after) == len(keys) < len(before) / 5
    assert sum(row["member_count"] for row in rows) == len(before)
    assert weight_of(after).triangles == weight_of(before).triangles
    assert all(row["storey"] is not None for row in rows if row["storey_id"])
    several = next(row for row in rows if row["member_count"] > 3)
    assert several["global_id"] is None
    assert any("GlobalIds of single elements are gone" in note for note in after.notes)
    for first, second in ((before, after), (after, before)):
        (low, high), (least, most) = (extent(one) for one in (first, second))
        assert low == pytest.approx(least, abs=1e-6)
        assert high == pytest.approx(most, abs=1e-6)


def extent(batch: FeatureBatch) -> tuple[list[float], list[float]]:
    points = np.concatenate([
        mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]
        for mesh, matrix in zip(batch.bodies.mesh, batch.bodies.matrix, strict=True)
    ])  # fmt: skip
    return points.min(axis=0).tolist(), points.max(axis=0).tolist()


def test_nothing_asked_is_nothing_done() -> None:
    before = read(DUPLEX).batch
    assert light(Lightening()) is before


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("simplify", 0.0, "simplify: 0; legal: above 0, at most 1"),
        ("simplify", 1.5, "simplify: 1.5"),
        ("drop_smaller_m", -1.0, "drop_smaller_m: -1"),
        ("most_error_m", 0.0, "most_error_m: 0"),
    ],
)
def test_options_out_of_bounds_are_refused(name: str, value: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        replace(Lightening(), **{name: value})


def test_only_building_models_are_merged() -> None:
    batch = read(DUPLEX).batch
    plain = replace(batch, attributes=batch.attributes.drop_columns(["storey_id"]))
    with pytest.raises(InputError, match="no column 'storey_id'"):
        light(Lightening(merge=True), plain)


def test_the_command_builds_lighter_tiles_and_says_so(tmp_path: Path) -> None:
    walls = path_of("s05_ifc4x3_m_utm31_mapconversion.ifc")
    plain = cim("tiles", "build", walls, "-o", tmp_path / "plain").row
    done = cim("tiles", "build", walls, "-o", tmp_path / "merged", "--merge", "--simplify", 0.5)
    assert done.row["features"] == plain["features"] - 3
    assert done.row["triangles"] == plain["triangles"]
    assert "lightened: 48 triangles became 48" in done.err
    assert "the GlobalIds of single elements are gone" in done.err
    assert cim("tiles", "validate", tmp_path / "merged").rows == []


def test_layers_and_points_are_not_made_lighter(tmp_path: Path) -> None:
    scan = shared_path("data/models/points/ripple.las")
    given = ("tiles", "build", "-o", tmp_path / "t", "--merge")
    assert "--merge is for features" in refusal(*given, scan)
    cim("init", tmp_path / "city")
    layer = refusal(*given, "layer:buildings", "-w", tmp_path / "city")
    assert "--merge are for files with meshes, not for a layer" in layer
