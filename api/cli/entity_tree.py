"""What `cim entity show` prints of building models: facts of an object, and the tree below it."""

import sys
from collections.abc import Iterator
from typing import Any, Final

import orjson

from cim.errors import InputError
from cim.model_records import ObjectLine, Page
from cim.models.documents import read_document
from cim.store.base import Store

_DEEPEST: Final = 12


def model_facts(store: Store, entity_id: str) -> dict[str, Any] | None:
    """What a building model says of an entity, None where none does."""
    one = store.models.object(entity_id)
    if one is None:
        return None
    document = read_document(one.object.document)
    kind = store.models.part(one.model, "type", document["type"] or "")
    return {
        "model": f"{one.model.prefix}/{one.model.source}",
        "kind": one.object.kind,
        "global_id": one.object.global_id,
        "ifc_class": one.object.ifc_class,
        "parent": one.parent_id,
        "children": dict(store.models.count_children(entity_id)),
        **{name: document[name] for name in ("materials", "classifications")},
        "properties": document["psets"],
        "quantities": document["quantities"],
        "type": None if kind is None else read_document(kind.document),
        "groups": [read_document(one.document) for one in store.models.groups_of(entity_id)],
    }


def show_tree(store: Store, entity_id: str, limit: int) -> None:
    """Print the tree below an object: indented on a terminal, else one line of JSON.

    Raises:
        InputError: The entity is no object of a building model.
    """
    top = store.models.line(entity_id)
    if top is None:
        raise InputError(
            f"entity {entity_id} belongs to no building model; --tree is for what cim load makes "
            "of IFC files"
        )
    tree = _tree(store, top, limit, 0)
    if sys.stdout.isatty():
        print("\n".join(_lines(tree, 0)))
    else:
        sys.stdout.buffer.write(orjson.dumps(tree) + b"\n")
        sys.stdout.flush()


def _tree(store: Store, line: ObjectLine, limit: int, depth: int) -> dict[str, Any]:
    """An object with what stands below it, as far as it is to be shown."""
    counts = store.models.count_children(line.entity_id)
    children: list[dict[str, Any]] = []
    if counts and depth < _DEEPEST:
        found = store.models.children(line.entity_id, Page(limit))
        children = [_tree(store, child, limit, depth + 1) for child in found]
    return {
        "id": line.entity_id,
        "kind": line.kind,
        "ifc_class": line.ifc_class,
        "name": line.name,
        "global_id": line.global_id,
        "counts": dict(counts),
        "children": children,
        "left_out": sum(counts.values()) - len(children),
    }


def _lines(tree: dict[str, Any], depth: int) -> Iterator[str]:
    counts = ", ".join(f"{count} {kind}" for kind, count in tree["counts"].items())
    told = f"  ({counts})" if counts else ""
    yield f"{'  ' * depth}{tree['ifc_class']} {tree['name'] or '-'}  {tree['id']}{told}"
    for child in tree["children"]:
        yield from _lines(child, depth + 1)
    if tree["left_out"]:
        yield f"{'  ' * (depth + 1)}… {tree['left_out']} more"
