"""A load: from a source file to features with codes in the store, and the report of it.

Rows flow one way: reader, place (CRS, then sound geometry), codes, store. Whatever cannot be used
is counted with its reason and kept in a reject file.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodedFeatures, CodeLevels, code
from cim.entities.classes import REGISTERED, entity_class
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Reject, select
from cim.geometry import repair
from cim.layer_rules import check_layer_name
from cim.load_fields import with_guessed_fields
from cim.load_report import LoadReport, RejectFile, retirement_note
from cim.progress import Progress, silent
from cim.readers.base import ReadOptions, SourceInfo
from cim.recoding import birthplaces
from cim.siting import Site, Siting, survey
from cim.store.base import LoadOutcome, Store

_NO_ID: Final = "has no source id; every record needs one, or name another --id-field"
_NO_BODIES: Final = (
    "triangle meshes stay in the file: the layer keeps footprints, heights and attributes; "
    "make tiles of the file itself (cim tiles build)"
)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What the user says about a load."""

    layer: LayerDraft
    """The layer; an empty class means that of the layer, or `FEAT` for a new one. Its CRS is the
    store's to say."""

    source: str = ""
    """Key of the source; empty means the file's name without its ending."""

    read: ReadOptions = field(default_factory=ReadOptions)
    siting: Siting = field(default_factory=Siting)
    levels: CodeLevels = field(default_factory=CodeLevels)
    rules: tuple[Path, ...] = ()
    """Files of rules that building models are checked by, after the rules of the house."""

    new_ids: bool = False
    """Accept that the rule of the source ids changed since the last load."""


def load(
    store: Store,
    path: Path,
    options: LoadOptions,
    *,
    reject_path: Path,
    progress: Progress = silent,
) -> LoadReport:
    """Bring the features of a file into a layer, in one transaction.

    Args:
        store: Where the layer is, or will be.
        path: The source file.
        options: What the user says about it.
        reject_path: Where to keep the records that cannot be used.
        progress: Called after each batch.

    Raises:
        InputError: An option is not legal, or does not fit the layer.
        SourceDataError: The source as a whole cannot be used; the layer stays as it was.
        BackendError: The store refuses; the layer stays as it was.
    """
    check_layer_name(options.layer.name)
    site = survey(path, options.read, options.siting)
    plan = _plan(store, site, options)
    run = _Run(plan, RejectFile(reject_path), progress)
    batches = run.coded()
    first = next(batches, None)
    if first is None:
        raise SourceDataError(run.why_nothing(), where=path.name)
    draft = with_guessed_fields(plan.draft, first.features)
    source = replace(plan.source, crs=run.crs)
    before = run.busy_s()
    started = time.perf_counter()
    outcome = store.load(draft, source, chain([first], batches))
    run.seconds["write"] = time.perf_counter() - started - (run.busy_s() - before)
    run.rejects.add(outcome.rejects)
    return run.report(outcome)


