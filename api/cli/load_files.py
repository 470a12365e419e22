"""Files into the store for `cim load`: one after the other, models several at a time."""

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from api.cli.output import progress_bars, progress_lines, say, show
from api.difference_page import difference_page
from api.settings import Settings
from api.workspace import open_store
from cim.bim.check.documents import to_json
from cim.bim.check.page import to_html
from cim.errors import CimError, ConfigError, InputError, SourceDataError
from cim.load_report import LoadReport
from cim.loading import LoadOptions, load, source_key
from cim.models.layers import PREFIX
from cim.models.loading import is_model, load_model
from cim.models.report import ModelReport
from cim.progress import Progress

logger = logging.getLogger(__name__)

REPORT_FOLDER = "loads"
PROGRESS: Final = ("bar", "json")
MOST_AT_ONCE: Final = 4
"""Models read at the same time; each may take gigabytes."""

type Bars = Callable[[str], Progress]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not loaded."""

    path: Path
    error: CimError


def is_model_load(path: Path, source_layer: str | None) -> bool:
    """Whether a file becomes the layers of a model, and not one plain layer."""
    return not source_layer and is_model(path)


def require_layer(paths: Sequence[Path], source_layer: str) -> None:
    """Refuse files that need the name of a layer.

    Raises:
        InputError: There is one.
    """
    other = next((path for path in paths if not is_model_load(path, source_layer)), None)
    if other is not None:
        raise InputError(
            f"--layer is missing: {other.name} needs the name of a layer; only IFC models have "
            f"layers of their own ({PREFIX}_buildings, …)"
        )


@dataclass(slots=True)
class Loads:
    """Loads of one command."""

    workspace: Path
    settings: Settings
    options: LoadOptions
    progress: str = PROGRESS[0]
    _writing: Any = field(default_factory=threading.Lock)
    _telling: Any = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self, paths: Sequence[Path]) -> None:
        """Load files; those that are refused do not keep the others from being loaded.

        Raises:
            CimError: The only file is refused, or one of several; the message names them.
        """
        models = [path for path in paths if self._is_model(path)]
        others = [path for path in paths if path not in models]
        if others and self.options.rules:
            raise InputError(f"--rules is for building models (IFC), not for {others[0].name}")
        with _bars(self.progress) as bars:
            refused = [*self._one_by_one(others, bars), *self._together(models, bars)]
        _raise(refused, len(paths))

    def _is_model(self, path: Path) -> bool:
        """Whether a file becomes the layers of a model, and not one plain layer."""
        return is_model_load(path, self.options.read.layer)

    def _one_by_one(self, paths: Sequence[Path], bars: Bars) -> Iterator[Refused]:
        for path in paths:
            found = self._tried(path, self._plain, bars)
            if found is not None:
                yield found

    def _together(self, paths: Sequence[Path], bars: Bars) -> Iterator[Refused]:
        """Models, several at a time; the store is written to by one after the other."""
        if not paths:
            return
        cores = len(os.sched_getaffinity(0))
        with ThreadPoolExecutor(min(len(paths), cores, MOST_AT_ONCE)) as pool:
            tasks = [pool.submit(self._tried, path, self._model, bars) for path in paths]
            try:
                yield from filter(None, (task.result() for task in as_completed(tasks)))
            except KeyboardInterrupt:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _tried(
        self, path: Path, work: Callable[[Path, Progress], None], bars: Bars
    ) -> Refused | None:
        """Load a file; what keeps it from being loaded, None once it is."""
        bar = bars(path.name)

        def progress(done: int, total: int | None) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt  # ends the child that reads the file as well
            bar(done, total)

        try:
            work(path, progress)
        except ConfigError:
            raise
        except CimError as error:
            return Refused(path, error)
        return None

    def _plain(self, path: Path, progress: Progress) -> None:
        """One file into one layer."""
        stem = self._stem(self.options.layer.name, path)
        store = open_store(self.workspace, self.settings)
        try:
            rejects = _beside(stem, "rejects.csv")
            report = load(store, path, self.options, reject_path=rejects, progress=progress)
        finally:
            store.close()
        with self._telling:
            _keep(stem, "report.json", _json(asdict(report)))
            _tell(report)
            show(asdict(report))

    def _model(self, path: Path, progress: Progress) -> None:
        """One model into its layers."""
        draft = self.options.layer
        options = replace(self.options, layer=replace(draft, name=draft.name or PREFIX))
        stem = self._stem(options.layer.name, path)
        store = open_store(self.workspace, self.settings)
        try:
            report = load_model(
                store,
                path,
                options,
                reject_path=_beside(stem, "rejects.csv"),
                progress=progress,
                writing=self._writing,
            )
        finally:
            store.close()
        with self._telling:
            kept = _kept_difference(stem, report) | _kept_check(stem, report)
            document = report.document() | kept
            _keep(stem, "report.json", _json(document))
            _tell_model(report, document)
            show(document)

    def _stem(self, layer: str, path: Path) -> Path:
        """What the names of the files of a load's report begin with."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = re.sub(r"[^\w.-]+", "_", self.options.source or source_key(path))
        return self.workspace / REPORT_FOLDER / f"{stamp}-{layer}-{name}"


