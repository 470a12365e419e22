"""Faults of instances in a glb."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.tiles.making import build_tileset, contents_of, cube, make_bodies, make_features
from tiles.gltf.check_instances import check_instances
from tiles.gltf.instances import EXT_FEATURES, EXT_INSTANCING
from tiles.gltf.read import Gltf
from tiles.options import Instancing

type Break = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Gltf:
    folder = tmp_path_factory.mktemp("instances") / "out"
    batch = make_features([None] * 4, bodies=make_bodies(*[cube()] * 4))
    build_tileset(folder, batch, instancing=Instancing(least_saving_bytes=0))
    (found,) = contents_of(folder)
    return found


def accessor(document: dict[str, Any], name: str) -> dict[str, Any]:
    attributes = document["nodes"][0]["extensions"][EXT_INSTANCING]["attributes"]
    found: dict[str, Any] = document["accessors"][attributes[name]]
    return found


def ids(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["nodes"][0]["extensions"][EXT_FEATURES]["featureIds"][0]
    return found


def shorten(document: dict[str, Any]) -> None:
    accessor(document, "ROTATION")["count"] -= 1


def without_instances(document: dict[str, Any]) -> None:
    del document["nodes"][0]["extensions"][EXT_INSTANCING]


def without_transforms(document: dict[str, Any]) -> None:
    attributes = document["nodes"][0]["extensions"][EXT_INSTANCING]["attributes"]
    for name in ("TRANSLATION", "ROTATION"):
        del attributes[name]


def undeclared(document: dict[str, Any]) -> None:
    document["extensionsUsed"].remove(EXT_INSTANCING)


BREAKS: list[tuple[Break, str]] = [
    (shorten, "counts differ: TRANSLATION 4, ROTATION 3"),
    (without_instances, f"{EXT_FEATURES} without {EXT_INSTANCING}"),
    (without_transforms, "none of TRANSLATION, ROTATION, SCALE"),
    (undeclared, f"not in extensionsUsed: {EXT_INSTANCING}"),
    (lambda d: d["nodes"][0].pop("mesh"), "instances of no mesh"),
    (lambda d: ids(d).update(propertyTable=3), "property table 3 does not exist"),
    (lambda d: ids(d).update(attribute=2), "attribute _FEATURE_ID_2 does not exist"),
    (lambda d: ids(d).update(featureCount=2), "more ids than featureCount 2"),
    (lambda d: accessor(d, "ROTATION").update(type="VEC3"), "ROTATION is VEC3 of 5126"),
    (lambda d: accessor(d, "_FEATURE_ID_0").update(normalized=True), "no SCALAR of whole"),
]


@pytest.mark.parametrize(("change", "told"), BREAKS)
def test_breach_is_told(content: Gltf, change: Break, told: str) -> None:
    document = copy.deepcopy(content.document)
    change(document)
    broken = Gltf(document, content.binary, "broken.glb")
    assert told in "; ".join(fault.message for fault in check_instances(broken, None))


def test_sound_instances_have_no_faults(content: Gltf) -> None:
    assert list(check_instances(content, None)) == []


def with_values(content: Gltf, name: str, values: np.ndarray) -> Gltf:
    """The content with other values of an instance attribute."""
    view = content.document["bufferViews"][accessor(content.document, name)["bufferView"]]
    start = view["byteOffset"] + accessor(content.document, name).get("byteOffset", 0)
    data = values.astype("<f4").tobytes()
    binary = content.binary[:start] + data + content.binary[start + len(data) :]
    return Gltf(content.document, binary, "broken.glb")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("_FEATURE_ID_0", np.array([0, 1, 2, 4]), "feature id 4 of 4 rows"),
        ("_FEATURE_ID_0", np.array([0, -1, 2, 3]), "feature id -1 of 4 rows"),
        ("ROTATION", np.full((4, 4), 2.0), "a quaternion of length 4"),
        ("TRANSLATION", np.full((4, 3), np.nan), "TRANSLATION holds NaN or infinity"),
    ],
)
def test_wrong_value_is_told(content: Gltf, name: str, values: np.ndarray, told: str) -> None:
    found = check_instances(with_values(content, name, values), None)
    assert told in "; ".join(fault.message for fault in found)
