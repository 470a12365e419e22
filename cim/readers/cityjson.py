"""CityJSON 1.0 to 2.0 and CityJSONSeq: one feature for each first-level city object.

A building and its parts are one feature; each level of detail keeps its surfaces. Coordinates are
x, y, z with east or longitude first, whatever the CRS states (CityJSON 2.0.1, section 5.2).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from cim.crs import named_crs
from cim.features import FeatureBatch, Reject
from cim.readers._city_attributes import columns_of
from cim.readers._city_batch import CityFeature, TableShape, batch_of, portions
from cim.readers._city_palette import NO_PALETTE, PaletteMaker
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._city_scan import checked_scan, repeated_note
from cim.readers._cityjson_documents import looks_like_cityjson, read_objects
from cim.readers._cityjson_geometry import read_shapes
from cim.readers._cityjson_objects import CityObject
from cim.readers.base import Reader, ReadOptions, SourceInfo, no_crs

_SUFFIXES: Final = (".json", ".city.json", ".jsonl", ".city.jsonl")


@dataclass(frozen=True, slots=True)
class CityJsonReader:
    """CityJSON and CityJSONSeq, packed with gzip or not."""

    suffixes: tuple[str, ...] = _SUFFIXES + tuple(f"{suffix}.gz" for suffix in _SUFFIXES)

    def claims(self, path: Path) -> bool:
        """Whether the file holds CityJSON and not, say, GeoJSON."""
        return path.exists() and (".city.json" in path.name.lower() or looks_like_cityjson(path))

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """Types, count, CRS and id rule of a file.

        The layers are the types of city objects; the layer option chooses one, such as
        `Building`, and none means all.

        Raises:
            SourceDataError: The file is missing, empty, cut off, not CityJSON or of a version
                that is not known; or it names a CRS that is not known.
            InputError: The options name a type, CRS or attribute that does not exist.
        """
        found = _inspect(path, options)
        return SourceInfo(
            layer=options.layer or path.name.split(".")[0],
            layers=found.types,
            count=found.count,
            crs=found.crs,
            id_rule=f"attribute {options.id_field}" if options.id_field else "CityObject id",
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
            raise no_crs(path, "EPSG:7415")
        palette = PaletteMaker(path.parent) if options.appearance else None
        chosen = _chosen(path, options.layer, palette)
        for some in portions(_modelled(chosen, found.repeated), options.batch_size):
            looks = NO_PALETTE if palette is None else palette.finished()
            batch = batch_of(some, found.table, found.crs, options.id_field, looks)
            yield replace(batch, notes=found.notes + batch.notes)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file holds."""

    crs: str | None
    types: tuple[str, ...]
    count: int
    table: TableShape
    repeated: frozenset[str]
    """Ids of more than one object."""

    notes: tuple[str, ...]


def _inspect(path: Path, options: ReadOptions) -> _Found:
    """What the chosen objects of a file are, with the CRS settled."""
    found = checked_scan(_scan, path, options)
    if options.crs:
        return replace(found, crs=named_crs(options.crs))
    return replace(found, crs=found.crs and named_crs(found.crs, str(path)))


@lru_cache(maxsize=8)
def _scan(path: Path, layer: str | None, _stamp: tuple[int, int]) -> _Found:
    """One pass over a file for what must be known before its first feature."""
    crs, objects = read_objects(path)
    tally = _Tally()
    columns = columns_of(_noted(objects, layer, tally))
    repeated = [key for key, times in tally.ids.items() if times > 1]
    return _Found(
        crs=crs,
        types=tuple(sorted(tally.types)),
        count=tally.count,
        table=TableShape(columns, tally.parts > 0),
        repeated=frozenset(repeated),
        notes=(*repeated_note(repeated), *_missing_note(tally.missing)),
    )


@dataclass(slots=True)
class _Tally:
    """What is counted in a pass over a file."""

    types: set[str] = field(default_factory=set)
    ids: Counter[str] = field(default_factory=Counter)
    count: int = 0
    parts: int = 0
    missing: int = 0


def _noted(
    objects: Iterable[CityObject | Reject], layer: str | None, tally: _Tally
) -> Iterator[dict[str, Any]]:
    """Attributes of the chosen objects, while everything else is counted."""
    for one in objects:
        kind = one.type if isinstance(one, CityObject) else None
        tally.count += layer is None or kind == layer
        if isinstance(one, CityObject):
            tally.types.add(one.type)
            tally.ids[one.id] += 1
            if layer is None or kind == layer:
                tally.parts += len(one.parts)
                tally.missing += len(one.missing_parts)
                yield one.attributes


def _missing_note(count: int) -> Iterator[str]:
    if count:
        yield f"{count} parts are named that the file does not hold"


def _chosen(
    path: Path, layer: str | None, palette: PaletteMaker | None
) -> Iterator[CityObject | Reject]:
    """The objects of the type chosen; all of them, and the broken ones, when none is."""
    for one in read_objects(path, palette)[1]:
        if layer is None or (isinstance(one, CityObject) and one.type == layer):
            yield one


def _modelled(
    objects: Iterable[CityObject | Reject], repeated: frozenset[str]
) -> Iterator[CityFeature | Reject]:
    """What the objects are and look like, or why that cannot be told."""
    times: Counter[str] = Counter()
    for one in objects:
        if isinstance(one, CityObject):
            times.update({one.id} & repeated)
            again = times[one.id] if one.id in repeated else 1
            yield _feature(one, one.id if again == 1 else f"{one.id}-{again}")
        else:
            yield one


def _feature(one: CityObject, key: str) -> CityFeature | Reject:
    try:
        space = one.space()
    except BrokenGeometryError as error:
        return Reject(one.record, "vertices", key, str(error))
    try:
        shapes = tuple(read_shapes(geometries, space) for geometries in one.geometries())
    except BrokenGeometryError as error:
        return Reject(one.record, "geometry", key, str(error))
    return CityFeature(
        record=one.record,
        id=key,
        type=one.type,
        attributes=one.attributes,
        parts=tuple(_part(name, body) for name, body in one.parts.items()),
        shapes=shapes,
    )


def _part(key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": key, "type": body.get("type"), "attributes": body.get("attributes") or {}}


PLUGIN: Reader = CityJsonReader()
