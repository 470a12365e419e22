"""Tilesets in one file: built in a folder beside it, packed when it is whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from cim.errors import CimError, InputError
from tiles import archive
from tiles.publish import GENERATOR, ROOT_DOCUMENT


def is_archive(output: Path) -> bool:
    """Whether a tileset goes into an archive, by its name."""
    return output.suffix.lower() == archive.SUFFIX


@contextmanager
def room_for(output: Path) -> Iterator[Path]:
    """The folder to build an archive in; it is packed when the block ends well.

    The folder is hidden beside the archive and removed at the end. A build that was killed leaves
    it, and the next build takes it up.

    Raises:
        InputError: There is a file at `output` that this program did not make.
        BackendError: The archive cannot be written.
    """
    _require_ours(output)
    folder = output.with_name(f".{output.name}.build")
    try:
        yield folder
        if any(folder.glob("content-*")):
            shutil.rmtree(folder / "content")  # under implicit tiling each file has a second name
        archive.pack(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rejects_beside(output: Path) -> Path:
    """Where the file of rejects of an archive goes."""
    return output.with_name(f"{output.stem}.rejects.csv")


def _require_ours(output: Path) -> None:
    """Check that what stands at a path, if anything, was made by this program."""
    if not output.exists():
        return
    try:
        with archive.Archive(output) as held:
            ours = orjson.loads(held.read(ROOT_DOCUMENT))["asset"]["generator"] == GENERATOR
    except (CimError, OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise InputError(f"{output} was not made by cim-server; choose another name")
