"""CityGML 1.0, 2.0 and 3.0: one feature for each first-level city object.

A building and its parts are one feature; each level of detail keeps its surfaces. Coordinates
leave here with east or longitude first, whatever the CRS and the file state.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cim.crs import LOCAL, crs_code, named_crs, parse_crs
from cim.errors import SourceDataError
from cim.features import FeatureBatch, Reject
from cim.readers._city_batch import CityFeature, batch_of, portions
from cim.readers._city_palette import NO_PALETTE, PaletteMaker
from cim.readers._city_rings import BrokenGeometryError
from cim.readers._city_scan import checked_scan
from cim.readers._citygml_crs import Axes, axes_of, crs_of, is_local, plane_of
from cim.readers._citygml_documents import (
    Element,
    has_appearances,
    id_of,
    local,
    looks_like_citygml,
    read_members,
    read_surface_data,
)
from cim.readers._citygml_looks import Looks, add_targets, looks_of, theme_of
from cim.readers._citygml_objects import Part, attributes, links_of, parts_of, shapes_of
from cim.readers._citygml_scan import AS_READ, Scan, is_named, key_of, scan
from cim.readers._citygml_targets import Targets
from cim.readers.base import Reader, ReadOptions, SourceInfo, no_crs

_SUFFIXES: Final = (".gml", ".citygml", ".xml")


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
        palette = PaletteMaker(path.parent) if options.appearance else None
        with closing(_shared_targets(path, palette)) as targets:
            features = _features(path, found, options.layer, _Painter(targets, palette))
            for some in portions(features, options.batch_size):
                looks = NO_PALETTE if palette is None else palette.finished()
                batch = batch_of(some, found.scan.table, found.crs, options.id_field, looks)
                yield replace(batch, notes=found.notes + batch.notes)


@dataclass(frozen=True, slots=True)
class _Found:
    """A scan with its CRS settled."""

    scan: Scan
    crs: str | None
    axes: Axes
    notes: tuple[str, ...]


def _inspect(path: Path, options: ReadOptions) -> _Found:
    """What the chosen objects of a file are, with the CRS settled."""
    found = checked_scan(scan, path, options)
    if (named_crs(options.crs) == LOCAL) if options.crs else _is_local(found.srs_names):
        return _Found(found, LOCAL, AS_READ, found.notes)
    if options.crs:
        crs = parse_crs(options.crs)
    elif found.srs_names:
        crs = _one_crs(found.srs_names, str(path))
    else:
        return _Found(found, None, AS_READ, found.notes)
    axes, note = axes_of(crs, found.sample)
    return _Found(found, crs_code(crs), axes, found.notes + ((note,) if note else ()))


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


@dataclass(frozen=True, slots=True)
class _Painter:
    """What paints the objects of a file."""

    targets: Targets
    palette: PaletteMaker | None
    """None: nobody asks how surfaces look."""

    def looks(self, element: Element) -> Looks | None:
        """What paints one object."""
        return None if self.palette is None else looks_of(element, self.targets, self.palette)


def _shared_targets(path: Path, palette: PaletteMaker | None) -> Targets:
    """What the appearances of the whole model paint, wherever in the file they stand."""
    targets = Targets()
    if palette is not None and has_appearances(path):
        for appearance, data in read_surface_data(path):
            add_targets(targets, theme_of(appearance), data, palette)
    return targets


def _features(
    path: Path, found: _Found, layer: str | None, painter: _Painter
) -> Iterator[CityFeature | Reject]:
    """The objects of the type chosen, all when none is."""
    times: Counter[str] = Counter()
    for record, element in enumerate(read_members(path), 1):
        key = key_of(element)
        if key in found.scan.repeated:
            times[key] += 1
            key = key if times[key] == 1 else f"{key}-{times[key]}"
        if layer is None or local(element.tag) == layer:
            yield _feature(record, key, element, found, painter.looks(element))


def _feature(
    record: int, key: str, element: Element, found: _Found, looks: Looks | None
) -> CityFeature | Reject:
    """What an object is and looks like, or why that cannot be told."""
    parts = parts_of(element)
    try:
        links = links_of(element, found.scan.library)
        shapes = shapes_of(parts, links, found.axes, looks)
    except BrokenGeometryError as error:
        return Reject(record, "geometry", key, str(error))
    return CityFeature(
        record=record,
        id=key,
        type=local(element.tag),
        attributes=attributes(parts[0]),
        parts=tuple(_part(part) for part in parts[1:] if is_named(part)),
        shapes=(shapes,),
    )


def _part(part: Part) -> Mapping[str, Any]:
    element = part.element
    kind = local(element.tag)
    return {"id": id_of(element), "type": kind, "attributes": attributes(part)}


PLUGIN: Reader = CityGmlReader()
