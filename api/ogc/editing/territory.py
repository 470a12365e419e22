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


def check_territory(store: Store, sight: Sight, layer: Layer, edits: Sequence[Edit]) -> None:
    """Refuse edits of features, or to shapes, that do not meet the caller's area.

    Raises:
        EditRefusedError: One does not.
    """
    faults: list[Fault] = []
    for verb, kind in KINDS:
        area = sight.area(layer, verb)
        if area is not None:
            several = [(index, edit) for index, edit in enumerate(edits) if isinstance(edit, kind)]
            faults += _faults(store, layer, area, several)
    if faults:
        raise EditRefusedError(tuple(sorted(faults, key=lambda fault: fault.index)))


def _faults(
    store: Store, layer: Layer, area: BaseGeometry, edits: Sequence[tuple[int, Edit]]
) -> Iterator[Fault]:
    """Faults of edits of one kind, by the shapes that are there and those that are to be."""
    now = _shapes(store, layer, [edit.fid for _, edit in edits if not isinstance(edit, Create)])
    for index, edit in edits:
        place = None if isinstance(edit, Retire) else edit.place
        if not isinstance(edit, Create) and not _meets(now.get(edit.fid), layer, area):
            reason = f"layer {layer.name!r} has no valid feature {edit.fid} where you may edit"
            yield Fault(index, "id", reason, str(edit.fid), "missing", edit.fid)
        elif place is not None and not _meets(place.geometry, layer, area):
            yield Fault(index, "geometry", "lies outside of the area in which you may edit")


def _shapes(store: Store, layer: Layer, fids: Sequence[int]) -> dict[int, BaseGeometry]:
    numbers = np.array(sorted(set(fids)), np.int64)
    return {
        fid: shape
        for batch in (store.read(layer.name, numbers, columns=()) if len(numbers) else ())
        for fid, shape in zip(batch.records.tolist(), batch.geometry, strict=True)
    }


def _meets(shape: BaseGeometry | None, layer: Layer, area: BaseGeometry) -> bool:
    """Whether a shape of the layer meets an area in degrees CGCS2000."""
    if shape is None:
        return False
    there: Objects = np.array([shape], dtype=object)
    moved = systems.transform(there, layer.crs, systems.crs_of(systems.CRS84))[0]
    return bool(shapely.intersects(moved, area))
