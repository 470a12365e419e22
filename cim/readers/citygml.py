"""CityGML 1.0, 2.0 and 3.0: one feature for each first-level city object.

A building and its parts are one feature; each level of detail keeps its surfaces. Coordinates
leave here with east or longitude first, whatever the CRS and the file state. Textures and
materials are not read.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import batched
from pathlib import Path
from typing import Any, Final

import numpy as np
from lxml import etree

from cim.crs import LOCAL, crs_code, named_crs, parse_crs
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Reject
from cim.readers._city_attributes import columns_of
from cim.readers._city_batch import CityFeature, TableShape, batch_of
from cim.readers._city_model import model_of
from cim.readers._city_rings import NO_KIND, BrokenGeometryError, RingSet, normals_of
from cim.readers._citygml_crs import Axes, Sample, axes_of, crs_of, is_local, plane_of
from cim.readers._citygml_documents import (
    Element,
    id_of,
    local,
    looks_like_citygml,
    read_head,
    read_members,
)
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
from cim.readers.base import Reader, ReadOptions, SourceInfo, no_crs

_SUFFIXES: Final = (".gml", ".citygml", ".xml")
_SAMPLED: Final = 100
"""Objects whose coordinates tell the order of axes."""

_AS_READ: Final = Axes(swapped=False, in_degrees=False)
_DIGEST_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class CityGmlReader:
    """CityGML, packed with gzip or not."""

    suffixes: tuple[str, ...] = _SUFFIXES + tuple(f"{suffix}.gz" for suffix in _SUFFIXES)

    def claims(self, path: Path) -> bool:
        """Whether the file holds a city model and not some other XML."""
        return path.is_file() and looks_like_citygml(path)

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """Types, count, CRS and id rule of a file.

        The layers are the types of city objects; the layer option chooses one, such as
        `Building`, and none means all.

        Raises:
            SourceDataError: The file is missing, empty, cut off, not CityGML or of a version
                that is not known; or it names a CRS that is not known.
            InputError: The options name a type, CRS or attribute that does not exist.
        """
        found = _inspect(path, options)
        rule = "gml:id, repeated ones numbered in file order (-2, -3 …)"
        return SourceInfo(
            layer=options.layer or path.name.split(".")[0],
            layers=tuple(found.scan.types),
            count=found.scan.count,
            crs=found.crs,
            id_rule=f"attribute {options.id_field}" if options.id_field else rule,
            notes=found.notes,
        )

    def read(self, path: Path, options: ReadOptions) -> Iterator[FeatureBatch]:
        """The features; a city object that is broken is a reject.

        Raises:
            SourceDataError: As in `describe`, or no CRS is known.
            InputError: As in `describe`.
        """
        found = _inspect(path, options)
        if found.crs is None:
            raise no_crs(path, "EPSG:25832")
        features = _features(path, found, options.layer)
        for some in batched(features, options.batch_size):
            yield batch_of(some, found.scan.table, found.crs, options.id_field)


@dataclass(frozen=True, slots=True)
class _Scan:
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


@dataclass(frozen=True, slots=True)
class _Found:
    """A scan with its CRS settled."""

    scan: _Scan
    crs: str | None
    axes: Axes
    notes: tuple[str, ...]


def _inspect(path: Path, options: ReadOptions) -> _Found:
    """What the chosen objects of a file are, with the CRS settled."""
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
    scan = _scan(path, options.layer, stamp)
    if options.layer is not None and options.layer not in scan.types:
        known = ", ".join(scan.types)
        raise InputError(f"{path}: no city objects of type {options.layer!r}; known: {known}")
    if options.id_field is not None and options.id_field not in scan.table.columns.names:
        known = ", ".join(scan.table.columns.names)
        raise InputError(f"{path}: no attribute {options.id_field!r}; known: {known}")
    if (named_crs(options.crs) == LOCAL) if options.crs else _is_local(scan.srs_names):
        return _Found(scan, LOCAL, _AS_READ, scan.notes)
    if options.crs:
        crs = parse_crs(options.crs)
    elif scan.srs_names:
        crs = _one_crs(scan.srs_names, str(path))
    else:
        return _Found(scan, None, _AS_READ, scan.notes)
    axes, note = axes_of(crs, scan.sample)
    return _Found(scan, crs_code(crs), axes, scan.notes + ((note,) if note else ()))


def _is_local(names: tuple[str, ...]) -> bool:
    """Whether the file names local engineering CRSs and no other."""
    return bool(names) and all(map(is_local, names))


def _one_crs(names: tuple[str, ...], where: str) -> Any:  # noqa: ANN401 - a pyproj CRS
    """The CRS that the first name means; the others may leave out its heights."""
    crs, *others = [crs_of(name, where) for name in names]
    for name, other in zip(names[1:], others, strict=True):
        if plane_of(other) != plane_of(crs):
            reason = f"names two CRSs, {names[0]!r} and {name!r}; wanted one"
            raise SourceDataError(reason, where=where)
    return crs


@lru_cache(maxsize=4)
def _scan(path: Path, layer: str | None, _stamp: tuple[int, int]) -> _Scan:
    """One pass over a file for what must be known before its first feature."""
    head = read_head(path)
    tally = _Tally()
    columns = columns_of(_noted(path, layer, tally))
    if not tally.types:
        raise SourceDataError("holds no city objects", where=str(path))
    notes = (f"{tally.inside} rooms, storeys, furniture and the like have no geometry here",)
    return _Scan(
        srs_names=tuple(({} if head is None else {head: None}) | tally.srs_names),
        types=tuple(sorted(tally.types)),
        count=tally.types.total() if layer is None else tally.types[layer],
        table=TableShape(columns, tally.parts > 0),
        repeated=frozenset(key for key, times in tally.ids.items() if times > 1),
        library=_library(path, tally.wanted),
        sample=_sample(tally.sets),
        notes=notes if tally.inside else (),
    )


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
        tally.ids[_key(element)] += 1
        tally.srs_names |= dict.fromkeys(srs_names_of(element))
        tally.wanted |= strangers_of(element)
        if tally.types.total() <= _SAMPLED:
            tally.sets += _sets(element)
        if layer is None or kind == layer:
            parts = parts_of(element)
            tally.parts += any(_is_named(part) for part in parts[1:])
            tally.inside += sum(part.is_inside and part.kind == NO_KIND for part in parts)
            yield attributes(element)


def _sets(element: Element) -> list[RingSet]:
    """Surfaces of an object as the file states them, as far as it can be told already."""
    try:
        shapes = shapes_of(parts_of(element), links_of(element, {}), _AS_READ)
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
    starts = np.cumsum(rings.sizes) - rings.sizes
    outer = starts[np.flatnonzero(np.diff(rings.surfaces, prepend=-1))]
    corners = rings.xyz[outer] - rings.xyz.mean(axis=0)
    return float((corners * normals_of(rings)).sum())


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


def _features(path: Path, found: _Found, layer: str | None) -> Iterator[CityFeature | Reject]:
    """The objects of the type chosen, all when none is."""
    times: Counter[str] = Counter()
    for record, element in enumerate(read_members(path), 1):
        key = _key(element)
        if key in found.scan.repeated:
            times[key] += 1
            key = key if times[key] == 1 else f"{key}-{times[key]}"
        if layer is None or local(element.tag) == layer:
            yield _feature(record, key, element, found)


def _feature(record: int, key: str, element: Element, found: _Found) -> CityFeature | Reject:
    """What an object is and looks like, or why that cannot be told."""
    kind, parts = local(element.tag), parts_of(element)
    try:
        links = links_of(element, found.scan.library)
        model = model_of(kind, [shapes_of(parts, links, found.axes)])
    except BrokenGeometryError as error:
        return Reject(record, "geometry", key, str(error))
    return CityFeature(
        record=record,
        id=key,
        type=kind,
        attributes=attributes(element),
        parts=tuple(_part(part) for part in parts[1:] if _is_named(part)),
        model=model,
    )


def _is_named(part: Part) -> bool:
    """Whether a part is a city object of its own and no boundary surface."""
    return part.kind == NO_KIND and id_of(part.element) is not None


def _part(part: Part) -> Mapping[str, Any]:
    element = part.element
    kind = local(element.tag)
    return {"id": id_of(element), "type": kind, "attributes": attributes(element)}


def _key(element: Element) -> str:
    """The gml:id of an object; a digest of its content where it has none."""
    found = id_of(element)
    if found is not None:
        return found
    return blake2b(etree.tostring(element), digest_size=_DIGEST_BYTES).hexdigest()


PLUGIN: Reader = CityGmlReader()
