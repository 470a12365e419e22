"""Entity ids of the elements of building models that were loaded into the store."""

from typing import Final

from cim.store.base import Store

LAYERS: Final = ("bim_buildings", "bim_storeys", "bim_spaces", "bim_elements")
_COLUMNS: Final = ("entity_id", "global_id")


def entity_ids(store: Store) -> dict[str, str]:
    """Entity ids by GlobalId, of all models that were loaded."""
    known = store.layers()
    found: dict[str, str] = {}
    for name in LAYERS:
        if name not in known or not {*_COLUMNS} <= {each.name for each in known[name].fields}:
            continue
        for batch in store.read(name, columns=_COLUMNS):
            ids, keys = (batch.attributes[column].to_pylist() for column in _COLUMNS)
            pairs = zip(keys, ids, strict=True)
            found |= {key: entity_id for key, entity_id in pairs if key and entity_id}
    return found
