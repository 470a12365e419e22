"""What a job does: the command it runs, and what that says."""

import contextlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from api.jobs.store import Job
from tiles.publish import ROOT_DOCUMENT, STATE_FOLDER

RESULTS = "results"
"""Folder in `index/` of what jobs made for clients to fetch; one of each job's id."""

UPLOADS = "uploads"
"""Folder in `index/` of what clients sent; a job's files lie in one of its id."""

PROJECT = Path(__file__).resolve().parents[2]
"""Where the command finds its packages."""

LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Said:
    """A line of progress."""

    stage: str
    done: int
    total: int | None


TILES, LOAD, IMPORT, GEOCODE = "tiles", "load", "import", "geocode"
"""Kinds of jobs."""

MAPPING = ".mapping.toml"
"""What a client sent as the mapping of an import; its files cannot have such a name."""


def request_of(
    layer: str | None, files: list[str], options: Mapping[str, object], kind: str = TILES
) -> dict[str, Any]:
    """What the table of jobs keeps of a request.

    Args:
        layer: Made into tiles, or loaded into; None: files are made into tiles.
        files: Names in the job's folder.
        options: Of the command.
        kind: What is done, `TILES`, `LOAD`, `IMPORT` or `GEOCODE`.
    """
    request = {"layer": layer, "files": files, "options": dict(options)}
    return request if kind == TILES else request | {"kind": kind}


def kind_of(job: Job) -> str:
    """What a job does."""
    return str(job.request.get("kind", TILES))


def is_of_strangers(job: Job) -> bool:
    """Whether a job reads files that a client sent."""
    return bool(job.request["files"])


def command(job: Job, workspace: Path) -> list[str]:
    """The command line of a job.

    An option and its value are one word, so that no value is taken for an option.
    """
    layer, uploads = job.request["layer"], workspace / "index" / UPLOADS / job.id
    files = [str(uploads / name) for name in job.request["files"]]
    words = [sys.executable, "-m", "api.cli.main"]
    if kind_of(job) == GEOCODE:
        return [*words, *_batch_words(job, files[0], workspace)]
    if kind_of(job) == LOAD:
        words += ["load", f"--layer={layer}"]
    elif kind_of(job) == IMPORT:
        words += ["address", "import"]
    else:
        words += ["tiles", "build", f"--output={workspace / 'tiles' / job.tileset}"]
    options = dict(job.request["options"])
    if kind_of(job) == IMPORT and "mapping" in options:
        options["mapping"] = str(uploads / options["mapping"])
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        values = value if isinstance(value, list) else [value]
        if name == "bim":
            values = [f"{workspace / 'tiles'}/{tileset}" for tileset in values]
        words += [option if each is True else f"{option}={each}" for each in values]
    words += [f"--workspace={workspace}", "--progress=json", "--"]
    return [*words, *(files or [f"layer:{layer}"])]


def _batch_words(job: Job, source: str, workspace: Path) -> list[str]:
    """Words of the command that answers every row of a table, and goes on where it was cut."""
    words = ["geocode", "batch", f"--input={source}", f"--output={result_of(job, workspace)}"]
    for name, value in job.request["options"].items():
        values = value if isinstance(value, list) else [value]
        words += [f"--{name}" if each is True else f"--{name}={each}" for each in values]
    return [*words, "--resume", "--progress=json", f"--workspace={workspace}"]


def result_of(job: Job, workspace: Path) -> Path:
    """Where a job that answers a table puts its result."""
    kind = job.request["options"]["format"]
    return workspace / "index" / RESULTS / job.id / f"result.{kind}"


def goes_on(job: Job) -> bool:
    """Whether a job that was cut short keeps what it has done."""
    return kind_of(job) == GEOCODE


def said(line: str) -> Said | None:
    """Progress in a line of the command's standard error, None for any other line."""
    if not line.startswith("{"):
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = orjson.loads(line)
        total = found["total"]
        return Said(str(found["stage"]), int(found["done"]), None if total is None else int(total))
    return None


def report_of(job: Job, output: str) -> dict[str, Any] | None:
    """The report in the command's standard output; of loads and imports that of each file."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    with contextlib.suppress(ValueError, IndexError):
        reports: list[dict[str, Any]] = [orjson.loads(line) for line in lines]
        each = {LOAD: "loads", IMPORT: "imports"}.get(kind_of(job))
        return {each: reports} if each and reports else reports[-1]
    return None


def error_of(lines: list[str], code: int, hidden: Sequence[Path]) -> str:
    """The one line that says why the command failed; no path of the server stands in it.

    Args:
        lines: The last of standard error.
        code: How the command ended; below 0 the signal that ended it.
        hidden: Folders that the client does not know of.
    """
    told = [line.removeprefix("cim: ") for line in lines if line.startswith("cim: ")]
    if told:
        line = told[-1]
        for folder in hidden:
            line = line.replace(f"{folder}/", "")
        return line[:LONGEST_ERROR]
    if code < 0:
        return f"the work was ended by signal {-code}; the machine may be short of memory"
    return "the work broke off; the operator finds the reason in the server's log"


def tidy(workspace: Path, job: Job) -> None:
    """Remove what a job that has ended leaves: its upload, and a tileset that never was."""
    shutil.rmtree(workspace / "index" / UPLOADS / job.id, ignore_errors=True)
    if kind_of(job) == GEOCODE and not result_of(job, workspace).exists():
        shutil.rmtree(result_of(job, workspace).parent, ignore_errors=True)
    if kind_of(job) != TILES:
        return
    output = workspace / "tiles" / job.tileset
    if output.is_dir() and not (output / ROOT_DOCUMENT).exists():
        shutil.rmtree(output / STATE_FOLDER, ignore_errors=True)
        shutil.rmtree(output / "content", ignore_errors=True)
        with contextlib.suppress(OSError):
            output.rmdir()


def remove(folder: Path) -> None:
    """Delete a folder, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
