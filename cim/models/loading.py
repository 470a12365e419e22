"""A load of a building model: one file becomes buildings, storeys, spaces and elements."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim import plugins
from cim.bim.check.report import to_json
from cim.bim.check.rulebook import HOUSE_RULES, Rule, read_rules
from cim.bim.georeference import check_unit, frame_for, georeference
from cim.bim.model import IfcModel
from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodedFeatures
from cim.crs import LOCAL, named_crs
from cim.errors import InputError, SourceDataError
from cim.load_report import RejectFile
from cim.loading import LoadOptions, check_layer_name, digest_of, source_key
from cim.model_records import ModelLoad, ModelName, ModelObject, ModelPart, ModelRelation
from cim.models.checking import Checked, checked
from cim.models.comparing import compared
from cim.models.difference import Difference
from cim.models.documents import group_document, object_document, text_of, type_document
from cim.models.layers import LAYER_OF, LAYERS, draft_of, name_of
from cim.models.places import places_of
from cim.models.placing import Ground, Placed, placed_layers
from cim.models.reading import ModelReading, read_model
from cim.models.report import ModelReport, model_notes
from cim.models.tables import ordered, rows_of, short
from cim.placing import FALSE_ORIGIN_M
from cim.progress import Progress, silent
from cim.readers.base import Reader, ReadOptions, SourceInfo
from cim.readers.ifc import IfcReader
from cim.siting import Site, sited
from cim.store.base import Store

ID_RULE = "GlobalId, with a number after it where several objects share one"
_STEPS = ("read", "check", "place", "compare", "write")


def reader_of_models() -> IfcReader:
    """The reader whose files are models."""
    reader: Reader = plugins.load("ifc", "cim.readers")
    if not isinstance(reader, IfcReader):
        raise TypeError("cim.readers.ifc is no IFC reader")
    return reader


def is_model(path: Path) -> bool:
    """Whether a file is a building model, by its name."""
    return path.name.lower().endswith(reader_of_models().suffixes)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a load is going to do, settled before the file is opened."""

    path: Path
    name: ModelName
    options: LoadOptions
    drafts: Mapping[str, LayerDraft]
    """By suffix."""

    rules: tuple[Rule, ...]


def load_model(
    store: Store,
    path: Path,
    options: LoadOptions,
    *,
    reject_path: Path,
    progress: Progress = silent,
    writing: AbstractContextManager[Any] | None = None,
) -> ModelReport:
    """Bring a building model into its layers, in one transaction.

    Args:
        store: Where the layers are, or will be.
        path: The file.
        options: What the user says about it; the name of the layer is the prefix of all four.
        reject_path: Where to keep the objects that lost their shape or their place.
        progress: Called with the objects that have their shape.
        writing: Held while the store is compared with and written to.

    Raises:
        InputError: An option is not legal, or does not fit the layers.
        SourceDataError: The file cannot be used; the layers stay as they were.
        UnsupportedError: Its schema is not read.
        BackendError: The store refuses; the layers stay as they were.
    """
    plan = _plan(store, path, options)
    run = _Run(plan, RejectFile(reject_path))
    with run.timed("read"):
        limits = reader_of_models().limits
        reading = read_model(path, limits, lambda model: _check(model, plan), progress)
    with run.timed("place"):
        site, placed = run.placed(reading)
    with run.timed("check"):
        verdict = georeference(reading.model, _given(options.read))
        found_out = checked(reading, site, verdict, plan.rules)
    with writing or nullcontext():
        with run.timed("compare"):
            load = run.load_of(reading, site, placed, found_out)
            load, found = compared(store, load)
        with run.timed("write"):
            outcome = store.load_model(load)
    told = run.report(reading, site, load, found, outcome.layers)
    return replace(
        told,
        level=found_out.level.document(),
        check=found_out.report.counts,
        checked=found_out.report,
    )


