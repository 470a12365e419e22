"""The part of `cim tiles build` that makes tilesets of point clouds."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from api.cli.output import say, show
from api.cli.placing import Placing
from cim.errors import InputError
from cim.point_siting import survey_clouds
from cim.pointclouds.base import PointOptions
from cim.reading import point_reader_for
from tiles.options import BuildOptions, Progress
from tiles.points.build import build
from tiles.points.options import PointBuildOptions

_SHARED = frozenset({"output", "title_zh", "title_en", "compression"})
"""Options that clouds have too."""

_NAMES = {
    "properties": "attribute",
    "models": "bim",
    "lightening": "drop-smaller-m, --simplify or --merge",
}
"""Options whose field has another name."""


def is_point_build(sources: Sequence[str]) -> bool:
    """Whether sources hold points; a mixture counts, and is refused when it is opened."""
    return any(point_reader_for(Path(name)) is not None for name in sources)


def build_points(
    sources: Sequence[str],
    options: BuildOptions,
    placing: Placing,
    tell: Callable[[Progress], None],
) -> None:
    """Make a tileset of point clouds, and say what became of the points.

    Raises:
        InputError: An option means nothing for points.
    """
    refuse_for_points(options, placing)
    clouds = PointOptions(crs=placing.crs or None)
    sites = survey_clouds([Path(name) for name in sources], clouds, placing.siting)
    given = PointBuildOptions(
        options.output, options.title_zh, options.title_en, options.compression
    )
    report = build(sites, given, tell)
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


def refuse_for_points(options: BuildOptions, placing: Placing) -> None:
    """Refuse options that mean nothing for points.

    Raises:
        InputError: One was given.
    """
    plain = BuildOptions(output=options.output)
    given = [
        _NAMES.get(field.name, field.name)
        for field in fields(options)
        if field.name not in _SHARED and getattr(options, field.name) != getattr(plain, field.name)
    ]
    grounded = {
        "unit": placing.unit,
        "up_axis": placing.up_axis,
        "clamp": placing.clamp != "none",
        "height_offset_m": placing.height_offset_m,
        "terrain": placing.terrain,
    }
    given += [name for name, value in grounded.items() if value]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise InputError(f"{option} is for features; points stand where they were measured")
