"""Options of `cim tiles build` on how a build runs, and what it tells at the end."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Annotated

import typer

from api.cli.output import say, show
from cim.errors import InputError
from tiles.options import BuildOptions, BuildReport, Compression, Instancing, Lods, Tiling

Compressing = Annotated[
    Compression | None,
    typer.Option(
        help="Of the contents: none, or meshopt for less than half.",
        show_default="meshopt where the extra compression is installed",
    ),
]
LevelsOfDetail = Annotated[
    Lods, typer.Option(help="finest, or all: from afar a coarse level stands for the finest.")
]
Tilings = Annotated[
    Tiling, typer.Option(help="Tree of documents, or subtrees; auto: subtrees from 20,000 tiles.")
]
InstancingText = Annotated[
    str,
    typer.Option(
        "--instancing",
        help="Equal bodies as instances of one mesh: auto, off, or COUNT,KIB: from so many on, "
        "where they save so many KiB.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(help="Processes.", show_default="one a processor, 1 for a small source"),
]


def compression_of(asked: Compression | None) -> Compression:
    """The compression asked for, else the best that is installed."""
    return asked or ("none" if find_spec("meshopt") is None else "meshopt")


def instancing_of(asked: str) -> Instancing | None:
    """When equal bodies are drawn as instances.

    Raises:
        InputError: The text is none of the legal ones.
    """
    if asked in {"auto", "off"}:
        return Instancing() if asked == "auto" else None
    count, _, kib = asked.partition(",")
    try:
        return Instancing(int(count), round(float(kib) * 1024))
    except (ValueError, OverflowError) as error:
        legal = "auto, off, or COUNT,KIB, such as 3,64"
        raise InputError(f"--instancing {asked!r}; legal: {legal}") from error


def tell_report(report: BuildReport, options: BuildOptions) -> None:
    """What a build did, in words on stderr and as one result on stdout."""
    placed = [note for one in options.georeference for note in one.notes]
    for note in dict.fromkeys((*placed, *report.source_notes)):
        say(f"  note: {note}")
    for reason, count in (report.skipped | report.notes).items():
        say(f"  {count}: {reason}")
    if report.reject_file is not None:
        say(f"  left out: {report.reject_file}")
    say(f"{options.output}: {report.features} features in {report.tiles} tiles")
    took = sum(report.seconds.values())
    say(f"{report.mode} build, {report.written} contents made anew, {took:.1f} s")
    show({**asdict(report), "rejects": len(report.rejects)})
