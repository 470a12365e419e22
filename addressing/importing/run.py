"""An import: from a register's file to standard addresses, and the report of it.

Rows flow one way: table, mapping, elements, stage on disk, one transaction. Whatever cannot be
used is counted with its reason and kept in a reject file; what is odd is kept in a file of
remarks.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from addressing.boundaries import Boundaries
from addressing.importing.mapping import RegisterMapping
from addressing.importing.reading import Spread, here
from addressing.importing.report import ImportReport, write_rejects, write_remarks
from addressing.importing.staging import Divider, Stage, stage
from addressing.importing.survey import Survey, survey
from addressing.importing.writing import Entities, WritePlan, WriteTally, write
from addressing.registry.store import Registry
from addressing.resources import load_divisions
from cim.errors import SourceDataError
from cim.features import Reject
from cim.progress import Progress
from cim.tables.base import TableOptions
from cim.tables.files import open_table

type Stages = Callable[[str, int, int | None], None]
"""Called with the stage (`survey`, `read`, `write`), rows done and rows in all."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""
    del stage, done, total


_DIGEST_RULE = "digest of what the row says of its address"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says about an import."""

    who: str
    why: str = ""
    """Empty: that the register was imported."""

    source: str = ""
    """Key of the register; empty: what the mapping says, else the file's name."""

    mapping: RegisterMapping | None = None
    """None: it is guessed."""

    crs: str = ""
    """CRS of the coordinates; empty: what the mapping or the file says."""

    table: TableOptions = field(default_factory=TableOptions)
    home: str = ""
    """Code of the city's division, for rows that name none."""

    boundaries: Boundaries | None = None
    full: bool = False
    """The file is the whole register: what is gone from it is retired."""

    dry_run: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an import works with."""

    reject_path: Path
    """Where rejected rows are kept; remarks beside it."""

    scratch: Path | None = None
    """Folder for rows on their way; None: the system's."""

    entities: Entities | None = None
    spread: Spread = here
    stages: Stages = silent


def import_register(
    registry: Registry, path: Path, options: ImportOptions, around: Surroundings
) -> ImportReport:
    """Bring the rows of a register into the registry, in one transaction.

    Args:
        registry: Of the city.
        path: The register.
        options: What the user says.
        around: Files and processes to work with.

    Raises:
        SourceDataError: The register as a whole cannot be used; nothing is changed.
        InputError: An option or the mapping is not legal.
        BackendError: The store refuses, or a worker died; nothing is changed.
    """
    clock = _Clock(around.stages)
    mapping = options.mapping
    table = open_table(path, _table_options(options))
    with clock.step("survey") as progress:
        found = survey(table, mapping, progress, known_home(options.home), options.crs)
    source = options.source or found.mapping.source or path.name.split(".")[0]
    divider = Divider(options.boundaries, options.home)
    with tempfile.TemporaryDirectory(prefix="cim-import-", dir=around.scratch) as folder:
        with clock.step("read") as progress:
            staged = stage(found, divider, Path(folder), around.spread, progress)
        _require_rows(staged, found.mapping, path)
        plan = _plan(options, found, source, around.entities)
        with clock.step("write") as progress:
            written = write(registry, staged, plan, progress)
    done = _Done(options, around, found, staged, written)
    return done.report(path, source, clock.seconds)


def known_home(code: str) -> tuple[str, ...]:
    """The division in which ambiguous names are looked for first, if it is a known one."""
    return (code,) if code in load_divisions().by_code else ()


def _table_options(options: ImportOptions) -> TableOptions:
    """Layer, encoding and delimiter: what the user says, else what the mapping says."""
    mapping, given = options.mapping or RegisterMapping(), options.table
    return TableOptions(
        layer=given.layer or mapping.layer,
        encoding=given.encoding or mapping.encoding,
        delimiter=given.delimiter or mapping.delimiter,
    )


def _plan(
    options: ImportOptions, found: Survey, source: str, entities: Entities | None
) -> WritePlan:
    return WritePlan(
        source=source,
        who=options.who,
        why=options.why or f"register {source} imported",
        day=options.day,
        links=found.mapping.links,
        entities=entities,
        full=options.full,
        dry_run=options.dry_run,
    )


def _require_rows(staged: Stage, mapping: RegisterMapping, path: Path) -> None:
    """Refuse a register of which no row can be used.

    Raises:
        SourceDataError: There is none; the message has the most frequent reason.
    """
    if staged.tally.rows:
        return
    rejects = staged.tally.rejects
    (reason, count), *_ = Counter(f"{one.field}: {one.reason}" for one in rejects).most_common(1)
    stated = mapping.crs or mapping.coordsys or not reason.startswith("geometry")
    hint = "" if stated else "; name the CRS of coordinates that are not degrees (crs)"
    raise SourceDataError(
        f"no usable row among {len(rejects)}; {count} of them: {reason}{hint}", where=path.name
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """A finished import."""

    options: ImportOptions
    around: Surroundings
    found: Survey
    staged: Stage
    written: WriteTally

    def report(self, path: Path, source: str, seconds: Mapping[str, float]) -> ImportReport:
        """What became of it; its files are written."""
        tally, written, mapping = self.staged.tally, self.written, self.found.mapping
        rejects = [*tally.rejects, *written.rejects]
        rejected = self.around.reject_path
        remarked = rejected.with_name(rejected.name.replace(".rejects.", ".remarks."))
        id_column = mapping.columns.get("source_id")
        return ImportReport(
            source=source,
            file=path.name,
            dry_run=self.options.dry_run,
            profile=mapping.profile,
            mapping=mapping.to_toml(),
            mapping_guessed=mapping.guessed,
            id_rule=f"column {id_column}" if id_column else _DIGEST_RULE,
            records=tally.rows + len(tally.rejects),
            sure=tally.sure,
            doubtful=dict(tally.doubts.most_common()),
            disagreements={kind: n for kind, n in tally.disagreements.most_common() if n},
            new=written.new,
            updated=written.updated,
            unchanged=written.unchanged,
            retired=written.retired,
            collisions=written.collisions,
            without_place=tally.without_place,
            linked=written.linked,
            rejected=len(rejects),
            reject_reasons=dict(Counter(_reason(one) for one in rejects).most_common()),
            reject_file=write_rejects(rejected, self.found.table, rejects),
            remark_file=write_remarks(remarked, tally.remarks),
            notes=tuple(_notes(self.found, self.staged, written)),
            seconds=seconds,
        )


def _reason(one: Reject) -> str:
    return f"{one.field}: {one.reason}" if one.field else one.reason


def _notes(found: Survey, staged: Stage, written: WriteTally) -> Iterator[str]:
    """What the user should know."""
    yield from found.notes
    yield from staged.tally.notes
    if staged.tally.without_place == staged.tally.rows:
        yield "no row has a place: no column was taken as lon and lat; name them in a mapping"
    for layer, count in written.lost_links.items():
        if count:
            where = f"layer {layer!r}" if layer else "the store"
            yield f"{count} links name entities that are not in {where}"
    if written.never_here:
        yield f"{written.never_here} rows are retired in the register and were never here"


class _Clock:
    """Time spent in the steps."""

    def __init__(self, stages: Stages) -> None:
        self.seconds: dict[str, float] = {}
        self._stages = stages

    @contextmanager
    def step(self, name: str) -> Iterator[Progress]:
        """A step; gives what its progress is told to."""
        started = time.perf_counter()
        yield lambda done, total: self._stages(name, done, total)
        self.seconds[name] = round(time.perf_counter() - started, 3)