def source_key(path: Path) -> str:
    """Key of the source that a file is, unless the user names another."""
    return path.name.split(".")[0]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a load is going to do, settled before the first record is read."""

    site: Site
    options: LoadOptions
    draft: LayerDraft
    source: SourceRecord

    @property
    def info(self) -> SourceInfo:
        """What the source holds."""
        return self.site.info


class _Run:
    """One load under way, and what is counted as its batches pass."""

    def __init__(self, plan: _Plan, rejects: RejectFile, progress: Progress) -> None:
        self.rejects = rejects
        self.seconds = dict.fromkeys(("read", "place", "code", "write"), 0.0)
        self.crs = ""
        self._plan = plan
        self._progress = progress
        self._records = 0
        self._repaired = 0
        self._tallies = Counter[str]()
        self._notes = dict.fromkeys(plan.info.notes)
        if plan.site.placement is not None:
            self._notes |= dict.fromkeys(_placement_notes(plan.site))

    def coded(self) -> Iterator[CodedFeatures]:
        """The source's features, placed and coded."""
        batches = self._plan.site.read()
        while True:
            with self._timed("read"):
                batch = next(batches, None)
            if batch is None:
                return
            self.crs = batch.crs
            self._records += len(batch) + len(batch.rejects)
            self.rejects.add(batch.rejects)
            batch = self._with_ids(batch)
            self._notes |= dict.fromkeys(batch.notes)
            if batch.bodies.mesh:
                self._notes[_NO_BODIES] = None
            self._tallies.update(batch.tallies)
            with self._timed("place"):
                placed = self._place(batch)
            with self._timed("code"):
                coded = self._code(placed)
            self._progress(self._records, self._plan.info.count)
            if len(coded.features):
                yield coded

    def busy_s(self) -> float:
        """Seconds spent on this side of the store."""
        return sum(self.seconds[step] for step in ("read", "place", "code"))

    def why_nothing(self) -> str:
        """Why no record was usable."""
        if not self._records:
            return "holds no record; nothing was loaded"
        (reason, count), *_ = self.rejects.reasons.most_common(1)
        return (
            f"no usable record among {self._records}; {count} of them: {reason}; "
            f"all of them: {self.rejects.path}"
        )

    def report(self, outcome: LoadOutcome) -> LoadReport:
        """The report of the finished load."""
        rejected = self.rejects.reasons.total()
        return LoadReport(
            layer=self._plan.draft.name,
            source=self._plan.source.name,
            file=self._plan.source.file,
            crs=self.crs,
            id_rule=self._plan.source.id_rule,
            records=self._records,
            inserted=outcome.inserted,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            retired=outcome.retired,
            restored=outcome.restored,
            repaired=self._repaired,
            rejected=rejected,
            reject_reasons=dict(self.rejects.reasons.most_common()),
            reject_file=str(self.rejects.path) if rejected else None,
            notes=(*self._notes, *self._told(), *outcome.notes, *retirement_note(outcome)),
            seconds={step: round(spent, 3) for step, spent in self.seconds.items()},
        )

    def _told(self) -> Iterator[str]:
        """What was done to records, and to how many."""
        return (f"{count} {what}" for what, count in self._tallies.items())

    def _with_ids(self, batch: FeatureBatch) -> FeatureBatch:
        """The records that have a source id."""
        named = np.array([bool(text and text.strip()) for text in batch.source_ids], np.bool_)
        self.rejects.add(
            tuple(Reject(int(record), "source id", "", _NO_ID) for record in batch.records[~named])
        )
        return select(batch, named)

    def _place(self, batch: FeatureBatch) -> FeatureBatch:
        """The batch in the layer's CRS, with sound geometry."""
        settled = self._plan.site.settle(batch, self._plan.draft.crs)
        repaired = repair(settled.batch)
        self.rejects.add(settled.rejects)
        self.rejects.add(repaired.rejects)
        self._repaired += repaired.repaired
        self._notes |= dict.fromkeys(settled.notes)
        return repaired.batch

    def _code(self, batch: FeatureBatch) -> CodedFeatures:
        coded = code(batch, birthplaces(batch), self._plan.options.levels)
        self.rejects.add(coded.rejects)
        return coded

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[step] += time.perf_counter() - started


def _placement_notes(site: Site) -> Iterator[str]:
    """How a source without a CRS came to its place."""
    found = site.georeference
    lon, lat, height = found.anchor or (0.0, 0.0, 0.0)
    yield (
        f"placed by an anchor at {lon:.10g}, {lat:.10g}, {height:g} m, y axis at "
        f"{found.heading_deg:g} degrees; {found.height_reference}"
    )
    yield from found.notes


def _plan(store: Store, site: Site, options: LoadOptions) -> _Plan:
    """The layer and the source of a load.

    Raises:
        InputError: The class or the rule of the ids is not that of the layer or of earlier loads.
    """
    path, info = site.path, site.info
    known = store.layers().get(options.layer.name)
    class_code = options.layer.class_code or (known.class_code if known else "FEAT")
    class_code = entity_class(class_code).code
    if class_code == REGISTERED:
        raise InputError(
            f"class {class_code} is kept by the address registry; fill it with: cim address import"
        )
    if known and class_code != known.class_code:
        raise InputError(
            f"layer {known.name!r} holds class {known.class_code}, not {class_code}; "
            "entity ids are permanent, load it into a layer of its own"
        )
    source = SourceRecord(
        name=options.source or source_key(path),
        file=path.name,
        digest=digest_of(path),
        crs="",
        id_rule=info.id_rule,
    )
    earlier = store.source(options.layer.name, source.name)
    if earlier and earlier.id_rule != info.id_rule and not options.new_ids:
        raise InputError(
            f"source {source.name!r} was loaded with source ids from {earlier.id_rule!r}, now "
            f"they come from {info.id_rule!r}: every entity would be retired and get a new id; "
            "name the id field with --id-field, or accept it with --new-ids"
        )
    crs = known.crs if known else store.crs
    draft = replace(options.layer, class_code=class_code, crs=crs)
    return _Plan(site, options, draft, source)


def digest_of(path: Path) -> str:
    """blake2b of a file; of its files' contents, in order of name, when it is a folder."""
    digest = hashlib.blake2b(digest_size=16)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
