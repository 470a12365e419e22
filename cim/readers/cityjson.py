"""CityJSON 1.0 to 2.0 and CityJSONSeq: one feature for each first-level city object.

A building and its parts are one feature; each level of detail keeps its surfaces. Coordinates are
x, y, z with east or longitude first, whatever the CRS states (CityJSON 2.0.1, section 5.2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import Any, Final

from cim.crs import named_crs
from cim.errors import InputError
from cim.features import FeatureBatch, Reject
from cim.readers._city_attributes import columns_of
from cim.readers._city_batch import CityFeature, TableShape, batch_of
from cim.readers._city_model import model_of
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._cityjson_documents import CityObject, looks_like_cityjson, read_objects
from cim.readers._cityjson_geometry import read_shapes
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
        for some in batched(_chosen(path, options.layer), options.batch_size):
            yield batch_of(map(_modelled, some), found.table, found.crs, options.id_field)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file holds."""

    crs: str | None
    types: tuple[str, ...]
    count: int
    table: TableShape
    notes: tuple[str, ...]


def _inspect(path: Path, options: ReadOptions) -> _Found:
    """What the chosen objects of a file are, with the CRS settled."""
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
    found = _scan(path, options.layer, stamp)
    if options.layer is not None and options.layer not in found.types:
        known = ", ".join(found.types)
        raise InputError(f"{path}: no city objects of type {options.layer!r}; known: {known}")
    if options.id_field is not None and options.id_field not in found.table.columns.names:
        known = ", ".join(found.table.columns.names)
        raise InputError(f"{path}: no attribute {options.id_field!r}; known: {known}")
    if options.crs:
        return replace(found, crs=named_crs(options.crs))
    return replace(found, crs=found.crs and named_crs(found.crs, str(path)))


@lru_cache(maxsize=8)
def _scan(path: Path, layer: str | None, _stamp: tuple[int, int]) -> _Found:
    """One pass over a file for what must be known before its first feature."""
    crs, objects = read_objects(path)
    types: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    missing = parts = count = 0
    for one in objects:
        kind = one.type if isinstance(one, CityObject) else None
        if kind is not None:
            types[kind] = types.get(kind, 0) + 1
        if layer is None or kind == layer:
            count += 1
        if isinstance(one, CityObject) and (layer is None or kind == layer):
            rows.append(one.attributes)
            missing += len(one.missing_parts)
            parts += len(one.parts)
    notes = (f"{missing} parts are named that the file does not hold",) if missing else ()
    return _Found(crs, tuple(sorted(types)), count, TableShape(columns_of(rows), parts > 0), notes)


def _chosen(path: Path, layer: str | None) -> Iterator[CityObject | Reject]:
    """The objects of the type chosen; all of them, and the broken ones, when none is."""
    for one in read_objects(path)[1]:
        if layer is None or (isinstance(one, CityObject) and one.type == layer):
            yield one


def _modelled(one: CityObject | Reject) -> CityFeature | Reject:
    """What an object is and looks like, or why that cannot be told."""
    if isinstance(one, Reject):
        return one
    if one.space is None:
        return Reject(one.record, "vertices", one.id, one.fault)
    try:
        shapes = [read_shapes(geometries, one.space) for geometries in one.geometries()]
    except BrokenGeometryError as error:
        return Reject(one.record, "geometry", one.id, str(error))
    return CityFeature(
        record=one.record,
        id=one.id,
        type=one.type,
        attributes=one.attributes,
        parts=tuple(_part(key, body) for key, body in one.parts.items()),
        model=model_of(one.type, shapes),
    )


def _part(key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": key, "type": body.get("type"), "attributes": body.get("attributes") or {}}


PLUGIN: Reader = CityJsonReader()
