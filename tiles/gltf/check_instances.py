"""Whether the instances of a glb keep the rules of their extensions.

Source: the Khronos extension EXT_mesh_gpu_instancing; the vendor extension EXT_instance_features
1.0.0.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tiles.gltf import read
from tiles.gltf.faults import Fault
from tiles.gltf.instances import EXT_FEATURES, EXT_INSTANCING
from tiles.gltf.loose import as_dict, dicts_of
from tiles.gltf.read import Gltf

BYTE, UNSIGNED_BYTE, SHORT, UNSIGNED_SHORT, FLOAT = 5120, 5121, 5122, 5123, 5126
LEGAL = {
    "TRANSLATION": ("VEC3", (FLOAT,)),
    "ROTATION": ("VEC4", (FLOAT, BYTE, SHORT)),
    "SCALE": ("VEC3", (FLOAT,)),
}
"""Type and component types by attribute; integers are normalised."""

ID_COMPONENTS = (UNSIGNED_BYTE, UNSIGNED_SHORT, FLOAT)
UNIT_TOLERANCE = 0.01
"""Of the length of a quaternion; bytes come so near."""

type Schema = dict[str, Any] | None


def check_instances(gltf: Gltf, _: Schema) -> Iterator[Fault]:
    """Faults of nodes that draw instances, or that say so."""
    used = set(gltf.document.get("extensionsUsed", []))
    for number, node in enumerate(dicts_of(gltf.document.get("nodes"))):
        extensions = as_dict(node.get("extensions"))
        for name in {EXT_INSTANCING, EXT_FEATURES} & extensions.keys() - used:
            yield Fault("extension-declared", f"not in extensionsUsed: {name}")
        where = f"nodes[{number}]"
        if EXT_INSTANCING in extensions:
            attributes = as_dict(as_dict(extensions[EXT_INSTANCING]).get("attributes"))
            yield from _check_transforms(gltf, node, attributes, where)
            if EXT_FEATURES in extensions:
                yield from _check_features(gltf, extensions, attributes, where)
        elif EXT_FEATURES in extensions:
            yield Fault("instances", f"{where}: {EXT_FEATURES} without {EXT_INSTANCING}")


def _check_transforms(
    gltf: Gltf, node: dict[str, Any], attributes: dict[str, Any], where: str
) -> Iterator[Fault]:
    """The node has a mesh, and its attributes are of one count and of legal types and values."""
    if "mesh" not in node:
        yield Fault("instances", f"{where}: instances of no mesh")
    if not LEGAL.keys() & attributes.keys():
        yield Fault("instances", f"{where}: none of {', '.join(LEGAL)}")
    counts = {}
    for name, index in attributes.items():
        accessor = read.item(gltf, "accessors", index)
        counts[name] = accessor.get("count")
        if name not in LEGAL:
            continue
        kind, components = LEGAL[name]
        component = accessor.get("componentType")
        whole = component != FLOAT
        if accessor.get("type") != kind or component not in components:
            message = f"{where}: {name} is {accessor.get('type')} of {component}; legal: {kind} of"
            yield Fault("instances", f"{message} {', '.join(map(str, components))}")
            continue
        if whole and not accessor.get("normalized"):
            yield Fault("instances", f"{where}: {name} has integers that are not normalized")
        values = read.accessor_values(gltf, index).astype(np.float64)
        yield from _check_values(name, values, where, whole=whole)
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield Fault("instances", f"{where}: counts differ: {told}")


def _check_values(name: str, values: np.ndarray, where: str, *, whole: bool) -> Iterator[Fault]:
    """Values are finite, and quaternions have the length 1."""
    if not np.isfinite(values).all():
        yield Fault("instances", f"{where}: {name} holds NaN or infinity")
    elif name == "ROTATION" and not whole:
        lengths = np.linalg.norm(values, axis=1)
        if np.abs(lengths - 1).max() > UNIT_TOLERANCE:
            worst = lengths[np.abs(lengths - 1).argmax()]
            yield Fault("instances", f"{where}: a quaternion of length {worst:.3g}; legal: 1")


def _check_features(
    gltf: Gltf, extensions: dict[str, Any], attributes: dict[str, Any], where: str
) -> Iterator[Fault]:
    """Feature ids of instances name rows of their property table."""
    tables = read.property_tables(gltf)
    count = max((_count(gltf, index) for index in attributes.values()), default=0)
    for ids in dicts_of(as_dict(extensions[EXT_FEATURES]).get("featureIds")):
        table = ids.get("propertyTable")
        if table is not None and not 0 <= table < len(tables):
            yield Fault("feature-ids", f"{where}: property table {table} does not exist")
            continue
        rows = ids["featureCount"] if table is None else tables[table]["count"]
        values = np.arange(count)
        if "attribute" in ids:
            name = f"_FEATURE_ID_{ids['attribute']}"
            if name not in attributes:
                yield Fault("feature-ids", f"{where}: attribute {name} does not exist")
                continue
            accessor = read.item(gltf, "accessors", attributes[name])
            if (
                accessor.get("type") != "SCALAR"
                or accessor.get("componentType") not in ID_COMPONENTS
                or accessor.get("normalized")
            ):
                yield Fault("feature-ids", f"{where}: {name} is no SCALAR of whole numbers")
                continue
            values = read.accessor_values(gltf, attributes[name])[:, 0]
        if len(values) and (values.max() >= rows or values.min() < 0):
            bad = values.max() if values.max() >= rows else values.min()
            yield Fault("feature-ids", f"{where}: feature id {bad:g} of {rows} rows")
        if len(np.unique(values)) > ids["featureCount"]:
            message = f"{where}: more ids than featureCount {ids['featureCount']}"
            yield Fault("feature-ids", message)


def _count(gltf: Gltf, index: object) -> int:
    count = read.item(gltf, "accessors", index).get("count")
    return count if isinstance(count, int) else 0
