"""Edits made of what clients want: every value checked, every fault found, nothing written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import shapely

from cim.catalog import SYSTEM_FIELDS, Field, Layer
from cim.coding import CodeLevels
from cim.edit_values import stored_value
from cim.editing.shapes import settle
from cim.edits import SHOWN, Change, Create, Edit, EditRefusedError, Fault, Place, Retire

ROW_NUMBER: Final = "fid"
"""The property that repeats a feature's id; clients send it back."""

_READ_ONLY: Final = frozenset({ROW_NUMBER, *SYSTEM_FIELDS})

type Operation = Literal["create", "replace", "update", "retire"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client wants done to one feature."""

    operation: Operation
    fid: int | None = None
    """Row number; None for a new feature."""

    geometry: shapely.Geometry | None = None
    """In the layer's storage CRS, x east."""

    has_geometry: bool = False
    """Whether a geometry was given, `null` included."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    """JSON values by name."""

    expected: frozenset[str] | None = None
    """States in which the feature may be, None for any."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Edits that a store can take."""

    edits: tuple[Edit, ...]
    mended: int = 0
    """Shapes that were changed to be valid."""


def prepare(
    drafts: Sequence[Draft],
    layer: Layer,
    levels: CodeLevels,
    *,
    lenient: bool = False,
    faults: Sequence[Fault] = (),
) -> Prepared:
    """Edits of drafts.

    Args:
        drafts: What the client wants, in order.
        layer: With the fields that the client may see and change.
        levels: Levels of the grid codes.
        lenient: Whether shapes that are not valid are mended, as a load does.
        faults: What was found wrong before.

    Raises:
        EditRefusedError: Anything is wrong; all of it is named.
    """
    bad = {fault.index for fault in faults if fault.field == "geometry"}
    own = {known.name: known for known in layer.fields if known.name not in _READ_ONLY}
    system = {known.name: known for known in layer.fields if known.name in SYSTEM_FIELDS}
    found = list(faults)
    attributes = []
    for index, draft in enumerate(drafts):
        reading = _Reading(index, draft, own, system)
        if index not in bad:
            found += reading.geometry_faults()
        attributes.append((reading.attributes(), reading.claims()))
        found += reading.faults
    placed = [index for index, draft in enumerate(drafts) if draft.geometry is not None]
    shapes = [shape for shape in (drafts[index].geometry for index in placed) if shape is not None]
    settled = settle(shapes, placed, layer, levels, lenient=lenient)
    found += settled.faults
    if found:
        raise EditRefusedError(tuple(sorted(found, key=lambda fault: fault.index)))
    places = dict(zip(placed, settled.places, strict=True))
    edits = tuple(
        _edit(draft, places.get(index), *attributes[index]) for index, draft in enumerate(drafts)
    )
    return Prepared(edits, settled.mended)


def _edit(
    draft: Draft, place: Place | None, attributes: Mapping[str, Any], claims: Mapping[str, Any]
) -> Edit:
    """The edit of a draft without faults."""
    if draft.fid is None:
        if place is None:
            raise ValueError("a new feature without a place")
        return Create(place, attributes)
    if draft.operation == "retire":
        return Retire(draft.fid, draft.expected)
    return Change(draft.fid, attributes, place, claims, draft.expected)


class _Reading:
    """Reads the properties of one draft, and gathers what is wrong."""

    def __init__(
        self, index: int, draft: Draft, own: Mapping[str, Field], system: Mapping[str, Field]
    ) -> None:
        self._index = index
        self._draft = draft
        self._own = own
        self._system = system
        self.faults: list[Fault] = []

    def attributes(self) -> dict[str, Any]:
        """Stored values of the fields to write; a replacement empties those it does not name."""
        values: dict[str, Any] = {}
        if self._draft.operation == "replace":
            values = dict.fromkeys(self._own)
        for name, value in self._draft.properties.items():
            if name in self._own:
                self._read(self._own[name], value, values)
            elif name not in self._system and name != ROW_NUMBER:
                known = ", ".join(self._own)
                self._refuse(name, value, f"no such field; known: {known}")
        return values

    def claims(self) -> dict[str, Any]:
        """Stored values that fields must have which nobody may change."""
        claims: dict[str, Any] = {}
        for name, value in self._draft.properties.items():
            if name == ROW_NUMBER:
                self._check_row_number(value)
            elif name in self._system and not (value is None and self._draft.fid is None):
                if self._draft.fid is None:
                    self._refuse(name, value, "is given by the server; leave it out")
                else:
                    self._read(self._system[name], value, claims)
        return claims

    def _check_row_number(self, value: object) -> None:
        if value is None or (value == self._draft.fid and not isinstance(value, bool)):
            return
        legal = f"legal: {self._draft.fid}" if self._draft.fid else "leave it out"
        self._refuse(ROW_NUMBER, value, f"is given by the server; {legal}")

    def _read(self, known: Field, value: object, values: dict[str, Any]) -> None:
        try:
            values[known.name] = stored_value(known, value)
        except ValueError as error:
            self._refuse(known.name, value, str(error))

    def _refuse(self, name: str, value: object, reason: str) -> None:
        text = str(value)
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        self.faults.append(Fault(self._index, name, reason, shown, fid=self._draft.fid))

    def geometry_faults(self) -> Iterator[Fault]:
        """The fault that there is no geometry where there must be one."""
        draft = self._draft
        if draft.geometry is None and (draft.operation == "create" or draft.has_geometry):
            reason = "is missing; every feature has its place"
            yield Fault(self._index, "geometry", reason, "null", fid=draft.fid)
