"""What an edit of a layer's features is: values that go into a store, and what comes back.

An edit is one feature made, changed or retired. No feature is ever deleted: identity is
permanent, so what an editor deletes ends its validity, as a load does with what is gone from its
source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import shapely

from cim.errors import InputError

type FaultKind = Literal["value", "missing", "stale", "forbidden"]

SHOWN: Final = 60
"""Characters of a value that a fault shows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an edit cannot be done."""

    index: int
    """0-based number of the edit in its batch."""

    field: str
    """Field or part at fault, such as `geometry`."""

    reason: str
    """What is wrong and what is legal."""

    value: str = ""
    """The value at fault, shortened."""

    kind: FaultKind = "value"
    """`missing`: there is no such feature; `stale`: it is in another state than was expected;
    `forbidden`: its editor may not touch it."""

    fid: int | None = None
    """Row number of the feature, where it has one."""


class EditRefusedError(InputError):
    """Edits that cannot be done; nothing was changed.

    Args:
        faults: All that is wrong, at least one, by number of the edit.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{first.field}: {first.reason}{more}")
        self.faults = faults
        self.field = first.field


@dataclass(frozen=True, slots=True)
class Place:
    """A shape fit for a layer, with the codes of its representative point."""

    geometry: shapely.Geometry
    """In the layer's storage CRS, x east."""

    cell: str
    """BeiDou 2D code of level 8, the place part of a new entity id."""

    codes: Mapping[str, str]
    """Code text by grid name."""


@dataclass(frozen=True, slots=True)
class Create:
    """A new feature."""

    place: Place
    attributes: Mapping[str, Any]
    """Stored values by field; fields that are missing stay empty."""


@dataclass(frozen=True, slots=True)
class Change:
    """New values for a feature that is there."""

    fid: int
    attributes: Mapping[str, Any]
    """Stored values by field; other fields stay as they are."""

    place: Place | None = None
    """The new shape, None to leave shape and codes as they are."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    """Stored values that fields must have which no editor may change."""

    expected: frozenset[str] | None = None
    """States in which the feature may be, None for any."""


@dataclass(frozen=True, slots=True)
class Retire:
    """The end of a feature's validity."""

    fid: int
    expected: frozenset[str] | None = None


type Edit = Create | Change | Retire


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What a batch of edits did."""

    fids: tuple[int, ...]
    """Row number of each edit's feature, in the order of the edits."""

    entity_ids: tuple[str | None, ...]
    """Their entity ids."""

    states: tuple[str, ...]
    """Digests of their rows as they are now."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    """Features that were already as the edit wants them; the journal does not name them."""

    retired: int = 0
    before: int = 0
    """Version of the layer that the edits found."""

    after: int = 0
    """Version that they left: between the two nothing else changed the layer."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change of a feature, as the journal has it."""

    seq: int
    changed_at: str
    """ISO 8601, UTC."""

    operation: str
    """`insert`, `update`, `retire`, `delete` or `code`."""

    origin: str
    """`load NAME`, `api`, `edit` (another program, such as QGIS on the file) or `code`."""
