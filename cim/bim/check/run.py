"""A file read for a check: its model and shapes, from a child process."""

from contextlib import closing
from pathlib import Path
from typing import Final

from cim.bim.check.base import Subject
from cim.bim.check.watch import Watch
from cim.bim.limits import Limits
from cim.bim.model import Kind
from cim.bim.session import read_all
from cim.bim.source import opened

BODIED: Final[tuple[Kind, ...]] = ("element", "site", "building", "part", "space")
"""Kinds of objects whose shapes are looked at."""


def read_subject(path: Path, limits: Limits) -> Subject:
    """The model of a file with its shapes, as rules want it.

    Raises:
        SourceDataError: The file is missing, empty, cut off or no IFC.
        UnsupportedError: Its schema is not read.
        ConfigError: ifcopenshell is not installed.
    """
    watch = Watch()
    with (
        opened(path, limits) as plain,
        closing(read_all(plain, str(path), BODIED, limits)) as events,
    ):
        for event in events:
            watch.see(event)
    return watch.subject()
