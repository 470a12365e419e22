"""What changed between two versions of a model: added, removed, moved, reshaped, other values.

An object has moved when it moved within the model and on the Earth: a model that is placed
elsewhere as a whole, or whose origin lies elsewhere, is told once and not for each of its objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import orjson

from cim.arrays import Float64
from cim.models.shapes import Measures, is_same

MOVED_M: Final = 0.001
"""Shorter ways are none."""

PLACED_M: Final = 0.01
"""A model whose objects are all farther than this from where they were is placed elsewhere."""

_MOST_TEXT: Final = 1_000
_PLAIN: Final = ("ifc_class", "kind", "parent", "layer")


@dataclass(frozen=True, slots=True)
class Version:
    """An object in one version of a model."""

    entity_id: str | None
    layer: str
    key: str
    kind: str
    ifc_class: str
    name: str | None
    parent: str | None
    state: str
    """JSON: see `state_of`."""

    document: str
    """JSON: see `cim.models.documents`."""


@dataclass(frozen=True, slots=True)
class Named:
    """An object as a report names it."""

    key: str
    entity_id: str | None
    kind: str
    ifc_class: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is another one now."""

    what: str
    """Such as `name` or `Pset_WallCommon.FireRating`."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """An object that stands elsewhere."""

    object: Named
    distance_m: float
    vector_m: tuple[float, float, float]
    """In the model's frame."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An object with other values, or another shape."""

    object: Named
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a model."""

    before: int
    """Number of objects."""

    after: int
    placed_elsewhere_m: float
    """How far the model as a whole stands from where it stood; 0 where it stands."""

    added: tuple[Named, ...] = ()
    removed: tuple[Named, ...] = ()
    moved: tuple[Moved, ...] = ()
    reshaped: tuple[Changed, ...] = ()
    changed: tuple[Changed, ...] = ()
    types: tuple[Changed, ...] = field(default=())
    """Types with other values: they hold for all objects of the type."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not self.placed_elsewhere_m and not any(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many objects of each kind of change."""
        names = ("added", "removed", "moved", "reshaped", "changed", "types")
        return {name: len(getattr(self, name)) for name in names}

    def document(self) -> dict[str, Any]:
        """The difference as JSON's values."""
        return {"counts": self.counts, **asdict(self)}


def state_of(
    local: Float64 | None, earth: Float64 | None, shape: Measures | None
) -> dict[str, Any]:
    """What the store keeps for comparing.

    Args:
        local: (3,) the middle of the object in the model's frame, metres; None for an object that
            stands where its parts or contents stand.
        earth: (3,) the same on the Earth (EPSG:4978), metres.
        shape: None for an object without a shape of its own.
    """
    return {
        "local": None if local is None else np.round(local, 4).tolist(),
        "earth": None if earth is None else np.round(earth, 4).tolist(),
        "shape": None if shape is None else asdict(shape),
    }


def difference(
    before: Sequence[Version],
    after: Sequence[Version],
    types: tuple[Mapping[str, str], Mapping[str, str]],
) -> Difference:
    """What changed from one version to the next.

    Args:
        before: The objects that were valid.
        after: Those of the new version.
        types: Documents of the types of both, by key.
    """
    old = {(one.layer, one.key): one for one in before}
    new = {(one.layer, one.key): one for one in after}
    pairs = [(old[key], one) for key, one in new.items() if key in old]
    states = [(orjson.loads(a.state), orjson.loads(b.state)) for a, b in pairs]
    standing = [row for row, (a, b) in enumerate(states) if a["local"] and b["local"]]
    ways = [states[row] for row in standing]
    elsewhere = _elsewhere(ways)
    return Difference(
        before=len(old),
        after=len(new),
        placed_elsewhere_m=elsewhere,
        added=tuple(_named(one) for key, one in new.items() if key not in old),
        removed=tuple(_named(one) for key, one in old.items() if key not in new),
        moved=tuple(_moved([pairs[row] for row in standing], ways, elsewhere)),
        reshaped=tuple(_reshaped(pairs, states)),
        changed=tuple(_changed(pairs)),
        types=tuple(_changed_types(*types)),
    )


