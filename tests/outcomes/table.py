"""The table of what becomes of each model file: the page of the documentation and its rows."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.commands import run_cim
from tests.outcomes.bad_clouds import BAD_CLOUDS
from tests.outcomes.bad_files import BAD_FILES
from tests.outcomes.bad_models import BAD_MODELS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "model-outcomes.md"
MODELS = "data/models"
ANCHOR = ("--anchor", "121.5,31.2,5")
SUFFIXES = frozenset(
    {
        *(".json", ".jsonl", ".gml", ".obj", ".glb", ".gltf", ".stl", ".ply", ".dae"),
        *(".las", ".laz", ".ifc", ".ifczip"),
    }
)
PLACED: Mapping[str, tuple[str, ...]] = {
    "DH_01_subs.city.json": ("--crs", "EPSG:7415"),
    "rotterdam_subset.json": ("--crs", "EPSG:28992"),
    "vienna.city.jsonl": ("--crs", "EPSG:31256"),
}
"""Files that state no CRS but have one, as their publishers say."""

HEAD = """# What becomes of each model file

模型文件处理结果一览。

Written by `scripts/model-outcomes` from real runs of `cim tiles build`; a test compares. The given
models are those of the test material (its INDEX.md names sources and licences); the faulty ones
are made by the tests.
"""
WIDTH = 260


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the table."""

    what: str
    options: tuple[str, ...]
    result: str
    tileset: Path | None = field(default=None, compare=False)
    """Folder of the tileset, None when the file was refused."""

    def row(self) -> str:
        """The line."""
        words = f"`{' '.join(self.options)}`" if self.options else ""
        return f"| {self.what} | {words} | {self.result.replace('|', '/')} |"


def given_models(shared: Path) -> list[Path]:
    """Model files of the test material that make tiles."""
    found = sorted((shared / MODELS).glob("*/*"))
    return [path for path in found if path.suffix in SUFFIXES]


def of_given(path: Path, output: Path) -> Outcome:
    """What becomes of a given model; one that needs a place is refused first, then anchored."""
    options = PLACED.get(path.name, ())
    outcome = build(path.name, (path,), options, output)
    if outcome.tileset is None and "--anchor" in outcome.result:
        return build(path.name, (path,), ANCHOR, output)
    return outcome


def of_bad(folder: Path) -> Iterator[Outcome]:
    """What becomes of the faulty files."""
    for number, (what, make) in enumerate((BAD_FILES | BAD_CLOUDS).items()):
        yield build(what, (make(folder),), (), folder / f"tiles-{number}")
    for number, (what, model) in enumerate(BAD_MODELS.items()):
        yield build(what, model(folder), (), folder / f"models-{number}")


def build(what: str, paths: tuple[Path, ...], options: tuple[str, ...], output: Path) -> Outcome:
    """Build a tileset of files and tell how it went."""
    done = run_cim("tiles", "build", *paths, "-o", output, *options)
    lines = [_neutral(line, paths, output) for line in done.err.rstrip().splitlines()]
    if done.code:
        reason = lines[-1].removeprefix("cim: ") if lines else f"exit {done.code}, no word"
        return Outcome(what, options, f"refused: {_short(reason)}")
    report = json.loads(done.out)
    told = [line.strip() for line in lines if line.startswith("  ")]
    notes = "; ".join(line for line in told if line not in _ways(report))
    count = report.get("features", report.get("points"))
    noun = "features" if "features" in report else "points"
    result = f"{count} {noun}, {report['tiles']} tiles"
    return Outcome(what, options, _short(f"{result}; {notes}" if notes else result), output)


def _ways(report: Mapping[str, Any]) -> set[str]:
    """Notes on the transformation from a CRS: they say how, not what, and change with PROJ."""
    by_crs = (one for one in report.get("georeference", ()) if one["method"] == "crs")
    return {f"note: {note}" for one in by_crs for note in one["notes"]}


def page(given: list[Outcome], bad: list[Outcome]) -> str:
    """The page of the documentation."""
    return "\n".join(
        (HEAD, "## Given models", "", *_table(given), "", "## Faulty files", "", *_table(bad), "")
    )


def made_page(shared: Path) -> str:
    """The page as it is now, from real runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        given = [
            of_given(path, root / f"given-{number}")
            for number, path in enumerate(given_models(shared))
        ]
        bad = root / "bad"
        bad.mkdir()
        return page(given, list(of_bad(bad)))


def _table(outcomes: list[Outcome]) -> list[str]:
    """Head and lines of a table."""
    return ["| file | options | outcome |", "|---|---|---|", *(one.row() for one in outcomes)]


def _neutral(line: str, paths: tuple[Path, ...], output: Path) -> str:
    """A message without the folders of this run."""
    for path in paths:
        line = line.replace(str(path), path.name)
    return line.replace(str(output), "OUT")


def _short(text: str) -> str:
    """A message of bearable length."""
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"
