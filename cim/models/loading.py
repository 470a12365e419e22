"""A load of a building model: one file becomes buildings, storeys, spaces and elements."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from cim.bim.check.documents import to_json
from cim.bim.check.rulebook import HOUSE_RULES, Rule, read_rules
from cim.bim.georeference import check_unit
from cim.bim.model import IfcModel
from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodedFeatures
from cim.errors import InputError, SourceDataError
from cim.layer_rules import check_layer_name
from cim.load_report import RejectFile
from cim.loading import LoadOptions, digest_of, source_key
from cim.model_records import ModelLoad, ModelName, ModelPart
from cim.models.checking import Checked, checked
from cim.models.comparing import compared, relatives
from cim.models.content import model_document, objects_of, parts_of, relations_of
from cim.models.difference import Difference
from cim.models.documents import text_of
from cim.models.layers import LAYERS, draft_of
from cim.models.places import places_of
from cim.models.placing import Ground, Placed, placed_layers
from cim.models.reading import ModelReading, read_model
from cim.models.report import ModelReport, model_notes
from cim.models.siting import (
    ID_RULE,
    false_origin,
    model_site,
    reader_of_models,
    verdict_of,
)
from cim.models.tables import ordered, rows_of
from cim.progress import Progress, silent
from cim.siting import Site
from cim.store.base import LoadOutcome, Store

_STEPS: Final = ("read", "check", "place", "compare", "write")


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
        found_out = checked(reading, site, verdict_of(reading.model, options), plan.rules)
    with writing or nullcontext():
        with run.timed("compare"):
            load = run.load_of(reading, site, placed, found_out)
            load, found = compared(store, load)
            told_before = () if found is not None else relatives(store, load)
        with run.timed("write"):
            outcome = store.load_model(load)
    told = run.report(reading, site, load, found, outcome.layers)
    return replace(
        told,
        notes=(*told.notes, *told_before),
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
    model_site(plan.path, model, plan.options, None)


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
        site, frame = model_site(plan.path, model, plan.options, false_origin(reading))
        objects = ordered(model)
        rows = [rows_of(layer, objects, places) for layer in LAYERS]
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
        drafts = [plan.drafts[layer.suffix] for layer in LAYERS]
        layers: list[tuple[LayerDraft, CodedFeatures]] = list(
            zip(drafts, placed.coded, strict=True)
        )
        return ModelLoad(
            name=plan.name,
            source=SourceRecord(
                plan.name.source, plan.path.name, digest_of(plan.path), placed.crs, ID_RULE
            ),
            layers=layers,
            objects=objects_of(model, ordered(model), placed, plan.name.prefix),
            parts=[
                *parts_of(model),
                ModelPart("check", "check", text_of(to_json(found_out.report))),
            ],
            relations=list(relations_of(model)),
            document=text_of({**model_document(model, site), "level": found_out.level.document()}),
            difference=None,
            is_changed=True,
        )

    def report(
        self,
        reading: ModelReading,
        site: Site,
        load: ModelLoad,
        found: Difference | None,
        layers: Mapping[str, LoadOutcome],
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