def _named(one: Version, entity_id: str | None = None) -> Named:
    return Named(one.key, one.entity_id or entity_id, one.kind, one.ifc_class, one.name)


def _ways(states: Sequence[tuple[Any, Any]], name: str) -> Float64:
    """(n, 3) from where each object stood to where it stands."""
    ways = [np.subtract(b[name], a[name]) for a, b in states]
    return np.array(ways, np.float64).reshape(-1, 3)


def _elsewhere(states: Sequence[tuple[Any, Any]]) -> float:
    """How far the model as a whole went: what half of its objects went at least, and more."""
    if not states:
        return 0.0
    earth = np.linalg.norm(_ways(states, "earth"), axis=1)
    local = np.linalg.norm(_ways(states, "local"), axis=1)
    still = earth[local <= MOVED_M]
    if 2 * len(still) < len(states):
        return 0.0
    median = float(np.median(still))
    return round(median, 3) if median > PLACED_M else 0.0


def _moved(
    pairs: Sequence[tuple[Version, Version]], states: Sequence[tuple[Any, Any]], elsewhere: float
) -> Iterator[Moved]:
    local = _ways(states, "local")
    distances = np.linalg.norm(local, axis=1)
    if not elsewhere:
        distances = np.minimum(distances, np.linalg.norm(_ways(states, "earth"), axis=1))
    for row in np.flatnonzero(distances > MOVED_M).tolist():
        x, y, z = np.round(local[row], 3).tolist()
        before, after = pairs[row]
        yield Moved(_named(after, before.entity_id), round(float(distances[row]), 3), (x, y, z))


def _reshaped(
    pairs: Sequence[tuple[Version, Version]], states: Sequence[tuple[Any, Any]]
) -> Iterator[Changed]:
    for (old, new), (before, after) in zip(pairs, states, strict=True):
        one, other = before["shape"], after["shape"]
        if one == other or (one and other and is_same(_measures(one), _measures(other))):
            continue
        changes = [
            Change(name, one and one[name], other and other[name])
            for name in ("size", "area_m2", "volume_m3", "middle")
            if not (one and other) or one[name] != other[name]
        ]
        yield Changed(_named(new, old.entity_id), tuple(changes))


def _measures(shape: Mapping[str, Any]) -> Measures:
    return Measures(
        tuple(shape["size"]), tuple(shape["middle"]), shape["area_m2"], shape["volume_m3"]
    )


def _changed(pairs: Sequence[tuple[Version, Version]]) -> Iterator[Changed]:
    for old, new in pairs:
        plain = [
            Change(name, getattr(old, name), getattr(new, name))
            for name in _PLAIN
            if getattr(old, name) != getattr(new, name)
        ]
        if plain or old.document != new.document:
            found = (*plain, *_changes(old.document, new.document))
            if found:
                yield Changed(_named(new, old.entity_id), found)


def _changed_types(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Changed]:
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            document = orjson.loads(after[key])
            named = Named(key, None, "type", document["ifc_class"], document["name"])
            changes = tuple(_changes(before[key], after[key]))
            if changes:
                yield Changed(named, changes)


def _changes(before: str, after: str) -> Iterator[Change]:
    """Values that differ between two documents, by path."""
    old, new = dict(_flat(orjson.loads(before))), dict(_flat(orjson.loads(after)))
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Change(path, _shown(old.get(path)), _shown(new.get(path)))


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Path and value of each property, quantity and attribute."""
    for section, content in document.items():
        if section in {"psets", "quantities"}:
            for name, values in content.items():
                for key, entry in values.items():
                    yield f"{name}.{key}", entry["value"]
        elif section == "attributes":
            yield from content.items()
        elif section == "materials":
            yield section, content or None
        elif section == "classifications":
            yield section, [one["code"] or one["name"] for one in content] or None
        else:
            yield section, content


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value; a text that is very long by its beginning and its length."""
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        return f"{value[:_MOST_TEXT]}… ({len(value)} characters)"
    return value
