"""Several levels of detail: a coarse look that the fine one replaces."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim.arrays import Objects
from cim.errors import InputError
from cim.features import SURFACE_KINDS, FeatureBatch, Surfaces
from tests.tiles.making import (
    HOUSE_KINDS,
    LAT,
    LON,
    build_tileset,
    column,
    gabled_house,
    make_features,
    root_of,
    squares,
)
from tests.tiles.running.test_layers import SMALL
from tiles.gltf import glb
from tiles.gltf.read import Gltf
from tiles.options import BuildOptions
from tiles.tiles3d.validate import validate

SIZE = 2e-4
EAVES_M, RIDGE_M = 6.0, 9.0


def block(west: float, south: float, top: float, base: float = 20.0) -> Objects:
    """(6,) faces of a box over the house's footprint."""
    w, s, e, n = west, south, west + 1e-4, south + 2e-4
    corners = [(w, s), (e, s), (e, n), (w, n)]
    walls = [
        [(*a, base), (*b, base), (*b, top), (*a, top)]
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    rings = [[(*c, base) for c in corners[::-1]], *walls, [(*c, top) for c in corners]]
    return np.array([shapely.Polygon(ring) for ring in rings], object)


def houses(count: int, coarse: int) -> FeatureBatch:
    """Gabled houses in LoD 2.2, the first `coarse` of them in LoD 1.2 too, flat at the eaves."""
    boxes = squares(count)
    geometry, lods, feature, kinds = [], [], [], []
    roof = SURFACE_KINDS.index("unknown")
    for number, box in enumerate(boxes):
        west, south, *_ = box.bounds
        if number < coarse:
            faces = block(west, south, 20.0 + EAVES_M)
            geometry.append(shapely.MultiPolygon(list(faces)))
            kinds.append(np.full(len(faces), roof, np.uint8))
            lods.append("1.2")
            feature.append(number)
        geometry.append(shapely.MultiPolygon(list(gabled_house(lon=west, lat=south))))
        kinds.append(HOUSE_KINDS)
        lods.append("2.2")
        feature.append(number)
    surfaces = Surfaces(np.array(feature), tuple(lods), np.array(geometry, object), tuple(kinds))
    return make_features(boxes, surfaces=surfaces)


def ids_of(folder: Path, uri: str) -> list[str]:
    data = (folder / uri).read_bytes()
    return column(Gltf(*glb.unpack(data, where=uri), uri), "entity_id")


def test_fine_content_replaces_the_coarse_one(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", houses(20, 20), lods="all")
    root = root_of(tmp_path / "out")["root"]
    (fine,) = root["children"]
    assert (root["refine"], fine["geometricError"]) == ("REPLACE", 0)
    assert sorted(ids_of(tmp_path / "out", root["content"]["uri"])) == sorted(
        ids_of(tmp_path / "out", fine["content"]["uri"])
    )
    assert validate(tmp_path / "out") == []


def test_geometric_error_is_the_distance_between_the_levels(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", houses(20, 20), lods="all")
    error_m = root_of(tmp_path / "out")["root"]["geometricError"]
    assert RIDGE_M - EAVES_M <= error_m <= 1.05 * (RIDGE_M - EAVES_M) + 0.25


def test_features_without_a_coarse_look_keep_their_fine_one(tmp_path: Path) -> None:
    report = build_tileset(tmp_path / "out", houses(20, 5), lods="all")
    root = root_of(tmp_path / "out")["root"]
    assert len(ids_of(tmp_path / "out", root["content"]["uri"])) == 20
    assert report.features == 20
    assert validate(tmp_path / "out") == []


def test_tiles_whose_features_have_one_level_have_one_content(tmp_path: Path) -> None:
    one = build_tileset(tmp_path / "one", houses(300, 0), lods="all", limits=SMALL)
    two = build_tileset(tmp_path / "two", houses(300, 0), limits=SMALL)
    assert one.version == two.version


@pytest.mark.parametrize("partition", [90, 10_000])
def test_errors_fall_and_volumes_enclose_in_a_deep_tree(partition: int, tmp_path: Path) -> None:
    report = build_tileset(
        tmp_path / "out", houses(500, 450), lods="all", limits=SMALL,
        tiles_per_document=6, partition_features=partition,
    )  # fmt: skip
    assert validate(tmp_path / "out") == []
    assert report.features == 500


def test_level_one_is_the_coarse_look_though_level_zero_is_coarser(tmp_path: Path) -> None:
    batch = houses(1, 1)
    flat = shapely.MultiPolygon([block(LON, LAT, 26.0)[0]])
    surfaces = Surfaces(
        np.zeros(3, np.int64),
        ("0", *batch.surfaces.lod),
        np.array([flat, *batch.surfaces.geometry], object),
        (np.zeros(1, np.uint8), *batch.surfaces.kinds),
    )
    build_tileset(tmp_path / "out", replace(batch, surfaces=surfaces), lods="all")
    assert root_of(tmp_path / "out")["root"]["geometricError"] < RIDGE_M - 3


def test_same_build_again_writes_nothing(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", houses(200, 150), lods="all", limits=SMALL)
    again = build_tileset(tmp_path / "out", houses(200, 150), lods="all", limits=SMALL)
    assert (again.mode, again.written) == ("unchanged", 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lod": "2"}, "exclude each other"),
        ({"tiling": "implicit"}, "needs explicit tiling"),
    ],
)
def test_what_does_not_go_with_several_levels_is_refused(
    options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        BuildOptions(tmp_path / "out", lods="all", **options)
