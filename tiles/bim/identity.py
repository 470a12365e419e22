"""Entity ids of the elements of building models that were loaded into the store."""

from typing import Final

from cim.store.base import Store

_COLUMNS: Final = ("entity_id", "global_id", "ifc_class")
"""By these a layer of building models is known, whatever its name."""


def entity_ids(store: Store) -> dict[str, str]:
    """Entity ids of all models that were loaded, by the keys of their objects.

    A key is the GlobalId, with a number after it where several objects of a file share one. Where
    two files hold one building, the entity of the file that was loaded first stands for both.
    """
    found: dict[str, str] = {}
    for layer in store.layers().values():
        if not {*_COLUMNS} <= {each.name for each in layer.fields}:
            continue
        for batch in store.read(layer.name, columns=_COLUMNS):
            ids = batch.attributes["entity_id"].to_pylist()
            for key, entity_id in zip(batch.source_ids, ids, strict=True):
                if key and entity_id:
                    found.setdefault(key, entity_id)
    return found