@contextmanager
def _bars(how: str) -> Iterator[Bars]:
    """Progress as bars, or as lines of JSON about all files together."""
    if how == "bar":
        with progress_bars() as bars:
            yield bars
        return
    line, states, guard = progress_lines(), dict[str, tuple[int, int | None]](), threading.Lock()

    def add(title: str) -> Progress:
        def report(done: int, total: int | None) -> None:
            with guard:
                states[title] = (done, total)
                totals = [known for _, known in states.values()]
                whole = None if None in totals else sum(known or 0 for known in totals)
                line("read", sum(done for done, _ in states.values()), whole)

        return report

    yield add


def _raise(refused: Sequence[Refused], count: int) -> None:
    """Tell what was refused.

    Raises:
        CimError: Something was.
    """
    if not refused:
        return
    if count == 1:
        raise refused[0].error
    for one in refused:
        say(f"refused {one.path.name}: {' '.join(str(one.error).split())}")
    names = ", ".join(one.path.name for one in refused)
    raise SourceDataError(
        f"refused: {names}; loaded: {count - len(refused)}",
        where=f"{len(refused)} of {count} files",
    )


def _kept_difference(stem: Path, report: ModelReport) -> dict[str, Any]:
    """Paths of the report of what changed, once it is written; none where nothing changed."""
    if report.found is None:
        return {"difference_file": None, "difference_page": None}
    document = orjson.loads(report.found)
    data = _keep(stem, "difference.json", _json(document))
    page = _keep(stem, "difference.html", difference_page(document).encode())
    return {"difference_file": str(data), "difference_page": str(page)}


def _kept_check(stem: Path, report: ModelReport) -> dict[str, Any]:
    """Paths of the report of the model check, once it is written."""
    if report.checked is None:
        return {"check_file": None, "check_page": None}
    data = _keep(stem, "check.json", _json(to_json(report.checked)))
    page = _keep(stem, "check.html", to_html(report.checked).encode())
    return {"check_file": str(data), "check_page": str(page)}


def _json(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _keep(stem: Path, ending: str, content: bytes) -> Path:
    path = _beside(stem, ending)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def _beside(stem: Path, ending: str) -> Path:
    return stem.with_name(f"{stem.name}.{ending}")


def _tell(report: LoadReport) -> None:
    """The report in words."""
    say(
        f"{report.file} -> {report.layer}: {report.records} records; {report.inserted} new, "
        f"{report.updated} updated, {report.unchanged} unchanged, {report.retired} retired, "
        f"{report.restored} restored, {report.repaired} repaired, {report.rejected} rejected"
    )
    _tell_rest(report)


def _tell_model(report: ModelReport, document: dict[str, Any]) -> None:
    """The report of a model in words."""
    say(f"{report.file} -> model {report.model}/{report.source}: {report.records} objects")
    for name, counts in report.layers.items():
        told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        say(f"  {name}: {told.replace('inserted', 'new') or 'none'}")
    _tell_rest(report)
    if report.difference is not None:
        told = ", ".join(f"{count} {word}" for word, count in report.difference.items() if count)
        say(f"  since the load before: {told or 'nothing changed'}")
    findings = ", ".join(f"{severity}: {count}" for severity, count in report.check.items())
    say(f"  model check: {findings}; {document['check_page']}")
    level = report.level
    if level["level"]:
        said = f"{level['level']} {level['zh']} ({level['geometry']}, {level['information']})"
        say(f"  CIM level: {said}, {level['origin']['en']}")
    if document["difference_page"]:
        say(f"  what changed: {document['difference_page']}")


def _tell_rest(report: LoadReport | ModelReport) -> None:
    for reason, count in report.reject_reasons.items():
        say(f"  rejected {count}: {reason}")
    if report.reject_file:
        say(f"  rejected records: {report.reject_file}")
    for note in report.notes:
        say(f"  note: {note}")
