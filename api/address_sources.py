"""What an import of addresses takes from a city's layers: entities and areas of divisions."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import shapely

from addressing.boundaries import Boundaries
from addressing.importing.writing import Entities
from cim.crs import CITY_CRS, transform
from cim.errors import InputError, NotFoundError
from cim.store.base import Store


def entities_of(store: Store) -> Entities:
    """Finds the entities that a register names."""

    @lru_cache(4)
    def whole(layer: str) -> Mapping[str, str]:
        """Entity id by source id."""
        found: dict[str, str] = {}
        for batch in store.read(layer, columns=("entity_id",)):
            ids = batch.attributes.column("entity_id").to_pylist()
            pairs = zip(batch.source_ids, ids, strict=True)
            found.update((key, entity) for key, entity in pairs if key and entity)
        return found

    def find(layer: str, keys: Sequence[str]) -> Mapping[str, str]:
        if not layer:
            return {key: key for key in keys if _exists(store, key)}
        known = whole(store.layer(layer).name)
        return {key: known[key] for key in keys if key in known}

    return find


def _exists(store: Store, entity: str) -> bool:
    try:
        store.entity(entity)
    except NotFoundError:
        return False
    return True


def boundaries_of(store: Store, named: str) -> Boundaries | None:
    """Areas of divisions of a layer, None when none is named.

    Args:
        store: With the layer.
        named: Layer and its field of division codes: `communities.code`.

    Raises:
        InputError: There is no such layer, or no such field in it.
    """
    if not named:
        return None
    name, _, field = named.partition(".")
    layers = store.layers()
    fields = [one.name for one in layers[name].fields] if name in layers else []
    if field not in fields:
        known = ", ".join(f"{name}.{one}" for one in fields) or ", ".join(layers) or "none"
        raise InputError(f"--boundaries {named!r}; legal: LAYER.FIELD; there are: {known}")
    areas: list[tuple[str, shapely.Geometry]] = []
    for batch in store.read(name, columns=(field,)):
        codes = batch.attributes.column(field).to_pylist()
        shapes = batch.geometry
        if batch.crs != CITY_CRS:
            shapes = np.asarray(transform(shapes, batch.crs, CITY_CRS), object)
        areas += [(str(code), area) for code, area in zip(codes, shapes, strict=True) if code]
    return Boundaries.of(areas)