def _plan(store: Store, path: Path, options: LoadOptions) -> _Plan:
    """What a load is going to do.

    Raises:
        InputError: A name or an option is not legal, or a layer holds something else.
    """
    prefix = options.layer.name
    drafts = {}
    for layer in LAYERS:
        draft = draft_of(layer, options.layer, prefix)
        check_layer_name(draft.name)
        known = store.layers().get(draft.name)
        if known and known.class_code != draft.class_code:
            raise InputError(
                f"layer {known.name!r} holds class {known.class_code}, not "
                f"{draft.class_code}; load the model with another --layer, the prefix of its "
                "layers' names"
            )
        drafts[layer.suffix] = replace(draft, crs=known.crs if known else store.crs)
    _check_options(path, options)
    rules = read_rules((HOUSE_RULES, *options.rules))
    return _Plan(
        path, ModelName(prefix, options.source or source_key(path)), options, drafts, rules
    )


def _check_options(path: Path, options: LoadOptions) -> None:
    """Refuse options that say nothing about a model.

    Raises:
        InputError: One is given.
    """
    read, layer = options.read, options.layer
    given = {
        "--class": layer.class_code,
        "--name-field": layer.name_field,
        "--height-field": layer.height_field,
        "--fields": layer.fields,
        "--id-field": read.id_field,
        "--lon-field": read.lon_field,
        "--lat-field": read.lat_field,
        "--encoding": read.encoding,
        "--unit": read.unit,
        "--up-axis": read.up_axis,
        "--swap-axes": options.siting.swap_axes,
    }
    for option, value in given.items():
        if value:
            raise InputError(
                f"{option} is not for {path.name}: a building model states its own classes, "
                "names, ids and units; --source-layer loads one of its tables as a plain layer"
            )


def _check(model: IfcModel, plan: _Plan) -> None:
    """Refuse a model that cannot be placed, before its shapes are made.

    Raises:
        SourceDataError: It has no place, no object, or a unit nobody builds in.
    """
    check_unit(model, str(plan.path))
    if all(one.kind == "project" for one in model.objects.values()):
        raise SourceDataError(
            "holds no site, building, space or element; nothing was loaded", where=str(plan.path)
        )
    _site(model, plan, None)


def _site(model: IfcModel, plan: _Plan, middle: tuple[float, float, float] | None) -> Site:
    """The way of a model to its place.

    Raises:
        SourceDataError: It has none, and no anchor gives it one.
    """
    options = plan.options.read
    given = None if options.crs is None else named_crs(options.crs)
    verdict = georeference(model, None if given == LOCAL else given)
    frame = frame_for(verdict, options.crs)
    info = SourceInfo(
        layer="",
        layers=(),
        count=len(model.objects),
        crs=frame.crs,
        id_rule=ID_RULE,
        notes=(*model.notes, *verdict.faults),
        place=verdict.place if frame.crs == LOCAL and options.crs is None else None,
    )
    read = ReadOptions(crs=options.crs)
    return sited(plan.path, reader_of_models(), read, info, plan.options.siting, lambda: middle)


