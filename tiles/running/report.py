"""The report of a build, and the file of what could not be used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cim.features import Reject
from tiles.options import BuildOptions, BuildReport
from tiles.publish import STATE_FOLDER
from tiles.running.finish import Finished, Summary
from tiles.running.first_pass import REJECT_FILE


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be used."""

    first: tuple[Reject, ...]
    file: Path | None
    """With all of them; None when there are none."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a build went."""

    mode: str
    written: int
    """Contents made anew."""

    rejected: Rejected
    seconds: Mapping[str, float]
    """By step."""


def keep_rejects(made: Path, output: Path) -> Path | None:
    """Put the reject file of a build in the place of the one before."""
    kept = output / STATE_FOLDER / REJECT_FILE
    if made.exists():
        made.replace(kept)
        return kept
    kept.unlink(missing_ok=True)
    return None


def move_rejects(made: str | None, target: Path) -> str | None:
    """Put a reject file elsewhere; one that stands there goes in any case."""
    if made is None:
        target.unlink(missing_ok=True)
        return None
    Path(made).replace(target)
    return str(target)


def kept_rejects(output: Path) -> Path | None:
    """The reject file of the latest full build."""
    kept = output / STATE_FOLDER / REJECT_FILE
    return kept if kept.exists() else None


def report(
    summary: Summary, finished: Finished, options: BuildOptions, course: Course
) -> BuildReport:
    """What a build did with its input."""
    file = course.rejected.file
    return BuildReport(
        features=summary.features,
        skipped=summary.skipped,
        notes=dict(Counter(summary.notes) + Counter(finished.notes)),
        rejects=course.rejected.first,
        reject_file=None if file is None else str(file),
        source_notes=tuple(summary.source_notes),
        height_sources=summary.height_sources,
        tiles=finished.tiles,
        written=course.written,
        triangles=finished.triangles,
        bytes=finished.bytes,
        bounds=summary.bounds,
        height_reference=summary.height_reference,
        georeference=options.georeference,
        version=finished.version,
        mode=course.mode,
        seconds={name: round(value, 3) for name, value in course.seconds.items()},
    )
