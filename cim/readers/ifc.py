"""IFC models: elements with triangles, or the spaces, storeys and buildings they stand in.

Source: IFC2x3 TC1, IFC4 ADD2 TC1 and IFC4X3 ADD2 in STEP files (ISO 10303-21), packed as .ifczip
or not. What the file says of its place is followed (`cim.bim.georeference`); a model that stands
rigidly comes in its local frame with that place, others in the CRS.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from cim.arrays import Float64
from cim.bim.georeference import Frame, Verdict, check_unit, frame_for, georeference
from cim.bim.limits import Limits
from cim.bim.model import IfcModel, IfcObject
from cim.bim.session import Events, Lost, Shapes
from cim.crs import LOCAL, named_crs
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Reject
from cim.placing import FALSE_ORIGIN_M
from cim.readers._ifc_batch import (
    Meshes,
    Shape,
    batch_of,
    rejects_of,
    shapes_of,
    spatial_batch,
    spatial_footprints,
)
from cim.readers._ifc_layers import (
    LAYERS,
    SCHEMA,
    Layer,
    kinds_of,
    layer_of,
    shapeless,
)
from cim.readers._ifc_sessions import model_of, reading
from cim.readers.base import Reader, ReadOptions, SourceInfo

_NO_SHAPE: Final = (
    "none of its {count} objects has a surface or solid: export it with the geometry of its "
    "elements"
)
_LEAST_MODEL_M: Final = 0.1
_LARGEST_MODEL_M: Final = 50_000.0


@dataclass(frozen=True, slots=True)
class IfcReader:
    """IFC in STEP files, packed or not."""

    suffixes: tuple[str, ...] = (".ifc", ".ifczip", ".ifc.zip")
    limits: Limits = field(default_factory=Limits)

    def claims(self, path: Path) -> bool:
        """Whether the file is there; the endings belong to no other format."""
        return path.exists()

    def describe(self, path: Path, options: ReadOptions) -> SourceInfo:
        """Layers, count and place of a model.

        Raises:
            SourceDataError: The file is missing, empty, cut off, no IFC, or has no shape at all.
            UnsupportedError: Its schema is not read.
            InputError: There is no such layer or CRS.
            ConfigError: ifcopenshell is not installed.
        """
        kinds_of(options.layer, str(path))
        model = model_of(path, self.limits, partial(_usable, path))
        layer, verdict = layer_of(model, options.layer), _verdict(model, options)
        frame = frame_for(verdict, options.crs)
        return SourceInfo(
            layer=layer.name,
            layers=LAYERS,
            count=len(layer.objects),
            crs=frame.crs,
            id_rule=_id_rule(options, path),
            notes=(*model.notes, *verdict.faults, *_shapeless_note(model, layer)),
            place=verdict.place if frame.crs == LOCAL and options.crs is None else None,
            is_near_origin=_is_near_origin(model),
        )

    def read(self, path: Path, options: ReadOptions) -> Iterator[FeatureBatch]:
        """The features of a layer; an object whose shape cannot be made is a reject.

        Raises:
            SourceDataError: As in `describe`.
            UnsupportedError: As in `describe`.
            InputError: As in `describe`.
            ConfigError: As in `describe`.
        """
        kinds = kinds_of(options.layer, str(path))
        with reading(path, kinds, self.limits, partial(_usable, path)) as (model, events):
            layer = layer_of(model, options.layer)
            frame = _frame_of(model, options)
            if layer.has_bodies:
                batches = _bodied(model, layer, events, frame, options.batch_size)
            else:
                batches = _spatial(model, layer, events, frame, options.batch_size)
            for batch in batches:
                yield _with_ids(batch, options, path)


def _usable(path: Path, model: IfcModel) -> None:
    """Check that a model can be shown.

    Raises:
        SourceDataError: Nothing in it has a shape, or it counts in a unit nobody builds in.
    """
    check_unit(model, str(path))
    if not any(one.has_body for one in model.objects.values()):
        raise SourceDataError(_NO_SHAPE.format(count=len(model.objects)), where=str(path))


def _verdict(model: IfcModel, options: ReadOptions) -> Verdict:
    given = None if options.crs is None else named_crs(options.crs)
    return georeference(model, None if given == LOCAL else given)


def _is_near_origin(model: IfcModel) -> bool:
    """Whether the points that the model tells of its elements lie about its origin."""
    points = np.array(model.geo.points).reshape(-1, 3)
    return bool(len(points) and np.hypot(*points[:, :2].T).max() < FALSE_ORIGIN_M)


def _frame_of(model: IfcModel, options: ReadOptions) -> Frame:
    """The coordinates of batches; asks no CRS where the file names none."""
    geo = model.geo
    if options.crs is None and geo.conversion is None and geo.crs is None:
        return Frame(LOCAL, np.eye(4))
    return frame_for(_verdict(model, options), options.crs)


def _bodied(
    model: IfcModel, layer: Layer, events: Events, frame: Frame, size: int
) -> Iterator[FeatureBatch]:
    """Features with shapes of their own, as they come."""
    rows = {one.step_id: row for row, one in enumerate(layer.objects)}
    meshes, waiting, lost = Meshes(), list[Shape](), list[Lost]()
    bounds = list[Float64]()
    for event in events:
        if isinstance(event, Lost):
            lost.append(event)
        elif isinstance(event, Shapes):
            found = shapes_of(event, meshes, rows, layer)
            bounds.append(shapely.total_bounds(np.array([s.footprint for s in found], object)))
            waiting += found
        while len(waiting) >= size:
            yield batch_of(model, layer, waiting[:size], meshes, frame)
            waiting = waiting[size:]
    last = batch_of(model, layer, waiting, meshes, frame)
    told = _told(last, model, layer, tuple(rejects_of(lost, layer, rows)))
    yield replace(told, notes=_size_notes(bounds, model))


def _size_notes(bounds: list[Float64], model: IfcModel) -> tuple[str, ...]:
    """What to tell when the model is as large as a region or as small as a brick."""
    if not bounds:
        return ()
    boxes = np.array(bounds)
    across = np.nanmax(boxes[:, 2:], axis=0) - np.nanmin(boxes[:, :2], axis=0)
    size = float(across.max())
    if _LEAST_MODEL_M <= size <= _LARGEST_MODEL_M:
        return ()
    unit = model.unit.name or "metre, as none is stated"
    return (f"the model is {size:.3g} m across in its unit {unit}: the unit looks wrong",)


def _spatial(
    model: IfcModel, layer: Layer, events: Events, frame: Frame, size: int
) -> Iterator[FeatureBatch]:
    """Storeys or buildings with the outline of what they hold."""
    elements = layer_of(model, None)
    rows = {one.step_id: row for row, one in enumerate(elements.objects)}
    meshes = Meshes()
    outlines: list[tuple[IfcObject, shapely.Geometry]] = []
    for event in events:
        if isinstance(event, Shapes):
            found = shapes_of(event, meshes, rows, elements)
            outlines += [(elements.objects[shape.row], shape.footprint) for shape in found]
    footprints = spatial_footprints(layer, outlines)
    for objects in batched(enumerate(layer.objects), size):
        yield spatial_batch(model, objects, footprints, frame)


def _told(
    batch: FeatureBatch, model: IfcModel, layer: Layer, rejects: tuple[Reject, ...]
) -> FeatureBatch:
    """The last batch with what could not be used."""
    count = shapeless(model, layer)
    tallies = {f"{layer.name} without a shape of their own, left out": count} if count else {}
    return replace(batch, rejects=rejects, tallies=tallies)


def _with_ids(batch: FeatureBatch, options: ReadOptions, path: Path) -> FeatureBatch:
    """The batch with ids from the column that the user names."""
    if options.id_field is None:
        return batch
    _id_rule(options, path)
    values = batch.attributes.column(options.id_field).cast(pa.string()).to_pylist()
    return replace(batch, source_ids=tuple(values))


def _id_rule(options: ReadOptions, path: Path) -> str:
    """Where ids come from, in words.

    Raises:
        InputError: The user names a column that is not there.
    """
    if options.id_field is None:
        return "GlobalId, with a number after it where several objects share one"
    if options.id_field not in SCHEMA.names:
        known = ", ".join(SCHEMA.names)
        raise InputError(f"{path}: no attribute {options.id_field!r}; known: {known}")
    return f"attribute {options.id_field}"


def _shapeless_note(model: IfcModel, layer: Layer) -> tuple[str, ...]:
    count = shapeless(model, layer)
    return (f"{count} {layer.name} have no shape of their own and are left out",) if count else ()


PLUGIN: Reader = IfcReader()
