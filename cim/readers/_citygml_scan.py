"""What must be known of a CityGML file before its first feature."""

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from lxml import etree

from cim.errors import SourceDataError
from cim.readers._city_attributes import columns_of
from cim.readers._city_batch import TableShape
from cim.readers._city_rings import NO_KIND, BrokenGeometryError, RingSet, normals_of
from cim.readers._city_scan import Stamp, repeated_note
from cim.readers._citygml_crs import Axes, Sample
from cim.readers._citygml_documents import Element, id_of, local, read_head, read_members
from cim.readers._citygml_objects import (
    Part,
    attributes,
    links_of,
    parts_of,
    referred_of,
    shapes_of,
    srs_names_of,
    strangers_of,
)

AS_READ: Final = Axes(swapped=False, in_degrees=False)
_SAMPLED: Final = 100
"""Objects whose coordinates tell the order of axes."""

_DIGEST_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file shows."""

    srs_names: tuple[str, ...]
    """CRSs that the file names, that of the whole model first."""

    types: tuple[str, ...]
    count: int
    table: TableShape
    repeated: frozenset[str]
    """Ids of more than one object."""

    library: Mapping[str, Element]
    """Elements that objects other than their own refer to, by gml:id."""

    sample: Sample | None
    notes: tuple[str, ...]


@lru_cache(maxsize=4)
def scan(path: Path, layer: str | None, _stamp: Stamp) -> Scan:
    """One pass over a file for what must be known before its first feature."""
    head = read_head(path)
    tally = _Tally()
    columns = columns_of(_noted(path, layer, tally))
    if not tally.types:
        raise SourceDataError("holds no city objects", where=str(path))
    repeated = [key for key, times in tally.ids.items() if times > 1]
    return Scan(
        srs_names=tuple(({} if head is None else {head: None}) | tally.srs_names),
        types=tuple(sorted(tally.types)),
        count=tally.types.total() if layer is None else tally.types[layer],
        table=TableShape(columns, tally.parts > 0),
        repeated=frozenset(repeated),
        library=_library(path, tally.wanted),
        sample=_sample(tally.sets),
        notes=(*repeated_note(repeated), *_inside_note(tally.inside)),
    )


def _inside_note(count: int) -> Iterator[str]:
    if count:
        yield f"{count} rooms, storeys, furniture and the like have no geometry here"


@dataclass(slots=True)
class _Tally:
    """What is counted in a pass over a file."""

    types: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)
    srs_names: dict[str, None] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    sets: list[RingSet] = field(default_factory=list)
    parts: int = 0
    inside: int = 0


def _noted(path: Path, layer: str | None, tally: _Tally) -> Iterator[Mapping[str, Any]]:
    """Attributes of the chosen objects, while everything else is counted."""
    for element in read_members(path):
        kind = local(element.tag)
        tally.types[kind] += 1
        tally.ids[key_of(element)] += 1
        tally.srs_names |= dict.fromkeys(srs_names_of(element))
        tally.wanted |= strangers_of(element)
        if tally.types.total() <= _SAMPLED:
            tally.sets += _sets(element)
        if layer is None or kind == layer:
            parts = parts_of(element)
            tally.parts += any(is_named(part) for part in parts[1:])
            tally.inside += sum(part.is_inside and part.kind == NO_KIND for part in parts)
            yield attributes(parts[0])


def _sets(element: Element) -> list[RingSet]:
    """Surfaces of an object as the file states them, as far as it can be told already."""
    try:
        shapes = shapes_of(parts_of(element), links_of(element, {}), AS_READ)
    except BrokenGeometryError:
        return []
    return list(shapes.ring_sets[-1:])


def _sample(sets: list[RingSet]) -> Sample | None:
    """Where the surfaces lie and which way they face."""
    filled = [rings for rings in sets if len(rings.sizes)]
    if not filled:
        return None
    places = np.concatenate([rings.xyz[:, :2] for rings in filled])
    outward = sum(int(np.sign(_volume(rings))) for rings in filled)
    return Sample(places.min(axis=0), places.max(axis=0), outward)


def _volume(rings: RingSet) -> float:
    """Six times the volume that the surfaces enclose, negative when they face inward."""
    outer = np.cumsum(rings.counts) - rings.counts
    starts = np.cumsum(rings.sizes) - rings.sizes
    corners = rings.xyz[starts[outer]] - rings.xyz.mean(axis=0)
    return float((corners * normals_of(rings.xyz, rings.sizes)[outer]).sum())


def _library(path: Path, wanted: set[str]) -> Mapping[str, Element]:
    """Copies of the elements that objects other than their own refer to."""
    library: dict[str, Element] = {}
    missing = frozenset(wanted)
    while missing:
        fresh: dict[str, Element] = {}
        for element in read_members(path):
            fresh |= {key: deepcopy(one) for key, one in referred_of(element, missing)}
        library |= fresh
        missing = frozenset().union(*map(strangers_of, fresh.values())) - library.keys()
    return library


def is_named(part: Part) -> bool:
    """Whether a part is a city object of its own and no boundary surface."""
    return part.kind == NO_KIND and id_of(part.element) is not None


def key_of(element: Element) -> str:
    """The gml:id of an object; a digest of its content where it has none."""
    found = id_of(element)
    if found is not None:
        return found
    return blake2b(etree.tostring(element), digest_size=_DIGEST_BYTES).hexdigest()
