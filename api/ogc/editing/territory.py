"""The area in which a caller may edit: features outside of it are not touched, nor made there."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.ogc import crs as systems
from api.security.sight import Sight
from cim.arrays import Objects
from cim.catalog import Layer
from cim.edits import Change, Create, Edit, EditRefusedError, Fault, Retire
from cim.store.base import Store

KINDS: Final = (("create", Create), ("update", Change), ("delete", Retire))
"""What each verb lets do."""

_OUTSIDE: Final = "lies outside of the area in which you may edit"


def check_territory(store: Store, sight: Sight, layer: Layer, edits: Sequence[Edit]) -> None:
    """Refuse edits of features, or to shapes, that do not meet the caller's area.

    Raises:
        EditRefusedError: One does not.
    """
    faults: list[Fault] = []
    for verb, kind in KINDS:
        area, seen = sight.area(layer, verb), sight.area(layer, "read")
        if area is not None or seen is not None:
            several = [(index, edit) for index, edit in enumerate(edits) if isinstance(edit, kind)]
            faults += _faults(store, layer, (area, seen), several)
    if faults:
        raise EditRefusedError(tuple(sorted(faults, key=lambda fault: fault.index)))


def _faults(
    store: Store,
    layer: Layer,
    areas: tuple[BaseGeometry | None, BaseGeometry | None],
    edits: Sequence[tuple[int, Edit]],
) -> Iterator[Fault]:
    """Faults of edits of one kind, by the shapes that are there and those that are to be.

    Args:
        store: Where the shapes are.
        layer: Of the features.
        areas: Where the caller may do this, and where it sees features.
        edits: With their numbers.
    """
    area, seen = areas
    now = _shapes(store, layer, [edit.fid for _, edit in edits if not isinstance(edit, Create)])
    for index, edit in edits:
        if not isinstance(edit, Create):
            there = now.get(edit.fid)
            if not _meets(there, layer, seen):
                reason = f"layer {layer.name!r} has no valid feature {edit.fid}"
                yield Fault(index, "id", reason, str(edit.fid), "missing", edit.fid)
                continue
            if not _meets(there, layer, area):
                yield Fault(index, "id", _OUTSIDE, str(edit.fid), "forbidden", edit.fid)
                continue
        place = None if isinstance(edit, Retire) else edit.place
        if place is not None and not _meets(place.geometry, layer, area):
            yield Fault(index, "geometry", _OUTSIDE, "", "forbidden")


def _shapes(store: Store, layer: Layer, fids: Sequence[int]) -> dict[int, BaseGeometry]:
    numbers = np.array(sorted(set(fids)), np.int64)
    return {
        fid: shape
        for batch in (store.read(layer.name, numbers, columns=()) if len(numbers) else ())
        for fid, shape in zip(batch.records.tolist(), batch.geometry, strict=True)
    }


def _meets(shape: BaseGeometry | None, layer: Layer, area: BaseGeometry | None) -> bool:
    """Whether a shape of the layer meets an area in degrees CGCS2000; None is everywhere."""
    if area is None:
        return True
    if shape is None:
        return False
    there: Objects = np.array([shape], dtype=object)
    moved = systems.transform(there, layer.crs, systems.crs_of(systems.CRS84))[0]
    return bool(shapely.intersects(moved, area))