class _Run:
    """One load under way."""

    def __init__(self, plan: _Plan, rejects: RejectFile) -> None:
        self.rejects = rejects
        self.seconds = dict.fromkeys(_STEPS, 0.0)
        self._plan = plan

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Count the time of a step."""
        started = time.perf_counter()
        yield
        self.seconds[step] += time.perf_counter() - started

    def placed(self, reading: ModelReading) -> tuple[Site, Placed]:
        """The objects on the Earth."""
        model, plan = reading.model, self._plan
        places = places_of(reading)
        site = _site(model, plan, _false_origin(reading))
        verdict = georeference(model, _given(plan.options.read))
        objects = ordered(model)
        rows = [rows_of(layer, objects, places) for layer in LAYERS]
        frame = frame_for(verdict, plan.options.read.crs)
        drafts = [plan.drafts[layer.suffix] for layer in LAYERS]
        placed = placed_layers(reading, rows, drafts, Ground(site, frame, plan.options.levels))
        self.rejects.add(placed.rejects)
        if not placed.states:
            raise SourceDataError(
                f"none of its {len(objects)} objects can be placed; all of them: "
                f"{self.rejects.path}",
                where=plan.path.name,
            )
        return site, placed

    def load_of(
        self, reading: ModelReading, site: Site, placed: Placed, found_out: Checked
    ) -> ModelLoad:
        """What goes into the store."""
        model, plan = reading.model, self._plan
        prefix = plan.name.prefix
        drafts = [plan.drafts[layer.suffix] for layer in LAYERS]
        layers: list[tuple[LayerDraft, CodedFeatures]] = list(
            zip(drafts, placed.coded, strict=True)
        )
        objects = [
            ModelObject(
                key=one.key,
                layer=name_of(LAYER_OF[one.kind], prefix),
                kind=one.kind,
                global_id=one.global_id,
                ifc_class=one.ifc_class,
                name=short(one.name),
                parent=one.parent,
                rank=rank,
                state=placed.states[one.key],
                document=text_of(object_document(model, one)),
            )
            for rank, one in enumerate(ordered(model))
            if one.key in placed.states
        ]
        return ModelLoad(
            name=plan.name,
            source=SourceRecord(
                plan.name.source, plan.path.name, digest_of(plan.path), placed.crs, ID_RULE
            ),
            layers=layers,
            objects=objects,
            parts=[
                *_parts(model),
                ModelPart("check", "check", text_of(to_json(found_out.report))),
            ],
            relations=list(_relations(model)),
            document=text_of({**_document(reading, site), "level": found_out.level.document()}),
            difference=None,
            is_changed=True,
        )

    def report(
        self,
        reading: ModelReading,
        site: Site,
        load: ModelLoad,
        found: Difference | None,
        layers: Mapping[str, Any],
    ) -> ModelReport:
        """The report of the finished load."""
        rejected = self.rejects.reasons.total()
        return ModelReport(
            model=self._plan.name.prefix,
            source=self._plan.name.source,
            file=load.source.file,
            schema=reading.model.schema,
            application=reading.model.application,
            crs=load.source.crs,
            id_rule=ID_RULE,
            georeference=asdict(site.georeference),
            records=len(reading.model.objects) - len(reading.model.of_kind("project")),
            layers={
                name: {
                    "inserted": one.inserted,
                    "updated": one.updated,
                    "unchanged": one.unchanged,
                    "retired": one.retired,
                    "restored": one.restored,
                }
                for name, one in layers.items()
            },
            lost_shapes=len(reading.lost),
            rejected=rejected,
            reject_reasons=dict(self.rejects.reasons.most_common()),
            reject_file=str(self.rejects.path) if rejected else None,
            difference=None if found is None else found.counts,
            notes=tuple(dict.fromkeys((*site.info.notes, *model_notes(reading, site, found)))),
            seconds={step: round(spent, 3) for step, spent in self.seconds.items()},
            found=load.difference,
        )


def _given(options: ReadOptions) -> str | None:
    given = None if options.crs is None else named_crs(options.crs)
    return None if given == LOCAL else given


def _false_origin(reading: ModelReading) -> tuple[float, float, float] | None:
    """What stands at an anchor where the model's origin is too far away: as tiles take it."""
    objects = reading.model.objects
    shapes = [
        body.footprint for key, body in reading.bodies.items() if objects[key].kind != "space"
    ]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(np.array(shapes, object)).tolist()
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    return middle if float(np.hypot(middle[0], middle[1])) > FALSE_ORIGIN_M else None


def _parts(model: IfcModel) -> Iterator[ModelPart]:
    """Types and groups."""
    for key, kind in model.types.items():
        yield ModelPart("type", key, text_of(type_document(model, kind)))
    for group in model.groups:
        yield ModelPart("group", group.key, text_of(group_document(model, group)))


def _relations(model: IfcModel) -> Iterator[ModelRelation]:
    """Relations beside the tree, and members of groups."""
    for one in model.relations:
        yield ModelRelation(one.kind, one.source, one.target)
    for group in model.groups:
        for member in group.members:
            yield ModelRelation("member", group.key, member)


def _document(reading: ModelReading, site: Site) -> dict[str, Any]:
    """What the store keeps of the model as a whole."""
    model = reading.model
    projects = model.of_kind("project")
    return {
        "schema": model.schema,
        "application": model.application,
        "project": projects[0].global_id if projects else None,
        "project_name": projects[0].name if projects else None,
        "unit": asdict(model.unit),
        "georeference": asdict(site.georeference),
        "classes": dict(Counter(one.ifc_class for one in model.objects.values()).most_common()),
        "notes": list(model.notes),
    }
