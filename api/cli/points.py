"""The part of `cim tiles build` that makes tilesets of point clouds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from api.cli.output import say, show
from cim.errors import InputError
from cim.point_siting import PointSite
from cim.reading import point_reader_for
from tiles.options import Progress
from tiles.points.build import build
from tiles.points.options import PointBuildOptions


def is_point_build(sources: Sequence[str]) -> bool:
    """Whether sources hold points; a mixture counts, and is refused when it is opened."""
    return any(point_reader_for(Path(name)) is not None for name in sources)


def refuse_for_points(given: Mapping[str, object]) -> None:
    """Refuse options that mean nothing for points.

    Args:
        given: By option; what counts as false was not given.

    Raises:
        InputError: One was given.
    """
    for option, value in given.items():
        if value:
            raise InputError(f"{option} is for features; points stand where they were measured")


def build_points(
    sites: Sequence[PointSite], options: PointBuildOptions, tell: Callable[[Progress], None]
) -> None:
    """Make a tileset of point clouds, and say what became of the points."""
    report = build(sites, options, tell)
    notes = [note for one in report.georeference for note in (one.height_reference, *one.notes)]
    for note in dict.fromkeys([*report.notes, *notes]):
        say(f"  note: {note}")
    for reason, count in report.dropped.items():
        say(f"  {count} left out: {reason}")
    say(
        f"{options.output}: {report.points} of {report.points_in} points in {report.tiles} tiles, "
        f"{report.bytes['content'] / report.points:.1f} bytes a point"
    )
    show(asdict(report))
